/* SPDX-License-Identifier: MIT */
/*
 * Source side -> wanted side: every reference in the target's ids, every value in the form of the target's
 * columns.
 */
#ifndef FERRY_MOVE_REWRITE_H
#define FERRY_MOVE_REWRITE_H

#include "move/job.h"

/*
 * After matching. GUIDs inside text columns follow the map too, with or without braces, in either case. A reference that no map
 * entry answers, or only one that may not be taken silently, is a problem with row, column and value: counted, or what
 * --on-unresolved says: the row or pair is skipped, or the column left out. One to a row of the package that failed keeps its id. A
 * value that does not fit the target's column fails its row, which then has no wanted side. Of a row that stays in the target as it
 * is no column is wanted.
 */
MUST_CHECK bool rewrite_all(struct job *j, uint64_t *unresolved, struct err *e);

#endif

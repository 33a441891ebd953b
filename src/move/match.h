/* SPDX-License-Identifier: MIT */
/*
 * Which target row is this source row?
 */
#ifndef FERRY_MOVE_MATCH_H
#define FERRY_MOVE_MATCH_H

#include "move/job.h"

/*
 * Pulls the target rows that may be meant (by id, by the knowledge's adoption key, by the schema's
 * updateCompare columns) into SIDE_TARGET and maps every source row: to the one row on which all rules
 * agree, or to itself when there is none and it may be created. Conflicts become problems and are counted:
 * rules that disagree, a key that fits several rows, two source rows for one target row, a name that is
 * equal by collation alone, a row of the platform that the target lacks.
 */
MUST_CHECK bool match_rows(struct job *j, uint64_t *conflicts, struct err *e);

#endif

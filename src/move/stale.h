/* SPDX-License-Identifier: MIT */
/*
 * Whether a plan still fits its target: the rows that it touches are read again.
 */
#ifndef FERRY_MOVE_STALE_H
#define FERRY_MOVE_STALE_H

#include "move/job.h"

/*
 * *rows: how many rows are not as the plan takes them to be; each is a problem that names it. A row to be created that is there
 * now, or whose key another row has now; a row to be updated, deactivated or deleted that is gone, or in which a planned column or
 * one by which it was matched has another value. Rows that changed otherwise are taken as they are: their versions go into the
 * AFTER side, which is what the writing asks for.
 */
MUST_CHECK bool stale_check(struct job *j, uint64_t *rows, struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What differs in file and image columns is no part of a row's update: each such column is a change of its own (CHANGE_FILE).
 */
#ifndef FERRY_MOVE_FILE_PLAN_H
#define FERRY_MOVE_FILE_PLAN_H

#include "move/run.h"
#include "move/tab.h"

/* Takes these columns out of a row's mask of differing columns, and plans a change for each. */
MUST_CHECK bool file_plan(struct run *r, const struct tab *t, const struct run_row *row, char *mask,
			  struct err *e);
/* The same for a row that is new: all that it has. */
MUST_CHECK bool file_plan_new(struct run *r, const struct tab *t, const struct run_row *row,
			      const struct value *wanted, char *mask, struct err *e);

#endif

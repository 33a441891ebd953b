/* SPDX-License-Identifier: MIT */
/*
 * Wanted side against target side: what has to change.
 */
#ifndef FERRY_MOVE_COMPARE_H
#define FERRY_MOVE_COMPARE_H

#include "move/job.h"

/*
 * What is different between a wanted row and a row as it is: mask[i] = 1 for the columns that an update has
 * to write; *state when state or status differ. values as in the tab's columns. False: nothing differs.
 */
bool compare_row(const struct tab *t, const struct value *wanted, const struct value *is,
		 char *mask, bool *state);

/*
 * Puts a planned change for every difference: create, update, state, link; and an outcome for every row and
 * pair of the source, as it will be when all changes succeed.
 */
MUST_CHECK bool compare_all(struct job *j, struct err *e);

#endif

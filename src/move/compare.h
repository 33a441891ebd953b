/* SPDX-License-Identifier: MIT */
/*
 * Wanted side against target side: what has to change.
 */
#ifndef FERRY_MOVE_COMPARE_H
#define FERRY_MOVE_COMPARE_H

#include "move/job.h"

/*
 * Whether a value is as it was to be: value_equal; and XML and JSON in columns that the knowledge marks, and in memos, are the same
 * when only their layout differs (dv/pretty.h). A wanted NULL is an empty one; ABSENT equals nothing.
 */
bool compare_value(const struct tab_column *c, const struct value *wanted, const struct value *is);

/*
 * What is different between a wanted row and a row as it is: mask[i] = 1 for the columns that an update has
 * to write; *state when state or status differ. values as in the tab's columns. False: nothing differs. Of the wanted row NULL
 * means that the column shall be empty, ABSENT that it is not told; columns that belong together and of which it does not
 * tell one that the other row has, are left out.
 */
bool compare_row(const struct tab *t, const struct value *wanted, const struct value *is,
		 char *mask, bool *state);

/*
 * Puts a planned change for every difference: create, update, state, link; and an outcome for every row and
 * pair of the source, as it will be when all changes succeed.
 */
MUST_CHECK bool compare_all(struct job *j, struct err *e);

#endif

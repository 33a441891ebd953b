/* SPDX-License-Identifier: MIT */
/*
 * Rows that were to be pruned, and stay because something that stays needs them.
 */
#ifndef FERRY_MOVE_PRUNE_KEEP_H
#define FERRY_MOVE_PRUNE_KEEP_H

#include "move/job.h"

/*
 * Skips the planned removals of rows to which a row points that is not removed itself, nor updated to point elsewhere; told, row by
 * row for the first of a table. What is removed waits for what points to it. ERR_CONFLICT: tables that may point to those rows are
 * hidden from the user.
 */
MUST_CHECK bool prune_keep_needed(struct job *j, struct err *e);

#endif

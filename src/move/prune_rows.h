/* SPDX-License-Identifier: MIT */
/*
 * Rows of the target that the source lacks.
 */
#ifndef FERRY_MOVE_PRUNE_ROWS_H
#define FERRY_MOVE_PRUNE_ROWS_H

#include "move/job.h"
#include "move/journal.h"

/* Whether rows of the table may be pruned at all: not where all of them are the platform's, or are created anew each time. */
bool prune_may_remove(const struct job *j, const struct tab *t);
/*
 * Plans the removal (DELETE or DEACTIVATE, as j->decisions say) of the target's rows inside the filter that no row of the source
 * has become, with their values in the TARGET side. Managed rows, defaults and rows of the system stay; how many is a note.
 */
MUST_CHECK bool prune_rows(struct job *j, struct tab *t, struct err *e);

/* The kind of removal that was asked for. */
enum change_kind prune_kind(const struct job *j);

#endif

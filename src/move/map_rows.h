/* SPDX-License-Identifier: MIT */
/*
 * The map file's entries, in the run's id map: before references are resolved and rows are matched. They win over every rule.
 */
#ifndef FERRY_MOVE_MAP_ROWS_H
#define FERRY_MOVE_MAP_ROWS_H

#include "move/job.h"

#define MAP_HOW "the map file" /* `how` of such entries */

/* After the references were collected. *wrong: entries whose target is not there, not the only one, or (of a user) disabled, which are problems. */
MUST_CHECK bool map_rows(struct job *j, uint64_t *wrong, struct err *e);
/* What stands for the rows of a table that nothing else answers: *found false where the map file tells none. */
MUST_CHECK bool map_rows_default(struct job *j, struct str table, struct guid *target, bool *found,
				 struct err *e);
/* For who checks a map file: entries whose row the package neither has nor points to, as problems; after map_rows. */
MUST_CHECK bool map_rows_unused(struct job *j, uint64_t *unused, struct err *e);

#endif

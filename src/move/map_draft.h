/* SPDX-License-Identifier: MIT */
/*
 * A map file as a person begins with it: the rows that a package points to, and its own rows of the platform, each with what was
 * found for it in the target, or with what may be meant.
 */
#ifndef FERRY_MOVE_MAP_DRAFT_H
#define FERRY_MOVE_MAP_DRAFT_H

#include "move/job.h"
#include "move/map_file.h"

/*
 * After the matching. Rows that were found have their target; those that were not an empty one, and a note with candidates. Rows
 * with their own id in the target of tables about which nothing is known are left out. *open: how many have none. On j->arena.
 */
MUST_CHECK bool map_draft(struct job *j, struct map_file *out, uint64_t *open, struct err *e);

#endif

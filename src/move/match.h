/* SPDX-License-Identifier: MIT */
/*
 * Which target row is this source row? Every rule that applies is asked, and they must agree:
 *   its id; the knowledge's key; the schema's updateCompare columns; --match; alternate keys of the table whose columns are all in
 *   the schema; --adopt. A key with an empty part matches nothing. Of a root (queue, workstream, widget) the name is no key: a
 *   namesake stops the run, unless the row is found by its id or --adopt. What the map file says is not asked any further.
 * A row that no rule finds is created with its id.
 *
 * Conflicts are problems, each with the rows that take part on both sides, and are counted:
 *   rules that mean different rows; a key that several target rows have, also when the id is one of them (but of a child, whose
 *   key tells a place, then the id tells which one it is); a key that is equal but for case or accents, unless another rule finds
 *   that very row; several source rows for one target row; an --adopt that has not exactly one row on either side; a row
 *   of the platform that the target lacks; a row that the map file names and the target does not have.
 *   Several source rows with one key that no target row has are a conflict, too, whatever they are found by: the run would
 *   make of them what the next one has to stop for (and a second skill of one name leaves no agent eligible,
 *   facts/routing.md f.1). Of roots and children they are not: there the ids decide.
 *
 * --match cmt: match_cmt.c.
 */
#ifndef FERRY_MOVE_MATCH_H
#define FERRY_MOVE_MATCH_H

#include "move/job.h"

/*
 * Pulls the target rows that may be meant into SIDE_TARGET and maps every source row: to the row on which all rules agree, or
 * to itself. The map file's entries are in the run's map already. ERR_USAGE: --match or --adopt names what is not there.
 */
MUST_CHECK bool match_rows(struct job *j, uint64_t *conflicts, struct err *e);

/* `how` of a row in conflict: it is mapped to itself, so that those who point to it are not told, too. */
#define MATCH_CONFLICT "a conflict"

#endif

/* SPDX-License-Identifier: MIT */
/*
 * A job that stands in its run file: with the schema, the definitions of the target's tables and the knowledge as they were
 * when the run was planned. So a run is shown, applied, resumed and taken back on any machine, without asking anybody for tables.
 */
#ifndef FERRY_MOVE_RESTORE_H
#define FERRY_MOVE_RESTORE_H

#include "move/job.h"

/* Puts all of that into the run file, with j->head. Of a job whose tabs stand. */
MUST_CHECK bool job_keep(struct job *j, struct err *e);
/* j->head alone. */
MUST_CHECK bool job_keep_head(struct job *j, struct err *e);

/*
 * The other way: of *j arena, page and run are set. Fills head, schema, catalog, knowledge, tabs (with what a package had of
 * each) and what of `decisions` columns depend on; leaves the service to the caller. ERR_USAGE: the run was never planned.
 */
MUST_CHECK bool job_restore(struct job *j, struct err *e);

#endif

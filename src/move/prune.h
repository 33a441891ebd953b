/* SPDX-License-Identifier: MIT */
/*
 * --prune: target rows inside the schema's filters that the source lacks, and pairs of its rows that it does not have, are removed.
 */
#ifndef FERRY_MOVE_PRUNE_H
#define FERRY_MOVE_PRUNE_H

#include "move/job.h"

/*
 * After compare_all: plans DELETE, DEACTIVATE and UNLINK. Does nothing unless j->decisions.prune asks for it. ERR_CONFLICT: the
 * package does not tell that its reader saw everything (dv/package_origin.h), the target's reader does not, or there are
 * more removals than may be. What is managed, a default, of the system or still referenced stays, and is told.
 */
MUST_CHECK bool prune_plan(struct job *j, struct err *e);

#endif

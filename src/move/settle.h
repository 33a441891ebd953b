/* SPDX-License-Identifier: MIT */
/*
 * Waiting for what the platform does by itself a moment after a write (product.md, "Verify"): its system jobs
 * about rows that this run wrote.
 */
#ifndef FERRY_MOVE_SETTLE_H
#define FERRY_MOVE_SETTLE_H

#include "move/job.h"

/* How often it is asked before the rows are taken as they are, where nothing can wait between. */
#define SETTLE_POLLS 200

/*
 * Asks until none is open, or until j->execution.settle_ms were spent waiting, which is told. An environment that does not
 * show its jobs is not waited for.
 */
MUST_CHECK bool settle_jobs(struct job *j, struct err *e);

#endif

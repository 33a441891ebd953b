/* SPDX-License-Identifier: MIT */
/*
 * Whether a target is still as a run wanted it.
 */
#ifndef FERRY_MOVE_VERIFY_RUN_H
#define FERRY_MOVE_VERIFY_RUN_H

#include "move/import.h"
#include "move/job.h"

/*
 * Reads what the run wanted from the target again, and changes nothing: neither there nor in the run file (SIDE_NOW). Every
 * difference is a problem. Of *out the tables: `read` what was compared, UNCHANGED what is as wanted, FAILED what is not.
 * *j was restored and has its service.
 */
MUST_CHECK bool verify_run(struct job *j, struct import_result *out, struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * How rows were matched, in the run file: whoever applies the plan asks the same keys again.
 */
#ifndef FERRY_MOVE_RULES_KEPT_H
#define FERRY_MOVE_RULES_KEPT_H

#include "move/job.h"

/* Of j->decisions: match, match_cmt, adopt. */
MUST_CHECK bool rules_keep(struct job *j, struct err *e);
/* Into them, on j->arena. ERR_INPUT: the run file has them in another form. */
MUST_CHECK bool rules_restore(struct job *j, struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * --disable-steps: custom plug-in steps of the tables whose schema says disableplugins are off while the run writes. Which ones
 * is in the run file before the first is switched off, so that whoever takes the run up, or only ends it, can switch them on again.
 * Steps of Microsoft's are never touched.
 */
#ifndef FERRY_MOVE_STEPS_H
#define FERRY_MOVE_STEPS_H

#include "move/job.h"

/* Before the first change is written; does nothing unless j->execution.disable_steps. */
MUST_CHECK bool steps_off(struct job *j, struct err *e);
/* After the last, also when the run stopped: those that the run file knows. What cannot be switched on is a problem that names it. */
MUST_CHECK bool steps_on(struct job *j, struct err *e);
/* *any: some of them still are not on. */
MUST_CHECK bool steps_are_off(struct job *j, bool *any, struct err *e);

#endif

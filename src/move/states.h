/* SPDX-License-Identifier: MIT */
/*
 * States that rows of a table can have. Definitions come without them (facts/webapi.md 5.1): they are asked for where rows are to
 * be taken out of use.
 */
#ifndef FERRY_MOVE_STATES_H
#define FERRY_MOVE_STATES_H

#include "move/job.h"

/* Adds to the definition of the table in the job's catalog the options of its statecode, if it has one and lacks them. */
MUST_CHECK bool states_read(struct job *j, struct str table, struct err *e);

#endif

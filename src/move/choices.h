/* SPDX-License-Identifier: MIT */
/*
 * What the numbers of choices mean. Definitions come without it (facts/webapi.md 5.1); it is asked for where changes are to be
 * shown to people: of the columns that are written, and not of booleans, which say what they mean.
 */
#ifndef FERRY_MOVE_CHOICES_H
#define FERRY_MOVE_CHOICES_H

#include "move/job.h"

/* Adds to the definitions in the job's catalog the options of choices that the planned changes write, where they are lacking. */
MUST_CHECK bool choices_read(struct job *j, struct err *e);

#endif

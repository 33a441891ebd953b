/* SPDX-License-Identifier: MIT */
/*
 * Which part of the server answers which paths.
 */
#ifndef FERRY_SERVER_HANDLERS_H
#define FERRY_SERVER_HANDLERS_H

#include "server/job.h"

/* By the raw path; NULL: nobody. The first row that accepts the target is taken. */
const struct handler *handlers_find(struct job *j, struct str target);

#endif

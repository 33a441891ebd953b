/* SPDX-License-Identifier: MIT */
/*
 * What can be said of a request as soon as its headers are there: by which name the server was called, who
 * answers, and whether the sender may ask.
 */
#ifndef FERRY_SERVER_ADMISSION_H
#define FERRY_SERVER_ADMISSION_H

#include "server/guard.h"
#include "server/job.h"

/* Fills host_known, base, handler, let_in, token_fault and principal. */
void admission_look(struct job *j, const struct guard *g, const struct httpd_header *headers,
		    size_t n);

#endif

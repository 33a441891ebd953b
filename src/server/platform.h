/* SPDX-License-Identifier: MIT */
/*
 * The headers that the platform adds to every answer (facts/webapi.md 1.3).
 */
#ifndef FERRY_SERVER_PLATFORM_H
#define FERRY_SERVER_PLATFORM_H

#include "base/rng.h"
#include "server/job.h"

void platform_headers(struct job *j, struct rng *rng);
/* The WWW-Authenticate header of a 401 (facts/webapi.md 7), with what is wrong with the token. */
struct str platform_challenge(const struct job *j, struct guid tenant);
/* The code of what is refused before any table is asked (facts/webapi.md 1.6, 1.7). */
#define CODE_ODATA_LAYER 0x80060888u
/* An error that no organization was asked about. */
struct httpd_answer platform_refusal(struct arena *a, int status, const char *message);

#endif

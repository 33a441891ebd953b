/* SPDX-License-Identifier: MIT */
/*
 * Environment references (local:FILE ...) and what they open to.
 */
#ifndef FERRY_CLI_ENV_H
#define FERRY_CLI_ENV_H

#include "base/arena.h"
#include "base/err.h"
#include "dv/service.h"

struct org;

struct env {
	const char *reference; /* as given; for people */
	const char *path;      /* of the local organization's file */
	struct org *org;       /* open or NULL */
	struct service *service;
};

/* What the reference means; touches nothing. False: ERR_USAGE. */
MUST_CHECK bool env_parse(struct env *env, const char *option, const char *reference,
			  struct err *e);
/* `write` false: nothing can be written through the service. */
MUST_CHECK bool env_open(struct env *env, struct arena *a, bool write, struct err *e);
/* What the variables FERRY_LATENCY, FERRY_LIMITS and FERRY_FAULT add to an open one (cli/reality.h). */
MUST_CHECK bool env_surround(struct env *env, struct arena *a,
			     const char *(*environment)(const char *name), struct err *e);
void env_close(struct env *env); /* fits DEFER */

#endif

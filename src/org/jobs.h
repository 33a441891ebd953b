/* SPDX-License-Identifier: MIT */
/*
 * What the platform does a moment later: jobs. Each is a row of asyncoperation, so that a client can wait for it,
 * until it is done; "a moment" is JOB_REQUESTS requests to the organization, or JOB_SECONDS by its clock when that
 * is not a fixed one.
 *
 * Table of ours: ferry_job(number, behaviour, table_name, id, operation, requests, due): what is open, `requests`
 * counting down.
 */
#ifndef FERRY_ORG_JOBS_H
#define FERRY_ORG_JOBS_H

#include "base/arena.h"
#include "base/err.h"
#include "org/store.h"

#define JOB_REQUESTS 5
#define JOB_SECONDS 2

/* For this row. Inside a transaction that writes. */
MUST_CHECK bool jobs_add(struct store *s, struct arena *a, struct str behaviour,
			 const struct table *t, struct guid id, struct err *e);
/* Whether any is open. */
MUST_CHECK bool jobs_any(struct store *s, bool *any, struct err *e);
/*
 * Another request has come: `run` does those that are due, each in a savepoint of the open transaction; a job that
 * fails is one that has failed, not an error.
 */
MUST_CHECK bool jobs_turn(struct store *s,
			  bool (*run)(struct store *s, struct arena *a, struct str behaviour,
				      const struct table *t, struct guid id, struct err *e),
			  struct err *e);

#endif

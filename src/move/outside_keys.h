/* SPDX-License-Identifier: MIT */
/*
 * References to rows outside the package, resolved by the keys that the package tells.
 */
#ifndef FERRY_MOVE_OUTSIDE_KEYS_H
#define FERRY_MOVE_OUTSIDE_KEYS_H

#include "move/job.h"

struct key_questions;

/*
 * What is to be asked about the open references to a table whose keys are known: queries for read_many, after which
 * outside_keys_map tells what they gave. All on the job's page.
 */
MUST_CHECK bool outside_keys_ask(struct job *j, const struct table *table,
				 struct key_questions **out, struct err *e);
/* How many, and the queries themselves. */
size_t outside_keys_queries(const struct key_questions *q, struct read_query *out);
/* Maps the references whose key fits exactly one row of the target. A key that fits several is a problem, and counted. */
MUST_CHECK bool outside_keys_map(struct key_questions *q, uint64_t *ambiguous, struct err *e);

#endif

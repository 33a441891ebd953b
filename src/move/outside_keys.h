/* SPDX-License-Identifier: MIT */
/*
 * Finding the rows outside the package that are pointed to: questions about some of them, and what their answers mean. First
 * by the keys that the package tells, then by their id, then by their name.
 */
#ifndef FERRY_MOVE_OUTSIDE_KEYS_H
#define FERRY_MOVE_OUTSIDE_KEYS_H

#include "base/vec.h"
#include "move/candidates.h"
#include "move/job.h"

/* One row that is pointed to, while it is looked for. */
struct sought {
	struct guid id;
	struct str label; /* may be empty */
	struct reference_key *keys;
	size_t nkeys;
	bool told; /* its keys are those of a rule: its name decides nothing */
	bool found;
	struct guid target;
	const char *how;
	struct str why; /* it stays open, for people; may be empty */
	struct candidates named;
};

/* Those of one table. */
struct sought_rows {
	struct job *j;
	struct candidates_of of;
	VEC(struct sought) rows;
};

struct read_queries {
	struct arena *arena;
	VEC(struct read_query) list;
};

struct key_questions;

/* Asks about the rows whose keys are told, in the order of a rule's keys; *out on the arena of the queries. */
MUST_CHECK bool outside_keys_ask(struct sought_rows *s, struct read_queries *queries,
				 struct key_questions **out, struct err *e);
/* With the answers: found, or why not. */
void outside_keys_decide(struct key_questions *q);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * A question for rows by several keys at once: an OR of ANDs of equalities.
 */
#ifndef FERRY_MOVE_ANY_OF_H
#define FERRY_MOVE_ANY_OF_H

#include "base/vec.h"
#include "dv/fetchxml.h"
#include "dv/value.h"

struct any_of {
	VEC(struct fetch_filter) alternatives;
	size_t conditions;
	struct fetch_filter whole; /* what any_of_query points to */
};

/* Conditions that fit into one request; the service takes 500 (base/limits.h). */
#define ANY_OF_CONDITIONS 200

/* columns[i] equal values[i], all of them; on the arena. */
void any_of_add(struct arena *a, struct any_of *q, const struct str *columns,
		const struct value *values, size_t n);
/* Valid as long as the question and the arena are. */
struct fetch any_of_query(struct any_of *q, struct str table);

#endif

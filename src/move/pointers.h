/* SPDX-License-Identifier: MIT */
/*
 * Which lookups and pairs lead to a table, as the environment's relationships tell.
 */
#ifndef FERRY_MOVE_POINTERS_H
#define FERRY_MOVE_POINTERS_H

#include "dv/table.h"
#include "move/read.h"

/* One lookup, or one end of an N:N relationship. */
struct pointer {
	const struct table
		*table; /* that holds it, with just these columns; of a pair: the intersect table */
	const struct column *lookup;                  /* that leads to the table */
	const struct column *other;                   /* of a pair: the other end */
	const struct column *created_on, *created_by; /* NULL: it has none */
	struct str other_table;                       /* of a pair */
	struct str relationship;
	enum cascade on_delete;
	bool unread; /* asking it failed */
};

/* On the arena. ERR_INPUT: there is no such table. */
MUST_CHECK bool pointers_to(struct reader *r, struct arena *a, struct str table,
			    struct pointer **out, size_t *n, struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What points to rows: by the lookups of every table that the environment has, the schema's or not, and by pairs. For whoever
 * takes rows away. What the platform keeps about rows of its own accord is left out (pointers.c has the list).
 */
#ifndef FERRY_MOVE_ATTACHED_H
#define FERRY_MOVE_ATTACHED_H

#include "move/job.h"

struct attached_row {
	struct str table;  /* of the row that points; of a pair: of its other row */
	struct str column; /* its lookup; of a pair: the relationship's schema name */
	bool pair;
	struct guid id;      /* of that row */
	struct guid pointed; /* the one of those asked about */
	enum cascade
		on_delete; /* what becomes of that row when the pointed one is deleted; of a pair nothing */
	struct str created;  /* ISO 8601; empty: not told, as of a pair */
	struct guid creator; /* null: not told */
	struct str version;  /* the etag; of a pair nothing */
};

/* Relationships are asked for once per table; on j->arena. */
struct attached;
struct attached *attached_make(struct job *j);

/*
 * Calls `each` for every row that points to one of these rows of a table, and every pair of theirs; in no order. One that points by
 * two lookups comes twice; any may come again when a question had to be asked anew. The slices live during the call, which must
 * not ask the service. Rows of `table` itself are told like others, the asked ones among them. ERR_INPUT: there is no such table;
 * ERR_NETWORK, ERR_AUTH, ERR_CANCELLED.
 */
MUST_CHECK bool attached_find(struct attached *a, struct str table, const struct guid *ids,
			      size_t n,
			      bool (*each)(void *context, const struct attached_row *row,
					   struct err *e),
			      void *context, struct err *e);

/* A table that could not be asked: its rows may point to any of those rows. */
struct attached_unread {
	struct str table;
	bool hidden; /* the user may not read it; else the table does not answer such questions */
	struct str why;
};
/* All so far, each once; on j->arena. */
const struct attached_unread *attached_unread(const struct attached *a, size_t *n);

#endif

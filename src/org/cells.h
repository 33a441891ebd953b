/* SPDX-License-Identifier: MIT */
/*
 * The properties of one row: values and their annotations, from the current row of a statement.
 */
#ifndef FERRY_ORG_CELLS_H
#define FERRY_ORG_CELLS_H

#include "io/json.h"
#include "org/names.h"
#include "org/prefer.h"
#include "org/query.h"
#include "org/store.h"

/* What is answered, and how. */
struct result {
	struct store *store;
	struct arena *arena; /* of the answer */
	const struct query *query;
	const struct prefer *prefer;
	struct str root; /* of the service: struct call's */
};

struct cell;

struct cells {
	struct names names;
	struct cell *p;
	size_t n;
	const struct query *query;
	struct buf scratch; /* of a formatted value */
};

/* Makes every key that a row can have once. */
MUST_CHECK bool cells_make(const struct result *r, struct cells *out, struct err *e);
void cells_close(struct cells *c); /* fits DEFER */
/* The members of one object. */
MUST_CHECK bool cells_write(struct cells *c, struct json_writer *w, const struct stmt *st,
			    struct err *e);

#endif

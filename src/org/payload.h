/* SPDX-License-Identifier: MIT */
/*
 * The body of a create or update (facts/webapi.md 1.6, 2.6): JSON into values of columns.
 */
#ifndef FERRY_ORG_PAYLOAD_H
#define FERRY_ORG_PAYLOAD_H

#include "base/arena.h"
#include "base/err.h"
#include "base/guid.h"
#include "dv/table.h"
#include "dv/value.h"
#include "org/navigation.h"
#include "org/store.h"

struct payload;

/* A row at the other end of a navigation property: one that exists, or one that is to be created with this. */
struct payload_related {
	struct navigation navigation;
	struct str name;           /* of the property, for messages */
	const struct table *table; /* of the row */
	const struct payload *row; /* NULL: `id` is bound */
	struct guid id;
};

/* What a body asked for: values[i] for columns[i], in stored form and checked against the column. */
struct payload {
	const struct column **columns;
	struct value *values; /* ABSENT where a related row has to be created first */
	size_t n;
	bool has_id;
	struct guid id;
	struct payload_related *related;
	size_t nrelated;
};

/* With room for every column of the table. */
struct payload payload_make(struct arena *a, const struct table *t);
/* In place of the column's value, if there is one. */
void payload_put(struct payload *p, const struct column *c, const struct value *v);
/* Values of ours, in stored form; nothing when the table does not have the column. */
void payload_put_text(struct payload *p, const struct table *t, struct str column, struct str text);
void payload_put_row(struct arena *a, struct payload *p, const struct table *t, struct str column,
		     struct str target, struct guid id);
const struct value *payload_value(const struct payload *p, const struct column *c); /* or NULL */

/*
 * From a JSON body: properties by name, references by "<navigation>@odata.bind" with a URL of row_url.h or,
 * for a collection, an array of them; related rows to create by objects and arrays of objects. 0x80048d19 for
 * an undeclared property (an _x_value in a body too), 0x80060888 for a bad URL in a bind. Whether a column may
 * be set at all is asked by crud.h, which knows whether the row is created or updated.
 */
MUST_CHECK bool payload_read(struct store *s, struct arena *a, const struct table *t,
			     struct str body, struct payload *out, struct err *e);
/* The same from a parsed object: an element of CreateMultiple's Targets. */
MUST_CHECK bool payload_from_json(struct store *s, struct arena *a, const struct table *t,
				  const struct json *body, struct payload *out, struct err *e);

#endif

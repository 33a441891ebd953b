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
#include "org/store.h"

/* What a body asked for: values[i] for columns[i], in stored form and checked against the column. */
struct payload {
	const struct column **columns;
	struct value *values;
	size_t n;
	bool has_id;
	struct guid id;
};

/*
 * From a JSON body: properties by name, lookups by "<navigation>@odata.bind" with a relative, host-relative
 * or absolute URL. `table` only for messages and look-up. 0x80048d19 for an undeclared property (an
 * _x_value in a body too), 0x80060888 for a bad URL in a bind. Whether a column may be set at all is
 * asked by crud.h, which knows whether the row is created or updated.
 */
MUST_CHECK bool payload_read(struct store *s, struct arena *a, const struct table *t,
			     struct str body, struct payload *out, struct err *e);
/* The same from a parsed object: an element of CreateMultiple's Targets. */
MUST_CHECK bool payload_from_json(struct store *s, struct arena *a, const struct table *t,
				  const struct json *body, struct payload *out, struct err *e);

/* The row that a URL of a bind or of @odata.id names: <set>(<id>). 400 0x80060888. */
MUST_CHECK bool payload_row_url(struct store *s, struct str url, const struct table **t,
				struct guid *id, struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * $apply (facts/webapi.md 4.5): aggregate(...), groupby((...)), groupby((...),aggregate(...)), each alone or
 * behind filter(...)/. All else is refused with 400 0x80060888.
 */
#ifndef FERRY_ORG_ODATA_APPLY_H
#define FERRY_ORG_ODATA_APPLY_H

#include "org/odata_expr.h"
#include "org/query.h"
#include "org/store.h"

struct odata_aggregate {
	struct odata_path path; /* n == 0: $count, of rows */
	enum fetch_aggregate kind;
	struct str alias;
};

struct odata_apply {
	const struct odata_expr *filter; /* NULL: none */
	struct odata_path *groups;
	size_t ngroups;
	struct odata_aggregate *aggregates;
	size_t naggregates;
};

/* `aliases` as in odata_expr_parse. */
MUST_CHECK bool odata_apply_read(struct arena *a, struct str text, const struct url *aliases,
				 struct odata_apply *out, struct err *e);
/* A group behind a lookup is called after the table that has it: contact_fullname. `top` 0: all. */
MUST_CHECK bool odata_apply_bind(struct store *s, struct arena *a, const struct table *t,
				 const struct odata_apply *apply, uint32_t top, struct query **out,
				 struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * A $filter in the words of FetchXML: its tree, with names looked up, becomes a struct fetch_filter. What
 * lies behind lookups is joined to the root once per path, by outer links; collections become the link
 * types any and all inside the filter.
 *
 * FetchXML has no "not" of its own: it is pushed down to the conditions, where ne, not-in and their like
 * match null and le, gt and their like do not (facts/webapi.md 4.2, 4.7).
 */
#ifndef FERRY_ORG_ODATA_FILTER_H
#define FERRY_ORG_ODATA_FILTER_H

#include "base/vec.h"
#include "dv/fetchxml.h"
#include "org/odata_expr.h"
#include "org/store.h"

/* A row that a chain of lookups leads to from the root; the root itself when `lookup` is NULL. */
struct odata_join {
	VEC(struct odata_join *) links;
	const struct many_to_one *lookup;
	const struct table *table;
	struct str alias; /* empty: the root */
};

struct odata_binder {
	struct store *store;
	struct arena *arena;
	struct odata_join root; /* of the table that is asked */
	unsigned nlinks;        /* of the whole query */
};
struct odata_binder odata_binder_make(struct store *s, struct arena *a, const struct table *t);

/* The column at the end of a path from the root, and the join that has it. */
MUST_CHECK bool odata_bind_path(struct odata_binder *b, const struct odata_path *path,
				const struct odata_join **join, const struct column **column,
				struct err *e);
/* Added to a filter of the root's. */
MUST_CHECK bool odata_bind_filter(struct odata_binder *b, const struct odata_expr *x,
				  struct fetch_filter *out, struct err *e);
/* The joins as links of the root's node: when everything is bound. */
void odata_bind_links(struct odata_binder *b, struct fetch_node *root);

#endif

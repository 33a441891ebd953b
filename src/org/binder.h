/* SPDX-License-Identifier: MIT */
/*
 * A query while it is bound: what the parts of binding share. Private to the bind_* files.
 */
#ifndef FERRY_ORG_BINDER_H
#define FERRY_ORG_BINDER_H

#include "org/query.h"
#include "org/store.h"

struct binder {
	struct store *s;
	struct arena *a;
	const struct fetch *f;
	VEC(const struct fetch_node *) sources; /* of q->nodes */
	struct query *q;
};

/* 0x80041102 when there is none. */
MUST_CHECK bool binder_table(struct store *s, struct str name, const struct table **out,
			     struct err *e);
/* The links below a node, and those below them; filters come later, because they may name any link. */
MUST_CHECK bool bind_links(struct binder *b, struct query_node *node,
			   const struct fetch_node *source, struct err *e);
/* The links inside the filters of a node, whose filters are bound. */
MUST_CHECK bool bind_filter_links(struct binder *b, struct query_node *node,
				  const struct fetch_node *source, struct err *e);
/* The columns of node `number`; when the query has the root's, its key and currency too. */
MUST_CHECK bool bind_columns(struct binder *b, size_t number, struct err *e);
/* The currency of money that the root's columns show. */
MUST_CHECK bool bind_currency(struct query *q, struct arena *a, struct err *e);
/* A key of the groups or an aggregate over them. */
MUST_CHECK bool bind_group(struct binder *b, const struct query_node *node,
			   const struct fetch_attribute *attribute, struct err *e);
/* Order, page and cookie; every column is there. */
MUST_CHECK bool bind_order(struct binder *b, struct err *e);

#endif

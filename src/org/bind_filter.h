/* SPDX-License-Identifier: MIT */
/*
 * Conditions: which operators a column takes, what their values become, and which of them match null.
 */
#ifndef FERRY_ORG_BIND_FILTER_H
#define FERRY_ORG_BIND_FILTER_H

#include "dv/fetchxml.h"
#include "org/query.h"
#include "org/store.h"

/* A column of the node; 0x80041103 when there is none. */
MUST_CHECK bool bind_column(const struct query_node *node, struct str name,
			    const struct column **out, struct err *e);

/*
 * All of `filters` must hold; they stand in `node`. Every node of the query that can be named is there
 * already. out->filters[i] is made of filters[i], and so on down: bind_links.c puts the links of filters
 * (fetch_filter.links) into their places in that tree afterwards.
 */
MUST_CHECK bool bind_filters(struct store *s, struct arena *a, const struct query *q,
			     const struct query_node *node, const struct fetch_filter *filters,
			     size_t n, struct query_filter *out, struct err *e);

#endif

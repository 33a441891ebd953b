/* SPDX-License-Identifier: MIT */
/*
 * The tables of a checked query: the root and its links, and which of their rows the caller may see.
 */
#ifndef FERRY_ORG_QUERY_NODE_H
#define FERRY_ORG_QUERY_NODE_H

#include "base/guid.h"
#include "dv/fetchxml.h"
#include "dv/table.h"
#include "org/query_filter.h"

/*
 * Which rows of a table the caller may see. Rows of tables without an owner are seen by all or by none.
 * Rows that are nobody's (ownerid null) are seen only without a scope.
 */
struct query_scope {
	bool none;                 /* no row */
	const struct guid *owners; /* rows of these users and teams: the caller and his teams */
	size_t nowners;
	const struct guid *units; /* rows of these business units (owningbusinessunit) */
	size_t nunits;
	struct str owner, unit;         /* the columns, where they are others */
	const struct query_scope *also; /* only rows that are in this one, too */
};

/* Where its rows come from: fetch's datasource. Long-term retention keeps none here. */
enum query_source { SOURCE_ROWS, SOURCE_BIN, SOURCE_RETAINED };

struct query_node {
	const struct table *table;
	struct str alias; /* of a link */
	unsigned number;  /* t<number> in SQL; 0 is the root */
	const struct query_node *parent;
	enum fetch_join join; /* IN_LIST became EXISTS */
	const struct column *from, *to;
	bool first;  /* at most one row for each of the parent's */
	bool hidden; /* inside an EXISTS: nothing outside can name it */
	struct query_filter filter;
	enum query_source source;
	const struct query_scope *scope; /* NULL: every row; may be set until the SQL is made */
	struct query_node *links;
	size_t nlinks;
};

#endif

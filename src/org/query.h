/* SPDX-License-Identifier: MIT */
/*
 * The checked query: every table and column is known, every value fits its column, and all rules of the
 * platform about which rows match are spelled out, so that turning it into SQL is only writing. Made by
 * bind.c, on one arena, and never moved: nodes are pointed to.
 */
#ifndef FERRY_ORG_QUERY_H
#define FERRY_ORG_QUERY_H

#include "base/arena.h"
#include "base/err.h"
#include "base/vec.h"
#include "org/query_node.h"

/* A column of the rows; of an aggregate query, a key of its groups or an aggregate over them. */
struct query_column {
	struct query_field field;
	struct str property; /* queueid, _ownerid_value, alias.attr, alias */
	bool annotate_name;  /* the property's name hides the column's */
	bool implied;        /* nobody asked: the key, the currency of money */
	bool group;
	enum fetch_aggregate aggregate;
	enum fetch_grouping part; /* of a group's date */
	bool utc;                 /* it is taken in UTC, not in the caller's time zone */
	bool distinct;            /* of a count */
	bool count_children;
	const struct column *shown; /* what the value is written as: the column, or a number */
	int at;                     /* result column */
	int type_at;                /* of <name>type; -1: none */
};

struct query_order {
	struct query_field field;
	const struct query_column *column; /* of an aggregate query: instead of the field */
	enum { ORDER_RAW, ORDER_LABEL, ORDER_NAME } by; /* of a choice; of the row pointed to */
	const struct table **targets;                   /* for ORDER_NAME */
	size_t ntargets;
	bool descending;
	struct str name; /* in the cookie */
	int at;          /* result column that holds what is ordered, for the cookie; -1: none */
	/* has_after: its value in the last row of the page before */
	bool after_null;
	struct query_param after;
};

/* A result column that no property shows: for the cookie, for expanded rows. */
struct query_extra {
	struct query_field field;
	const struct query_order *order; /* what it is ordered by, instead of the field */
	int at, type_at;
};

struct query {
	struct query_node root;
	VEC(struct query_node *) nodes; /* all, the root first */
	VEC(struct query_column) columns;
	VEC(struct query_order) orders;
	VEC(struct query_extra) extra; /* result columns behind the columns */
	int version_at;                /* result column of versionnumber; -1: none */
	int width;                     /* result columns */
	bool all_columns;              /* of the root */
	bool distinct;
	bool aggregate;
	bool nulls;          /* null properties are written */
	bool odata;          /* its context and paging are those of OData's options */
	uint32_t limit;      /* rows of the answer */
	uint32_t max_source; /* rows that an aggregate may read */
	bool pages;          /* whether there are more rows is told */
	bool has_cookie;     /* and so is where they begin */
	bool total_count;    /* how many rows there are in all is told */
	uint32_t page;       /* from 1 */
	int64_t skip;        /* rows before those of the page, behind `after` */
	bool has_after;      /* only rows behind the order's `after` */
};

/* Result columns that one query may have; SQLite's own limit is 2,000. */
#define QUERY_WIDTH_MAX 1990

/* Adds the root; then nodes, columns. */
struct query *query_new(struct arena *a, const struct table *t);
/* The node that an alias names; NULL when there is none that can be named. */
const struct query_node *query_find_node(const struct query *q, struct str alias);
/*
 * 0x80041130 when the property is there already; 400 when it is too many. Columns without data are left
 * out: *out is then NULL.
 */
MUST_CHECK bool query_add_column(struct query *q, struct arena *a, const struct query_column *c,
				 struct query_column **out, struct err *e);
/* A result column behind all others, until the SQL is made. The pointer lives until the next call. */
MUST_CHECK bool query_add_extra(struct query *q, struct arena *a, struct query_field field,
				const struct query_extra **out, struct err *e);
/* queueid, _ownerid_value */
struct str query_property(struct arena *a, const struct column *c);
/* Whether the field is the root's primary key. */
bool query_is_key(const struct query *q, struct query_field field);

#endif

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
#include "base/guid.h"
#include "base/vec.h"
#include "dv/fetchxml.h"
#include "dv/table.h"
#include "org/query_filter.h"

struct query_node {
	const struct table *table;
	struct str alias; /* of a link */
	unsigned number;  /* t<number> in SQL; 0 is the root */
	const struct query_node *parent;
	enum fetch_join join; /* INNER, OUTER, EXISTS (IN_LIST became EXISTS) */
	const struct column *from, *to;
	bool hidden; /* inside an EXISTS: nothing outside can name it */
	struct query_filter filter;
	struct query_node *links;
	size_t nlinks;
};

/* A column of the rows. */
struct query_column {
	struct query_field field;
	struct str property; /* queueid, _ownerid_value, alias.attr */
	bool annotate_name;  /* the property's name hides the column's */
	int at;              /* result column */
	int type_at;         /* of <name>type; -1: none */
};

struct query_order {
	struct query_field field;
	enum { ORDER_RAW, ORDER_LABEL, ORDER_NAME } by; /* of a choice; of the row pointed to */
	const struct table **targets;                   /* for ORDER_NAME */
	size_t ntargets;
	bool descending;
	int at; /* result column that holds the field, for the cookie; -1: none */
};

struct query {
	struct query_node root;
	VEC(struct query_node *) nodes; /* all, the root first */
	VEC(struct query_column) columns;
	VEC(struct query_order) orders;
	VEC(struct query_field) extra;  /* result columns behind the columns, for the cookie */
	int version_at;                 /* result column of versionnumber; -1: none */
	int width;                      /* result columns */
	const struct query_column *key; /* the root's primary key; NULL: not among the columns */
	bool all_columns;               /* of the root */
	bool distinct;
	bool nulls;       /* null properties are written */
	bool key_order;   /* the order is the primary key's alone, and each row comes once */
	uint32_t limit;   /* rows of the answer */
	bool pages;       /* whether there are more rows is told */
	bool has_cookie;  /* and so is where they begin */
	bool total_count; /* how many rows there are in all is told */
	uint32_t page;    /* from 1 */
	bool has_after;   /* only rows behind this key */
	struct guid after;
};

/* Result columns that one query may have; SQLite's own limit is 2,000. */
#define QUERY_WIDTH_MAX 1990

/* Adds the root; then nodes, columns. */
struct query *query_new(struct arena *a, const struct table *t);
/* The node that an alias names; NULL when there is none that can be named. */
const struct query_node *query_find_node(const struct query *q, struct str alias);
/* 0x80041130 when the property is there already; 400 when it is too many. Columns without data are left
 * out. */
MUST_CHECK bool query_add_column(struct query *q, struct arena *a, struct query_field field,
				 struct str property, bool annotate_name, struct err *e);
/* queueid, _ownerid_value */
struct str query_property(struct arena *a, const struct column *c);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * FetchXML and struct fetch, both ways (facts/webapi.md 4.7). Parsing checks the language; whether tables
 * and columns exist is asked by who runs the query.
 */
#ifndef FERRY_DV_FETCHXML_H
#define FERRY_DV_FETCHXML_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "dv/fetchxml_kind.h"
#include "dv/fetchxml_op.h"

struct fetch_condition {
	struct str attribute;
	struct str entity; /* entityname: the alias of a link; empty: the node that it stands in */
	enum fetch_op op;
	struct str op_name;
	struct str *values;
	size_t nvalues;
	struct str value_of;
	unsigned line;
};

struct fetch_node;

struct fetch_filter {
	bool any;                 /* type="or" */
	struct fetch_node *links; /* related rows that must or must not be there: FETCH_ANY ... */
	size_t nlinks;
	struct fetch_condition *conditions;
	size_t nconditions;
	struct fetch_filter *filters;
	size_t nfilters;
};

struct fetch_attribute {
	struct str name, alias;
	enum fetch_aggregate aggregate;
	bool group;               /* groupby */
	enum fetch_grouping part; /* dategrouping */
	bool utc;                 /* usertimezone="false" */
	bool distinct;            /* of countcolumn */
	bool count_children;      /* rowaggregate="CountChildren" */
	unsigned line;
};

struct fetch_order {
	struct str attribute, alias, entity;
	bool descending;
	unsigned line;
};

/* An <entity> or a <link-entity>. */
struct fetch_node {
	struct str table;
	struct str from, to, alias; /* of a link; alias is made up (table1, ...) when not given */
	enum fetch_join join;
	bool all_attributes;
	struct fetch_attribute *attributes;
	size_t nattributes;
	struct fetch_order *orders;
	size_t norders;
	struct fetch_filter *filters; /* all must hold */
	size_t nfilters;
	struct fetch_node *links;
	size_t nlinks;
	unsigned line;
};

struct fetch {
	bool distinct;
	bool aggregate;
	bool total_count; /* returntotalrecordcount */
	bool raw_order;   /* useraworderby */
	/* from $filter and its like: null properties are written, the page is followed by @odata.nextLink */
	bool odata;
	uint32_t aggregate_limit;  /* 0 = not given */
	struct str datasource;     /* retained, bin; mostly empty */
	uint32_t top, count, page; /* 0 = not given; page counts from 1 */
	struct str cookie;         /* paging-cookie, decoded until it starts with '<', or empty */
	struct fetch_node entity;
};

/* `name` and `line` say in messages where the text stands: "schema.xml:12". Line counts from there. */
MUST_CHECK bool fetch_parse(struct arena *a, struct str text, const char *name, unsigned line,
			    struct fetch *out, struct err *e);
void fetch_format(struct buf *out, const struct fetch *f); /* one line, no white space */

/* Numbers of values that an operator takes; max SIZE_MAX for lists. */
void fetch_op_arity(enum fetch_op op, size_t *min, size_t *max);
struct str fetch_op_word(enum fetch_op op);

/*
 * Paging cookies (facts/webapi.md 4.3, 4.6). The annotation's value <cookie pagenumber="2"
 * pagingcookie="..." istracking="False" /> gives the inner cookie; any number of URL encodings is
 * undone. False when it is no cookie.
 */
MUST_CHECK bool fetch_cookie_from_annotation(struct arena *a, struct str annotation,
					     struct str *inner);
/* The same for a cookie that no annotation is around, as in the paging-cookie attribute. */
MUST_CHECK bool fetch_cookie_decode(struct arena *a, struct str encoded, struct str *inner);
/* And back: inner encoded twice with lower-case hex. */
void fetch_cookie_to_annotation(struct buf *out, uint32_t next_page, struct str inner);

#endif

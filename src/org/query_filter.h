/* SPDX-License-Identifier: MIT */
/*
 * The conditions of a checked query: columns by pointer, values in the form in which they compare, and
 * what null means to each test.
 */
#ifndef FERRY_ORG_QUERY_FILTER_H
#define FERRY_ORG_QUERY_FILTER_H

#include "base/str.h"
#include "dv/column.h"

/* How the values of a column are kept and compared; by its type. */
enum query_form {
	FORM_INTEGER, /* whole numbers, choices, booleans */
	FORM_REAL,
	FORM_DECIMAL, /* exact text */
	FORM_TEXT,    /* as people read it: collation of the organization */
	FORM_MOMENT,  /* text; without the Z its order is that of time */
	FORM_ID,      /* guid text */
	FORM_SET,     /* numbers joined by ',' */
	FORM_OPAQUE,  /* only null or not: images */
	FORM_NOTHING  /* not stored at all */
};
enum query_form query_form(const struct column *c);

struct query_param {
	enum { PARAM_INTEGER, PARAM_REAL, PARAM_TEXT } kind;
	int64_t integer;
	double real;
	struct str text;
};

struct query_node;

struct query_field {
	const struct query_node *node;
	const struct column *column;
};

enum query_op {
	QUERY_EQ,
	QUERY_GT,
	QUERY_GE,
	QUERY_LT,
	QUERY_LE,
	QUERY_NULL,
	QUERY_IN,
	QUERY_BETWEEN,
	QUERY_LIKE,
	QUERY_CONTAIN, /* a set has one of the numbers */
	QUERY_WITHIN,  /* an id stands in rows of another table: struct query_within */
	QUERY_IDS,     /* an id is in the one parameter: a list of ids.h */
	QUERY_RANGE,   /* from the first parameter on, but before the second */
	QUERY_SPANS    /* in one of the spans of the one parameter: spans.h */
};

/* The ids that column `pick` of `table` holds in the rows whose column `by` is the test's one value. */
struct query_within {
	struct str table, pick, by;
};

struct query_test {
	struct query_field field;
	enum query_op op;
	bool negated;
	bool null_passes; /* rows where the field is null pass too */
	struct query_param *params;
	size_t nparams;
	const struct query_within *within;
	struct query_field other; /* of a comparison with a column; column NULL: there is none */
};

struct query_filter {
	bool any;
	struct query_test *tests;
	size_t ntests;
	struct query_node *links; /* related rows that must or must not be there */
	size_t nlinks;
	struct query_filter *filters;
	size_t nfilters;
};

#endif

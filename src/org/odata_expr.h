/* SPDX-License-Identifier: MIT */
/*
 * The expression of a $filter as a tree (facts/webapi.md 4.2).
 */
#ifndef FERRY_ORG_ODATA_EXPR_H
#define FERRY_ORG_ODATA_EXPR_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "org/odata_scan.h"
#include "org/odata_url.h"

/* primarycontactid/fullname: navigation properties, then a property; inside any() behind a variable. */
struct odata_path {
	struct str *parts;
	size_t n;
};

enum odata_expr_kind {
	EXPR_AND,
	EXPR_OR,
	EXPR_NOT,     /* left */
	EXPR_COMPARE, /* path, word: eq ne gt ge lt le, and a literal or another path */
	EXPR_TEXT,    /* path, word: contains startswith endswith, literal */
	EXPR_ANY,     /* path of a collection, variable, left: may be NULL */
	EXPR_ALL,
	/* path/Microsoft.Dynamics.CRM.<word>(PropertyName=other,PropertyValue(s)=values) */
	EXPR_FUNCTION,
	EXPR_LITERAL /* true or false alone */
};

struct odata_expr {
	enum odata_expr_kind kind;
	struct str word;
	struct odata_path path;
	struct odata_path other; /* n == 0: the literal counts */
	struct odata_literal literal;
	struct str variable;
	struct str *values; /* of a function */
	size_t nvalues;
	const struct odata_expr *left, *right;
	size_t at; /* where it begins in the text */
};

/*
 * Aliases are the URL's options; NULL: none. Depth and number of conditions are limited. A boolean
 * property alone is compared with true.
 */
MUST_CHECK bool odata_expr_parse(struct arena *a, struct str text, const struct url *aliases,
				 const struct odata_expr **out, struct err *e);
/* A path alone, or an alias for one: in $orderby and $apply. */
MUST_CHECK bool odata_path_parse(struct arena *a, struct str text, const struct url *aliases,
				 struct odata_path *out, struct err *e);

#endif

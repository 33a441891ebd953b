/* SPDX-License-Identifier: MIT */
/*
 * The query options of OData as trees (facts/webapi.md 4.1 to 4.5): the text is understood here, names are
 * looked up by who binds the tree to a table. Errors are 400 0x80060888 with the place in the text.
 */
#ifndef FERRY_ORG_ODATA_OPTIONS_H
#define FERRY_ORG_ODATA_OPTIONS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "org/odata_expr.h"
#include "org/odata_url.h"

struct odata_order {
	struct odata_path path;
	bool descending;
};

struct odata_expand;

struct odata_options {
	bool has_select;    /* false for $select=* too */
	struct str *select; /* property names, each once; in an expand too */
	size_t nselect;
	const struct odata_expr *filter; /* NULL: none */
	struct odata_order *orders;
	size_t norders;
	struct odata_expand *expand;
	size_t nexpand;
	bool has_top;
	uint32_t top;
	bool count; /* $count=true */
};

/* One item of $expand: nav, nav/$ref, nav($select=...;$filter=...;$expand=...) */
struct odata_expand {
	struct str navigation;
	bool reference;  /* /$ref */
	struct str text; /* between the parentheses, as it was given */
	struct odata_options options;
};

/*
 * $select, $filter, $orderby, $expand, $top and $count of a URL; parameter aliases (@p1) in filter and
 * order are replaced by their values. What a URL may not have is refused by who routes it.
 */
MUST_CHECK bool odata_options_read(struct arena *a, const struct url *u, struct odata_options *out,
				   struct err *e);

/* What $expand adds to the list of properties in @odata.context: primarycontactid(fullname) */
struct str odata_expand_context(struct arena *a, const struct odata_options *o);

/* The next part before `separator` that stands in no quotes, brackets or parentheses; trimmed. */
struct odata_splitter {
	struct str rest;
	bool done;
};
bool odata_split(struct odata_splitter *s, char separator, struct str *part);

#endif

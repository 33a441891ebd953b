/* SPDX-License-Identifier: MIT */
/*
 * The properties of a table's rows by the names that the Web API gives them (facts/webapi.md 1.6): columns
 * by logical name, lookups as _x_value, and navigation; case counts.
 */
#ifndef FERRY_ORG_ODATA_NAMES_H
#define FERRY_ORG_ODATA_NAMES_H

#include "base/err.h"
#include "dv/table.h"
#include "org/odata_expr.h"

/* NULL when the table has no such property that can be read. */
const struct column *odata_property(const struct table *t, struct str name);
/* The lookup behind a single-valued navigation property; NULL when there is none. */
const struct many_to_one *odata_navigation(const struct table *t, struct str name);
/* The N:N relationship behind a collection; *first: `t` is its first table. NULL when there is none. */
const struct many_to_many *odata_collection(const struct table *t, struct str name, bool *first);

/* 400 0x80060888 unless the literal can be compared with the column; null can always. */
MUST_CHECK bool odata_check_literal(const struct column *c, const struct odata_literal *l,
				    struct str word, struct err *e);

/* 400 0x80060888 "Could not find a property named ..." */
bool odata_fail_property(const struct table *t, struct str name, struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Checks a schema: everything that is wrong with it at once, as findings with lines. An error keeps a schema from
 * being used or loses what it meant to say; a warning is what may lose rows or values; a note is a fact.
 *
 * The rules: words and values of attributes, names that are missing or come twice, unknown types, primary keys,
 * lookups and links to tables that the schema lacks (as the Configuration Migration Tool's Validate Schema),
 * filters that do not parse or name another table or column. Against an environment also: tables, columns,
 * types, targets and relationships that it does not have.
 */
#ifndef FERRY_DV_SCHEMA_CHECK_H
#define FERRY_DV_SCHEMA_CHECK_H

#include "dv/catalog.h"
#include "dv/fetchxml.h"
#include "dv/findings.h"
#include "dv/schema.h"

struct schema_check {
	struct arena *arena;
	struct schema schema;   /* what could be read of it */
	bool whole;             /* it was read to its end */
	struct fetch **filters; /* of each entity; NULL: none, or it does not parse */
	struct findings findings;
};

/*
 * What the file itself tells; then one of the two below. `name` stands in no message; findings are in no order.
 */
void schema_check(struct arena *a, struct str bytes, const char *name, struct schema_check *out);
/* Columns of filters, as far as the schema has their tables. */
void schema_check_within(struct schema_check *c);
/* The tables that the schema, its filters and its relationships name: what the catalog has to know. */
size_t schema_check_tables(const struct schema_check *c, struct str **names);
/* What the environment says to it. */
void schema_check_against(struct schema_check *c, const struct catalog *catalog);

#endif

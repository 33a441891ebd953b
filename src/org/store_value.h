/* SPDX-License-Identifier: MIT */
/*
 * How the values of a column stand in the organization's file.
 */
#ifndef FERRY_ORG_STORE_VALUE_H
#define FERRY_ORG_STORE_VALUE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "io/db.h"
#include "dv/column.h"
#include "dv/value.h"

/* The declared type: INTEGER, REAL or TEXT; NULL for what is not stored: virtual columns, party lists. */
const char *store_type(const struct column *c);
bool store_has_column(const struct column *c);
/* Whether the column has a <name>type companion: it may point to more than one table. */
bool store_has_type_column(const struct column *c);
/* How many places it takes in store_bind and store_value: two with a companion, which stands at i + 1. */
int store_places(const struct column *c);
/*
 * The SQL expression (built-in functions only) by which the ids of `column` sort in SQL Server's order;
 * `prefix` is a table alias or empty. The primary key's is indexed.
 */
void store_guid_order(struct buf *out, struct str prefix, struct str column);

/* Binds a value in the form in which the column is stored; reads one back (REF with its table). */
void store_bind(struct stmt *st, int i, const struct column *c, const struct value *v);
struct value store_value(struct arena *a, const struct stmt *st, int i, const struct column *c);

#endif

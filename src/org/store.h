/* SPDX-License-Identifier: MIT */
/*
 * The organization's file: one SQLite database, open to the stock shell (docs/architecture.md, "Files
 * that we own"). Every Dataverse table is an SQLite table of the same logical name with its columns by
 * logical name, every N:N an intersect table; nothing in the schema needs a collation or function of ours.
 * Values stand in dv/value.h's stored form: integers, booleans and choices as INTEGER, doubles as REAL,
 * the rest as TEXT. A lookup that may point to several tables has a second column <name>type with the
 * logical name of the table pointed to. Every table has a versionnumber.
 *
 * Tables of ours: ferry_header(name, value); ferry_table(name, entity_set, definition) with the facts of
 * each table; ferry_relationship(child, place, parent, collection) with each table's N:1 relationships by
 * what they point to (relations.h).
 */
#ifndef FERRY_ORG_STORE_H
#define FERRY_ORG_STORE_H

#include "base/arena.h"
#include "base/datetime.h"
#include "base/err.h"
#include "base/guid.h"
#include "base/rng.h"
#include "io/collate.h"
#include "io/db.h"
#include "dv/catalog.h"
#include "dv/table.h"
#include "dv/value.h"

struct statements; /* prepared once and kept */

struct store {
	struct arena *arena; /* lives as long as the store */
	struct db *db;
	const char *path;
	struct catalog catalog; /* loads definitions from the file when first asked for */
	struct collate *collate;
	struct rng rng;
	bool fixed_clock; /* then `clock` is the time, forever */
	struct datetime clock;
	bool writable;
	int lcid; /* of the base language */
	struct guid organization;
	struct guid root_unit;
	struct guid admin;  /* who calls when nobody says who */
	struct guid caller; /* the user whose request is answered */
	struct guid currency;
	struct statements *statements;
};

struct store_options {
	bool seeded; /* ids from `seed`, and a fixed clock; else from the system */
	uint64_t seed;
	int lcid; /* 1033 */
};

/*
 * A new file with the tables of every metadata asset and no rows. The caller writes the rows, then
 * store_finish fixes who the organization is. Refuses an existing file.
 */
MUST_CHECK bool store_create(struct store *s, struct arena *a, const char *path,
			     const struct store_options *options, struct err *e);
/* Remembers organization, root unit, administrator and currency from the rows and checks them. */
MUST_CHECK bool store_finish(struct store *s, struct err *e);
/* ERR_INPUT when it is no organization file, or one of a newer ferry. Reading writes nothing. */
MUST_CHECK bool store_open(struct store *s, struct arena *a, const char *path, bool write,
			   struct err *e);
void store_close(struct store *s); /* fits DEFER */

struct datetime store_now(const struct store *s);
/* The next row version; inside a transaction. */
MUST_CHECK bool store_next_version(struct store *s, int64_t *version, struct err *e);

/* The table, NULL when there is none. Intersect tables of N:N relationships are tables too. */
MUST_CHECK bool store_table(struct store *s, struct str name, const struct table **out,
			    struct err *e);
MUST_CHECK bool store_table_of_set(struct store *s, struct str entity_set, const struct table **out,
				   struct err *e);
/* All logical names, sorted, on the arena. */
MUST_CHECK bool store_table_names(struct store *s, struct arena *a, struct str **names, size_t *n,
				  struct err *e);

/* The N:N relationship by its intersect table or schema name; NULL when there is none. */
MUST_CHECK bool store_relationship(struct store *s, struct str name,
				   const struct many_to_many **out, struct err *e);

/*
 * The statement of this SQL text, prepared once and kept until the store closes; it is reset. To be used
 * and done with before the next call: not for reading rows while others are written.
 */
MUST_CHECK bool store_statement(struct store *s, struct str sql, struct stmt **out, struct err *e);

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

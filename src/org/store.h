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
 * what they point to (relations.h); ferry_deletion, ferry_bin, ferry_bin_link: the recycle bin (bin.h); ferry_file,
 * ferry_file_part: what stands in file columns (files.h); ferry_tombstone: deletions (tombstone.h).
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
#include "org/store_statement.h"
#include "org/store_value.h"
#include "org/variants.h"

struct statements;  /* prepared once and kept */
struct content_ids; /* row_url.h */
struct date_parts;
struct hooks;      /* hooks.h */
struct behaviours; /* behaviours.h */
struct access;     /* access.h */

struct store {
	struct arena *arena; /* lives as long as the store */
	struct db *db;
	const char *path;
	struct catalog catalog; /* loads definitions from the file when first asked for */
	struct arena *tables;   /* of the catalog */
	char metadata[64];      /* the state of the file's metadata that the catalog is of */
	uint64_t metadata_sum;  /* a hash of all definitions in that state; 0: not known yet */
	struct collate *collate;
	struct rng rng;
	bool fixed_clock; /* then `clock` is the time, forever */
	struct datetime clock;
	bool writable;
	int lcid; /* of the base language */
	struct guid organization;
	struct guid root_unit;
	struct guid admin;     /* who calls when nobody says who */
	struct guid caller;    /* the user whose request is answered */
	struct guid delegate;  /* who really asks, on behalf of the caller; null: he himself */
	struct access *access; /* what they may do, while a request is answered; NULL: all */
	struct guid currency;
	struct variants variants;
	const struct hooks *hooks; /* what it does besides; NULL: nothing */
	struct behaviours *behaviours;
	const struct content_ids *content_ids; /* of the change set that is being answered */
	int64_t reserved, reserved_last; /* versions taken and not given yet; the last of them */
	uint64_t touched;                /* rows read and written; for who counts them */
	bool shared;                     /* other connections of this process write, too */
	bool seeded;
	uint64_t seed;
	struct date_parts *parts; /* by which dates are grouped: sql_function.h */
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
/*
 * The next n calls give versions that are taken here at once. Release before the transaction, or the savepoint
 * in which it was called, ends.
 */
MUST_CHECK bool store_reserve_versions(struct store *s, int64_t n, struct err *e);
void store_release_versions(struct store *s);

/*
 * Forgets the tables that the catalog holds when the file's metadata is no longer what they were read from.
 * At the begin of a transaction: pointers to tables that were got before are void then.
 */
MUST_CHECK bool store_refresh(struct store *s, struct err *e);

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

#endif

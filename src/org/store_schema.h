/* SPDX-License-Identifier: MIT */
/*
 * Tables of an organization as tables of its file: how they are made, changed and dropped in SQL, and where
 * their definitions stand. Inside a transaction that writes. What the change means is store_alter.h's.
 */
#ifndef FERRY_ORG_STORE_SCHEMA_H
#define FERRY_ORG_STORE_SCHEMA_H

#include "org/store.h"

/* Tables of ours that the metadata needs beside the definitions; SQL text. */
#define STORE_METADATA_TABLES                                                                      \
	"create table if not exists ferry_choice(name TEXT NOT NULL PRIMARY KEY,"                  \
	" definition TEXT NOT NULL) without rowid;"                                                \
	"create table if not exists ferry_metadata_change(version INTEGER NOT NULL,"               \
	" kind TEXT NOT NULL, name TEXT NOT NULL, id TEXT NOT NULL, deleted INTEGER NOT NULL);"

/* The table, its indexes, definition and relationships; `mm` of an intersect table, else NULL. */
MUST_CHECK bool schema_create(struct store *s, const struct table *t, const struct many_to_many *mm,
			      struct err *e);
MUST_CHECK bool schema_drop(struct store *s, const struct table *t, struct err *e);
/* Writes the definition and the relationships of a table that is in the file. */
MUST_CHECK bool schema_remember(struct store *s, const struct table *t, struct err *e);
/* `t` has the column among its own. */
MUST_CHECK bool schema_add_column(struct store *s, const struct table *t, const struct column *c,
				  struct err *e);
MUST_CHECK bool schema_drop_column(struct store *s, const struct table *t, const struct column *c,
				   struct err *e);
/* A lookup that pointed to one table gets its <name>type column, filled with that table. */
MUST_CHECK bool schema_add_type(struct store *s, const struct table *t, struct str column,
				struct str target, struct err *e);

/*
 * The metadata of the table of an N:N relationship, completed from `own`, which may be NULL. `primary`
 * gives the primary id of a table, empty when there is none.
 */
MUST_CHECK bool schema_intersect(struct arena *a, const struct many_to_many *mm,
				 const struct table *own,
				 bool (*primary)(void *context, struct str table, struct str *out,
						 struct err *e),
				 void *context, struct table *out, struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Changes of an organization's metadata: tables, columns, relationships, keys and choices in a file that is
 * in use. Each one runs inside the transaction that is open, checks that what it makes holds together,
 * counts the metadata's version up, and voids every pointer to a table of the store that was got before.
 * What clients may not touch (managed tables, names without prefix) is for the callers to refuse.
 *
 * Errors carry the platform's codes; ERR_BAD_REQUEST unless said otherwise.
 */
#ifndef FERRY_ORG_STORE_ALTER_H
#define FERRY_ORG_STORE_ALTER_H

#include "dv/definition.h"
#include "org/store.h"

/*
 * Several tables at once, so that they may point to each other. An object type code of 0 or that is taken
 * becomes a free one. N:N relationships are written to both of their tables, and get their intersect table.
 */
MUST_CHECK bool alter_add_tables(struct store *s, struct arena *a, const struct table *tables,
				 size_t n, struct err *e);
/* With its rows, relationships and intersect tables; the lookups of others to it go with them. */
MUST_CHECK bool alter_drop_table(struct store *s, struct arena *a, struct str name, struct err *e);
/* The table as it is to be, with the columns, relationships and keys that it has: labels, flags, options. */
MUST_CHECK bool alter_table(struct store *s, const struct table *t, struct err *e);

/* The column, and the relationships that bind it if it is a lookup. */
MUST_CHECK bool alter_add_column(struct store *s, struct arena *a, struct str table,
				 const struct column *c, const struct many_to_one *lookups,
				 size_t nlookups, struct err *e);
MUST_CHECK bool alter_drop_column(struct store *s, struct arena *a, struct str table,
				  struct str column, struct err *e);
/* One more table that a lookup may point to. */
MUST_CHECK bool alter_add_target(struct store *s, struct arena *a, struct str table,
				 const struct many_to_one *lookup, struct err *e);

/* Not any more; a lookup that points to nothing else is dropped. */
MUST_CHECK bool alter_drop_target(struct store *s, struct arena *a, struct str table,
				  struct str column, struct str target, struct err *e);

MUST_CHECK bool alter_add_link(struct store *s, struct arena *a, const struct many_to_many *mm,
			       struct err *e);
MUST_CHECK bool alter_drop_link(struct store *s, struct arena *a, const struct many_to_many *mm,
				struct err *e);
MUST_CHECK bool alter_add_key(struct store *s, struct arena *a, struct str table,
			      const struct table_key *k, struct err *e);
MUST_CHECK bool alter_drop_key(struct store *s, struct arena *a, struct str table, struct str key,
			       struct err *e);

/* Notes can be attached to the rows of a table that has them (has_notes). */
MUST_CHECK bool alter_take_notes(struct store *s, struct arena *a, const struct table *t,
				 struct err *e);

/* The version of the metadata: 0 in a file whose metadata never changed. */
MUST_CHECK bool alter_version(struct store *s, int64_t *version, struct err *e);
/*
 * The same for clients that keep metadata: greater after each change, and another one in another organization, if
 * its metadata is another one, too.
 */
MUST_CHECK bool alter_stamp(struct store *s, int64_t *stamp, struct err *e);
/* One more change of what a client reads as metadata: `kind` is Entity, Attribute, Relationship ... */
MUST_CHECK bool alter_note(struct store *s, const char *kind, struct str table, struct guid id,
			   bool deleted, struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The recycle bin (facts/webapi.md 3.4): deleted rows stay in the file until they are restored. What one
 * request deleted is one deletion; restoring its first row brings back what went with it: cascaded rows,
 * N:N pairs, links that were cleared.
 *
 * Tables of ours: ferry_deletion(number, deleted_on, deleted_by); ferry_bin(table_name, id, deletion, row)
 * with the stored columns as a JSON object (doubles as text, so that no digit is lost), one place per id:
 * a row that is deleted again while its namesake is in the bin is not kept; ferry_bin_link(deletion,
 * table_name, id, column_name, target_table, target) with lookups that were cleared.
 */
#ifndef FERRY_ORG_BIN_H
#define FERRY_ORG_BIN_H

#include "base/buf.h"
#include "org/relations.h"
#include "org/store.h"

/* On in a new organization; a header row of the file. Inside a transaction. */
MUST_CHECK bool bin_switch(struct store *s, bool on, struct err *e);
MUST_CHECK bool bin_is_on(struct store *s, bool *on, struct err *e);

/* A new deletion; *number is 0 when the bin is off. */
MUST_CHECK bool bin_begin(struct store *s, int64_t *number, struct err *e);
/* Keeps the rows whose `column` holds the id; they are still there. */
MUST_CHECK bool bin_keep(struct store *s, int64_t deletion, const struct table *t,
			 struct str column, struct guid id, struct err *e);
/* Keeps that the lookup of a row `id` pointed to `target`. */
MUST_CHECK bool bin_keep_link(struct store *s, int64_t deletion, const struct relation *rel,
			      struct guid id, const struct table *to, struct guid target,
			      struct err *e);

/*
 * The names of a table's stored columns, between commas; a table expression with its deleted rows, in
 * parentheses: what stands behind FROM.
 */
void bin_columns(struct buf *sql, const struct table *t);
void bin_source(struct buf *sql, const struct table *t);

/* Of a table that is gone nothing can be restored. */
MUST_CHECK bool bin_forget_table(struct store *s, struct str table, struct err *e);

/*
 * Brings a row back, with all that its deletion took when it was the first to go. 404 0x80040217 when it is
 * not in the bin; 0x80049939 when its id is in use again, 0x80049929 when an alternate key is; 0x80049959
 * when a row that it points to, or that has to point to it, is gone.
 */
MUST_CHECK bool bin_restore(struct store *s, struct arena *a, const struct table *t, struct guid id,
			    struct err *e);

#endif

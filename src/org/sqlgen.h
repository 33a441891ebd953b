/* SPDX-License-Identifier: MIT */
/*
 * A checked query as one SQL statement and its parameters. Values are only ever parameters; names pass
 * through db_quote.
 *
 * The statement uses what sql_register adds to the connection, in queries alone: the collations
 * "dataverse" (text as the platform compares it) and "dv_decimal" (exact decimals), and the predicate
 * dv_like.
 */
#ifndef FERRY_ORG_SQLGEN_H
#define FERRY_ORG_SQLGEN_H

#include "base/buf.h"
#include "org/query.h"
#include "org/store.h"

MUST_CHECK bool sql_register(struct store *s, struct err *e);

struct sql {
	struct arena *arena;
	struct buf text;
	VEC(struct query_param) params;
};
struct sql sql_make(struct arena *a);
void sql_release(struct sql *sql); /* fits DEFER */

/* Result columns as query_column.at and .type_at tell; one row more than q->limit when q->pages. */
void sql_query(struct sql *sql, const struct query *q);
/* One result: how many rows the query has without its page, at most `max`. */
void sql_count(struct sql *sql, const struct query *q, uint32_t max);

/* Prepared and bound; the parameters must outlive it. */
MUST_CHECK bool sql_prepare(const struct sql *sql, struct db *db, struct stmt **out, struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * A checked query as one SQL statement and its parameters. The statement uses what sql_register
 * (sql_function.h) adds to the connection, in queries alone.
 */
#ifndef FERRY_ORG_SQLGEN_H
#define FERRY_ORG_SQLGEN_H

#include "org/query.h"
#include "org/sql.h"

/* Result columns as query_column.at and .type_at tell; one row more than q->limit when q->pages. */
void sql_query(struct sql *sql, const struct query *q);
/* One result: how many rows the query has without its page, at most `max`. */
void sql_count(struct sql *sql, const struct query *q, uint32_t max);
/* One result: how many rows an aggregate query reads, at most `max`. */
void sql_count_source(struct sql *sql, const struct query *q, uint32_t max);

#endif

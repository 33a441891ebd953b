/* SPDX-License-Identifier: MIT */
/*
 * What a query gives, in SQL: columns of rows; keys of groups and aggregates over them.
 */
#ifndef FERRY_ORG_SQL_COLUMN_H
#define FERRY_ORG_SQL_COLUMN_H

#include "org/query.h"
#include "org/sql.h"

/* Every result column, at the places that query_column.at and its like tell. */
void sql_columns(struct sql *sql, const struct query *q);
/* " GROUP BY ..." of an aggregate query; nothing when there are no keys. */
void sql_groups(struct sql *sql, const struct query *q);
/* A key or an aggregate as groups are ordered by it. */
void sql_group_order(struct sql *sql, const struct query_column *c,
		     const struct query_order *order);

#endif

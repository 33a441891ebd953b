/* SPDX-License-Identifier: MIT */
/*
 * The order of rows in SQL, and the place in it where a page begins.
 */
#ifndef FERRY_ORG_SQL_ORDER_H
#define FERRY_ORG_SQL_ORDER_H

#include "org/query.h"
#include "org/sql.h"

void sql_orders(struct sql *sql, const struct query *q); /* " ORDER BY ..." */
/* Whether a row stands behind q's `after`: nulls come first, and last when descending. */
void sql_after(struct sql *sql, const struct query *q);
/* What the cookie holds of an order: the value, the label or the name that rows are ordered by. */
void sql_order_value(struct sql *sql, const struct query_order *order);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The tables of a query in SQL: joins, related rows that must or must not be there, and which rows the
 * caller may see.
 */
#ifndef FERRY_ORG_SQL_FROM_H
#define FERRY_ORG_SQL_FROM_H

#include "org/sql.h"

/* " FROM ..." with everything that is joined. */
void sql_from(struct sql *sql, const struct query_node *root);
/* The node's filter, its scope and its related rows, each behind `before`, then behind " AND ". */
void sql_conditions(struct sql *sql, const struct query_node *node, const char *before);
bool sql_has_conditions(const struct query_node *node);
/* Whether related rows are there as the link's type wants it. */
void sql_related(struct sql *sql, const struct query_node *link);
/* Whether rows of the link become part of the rows of the query. */
bool sql_is_joined(const struct query_node *link);

#endif

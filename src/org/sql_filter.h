/* SPDX-License-Identifier: MIT */
/*
 * Filters as SQL conditions.
 */
#ifndef FERRY_ORG_SQL_FILTER_H
#define FERRY_ORG_SQL_FILTER_H

#include "org/sql.h"

/* An empty filter is true. Links inside it are written by sql_from.h. */
void sql_filter(struct sql *sql, const struct query_filter *f);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What the caller may not see is no part of a query.
 */
#ifndef FERRY_ORG_ACCESS_QUERY_H
#define FERRY_ORG_ACCESS_QUERY_H

#include "org/query.h"
#include "org/store.h"

/*
 * Before the query's SQL is made. 403 0x80040220 for a table of which the caller may read nothing, 0x8004F506
 * for a filter or an order by a secured column that he may not read.
 */
MUST_CHECK bool access_query(struct store *s, const struct query *q, struct err *e);

#endif

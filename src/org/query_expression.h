/* SPDX-License-Identifier: MIT */
/*
 * QueryExpression, the query as some actions take it: JSON into struct fetch. The names of its operators are those of
 * the query functions of OData.
 */
#ifndef FERRY_ORG_QUERY_EXPRESSION_H
#define FERRY_ORG_QUERY_EXPRESSION_H

#include "io/json.h"
#include "dv/fetchxml.h"

/* Its columns, order and paging are left out: which rows are meant is what counts. 400 0x80048d19. */
MUST_CHECK bool query_expression_read(struct arena *a, const struct json *o, struct fetch *out,
				      struct err *e);

#endif

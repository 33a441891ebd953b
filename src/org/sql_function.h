/* SPDX-License-Identifier: MIT */
/*
 * What queries need of SQLite that it does not have:
 *     collation dataverse     text as the platform compares it
 *     collation dv_decimal    exact decimals by value
 *     dv_like(text, pattern)  the platform's patterns
 *     dv_sum(number, scale)   exact; a scale of -1 is the largest one of the numbers
 *     dv_avg(number, scale)   a scale of -1 cuts to a whole number
 *     dv_rescale(number, scale)
 *     dv_spans(moment, spans) whether the moment is in one of them: spans.h
 *     dv_date_part(moment, enum fetch_grouping, utc)  in the caller's time zone unless utc
 */
#ifndef FERRY_ORG_SQL_FUNCTION_H
#define FERRY_ORG_SQL_FUNCTION_H

#include "io/zone.h"
#include "org/fiscal.h"
#include "org/store.h"

/* On whose clock and calendar dv_date_part stands: set in s->parts while a statement runs. */
struct date_parts {
	const struct zone *zone; /* NULL: UTC */
	const struct fiscal *fiscal;
};

/* Adds them to the store's connection. The store must stay where it is. */
MUST_CHECK bool sql_register(struct store *s, struct err *e);

#endif

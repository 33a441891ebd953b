/* SPDX-License-Identifier: MIT */
/*
 * Runs a checked query and writes its rows as OData JSON (facts/webapi.md 4.3, 4.6), row by row as SQLite
 * gives them: memory does not grow with their number. Annotations stand before what they annotate; for
 * those of the envelope that tell of the end of the page (cookie, morerecords) its rows are gone through
 * once before they are written. @odata.nextLink stands behind `value`.
 */
#ifndef FERRY_ORG_RESULT_H
#define FERRY_ORG_RESULT_H

#include "base/sink.h"
#include "org/cells.h"

/* {"@odata.context":...,"value":[...]}; 0x8004E023 when an aggregate would read too many rows. */
MUST_CHECK bool result_rows(const struct result *r, struct sink *into, struct err *e);
/* One row as an object of its own; 404 0x80040217 when there is none. */
MUST_CHECK bool result_row(const struct result *r, struct sink *into, struct err *e);
/* How many rows the query has in all, at most `max`: for /$count. */
MUST_CHECK bool result_count(const struct result *r, uint32_t max, int64_t *out, struct err *e);

#endif

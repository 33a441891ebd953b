/* SPDX-License-Identifier: MIT */
/*
 * Runs a checked query and writes its rows as OData JSON (facts/webapi.md 4.6), row by row as SQLite gives
 * them: memory does not grow with their number. Annotations stand before what they annotate; those of
 * the envelope that are only known afterwards (cookie, morerecords) stand behind `value`.
 */
#ifndef FERRY_ORG_RESULT_H
#define FERRY_ORG_RESULT_H

#include "base/sink.h"
#include "org/cells.h"

/* {"@odata.context":...,"value":[...]} */
MUST_CHECK bool result_rows(const struct result *r, struct sink *into, struct err *e);
/* One row as an object of its own; 404 0x80040217 when there is none. */
MUST_CHECK bool result_row(const struct result *r, struct sink *into, struct err *e);

#endif

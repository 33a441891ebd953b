/* SPDX-License-Identifier: MIT */
/*
 * GET of rows: a FetchXML query over a set, one row by its id, and a row after it was written.
 */
#ifndef FERRY_ORG_READING_H
#define FERRY_ORG_READING_H

#include "org/call.h"

MUST_CHECK bool read_set(struct call *c, struct err *e);
MUST_CHECK bool read_row(struct call *c, struct err *e);
/* The row as the answer to the write that made it (Prefer: return=representation); $select counts. */
MUST_CHECK bool read_written(struct call *c, const struct table *t, struct guid id, int status,
			     struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * GET of rows: those of a set by FetchXML or by OData's query options, how many there are, one row by its
 * key, and a row after it was written.
 */
#ifndef FERRY_ORG_READING_H
#define FERRY_ORG_READING_H

#include "org/call.h"
#include "org/related.h"

/* Rows at the other end of a navigation property of one row: related.h. */
struct read_within {
	const struct table *parent;
	const struct navigation *navigation;
	struct str id;
};

/* Rows of `t` as the query options describe them; `within` NULL: of all. */
MUST_CHECK bool read_set_rows(struct call *c, const struct table *t,
			      const struct read_within *within, struct err *e);
/* Those with these ids; $select and $expand count. */
MUST_CHECK bool read_these(struct call *c, const struct table *t, const struct guid *ids, size_t n,
			   struct err *e);
/* How many: text/plain. */
MUST_CHECK bool read_number(struct call *c, const struct table *t, const struct read_within *within,
			    struct err *e);
MUST_CHECK bool read_set(struct call *c, struct err *e);
/* accounts/$count: text/plain */
MUST_CHECK bool read_count(struct call *c, struct err *e);
/* 304 when If-None-Match tells the row's version. */
MUST_CHECK bool read_row(struct call *c, struct err *e);
/* The row as the answer to the write that made it (Prefer: return=representation); $select and $expand
 * count. */
MUST_CHECK bool read_written(struct call *c, const struct table *t, struct guid id, int status,
			     struct err *e);

#endif

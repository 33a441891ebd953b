/* SPDX-License-Identifier: MIT */
/*
 * $expand (facts/webapi.md 4.4): rows at the other end of navigation properties, written into each row of
 * an answer. One statement per expanded property is prepared once and run for each row.
 *
 * A query with an $expand inside an $expand, and a collection among what it expands, is answered in
 * another way: odata.maxpagesize counts for the expanded rows, too; they have neither etag nor the column
 * that points back, and the links to what is behind them hold a place.
 */
#ifndef FERRY_ORG_EXPAND_H
#define FERRY_ORG_EXPAND_H

#include "org/call.h"
#include "org/cells.h"
#include "org/odata_options.h"
#include "org/query.h"

/* What is expanded: a set's rows, or the one row that a key names; their forms differ. */
enum expand_of { EXPAND_SET, EXPAND_ROW };

struct expand;

/*
 * What stands in the rows because of what is expanded: lookups that are expanded with /$ref join $select.
 * To be called before the options are bound (their context is made from those that were given).
 */
MUST_CHECK bool expand_options(struct call *c, const struct table *t, struct odata_options *o,
			       struct err *e);

/*
 * For the rows of `q`, which was bound to `o` and is not SQL yet: it gets result columns. `page_size` is
 * odata.maxpagesize, 0: none. *out is NULL when nothing is expanded. 400 0x80060888.
 */
MUST_CHECK bool expand_prepare(struct call *c, struct query *q, const struct odata_options *o,
			       enum expand_of of, uint32_t page_size, struct expand **out,
			       struct err *e);
void expand_close(struct expand **x); /* fits DEFER; *x may be NULL */

/* The hook that writes; nothing when `x` is NULL. */
struct row_hook expand_hook(struct expand *x);
/* Whether the set's own @odata.nextLink has expand_cookie's form. */
bool expand_is_nested(const struct expand *x);
/* An inner cookie as it is written where a nested $expand is. */
struct str expand_cookie(struct arena *a, struct str cookie, uint32_t records);

#endif

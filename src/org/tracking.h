/* SPDX-License-Identifier: MIT */
/*
 * Change tracking (facts/webapi.md 4.9): a query with Prefer: odata.track-changes is answered with a link that
 * later tells what was written and deleted since. The link's token is the row version up to which the caller
 * knows everything, and the time. Deletions: tombstone.h.
 *
 * An answer with such a link has no pages: between two of them rows could change that the caller never hears of.
 */
#ifndef FERRY_ORG_TRACKING_H
#define FERRY_ORG_TRACKING_H

#include "org/call.h"
#include "org/cells.h"

struct tracking {
	bool wanted; /* the caller wants a link */
	bool delta;  /* and only what came after `since` */
	int64_t since;
	const struct table *table;
	struct call *call;
};

/*
 * From the call's $deltatoken and preferences. 400 0x80060888 when the table is not tracked, the token is none,
 * or beside options that cannot stand beside it.
 */
MUST_CHECK bool tracking_read(struct call *c, const struct table *t, struct tracking *out,
			      struct err *e);
/* Of a bound query; nothing when tracking is not wanted. */
void tracking_restrict(struct arena *a, struct query *q, const struct tracking *x);
/* What the result says besides its rows; `x` must outlive it. */
MUST_CHECK bool tracking_prepare(const struct tracking *x, struct result *r, struct err *e);
/* How many rows were deleted since. */
MUST_CHECK bool tracking_count(const struct tracking *x, int64_t *out, struct err *e);

#endif

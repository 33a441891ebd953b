/* SPDX-License-Identifier: MIT */
/*
 * Bounds of ranges of time as texts that compare with a column's, and many ranges in one text, which is one
 * parameter of a query.
 */
#ifndef FERRY_ORG_SPANS_H
#define FERRY_ORG_SPANS_H

#include "org/query_filter.h"
#include "org/ranges.h"

/* An instant as the column holds it: UTC, what the clock shows, or the first date that is not before it. */
struct str span_bound(struct arena *a, const struct column *c, const struct zone *zone,
		      struct datetime utc);

/*
 * This fiscal period of every year in which the column has values: from and to of each, in order and all of
 * one length.
 */
MUST_CHECK bool spans_of_period(struct store *s, struct arena *a, const struct query_field *field,
				const struct clock *clock, int64_t period, struct str *out,
				struct err *e);
/* Whether a moment is in one of the spans; fits db_add_predicate. */
bool spans_hold(void *context, struct str moment, struct str spans);

#endif

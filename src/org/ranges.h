/* SPDX-License-Identifier: MIT */
/*
 * What the operators about time mean (facts/webapi.md 4.7): each is a range from the first moment that
 * matches to the first that does not. They are computed on the caller's clock.
 */
#ifndef FERRY_ORG_RANGES_H
#define FERRY_ORG_RANGES_H

#include "io/zone.h"
#include "dv/fetchxml.h"
#include "org/fiscal.h"

struct range {
	bool nothing;             /* no moment matches */
	bool has_from, has_to;    /* else it is open */
	struct datetime from, to; /* UTC */
};

/* On whose clock. */
struct clock {
	const struct zone *zone;
	const struct fiscal *fiscal;
	struct datetime now; /* UTC */
	bool monday;         /* begins a week; else Sunday */
	bool exact;          /* "x days" are counted from now, not from midnight */
};

bool range_is_op(
	enum fetch_op op); /* an operator about time; not in-fiscal-period, which is many ranges */
/*
 * `x` are the operator's numbers; of on and its like, x[0] is unused and `day` any moment of the day, on
 * the caller's clock.
 */
struct range range_of(const struct clock *c, enum fetch_op op, const int64_t *x,
		      struct datetime day);
/* One period of one year. */
struct range range_of_period(const struct clock *c, int64_t year, int64_t period);

#endif

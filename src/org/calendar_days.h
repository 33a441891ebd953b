/* SPDX-License-Identifier: MIT */
/*
 * What the entries of a calendar come to, day by day (facts/webapi.md 6.6; seen live): of the entries that speak of
 * a day those of the least rank count; single entries that are no work are cut out of them. Breaks stand above the
 * work around them, which is not cut.
 */
#ifndef FERRY_ORG_CALENDAR_DAYS_H
#define FERRY_ORG_CALENDAR_DAYS_H

#include "base/vec.h"
#include "org/calendar_rows.h"

struct calendar_event_time {
	struct guid inner;
	struct datetime start, end; /* UTC */
	enum calendar_kind kind;
	struct str effort; /* empty: none */
};

struct calendar_times {
	VEC(struct calendar_event_time) list;
	struct guid calendar;
};

/*
 * Everything between two moments, by its beginning. 404 when there is no such calendar; 400 when it is more than
 * LIMIT_CALENDAR_DAYS or LIMIT_CALENDAR_EVENTS.
 */
MUST_CHECK bool calendar_times_read(struct store *s, struct arena *a, struct guid calendar,
				    struct datetime from, struct datetime to,
				    struct calendar_times *out, struct err *e);

#endif

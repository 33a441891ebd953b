/* SPDX-License-Identifier: MIT */
/*
 * When the whole organization is closed: rules of the calendar that organization.businessclosurecalendarid names.
 * Calendars that observe them point to that calendar as their inner one.
 */
#ifndef FERRY_ORG_CALENDAR_CLOSURES_H
#define FERRY_ORG_CALENDAR_CLOSURES_H

#include "base/vec.h"
#include "org/store.h"

struct calendar_closure {
	struct datetime start, end; /* UTC */
};

struct calendar_closures {
	VEC(struct calendar_closure) list;
	struct guid calendar;
};

/* The calendar; made when there is none. Inside a transaction. */
MUST_CHECK bool calendar_closure_calendar(struct store *s, struct arena *a, struct guid *out,
					  struct err *e);
/* Those of a calendar, which may be any that is a list of holidays. */
MUST_CHECK bool calendar_closures_read(struct store *s, struct arena *a, struct guid calendar,
				       struct calendar_closures *out, struct err *e);
MUST_CHECK bool calendar_closure_add(struct store *s, struct arena *a, struct str name,
				     const struct calendar_closure *closure, struct err *e);
/* 404 when there is no such rule among the organization's closures. */
MUST_CHECK bool calendar_closure_drop(struct store *s, struct arena *a, struct guid rule,
				      struct err *e);

#endif

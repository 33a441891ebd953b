/* SPDX-License-Identifier: MIT */
/*
 * calendarrule has no operations of its own (facts/webapi.md 6.2, 6.3): its rows come with
 * calendars(id)?$expand=calendar_calendar_rules and are written by the calendar actions.
 */
#ifndef FERRY_ORG_CALENDAR_H
#define FERRY_ORG_CALENDAR_H

#include "dv/service.h"
#include "org/store.h"

/* A request for the rows of an entity set, or for the one that a key names: 400 0x80040800. */
MUST_CHECK bool calendar_check_request(enum method method, struct str set, bool keyed,
				       struct err *e);
/* A query reads rows of the table as those at the other end of something. */
MUST_CHECK bool calendar_check_link(const struct store *s, const struct table *t, struct err *e);
/* A body wants to create a row of the table. */
MUST_CHECK bool calendar_check_nested(const struct store *s, const struct table *t, struct err *e);

#endif

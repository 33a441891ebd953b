/* SPDX-License-Identifier: MIT */
/*
 * The actions that write working hours (facts/webapi.md 6.7 to 6.10), and those of the organization's closures.
 */
#ifndef FERRY_ORG_CALENDAR_ACTIONS_H
#define FERRY_ORG_CALENDAR_ACTIONS_H

#include "org/call.h"

/* POST {"CalendarEventInfo":"{...}"}; 200 {"InnerCalendarIds":"[\"...\"]"} */
MUST_CHECK bool calendar_save(struct call *c, struct err *e);
MUST_CHECK bool calendar_delete(struct call *c, struct err *e);
/* POST {"Name","Start","End"}: a rule in the organization's calendar; 204 */
MUST_CHECK bool calendar_closure_save(struct call *c, struct err *e);
/* POST {"Ids":"<calendarruleid>"}; 204 */
MUST_CHECK bool calendar_closure_delete(struct call *c, struct err *e);

#endif

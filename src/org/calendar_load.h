/* SPDX-License-Identifier: MIT */
/*
 * Working hours as they come out of calendars: msdyn_LoadCalendars and ExpandCalendar.
 */
#ifndef FERRY_ORG_CALENDAR_LOAD_H
#define FERRY_ORG_CALENDAR_LOAD_H

#include "org/call.h"

/*
 * POST {"LoadCalendarsInput":"{\"StartDate\",\"EndDate\",\"CalendarIds\":[...]}"}; 200 {"CalendarEvents":"{\"<id>\":
 * [{...}]}"} with the dates as /Date(milliseconds)/ (facts/webapi.md 6.7).
 */
MUST_CHECK bool calendar_load(struct call *c, struct err *e);
/* GET calendars(id)/Microsoft.Dynamics.CRM.ExpandCalendar(Start=...,End=...) */
MUST_CHECK bool calendar_expand(struct call *c, struct err *e);

#endif

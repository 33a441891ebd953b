/* SPDX-License-Identifier: MIT */
/*
 * Functions about time zones.
 */
#ifndef FERRY_ORG_FUNCTIONS_TIME_H
#define FERRY_ORG_FUNCTIONS_TIME_H

#include "org/call.h"

/* GetAllTimeZonesWithDisplayName(LocaleId=1033): code and name of each. */
MUST_CHECK bool function_zones(struct call *c, struct err *e);
/* GetTimeZoneCodeByLocalizedName(LocalizedStandardName='Pacific Standard Time',LocaleId=1033) */
MUST_CHECK bool function_zone_code(struct call *c, struct err *e);
/* LocalTimeFromUtcTime(TimeZoneCode=110,UtcTime=@p1) */
MUST_CHECK bool function_local_time(struct call *c, struct err *e);
/* UtcTimeFromLocalTime(TimeZoneCode=110,LocalTime=@p1) */
MUST_CHECK bool function_utc_time(struct call *c, struct err *e);

#endif

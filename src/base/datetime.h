/* SPDX-License-Identifier: MIT */
/*
 * A moment: 100-nanosecond ticks since 1970-01-01T00:00:00 (UTC, or the wall clock of a value without
 * zone). Proleptic Gregorian calendar, years 1 to 9999.
 */
#ifndef FERRY_BASE_DATETIME_H
#define FERRY_BASE_DATETIME_H

#include "base/base.h"
#include "base/str.h"

#define DATETIME_SECOND INT64_C(10000000)
#define DATETIME_DAY (INT64_C(86400) * DATETIME_SECOND)

struct datetime {
	int64_t ticks;
};

struct civil {
	int year, month, day; /* month and day from 1 */
	int hour, minute, second;
	int ticks; /* of the second, 0..9999999 */
};

enum datetime_zone { DATETIME_NO_ZONE, DATETIME_UTC, DATETIME_OFFSET };

MUST_CHECK bool datetime_from_civil(struct civil c,
				    struct datetime *out); /* false: no such moment */
struct civil datetime_to_civil(struct datetime d);
int datetime_weekday(struct datetime d);                            /* 0 = Sunday */
struct datetime datetime_add_months(struct datetime d, int months); /* day clamped to the month */
/* Stays within the calendar: its first and last moment are as far as it goes. */
struct datetime datetime_add(struct datetime d, int64_t ticks);

/*
 * ISO 8601: YYYY-MM-DD, or with T or a blank and hh:mm[:ss[.f{1,9}]], and Z, +hh:mm, -hh:mm or nothing.
 * With an offset the result is UTC and *zone says DATETIME_OFFSET. The whole slice.
 */
MUST_CHECK bool datetime_parse_iso(struct str s, struct datetime *out, enum datetime_zone *zone);
/* The old tool's en-US form: M/D/YYYY h:mm:ss AM|PM, time optional (facts/cmt-format.md 3.4). */
MUST_CHECK bool datetime_parse_us(struct str s, struct datetime *out);

#define DATETIME_TEXT_SIZE 40
/* .NET "o": 2022-12-02T22:00:00.0000000, with a Z when utc. */
struct str datetime_format_o(struct datetime d, bool utc, char out[DATETIME_TEXT_SIZE]);
/* 2023-04-07T21:59:01Z, with .fffffff (trailing zeros cut) only where there is a fraction. */
struct str datetime_format_iso(struct datetime d, char out[DATETIME_TEXT_SIZE]);
/* 2023-04-07 */
struct str datetime_format_date(struct datetime d, char out[DATETIME_TEXT_SIZE]);

/* The one place that asks the system's clocks: for the time, and for milliseconds that only go up. */
struct datetime datetime_now(void);
int64_t steady_ms(void);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * CalendarEventInfo: what the calendar actions are asked for, a JSON document inside a string (facts/webapi.md
 * 6.7, 6.8, 6.10).
 */
#ifndef FERRY_ORG_CALENDAR_EVENT_H
#define FERRY_ORG_CALENDAR_EVENT_H

#include "org/calendar_rows.h"

/* What is done with a part of a recurrence whose days differ (IsVaried). */
enum { PART_ADD = 1, PART_DELETE = 2, PART_TIMES = 3, PART_OTHER = 4 };

/* An element of RulesAndRecurrences. */
struct calendar_part {
	enum calendar_kind kind; /* work, with its breaks; off; leave */
	struct datetime day;     /* of the first time, midnight */
	int64_t minutes;         /* from the first time to the end of the last */
	int64_t span;            /* days that the times reach over, 1 or more */
	struct calendar_leaf *leaves;
	size_t nleaves;
	struct str pattern; /* empty: one day */
	unsigned days;
	bool has_inner;
	struct guid inner;
	int64_t action; /* 0: not told */
};

struct calendar_event {
	struct str entity;
	struct guid calendar;
	struct guid inner; /* of a deletion */
	bool varied, edit, split, v2, observe;
	bool has_zone;
	int64_t zone;
	struct datetime end; /* of recurrences */
	struct str reason;
	struct calendar_part *parts;
	size_t nparts;
};

/* Every one is 400 0x80040265: the actions are plug-ins. */
MUST_CHECK bool calendar_event_read(struct arena *a, struct str text, struct calendar_event *out,
				    struct err *e);
/* The same for msdyn_DeleteCalendar. */
MUST_CHECK bool calendar_deletion_read(struct arena *a, struct str text, struct calendar_event *out,
				       struct err *e);

#endif

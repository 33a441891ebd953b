/* SPDX-License-Identifier: MIT */
/*
 * What stands in a calendar (facts/webapi.md 6.6): entries, each a rule of the calendar, the inner calendar that
 * it points to, and the rules of that one, which are the times of a day. A row of each is written as the platform
 * was seen to write it.
 */
#ifndef FERRY_ORG_CALENDAR_ROWS_H
#define FERRY_ORG_CALENDAR_ROWS_H

#include "base/vec.h"
#include "org/store.h"

/* timecode and subcode of a rule of an inner calendar */
enum calendar_kind {
	CALENDAR_WORK,    /* 0, 1 */
	CALENDAR_BREAK,   /* 2, 4 */
	CALENDAR_OFF,     /* 2, 0: not working */
	CALENDAR_LEAVE,   /* 2, 6: time off */
	CALENDAR_HOLIDAY, /* 2, 5 */
	CALENDAR_OTHER    /* 3, 10 and whatever else: kept, and not looked at */
};

struct calendar_leaf {
	enum calendar_kind kind;
	int64_t start, minutes; /* from the day's midnight */
	struct str effort;      /* a number; empty: none */
};

/* Which of the rules that speak of a day counts: the least. */
enum { CALENDAR_RANK_DAY = 0, CALENDAR_RANK_HOLIDAYS = 1, CALENDAR_RANK_WEEK = 2 };
/* Whether an entry replaces those of a higher rank, or is cut out of them. */
enum { CALENDAR_REPLACES = 1, CALENDAR_CUTS = 2 };

struct calendar_entry {
	struct guid rule, inner; /* of rows that exist */
	int64_t rank, extent;
	struct str pattern;         /* FREQ=... */
	unsigned days;              /* of a week: bit 0 is Sunday; 0: one day */
	struct datetime start, end; /* on the clocks of its zone; behind the last moment */
	int64_t minutes;            /* of the rule: a day, or as long as its one time is */
	int64_t zone;
	bool varied;
	struct str group, description;
	struct str reason;   /* name of the inner calendar */
	struct str modified; /* when, as text */
	struct calendar_leaf *leaves;
	size_t nleaves;
};

#define CALENDAR_WEEKLY S("FREQ=WEEKLY;INTERVAL=1;BYDAY=")
/* Every weekly rule carries it (6.6). */
#define CALENDAR_WEEK_GROUP S("FC5769FC-4DE9-445D-8F4E-6E9869E60857")
/* 9999-12-30: without an end */
struct datetime calendar_open_end(void);
/* SU,MO as bits; 0 when it is no such list. */
unsigned calendar_days(struct str text);
/* FREQ=WEEKLY;INTERVAL=1;BYDAY=... */
struct str calendar_pattern(struct arena *a, unsigned days);

struct calendar_entries {
	VEC(struct calendar_entry) list;
	struct guid calendar;
};

/* All of a calendar, by their age; 404 when there is no such calendar. */
MUST_CHECK bool calendar_read(struct store *s, struct arena *a, struct guid calendar,
			      struct calendar_entries *out, struct err *e);
/* NULL when none has that inner calendar. */
struct calendar_entry *calendar_find(const struct calendar_entries *entries, struct guid inner);

/* New rows; entry->rule and entry->inner are theirs. An inner calendar that is given is pointed to. */
MUST_CHECK bool calendar_add(struct store *s, struct arena *a, struct guid calendar,
			     struct calendar_entry *entry, struct err *e);
/* The rows keep their ids; the times of the inner calendar are made anew. */
MUST_CHECK bool calendar_replace(struct store *s, struct arena *a, struct guid calendar,
				 const struct calendar_entry *entry, struct err *e);
/* The entry, and the inner calendar unless others point to it. */
MUST_CHECK bool calendar_drop(struct store *s, struct arena *a, const struct calendar_entry *entry,
			      struct err *e);
MUST_CHECK bool calendar_set_end(struct store *s, struct arena *a,
				 const struct calendar_entry *entry, struct datetime end,
				 struct err *e);
/* A change of its entries is one of the calendar. */
MUST_CHECK bool calendar_touch(struct store *s, struct arena *a, struct guid calendar,
			       struct err *e);

#endif

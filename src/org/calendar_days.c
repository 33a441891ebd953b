/* SPDX-License-Identifier: MIT */
/*
 * Each entry has its own clocks: a day of one of them is a day in its zone, and what it is compared with are
 * moments in UTC.
 */
#include "org/calendar_days.h"

#include <stdlib.h>

#include "base/limits.h"
#include "io/zone.h"
#include "dv/zone_code.h"
#include "org/calendar_closures.h"
#include "org/code.h"

#include "base/banned.h"

#define MINUTE (60 * DATETIME_SECOND)

struct days {
	struct store *store;
	struct arena *arena;
	struct calendar_entries entries;
	struct calendar_closures closures; /* that the calendar observes */
	bool holidays;
	struct guid holiday_inner;
	struct zone *zone; /* that of zone_code */
	int64_t zone_code;
	struct datetime from, to;
	struct calendar_times *out;
};

static void days_release(struct days *d)
{
	zone_close(&d->zone);
}

/* Neighbours share their zone nearly always: one is open at a time. */
static bool open_zone(struct days *d, int64_t code, struct err *e)
{
	const char *name = zone_code_name(code);

	if (d->zone && d->zone_code == code)
		return true;
	zone_close(&d->zone);
	d->zone_code = code;
	return zone_open(&d->zone, d->arena, name ? name : zone_code_name(ZONE_CODE_UTC), e);
}

static bool add(struct days *d, const struct calendar_event_time *t, struct err *e)
{
	if (t->end.ticks <= d->from.ticks || t->start.ticks >= d->to.ticks)
		return true;
	if (d->out->list.n >= LIMIT_CALENDAR_EVENTS)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PLUGIN,
				    "the calendars have more than %d events in that time",
				    LIMIT_CALENDAR_EVENTS);
	*VEC_PUSH(d->arena, &d->out->list) = *t;
	return true;
}

static struct calendar_event_time time_of(const struct days *d, const struct calendar_entry *entry,
					  const struct calendar_leaf *leaf, struct datetime day)
{
	struct datetime start = datetime_add(day, leaf->start * MINUTE);

	return (struct calendar_event_time){
		.inner = entry->inner,
		.start = zone_to_utc(d->zone, start),
		.end = zone_to_utc(d->zone, datetime_add(start, leaf->minutes * MINUTE)),
		.kind = leaf->kind,
		.effort = leaf->effort,
	};
}

/* Whether the entry speaks of a day, on its own clocks. */
static bool applies(const struct calendar_entry *entry, struct datetime day)
{
	if (day.ticks < entry->start.ticks || day.ticks >= entry->end.ticks)
		return false;
	return entry->days == 0 || (entry->days >> datetime_weekday(day) & 1);
}

static bool is_work_day(const struct calendar_entry *entry)
{
	return entry->days == 0 && entry->rank == CALENDAR_RANK_DAY &&
	       entry->extent == CALENDAR_REPLACES;
}

static bool day_is_taken(const struct days *d, struct datetime day)
{
	for (size_t i = 0; i < d->entries.list.n; i++) {
		const struct calendar_entry *entry = &d->entries.list.p[i];

		if (is_work_day(entry) && applies(entry, day))
			return true;
	}
	return false;
}

static bool is_holiday(const struct days *d, struct datetime day)
{
	struct datetime start = zone_to_utc(d->zone, day);
	struct datetime end = zone_to_utc(d->zone, datetime_add(day, DATETIME_DAY));

	for (size_t i = 0; i < d->closures.list.n; i++) {
		const struct calendar_closure *c = &d->closures.list.p[i];

		if (c->start.ticks < end.ticks && start.ticks < c->end.ticks)
			return true;
	}
	return false;
}

/* Of recurrences whose times meet, the one that was written last. */
static bool is_outdone(const struct days *d, const struct calendar_entry *entry,
		       const struct calendar_leaf *leaf, struct datetime day)
{
	for (size_t i = 0; i < d->entries.list.n; i++) {
		const struct calendar_entry *other = &d->entries.list.p[i];
		bool newer = str_cmp(other->modified, entry->modified) > 0 ||
			     (str_eq(other->modified, entry->modified) && other > entry);

		if (other->days == 0 || !newer || !applies(other, day))
			continue;
		for (size_t k = 0; k < other->nleaves; k++) {
			const struct calendar_leaf *l = &other->leaves[k];

			if (l->start < leaf->start + leaf->minutes &&
			    leaf->start < l->start + l->minutes)
				return true;
		}
	}
	return false;
}

static bool add_day(struct days *d, const struct calendar_entry *entry, struct datetime day,
		    struct err *e)
{
	bool week = entry->days != 0;

	if (!applies(entry, day) || (week && (day_is_taken(d, day) || is_holiday(d, day))))
		return true;
	for (size_t i = 0; i < entry->nleaves; i++) {
		struct calendar_event_time t = time_of(d, entry, &entry->leaves[i], day);

		if (week && is_outdone(d, entry, &entry->leaves[i], day))
			continue;
		if (!add(d, &t, e))
			return false;
	}
	return true;
}

static struct datetime floor_day(struct datetime t)
{
	int64_t rest = t.ticks % DATETIME_DAY;

	return datetime_add(t, -(rest < 0 ? rest + DATETIME_DAY : rest));
}

static bool add_entry(struct days *d, const struct calendar_entry *entry, struct err *e)
{
	struct datetime first = floor_day(datetime_add(d->from, -DATETIME_DAY));
	struct datetime last = datetime_add(d->to, DATETIME_DAY);

	if (!open_zone(d, entry->zone, e))
		return false;
	if (entry->days == 0)
		return entry->rank != CALENDAR_RANK_DAY || add_day(d, entry, entry->start, e);
	if (first.ticks < entry->start.ticks)
		first = entry->start;
	for (struct datetime day = first; day.ticks < last.ticks && day.ticks < entry->end.ticks;
	     day = datetime_add(day, DATETIME_DAY)) {
		if (!add_day(d, entry, day, e))
			return false;
	}
	return true;
}

static bool add_closures(struct days *d, struct err *e)
{
	for (size_t i = 0; i < d->closures.list.n; i++) {
		const struct calendar_closure *c = &d->closures.list.p[i];
		struct calendar_event_time t = { .inner = d->holiday_inner,
						 .start = c->start,
						 .end = c->end,
						 .kind = CALENDAR_HOLIDAY };
		struct datetime day = floor_day(zone_to_local(d->zone, c->start));

		if (!day_is_taken(d, day) && !add(d, &t, e))
			return false;
	}
	return true;
}

/* A piece of work loses what `cut` covers; what is left behind it becomes an event of its own. */
static bool cut_one(struct days *d, size_t i, const struct calendar_event_time *cut, struct err *e)
{
	struct calendar_event_time *work = &d->out->list.p[i];
	struct calendar_event_time rest = *work;

	if (cut->start.ticks >= work->end.ticks || cut->end.ticks <= work->start.ticks)
		return true;
	rest.start = cut->end;
	if (cut->start.ticks < work->end.ticks)
		work->end = cut->start;
	return rest.start.ticks >= rest.end.ticks || add(d, &rest, e);
}

static bool is_cut(enum calendar_kind kind)
{
	return kind == CALENDAR_OFF || kind == CALENDAR_LEAVE;
}

static bool cut_work(struct days *d, struct err *e)
{
	for (size_t k = 0; k < d->out->list.n; k++) {
		struct calendar_event_time cut = d->out->list.p[k];

		for (size_t i = 0; is_cut(cut.kind) && i < d->out->list.n; i++) {
			if (d->out->list.p[i].kind == CALENDAR_WORK && !cut_one(d, i, &cut, e))
				return false;
		}
	}
	return true;
}

static int compare_times(const void *x, const void *y)
{
	const struct calendar_event_time *a = x, *b = y;

	if (a->start.ticks != b->start.ticks)
		return a->start.ticks < b->start.ticks ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return a->end.ticks < b->end.ticks ? -1 : a->end.ticks > b->end.ticks;
}

/* In order, and without what was cut away whole. */
static void tidy(struct calendar_times *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->list.n; i++) {
		if (t->list.p[i].start.ticks < t->list.p[i].end.ticks)
			t->list.p[n++] = t->list.p[i];
	}
	t->list.n = n;
	if (n > 1)
		qsort(t->list.p, n, sizeof(*t->list.p), compare_times);
}

static bool read_holidays(struct days *d, struct err *e)
{
	for (size_t i = 0; i < d->entries.list.n && !d->holidays; i++) {
		const struct calendar_entry *entry = &d->entries.list.p[i];

		if (entry->rank != CALENDAR_RANK_HOLIDAYS)
			continue;
		d->holidays = true;
		d->holiday_inner = entry->inner;
		if (!calendar_closures_read(d->store, d->arena, entry->inner, &d->closures, e) ||
		    !open_zone(d, entry->zone, e) || !add_closures(d, e))
			return false;
	}
	return true;
}

bool calendar_times_read(struct store *s, struct arena *a, struct guid calendar,
			 struct datetime from, struct datetime to, struct calendar_times *out,
			 struct err *e)
{
	DEFER(days_release) struct days d = {
		.store = s, .arena = a, .from = from, .to = to, .out = out
	};

	*out = (struct calendar_times){ .calendar = calendar };
	if (to.ticks - from.ticks > LIMIT_CALENDAR_DAYS * DATETIME_DAY)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PLUGIN,
				    "the time asked for is longer than five years");
	if (!calendar_read(s, a, calendar, &d.entries, e) || !read_holidays(&d, e))
		return false;
	for (size_t i = 0; i < d.entries.list.n; i++) {
		if (!add_entry(&d, &d.entries.list.p[i], e))
			return false;
	}
	if (!cut_work(&d, e))
		return false;
	tidy(out);
	return true;
}

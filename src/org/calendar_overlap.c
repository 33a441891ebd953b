/* SPDX-License-Identifier: MIT */
/*
 * Splitting: the older entry's row becomes the first piece, the others are new rows.
 */
#include "org/calendar_overlap.h"

#include "base/banned.h"

static bool is_busy(const struct calendar_leaf *leaf)
{
	return leaf->kind == CALENDAR_WORK || leaf->kind == CALENDAR_BREAK;
}

static bool times_meet(const struct calendar_entry *x, const struct calendar_entry *y)
{
	for (size_t i = 0; i < x->nleaves; i++) {
		for (size_t k = 0; k < y->nleaves; k++) {
			const struct calendar_leaf *p = &x->leaves[i];
			const struct calendar_leaf *q = &y->leaves[k];

			if (is_busy(p) && is_busy(q) && p->start < q->start + q->minutes &&
			    q->start < p->start + p->minutes)
				return true;
		}
	}
	return false;
}

/* The midnight from which on an entry no longer counts. */
static struct datetime day_behind(struct datetime end)
{
	int64_t rest = end.ticks % DATETIME_DAY;

	if (rest < 0)
		rest += DATETIME_DAY;
	return rest == 0 ? end : datetime_add(end, DATETIME_DAY - rest);
}

static bool meets(const struct calendar_entry *old, const struct calendar_entry *new)
{
	return old->days & new->days && old->start.ticks <
						day_behind(new->end).ticks &&new->start.ticks <
						day_behind(old->end).ticks &&times_meet(old, new);
}

/* A copy of the entry for other days, or another time. */
static bool add_piece(struct store *s, struct arena *a, struct guid calendar,
		      const struct calendar_entry *old, unsigned days, struct datetime start,
		      struct datetime end, struct err *e)
{
	struct calendar_entry piece = *old;

	if (days == 0 || start.ticks >= end.ticks)
		return true;
	piece.inner = (struct guid){ 0 };
	piece.days = days;
	piece.pattern = calendar_pattern(a, days);
	piece.start = start;
	piece.end = end;
	return calendar_add(s, a, calendar, &piece, e);
}

static struct datetime later(struct datetime x, struct datetime y)
{
	return x.ticks > y.ticks ? x : y;
}

static struct datetime earlier(struct datetime x, struct datetime y)
{
	return x.ticks < y.ticks ? x : y;
}

static bool split(struct store *s, struct arena *a, struct guid calendar,
		  const struct calendar_entry *old, const struct calendar_entry *new, struct err *e)
{
	struct datetime behind = day_behind(new->end);

	if (!add_piece(s, a, calendar, old, old->days & ~new->days, later(old->start, new->start),
		       earlier(old->end, behind), e) ||
	    !add_piece(s, a, calendar, old, old->days, later(old->start, behind), old->end, e))
		return false;
	return old->start.ticks < new->start.ticks ? calendar_set_end(s, a, old, new->start, e)
						   : calendar_drop(s, a, old, e);
}

bool calendar_overlap(struct store *s, struct arena *a, const struct calendar_entries *entries,
		      const struct calendar_entry *entry, struct err *e)
{
	if (entry->days == 0)
		return true;
	for (size_t i = 0; i < entries->list.n; i++) {
		const struct calendar_entry *old = &entries->list.p[i];

		if (guid_eq(old->inner, entry->inner) || !meets(old, entry))
			continue;
		if (!split(s, a, entries->calendar, old, entry, e))
			return false;
	}
	return true;
}

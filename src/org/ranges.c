/* SPDX-License-Identifier: MIT */
/*
 * Each operator is one row: from where to where. A point in time is a step from a place on the clock: now, the
 * beginning of the hour, of today, of the week, ...
 */
#include "org/ranges.h"

#include "base/banned.h"

#define MINUTE (60 * DATETIME_SECOND)
#define HOUR (60 * MINUTE)

/* More than all hours of the calendar: what is beyond is as far as anything can be. */
#define FAR INT64_C(100000000)

enum place {
	OPEN, /* no bound */
	NOW,
	THIS_MINUTE,
	THIS_HOUR,
	TODAY,
	TOMORROW,
	WEEK, /* its first day, at or before today; the organization's week is not asked (4.7) */
	MONTH,
	YEAR,
	FISCAL_YEAR,
	FISCAL_PERIOD,
	DAY_GIVEN
};

enum unit { MINUTES, HOURS, DAYS, WEEKS, MONTHS, YEARS, FISCAL_YEARS, FISCAL_PERIODS };

/* `steps` units from the place, and `times` times the operator's number. */
struct point {
	enum place place;
	int steps, times;
	enum unit unit;
};

static const struct {
	enum fetch_op op;
	struct point from, to;
} RULES[] = {
	{ FETCH_YESTERDAY, { TODAY, -1, 0, DAYS }, { TODAY, 0, 0, DAYS } },
	{ FETCH_TODAY, { TODAY, 0, 0, DAYS }, { TOMORROW, 0, 0, DAYS } },
	{ FETCH_TOMORROW, { TOMORROW, 0, 0, DAYS }, { TOMORROW, 1, 0, DAYS } },
	{ FETCH_ON, { DAY_GIVEN, 0, 0, DAYS }, { DAY_GIVEN, 1, 0, DAYS } },
	{ FETCH_ON_OR_BEFORE, { OPEN, 0, 0, DAYS }, { DAY_GIVEN, 1, 0, DAYS } },
	{ FETCH_ON_OR_AFTER, { DAY_GIVEN, 0, 0, DAYS }, { OPEN, 0, 0, DAYS } },
	{ FETCH_LAST_SEVEN_DAYS, { TODAY, -7, 0, DAYS }, { NOW, 0, 0, DAYS } },
	{ FETCH_NEXT_SEVEN_DAYS, { NOW, 0, 0, DAYS }, { TODAY, 8, 0, DAYS } },
	{ FETCH_LAST_WEEK, { WEEK, -1, 0, WEEKS }, { WEEK, 0, 0, WEEKS } },
	{ FETCH_THIS_WEEK, { WEEK, 0, 0, WEEKS }, { WEEK, 1, 0, WEEKS } },
	{ FETCH_NEXT_WEEK, { WEEK, 1, 0, WEEKS }, { WEEK, 2, 0, WEEKS } },
	{ FETCH_LAST_MONTH, { MONTH, -1, 0, MONTHS }, { MONTH, 0, 0, MONTHS } },
	{ FETCH_THIS_MONTH, { MONTH, 0, 0, MONTHS }, { MONTH, 1, 0, MONTHS } },
	{ FETCH_NEXT_MONTH, { MONTH, 1, 0, MONTHS }, { MONTH, 2, 0, MONTHS } },
	{ FETCH_LAST_YEAR, { YEAR, -1, 0, YEARS }, { YEAR, 0, 0, YEARS } },
	{ FETCH_THIS_YEAR, { YEAR, 0, 0, YEARS }, { YEAR, 1, 0, YEARS } },
	{ FETCH_NEXT_YEAR, { YEAR, 1, 0, YEARS }, { YEAR, 2, 0, YEARS } },
	{ FETCH_LAST_X_HOURS, { THIS_HOUR, 0, -1, HOURS }, { NOW, 0, 0, HOURS } },
	{ FETCH_NEXT_X_HOURS, { NOW, 0, 0, HOURS }, { THIS_HOUR, 1, 1, HOURS } },
	{ FETCH_LAST_X_DAYS, { TODAY, 0, -1, DAYS }, { NOW, 0, 0, DAYS } },
	{ FETCH_NEXT_X_DAYS, { NOW, 0, 0, DAYS }, { TOMORROW, 0, 1, DAYS } },
	{ FETCH_LAST_X_WEEKS, { TODAY, 0, -1, WEEKS }, { NOW, 0, 0, WEEKS } },
	{ FETCH_NEXT_X_WEEKS, { NOW, 0, 0, WEEKS }, { TOMORROW, 0, 1, WEEKS } },
	{ FETCH_LAST_X_MONTHS, { TODAY, 0, -1, MONTHS }, { NOW, 0, 0, MONTHS } },
	{ FETCH_NEXT_X_MONTHS, { NOW, 0, 0, MONTHS }, { TOMORROW, 0, 1, MONTHS } },
	{ FETCH_LAST_X_YEARS, { TODAY, 0, -1, YEARS }, { NOW, 0, 0, YEARS } },
	{ FETCH_NEXT_X_YEARS, { NOW, 0, 0, YEARS }, { TOMORROW, 0, 1, YEARS } },
	{ FETCH_OLDER_MINUTES, { OPEN, 0, 0, MINUTES }, { THIS_MINUTE, 0, -1, MINUTES } },
	{ FETCH_OLDER_HOURS, { OPEN, 0, 0, HOURS }, { THIS_HOUR, 0, -1, HOURS } },
	{ FETCH_OLDER_DAYS, { OPEN, 0, 0, DAYS }, { TODAY, 0, -1, DAYS } },
	{ FETCH_OLDER_WEEKS, { OPEN, 0, 0, WEEKS }, { TODAY, 0, -1, WEEKS } },
	{ FETCH_OLDER_MONTHS, { OPEN, 0, 0, MONTHS }, { TODAY, 0, -1, MONTHS } },
	{ FETCH_OLDER_YEARS, { OPEN, 0, 0, YEARS }, { TODAY, 0, -1, YEARS } },
	{ FETCH_THIS_FISCAL_YEAR,
	  { FISCAL_YEAR, 0, 0, FISCAL_YEARS },
	  { FISCAL_YEAR, 1, 0, FISCAL_YEARS } },
	{ FETCH_LAST_FISCAL_YEAR,
	  { FISCAL_YEAR, -1, 0, FISCAL_YEARS },
	  { FISCAL_YEAR, 0, 0, FISCAL_YEARS } },
	{ FETCH_NEXT_FISCAL_YEAR,
	  { FISCAL_YEAR, 1, 0, FISCAL_YEARS },
	  { FISCAL_YEAR, 2, 0, FISCAL_YEARS } },
	{ FETCH_THIS_FISCAL_PERIOD,
	  { FISCAL_PERIOD, 0, 0, FISCAL_PERIODS },
	  { FISCAL_PERIOD, 1, 0, FISCAL_PERIODS } },
	{ FETCH_LAST_FISCAL_PERIOD,
	  { FISCAL_PERIOD, -1, 0, FISCAL_PERIODS },
	  { FISCAL_PERIOD, 0, 0, FISCAL_PERIODS } },
	{ FETCH_NEXT_FISCAL_PERIOD,
	  { FISCAL_PERIOD, 1, 0, FISCAL_PERIODS },
	  { FISCAL_PERIOD, 2, 0, FISCAL_PERIODS } },
	{ FETCH_LAST_X_FISCAL_YEARS,
	  { FISCAL_YEAR, 0, -1, FISCAL_YEARS },
	  { NOW, 0, 0, FISCAL_YEARS } },
	{ FETCH_LAST_X_FISCAL_PERIODS,
	  { FISCAL_PERIOD, 0, -1, FISCAL_PERIODS },
	  { NOW, 0, 0, FISCAL_PERIODS } },
	{ FETCH_NEXT_X_FISCAL_YEARS,
	  { NOW, 0, 0, FISCAL_YEARS },
	  { FISCAL_YEAR, 1, 1, FISCAL_YEARS } },
	{ FETCH_NEXT_X_FISCAL_PERIODS,
	  { NOW, 0, 0, FISCAL_PERIODS },
	  { FISCAL_PERIOD, 1, 1, FISCAL_PERIODS } },
};

/* Those that name their period instead of finding it from today. */
static bool names_period(enum fetch_op op)
{
	return op == FETCH_IN_FISCAL_YEAR || op == FETCH_IN_FISCAL_PERIOD_AND_YEAR ||
	       op == FETCH_IN_OR_AFTER_FISCAL_PERIOD_AND_YEAR ||
	       op == FETCH_IN_OR_BEFORE_FISCAL_PERIOD_AND_YEAR;
}

bool range_is_op(enum fetch_op op)
{
	for (size_t i = 0; i < COUNT_OF(RULES); i++) {
		if (RULES[i].op == op)
			return true;
	}
	return names_period(op);
}

static struct datetime cut(struct datetime d, int64_t unit)
{
	int64_t rest = d.ticks % unit;

	return datetime_add(d, rest < 0 ? -rest - unit : -rest);
}

static struct datetime first_of(struct datetime d, bool year)
{
	struct civil c = datetime_to_civil(d);
	struct datetime first;
	bool valid = datetime_from_civil(
		(struct civil){ .year = c.year, .month = year ? 1 : c.month, .day = 1 }, &first);

	assert(valid);
	return first;
}

/* Periods counted through all years, so that they can be added to. */
static struct datetime fiscal_point(const struct clock *c, struct datetime today, int64_t steps,
				    bool years)
{
	int periods = years ? 1 : c->fiscal->periods;
	struct datetime d = { 0 };
	int year, period;

	fiscal_place(c->fiscal, today, &year, &period);

	int64_t count = (int64_t)year * periods + (years ? 0 : period - 1) + steps;
	int64_t whole = count / periods - (count % periods < 0);

	if (!fiscal_start(c->fiscal, whole, count - whole * periods + 1, &d))
		d = datetime_add(today, steps < 0 ? INT64_MIN : INT64_MAX);
	return d;
}

/* On the caller's clock; not for OPEN and the places of an hour. */
static struct datetime place_of(const struct clock *c, enum place place, struct datetime now,
				struct datetime day)
{
	struct datetime today = cut(now, DATETIME_DAY);
	int since = datetime_weekday(today);

	switch (place) {
	case TODAY:
	case FISCAL_YEAR:
	case FISCAL_PERIOD:
		return today;
	case TOMORROW:
		return datetime_add(today, DATETIME_DAY);
	case WEEK:
		if (c->monday)
			since = (since + 6) % 7;
		return datetime_add(today, -since * DATETIME_DAY);
	case MONTH:
		return first_of(today, false);
	case YEAR:
		return first_of(today, true);
	case DAY_GIVEN:
		return cut(day, DATETIME_DAY);
	case THIS_MINUTE:
		return cut(now, MINUTE);
	case THIS_HOUR:
		return cut(now, HOUR);
	case OPEN:
	case NOW:
		break;
	}
	return now;
}

static struct datetime days_on(struct datetime from, int64_t n)
{
	int64_t far = FAR / 24; /* the product must fit */

	if (n > far || n < -far)
		n = n < 0 ? -far : far;
	return datetime_add(from, n * DATETIME_DAY);
}

static struct datetime step(const struct clock *c, struct datetime from, enum unit unit, int64_t n)
{
	if (n > FAR)
		n = FAR;
	if (n < -FAR)
		n = -FAR;
	switch (unit) {
	case MINUTES:
		return datetime_add(from, n * MINUTE);
	case HOURS:
		return datetime_add(from, n * HOUR);
	case DAYS:
		return days_on(from, n);
	case WEEKS:
		return days_on(from, n * 7);
	case MONTHS:
		return datetime_add_months(from, (int)n);
	case YEARS:
		return datetime_add_months(from, (int)n * 12);
	case FISCAL_YEARS:
		return fiscal_point(c, from, n, true);
	case FISCAL_PERIODS:
		return fiscal_point(c, from, n, false);
	}
	return from;
}

/* Minutes and hours pass by themselves; days and longer are turned over on the caller's calendar. */
static struct datetime point_of(const struct clock *c, struct point p, int64_t x,
				struct datetime day)
{
	struct datetime now = zone_to_local(c->zone, c->now);

	if (c->exact && p.times != 0 && p.unit < FISCAL_YEARS)
		p = (struct point){ NOW, 0, p.times, p.unit };

	struct datetime at = place_of(c, p.place, now, day);
	int64_t n = p.steps + p.times * x;

	if (p.place == NOW && n == 0)
		return c->now;
	if (p.unit == MINUTES || p.unit == HOURS)
		return step(c, datetime_add(c->now, at.ticks - now.ticks), p.unit, n);
	return zone_to_utc(c->zone, step(c, at, p.unit, n));
}

struct range range_of_period(const struct clock *c, int64_t year, int64_t period)
{
	struct datetime from, to;

	if (period < 1 || period > c->fiscal->periods ||
	    !fiscal_start(c->fiscal, year, period, &from))
		return (struct range){ .nothing = true };
	if (!fiscal_start(c->fiscal, year, period + 1, &to))
		to = datetime_add(from, INT64_MAX);
	return (struct range){ .has_from = true,
			       .has_to = true,
			       .from = zone_to_utc(c->zone, from),
			       .to = zone_to_utc(c->zone, to) };
}

static struct range range_of_year(const struct clock *c, int64_t year)
{
	struct range first = range_of_period(c, year, 1);
	struct range last = range_of_period(c, year, c->fiscal->periods);

	first.nothing = first.nothing || last.nothing;
	first.to = last.to;
	return first;
}

/* Of two values the first is the period, the second the year. */
static struct range named_range(const struct clock *c, enum fetch_op op, const int64_t *x)
{
	if (op == FETCH_IN_FISCAL_YEAR)
		return range_of_year(c, x[0]);

	struct range r = range_of_period(c, x[1], x[0]);

	if (op == FETCH_IN_OR_AFTER_FISCAL_PERIOD_AND_YEAR)
		r.has_to = false;
	if (op == FETCH_IN_OR_BEFORE_FISCAL_PERIOD_AND_YEAR)
		r.has_from = false;
	return r;
}

struct range range_of(const struct clock *c, enum fetch_op op, const int64_t *x,
		      struct datetime day)
{
	struct range r = { .nothing = true };

	if (names_period(op))
		return named_range(c, op, x);
	for (size_t i = 0; i < COUNT_OF(RULES); i++) {
		if (RULES[i].op != op)
			continue;
		r.nothing = false;
		r.has_from = RULES[i].from.place != OPEN;
		r.has_to = RULES[i].to.place != OPEN;
		r.from = point_of(c, RULES[i].from, x[0], day);
		r.to = point_of(c, RULES[i].to, x[0], day);
	}
	return r;
}

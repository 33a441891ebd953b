/* SPDX-License-Identifier: MIT */
/*
 * The calendar and its text forms. Days are counted with Howard Hinnant's civil-day algorithms, in
 * which a year starts on 1 March so that the leap day is its last.
 */
#include "base/datetime.h"

#include <stdlib.h>
#include <time.h>

#include "base/banned.h"

#define TICKS_MIN (INT64_C(-719162) * DATETIME_DAY)     /* 0001-01-01T00:00:00 */
#define TICKS_MAX (INT64_C(2932897) * DATETIME_DAY - 1) /* 9999-12-31T23:59:59.9999999 */

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days since 1970-01-01. */
static int64_t days_from_civil(int year, int month, int day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

static void civil_from_days(int64_t days, struct civil *c)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t day_of_era = z - era * 146097;
	int64_t year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month = (5 * day_of_year + 2) / 153;

	c->day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
	c->month = (int)(month < 10 ? month + 3 : month - 9);
	c->year = (int)(year_of_era + era * 400 + (c->month <= 2));
}

/* Rounded down, also before 1970. */
static int64_t whole_days(int64_t ticks)
{
	return ticks / DATETIME_DAY - (ticks % DATETIME_DAY < 0);
}

bool datetime_from_civil(struct civil c, struct datetime *out)
{
	if (c.year < 1 || c.year > 9999 || c.month < 1 || c.month > 12)
		return false;
	if (c.day < 1 || c.day > days_in_month(c.year, c.month))
		return false;
	if (c.hour < 0 || c.hour > 23 || c.minute < 0 || c.minute > 59)
		return false;
	if (c.second < 0 || c.second > 59 || c.ticks < 0 || c.ticks >= DATETIME_SECOND)
		return false;

	int64_t seconds = (int64_t)c.hour * 3600 + (int64_t)c.minute * 60 + c.second;

	out->ticks = days_from_civil(c.year, c.month, c.day) * DATETIME_DAY +
		     seconds * DATETIME_SECOND + c.ticks;
	return true;
}

struct civil datetime_to_civil(struct datetime d)
{
	struct civil c;
	int64_t days = whole_days(d.ticks);
	int64_t ticks = d.ticks - days * DATETIME_DAY;
	int64_t seconds = ticks / DATETIME_SECOND;

	civil_from_days(days, &c);
	c.hour = (int)(seconds / 3600);
	c.minute = (int)(seconds / 60 % 60);
	c.second = (int)(seconds % 60);
	c.ticks = (int)(ticks % DATETIME_SECOND);
	return c;
}

int datetime_weekday(struct datetime d)
{
	int64_t weekday = (whole_days(d.ticks) + 4) % 7; /* 1970-01-01 was a Thursday */

	return (int)(weekday < 0 ? weekday + 7 : weekday);
}

struct datetime datetime_add_months(struct datetime d, int months)
{
	struct civil c = datetime_to_civil(d);
	int64_t count = (int64_t)c.year * 12 + (c.month - 1) + months;

	/* the calendar ends at its first and its last month */
	if (count < 12)
		count = 12;
	if (count > 9999 * 12 + 11)
		count = 9999 * 12 + 11;
	c.year = (int)(count / 12);
	c.month = (int)(count % 12) + 1;

	int last = days_in_month(c.year, c.month);

	if (c.day > last)
		c.day = last;
	if (!datetime_from_civil(c, &d))
		abort(); /* every field was made valid above */
	return d;
}

struct datetime datetime_add(struct datetime d, int64_t ticks)
{
	int64_t sum;

	if (__builtin_add_overflow(d.ticks, ticks, &sum))
		sum = ticks < 0 ? TICKS_MIN : TICKS_MAX;
	if (sum < TICKS_MIN)
		sum = TICKS_MIN;
	return (struct datetime){ sum > TICKS_MAX ? TICKS_MAX : sum };
}

/* Takes between `least` and `most` digits off *s. */
static bool take_number(struct str *s, size_t least, size_t most, int *out)
{
	int v = 0;
	size_t n = 0;

	while (n < s->n && n < most && s->p[n] >= '0' && s->p[n] <= '9')
		v = v * 10 + (s->p[n++] - '0');
	if (n < least)
		return false;
	*s = str_skip(*s, n);
	*out = v;
	return true;
}

static bool take_char(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = str_skip(*s, 1);
	return true;
}

/* .f{1,9}: ticks are seven digits, what is finer is dropped. */
static bool take_fraction(struct str *s, int *ticks)
{
	size_t before = s->n;

	if (!take_number(s, 1, 9, ticks))
		return false;
	for (size_t n = before - s->n; n < 7; n++)
		*ticks *= 10;
	for (size_t n = before - s->n; n > 7; n--)
		*ticks /= 10;
	return true;
}

/* hh:mm[:ss[.f{1,9}]] */
static bool take_time(struct str *s, struct civil *c)
{
	if (!take_number(s, 2, 2, &c->hour) || !take_char(s, ':') ||
	    !take_number(s, 2, 2, &c->minute))
		return false;
	if (!take_char(s, ':'))
		return true;
	if (!take_number(s, 2, 2, &c->second))
		return false;
	return !take_char(s, '.') || take_fraction(s, &c->ticks);
}

/* The rest of the text: nothing, Z, +hh:mm or -hh:mm. */
static bool take_zone(struct str s, enum datetime_zone *zone, int *minutes)
{
	int hour, minute;

	*minutes = 0;
	*zone = DATETIME_NO_ZONE;
	if (s.n == 0)
		return true;
	*zone = DATETIME_UTC;
	if (take_char(&s, 'Z'))
		return s.n == 0;

	bool west = s.p[0] == '-';

	if (!west && s.p[0] != '+')
		return false;
	s = str_skip(s, 1);
	if (!take_number(&s, 2, 2, &hour) || !take_char(&s, ':') ||
	    !take_number(&s, 2, 2, &minute) || s.n != 0 || hour > 23 || minute > 59)
		return false;
	*zone = DATETIME_OFFSET;
	*minutes = (hour * 60 + minute) * (west ? -1 : 1);
	return true;
}

bool datetime_parse_iso(struct str s, struct datetime *out, enum datetime_zone *zone)
{
	struct civil c = { 0 };
	struct datetime d;
	enum datetime_zone z = DATETIME_NO_ZONE;
	int minutes = 0;

	if (!take_number(&s, 4, 4, &c.year) || !take_char(&s, '-') ||
	    !take_number(&s, 2, 2, &c.month) || !take_char(&s, '-') ||
	    !take_number(&s, 2, 2, &c.day))
		return false;
	if (s.n != 0) {
		if (!take_char(&s, 'T') && !take_char(&s, ' '))
			return false;
		if (!take_time(&s, &c) || !take_zone(s, &z, &minutes))
			return false;
	}
	if (!datetime_from_civil(c, &d))
		return false;
	d.ticks -= (int64_t)minutes * 60 * DATETIME_SECOND;
	if (d.ticks < TICKS_MIN || d.ticks > TICKS_MAX)
		return false;
	*out = d;
	*zone = z;
	return true;
}

/* h:mm:ss AM|PM and the end of the text */
static bool take_us_time(struct str s, struct civil *c)
{
	if (!take_number(&s, 1, 2, &c->hour) || !take_char(&s, ':') ||
	    !take_number(&s, 2, 2, &c->minute) || !take_char(&s, ':') ||
	    !take_number(&s, 2, 2, &c->second) || !take_char(&s, ' '))
		return false;
	if (c->hour < 1 || c->hour > 12)
		return false;
	c->hour %= 12;
	if (str_eq(s, S("PM")))
		c->hour += 12;
	else if (!str_eq(s, S("AM")))
		return false;
	return true;
}

bool datetime_parse_us(struct str s, struct datetime *out)
{
	struct civil c = { 0 };

	if (!take_number(&s, 1, 2, &c.month) || !take_char(&s, '/') ||
	    !take_number(&s, 1, 2, &c.day) || !take_char(&s, '/') ||
	    !take_number(&s, 4, 4, &c.year))
		return false;
	if (s.n != 0 && (!take_char(&s, ' ') || !take_us_time(s, &c)))
		return false;
	return datetime_from_civil(c, out);
}

static struct str put_seconds(struct civil c, char out[DATETIME_TEXT_SIZE])
{
	const struct {
		int number;
		size_t digits;
		char behind;
	} parts[] = { { c.year, 4, '-' }, { c.month, 2, '-' },  { c.day, 2, 'T' },
		      { c.hour, 2, ':' }, { c.minute, 2, ':' }, { c.second, 2, '\0' } };
	size_t n = 0;

	/* written by hand: every row that is created has several */
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		int rest = parts[i].number;

		for (size_t j = parts[i].digits; j > 0; j--, rest /= 10)
			out[n + j - 1] = (char)('0' + rest % 10);
		assert(rest == 0);
		n += parts[i].digits;
		out[n++] = parts[i].behind;
	}
	return str_of(out, n - 1);
}

static void put_fraction(int ticks, char out[8])
{
	out[0] = '.';
	for (size_t i = 7; i > 0; i--, ticks /= 10)
		out[i] = (char)('0' + ticks % 10);
}

struct str datetime_format_o(struct datetime d, bool utc, char out[DATETIME_TEXT_SIZE])
{
	struct civil c = datetime_to_civil(d);
	struct str s = put_seconds(c, out);

	put_fraction(c.ticks, out + s.n);
	s.n += 8;
	if (utc)
		out[s.n++] = 'Z';
	out[s.n] = '\0';
	return s;
}

struct str datetime_format_iso(struct datetime d, char out[DATETIME_TEXT_SIZE])
{
	struct civil c = datetime_to_civil(d);
	struct str s = put_seconds(c, out);

	if (c.ticks != 0) {
		put_fraction(c.ticks, out + s.n);
		s.n += 8;
		while (out[s.n - 1] == '0')
			s.n--;
	}
	out[s.n++] = 'Z';
	out[s.n] = '\0';
	return s;
}

struct str datetime_format_date(struct datetime d, char out[DATETIME_TEXT_SIZE])
{
	struct str s = put_seconds(datetime_to_civil(d), out);

	s.n = str_find_char(s, 'T');
	out[s.n] = '\0';
	return s;
}

struct datetime datetime_now(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_REALTIME, &t) != 0)
		abort();
	return (struct datetime){ (int64_t)t.tv_sec * DATETIME_SECOND + t.tv_nsec / 100 };
}

int64_t steady_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* SPDX-License-Identifier: MIT */
/*
 * Fiscal years and periods.
 */
#include "org/fiscal.h"

#include "dv/value_form.h"

#include "base/banned.h"

/* What a new organization has: the calendar year in quarters. */
#define QUARTERS 2002
#define FOUR_WEEKS 28

/* By fiscalperiodtype - 2000: annually, semiannually, quarterly, monthly, every four weeks. */
static const int PERIODS[] = { 1, 2, 4, 12, 13 };

static bool read_row(struct stmt *st, struct fiscal *f)
{
	int64_t type = stmt_is_null(st, 1) ? QUARTERS : stmt_i64(st, 1);
	enum moment_kind kind;
	struct datetime start;

	if (type >= 2000 && type < 2000 + (int64_t)COUNT_OF(PERIODS))
		f->periods = PERIODS[type - 2000];
	if (!form_moment_read(stmt_str(st, 0), &start, &kind))
		return false;

	struct civil c = datetime_to_civil(start);

	f->month = c.month;
	/* A year that begins on the 29th of February would have no beginning in most years. */
	f->day = c.month == 2 && c.day == 29 ? 28 : c.day;
	return true;
}

bool fiscal_read(struct store *s, struct fiscal *out, struct err *e)
{
	struct fiscal f = { .month = 1, .day = 1, .periods = PERIODS[QUARTERS - 2000] };
	struct stmt *st;
	bool row;

	if (!store_statement(s,
			     S("select fiscalcalendarstart, fiscalperiodtype from organization "
			       "order by organizationid limit 1"),
			     &st, e) ||
	    !stmt_step(st, &row, e))
		return false;
	if (row && !read_row(st, &f)) {
		f.month = 1; /* nobody has set it */
		f.day = 1;
	}
	stmt_reset(st);
	if (s->variants.fiscal_year == FISCAL_YEAR_OF_END && (f.month > 1 || f.day > 1))
		f.ahead = 1;
	*out = f;
	return true;
}

static bool year_start(const struct fiscal *f, int64_t year, struct datetime *out)
{
	if (year < 1 || year > 9999)
		return false;
	return datetime_from_civil(
		(struct civil){ .year = (int)year, .month = f->month, .day = f->day }, out);
}

/* `year` is the one in which the fiscal year begins. */
static bool period_start(const struct fiscal *f, int64_t year, int64_t period, struct datetime *out)
{
	struct datetime start;

	if (period < 1 || period > f->periods + 1)
		return false;
	if (period == f->periods + 1)
		return year_start(f, year + 1, out);
	if (!year_start(f, year, &start))
		return false;
	if (f->periods == 13)
		start.ticks += (period - 1) * FOUR_WEEKS * DATETIME_DAY;
	else
		start = datetime_add_months(start, (int)(period - 1) * (12 / f->periods));
	*out = start;
	return true;
}

bool fiscal_start(const struct fiscal *f, int64_t year, int64_t period, struct datetime *out)
{
	return year >= -1 && year <= 10000 && period_start(f, year - f->ahead, period, out);
}

void fiscal_place(const struct fiscal *f, struct datetime day, int *year, int *period)
{
	struct datetime start;
	int y = datetime_to_civil(day).year;
	int p = 1;

	/* Before the first fiscal year there is an unfinished one, whose periods nobody counts. */
	if (year_start(f, y, &start) && day.ticks < start.ticks)
		y--;
	while (p < f->periods && period_start(f, y, p + 1, &start) && start.ticks <= day.ticks)
		p++;
	*year = y + f->ahead;
	*period = p;
}

/* SPDX-License-Identifier: MIT */
/*
 * Collations and functions for queries. What is no number in a column of numbers (the file is open to other
 * programs) counts as null.
 */
#include "org/sql_function.h"

#include "base/decimal.h"
#include "base/decimal_sum.h"
#include "io/db_function.h"
#include "dv/fetchxml.h"
#include "dv/value_form.h"
#include "org/spans.h"

#include "base/banned.h"

static int compare_text(void *context, struct str a, struct str b)
{
	return collate_compare(context, a, b);
}

static int compare_decimals(void *context, struct str a, struct str b)
{
	(void)context;
	return decimal_cmp(a, b);
}

static bool like_text(void *context, struct str text, struct str pattern)
{
	return collate_like(context, text, pattern);
}

/* numbers */

struct sum {
	struct decimal_sum of;
	int64_t scale;
};

static void step_sum(void *state, const struct db_value *args)
{
	struct sum *s = state;

	s->scale = args[1].integer;
	if (args[0].kind != DB_VALUE_NULL && !decimal_sum_add(&s->of, args[0].text))
		return;
}

static_assert(DB_ROOM >= DECIMAL_SUM_SIZE, "a result has room for a sum");

static void give_number(const struct sum *s, int64_t divisor, struct db_value *out)
{
	int64_t scale = s->scale < 0 ? 0 : s->scale;

	if (s->scale < 0 && divisor == 1)
		scale = s->of.scale;
	out->text = decimal_sum_text(&s->of, divisor, (unsigned)scale, s->scale < 0, out->room);
	out->kind = DB_VALUE_TEXT;
}

static void finish_sum(const void *state, struct db_value *out)
{
	const struct sum *s = state;

	if (s && s->of.n > 0)
		give_number(s, 1, out);
}

static void finish_average(const void *state, struct db_value *out)
{
	const struct sum *s = state;

	if (s && s->of.n > 0)
		give_number(s, s->of.n, out);
}

static void rescale(void *context, const struct db_value *args, struct db_value *out)
{
	struct sum one = { .scale = args[1].integer };

	(void)context;
	if (args[0].kind != DB_VALUE_NULL && decimal_sum_add(&one.of, args[0].text))
		give_number(&one, 1, out);
}

/* dates */

/* Weeks begin on Sunday; the first one of a year holds its first day. */
static int week_of_year(struct datetime d, struct civil c)
{
	struct datetime first;
	bool ok =
		datetime_from_civil((struct civil){ .year = c.year, .month = 1, .day = 1 }, &first);

	assert(ok);

	int64_t days = (d.ticks - first.ticks) / DATETIME_DAY;

	return (int)((days + datetime_weekday(first)) / 7) + 1;
}

static int fiscal_part(const struct fiscal *f, struct datetime d, bool year)
{
	int number, period;

	fiscal_place(f, d, &number, &period);
	return year ? number : period;
}

static int part_of(const struct date_parts *on, struct datetime d, enum fetch_grouping part)
{
	struct civil c = datetime_to_civil(d);

	switch (part) {
	case FETCH_BY_VALUE:
		break;
	case FETCH_BY_DAY:
		return c.day;
	case FETCH_BY_WEEK:
		return week_of_year(d, c);
	case FETCH_BY_MONTH:
		return c.month;
	case FETCH_BY_QUARTER:
		return (c.month - 1) / 3 + 1;
	case FETCH_BY_YEAR:
		return c.year;
	case FETCH_BY_FISCAL_PERIOD:
	case FETCH_BY_FISCAL_YEAR:
		assert(on->fiscal); /* who runs the statement sets it */
		return fiscal_part(on->fiscal, d, part == FETCH_BY_FISCAL_YEAR);
	}
	return 0;
}

static void date_part(void *context, const struct db_value *args, struct db_value *out)
{
	const struct date_parts *on = context;
	struct datetime d;
	enum moment_kind kind;

	if (args[0].kind != DB_VALUE_TEXT || !form_moment_read(args[0].text, &d, &kind))
		return;
	if (args[2].integer == 0 && on->zone)
		d = zone_to_local(on->zone, d);
	out->kind = DB_VALUE_INTEGER;
	out->integer = part_of(on, d, (enum fetch_grouping)args[1].integer);
}

bool sql_register(struct store *s, struct err *e)
{
	static const struct db_aggregate sum = { 2, sizeof(struct sum), step_sum, finish_sum };
	static const struct db_aggregate average = { 2, sizeof(struct sum), step_sum,
						     finish_average };
	struct db *db = s->db;

	s->parts = arena_new(s->arena, struct date_parts);
	return db_add_collation(db, "dataverse", compare_text, s->collate, e) &&
	       db_add_collation(db, "dv_decimal", compare_decimals, NULL, e) &&
	       db_add_predicate(db, "dv_like", like_text, s->collate, e) &&
	       db_add_predicate(db, "dv_spans", spans_hold, NULL, e) &&
	       db_add_aggregate(db, "dv_sum", &sum, e) &&
	       db_add_aggregate(db, "dv_avg", &average, e) &&
	       db_add_function(db, "dv_rescale", 2, rescale, NULL, e) &&
	       db_add_function(db, "dv_date_part", 3, date_part, s->parts, e);
}

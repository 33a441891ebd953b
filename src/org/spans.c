/* SPDX-License-Identifier: MIT */
/*
 * Spans. All bounds in a text are dates (10 characters) or all are moments with seconds (19).
 */
#include "org/spans.h"

#include <string.h>

#include "dv/value_form.h"
#include "org/query_node.h"

#include "base/banned.h"

#define DATE_LENGTH 10
#define MOMENT_LENGTH 19

/* What the clock shows; at the first instant of a day that begins with a gap: midnight. */
static struct datetime wall(const struct zone *zone, struct datetime utc)
{
	struct datetime local = zone_to_local(zone, utc);
	struct datetime midnight = { local.ticks - (local.ticks % DATETIME_DAY) };

	if (local.ticks < 0 && local.ticks % DATETIME_DAY != 0)
		midnight.ticks -= DATETIME_DAY;
	return zone_to_utc(zone, midnight).ticks == utc.ticks ? midnight : local;
}

struct str span_bound(struct arena *a, const struct column *c, const struct zone *zone,
		      struct datetime utc)
{
	if (c->behavior == DATE_USER_LOCAL)
		return form_moment_write(a, utc, MOMENT_CLOCK);

	struct datetime local = wall(zone, utc);

	if (c->behavior == DATE_ZONE_INDEPENDENT)
		return form_moment_write(a, local, MOMENT_CLOCK);
	if (local.ticks % DATETIME_DAY != 0)
		local = datetime_add(local, DATETIME_DAY);
	return form_moment_write(a, local, MOMENT_DATE);
}

/* The years of the first and the last value; false in *some when there is none. */
static bool find_years(struct store *s, const struct query_field *field, bool *some, int64_t *first,
		       int64_t *last, struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(0);
	struct stmt *st;
	bool row;

	buf_add(&sql, S("select min("));
	db_quote(&sql, field->column->name);
	buf_add(&sql, S("), max("));
	db_quote(&sql, field->column->name);
	buf_add(&sql, S(") from "));
	db_quote(&sql, field->node->table->name);
	if (!store_statement(s, buf_str(&sql), &st, e) || !stmt_step(st, &row, e))
		return false;
	*some = row && str_parse_i64(str_sub(stmt_str(st, 0), 0, 4), first) &&
		str_parse_i64(str_sub(stmt_str(st, 1), 0, 4), last);
	stmt_reset(st);
	return true;
}

bool spans_of_period(struct store *s, struct arena *a, const struct query_field *field,
		     const struct clock *clock, int64_t period, struct str *out, struct err *e)
{
	const struct column *c = field->column;
	size_t length = c->behavior == DATE_ONLY ? DATE_LENGTH : MOMENT_LENGTH;
	DEFER(buf_release) struct buf b = buf_make(0);
	int64_t first = 0, last = -1;
	bool some;

	if (!find_years(s, field, &some, &first, &last, e))
		return false;
	/* A value may stand in the fiscal year before or behind that of its calendar. */
	for (int64_t year = first - 2; some && year <= last + 2; year++) {
		struct range r = range_of_period(clock, year, period);

		if (r.nothing)
			continue;
		buf_add(&b, str_sub(span_bound(a, c, clock->zone, r.from), 0, length));
		buf_add(&b, str_sub(span_bound(a, c, clock->zone, r.to), 0, length));
	}
	*out = str_dup(a, buf_str(&b));
	return true;
}

bool spans_hold(void *context, struct str moment, struct str spans)
{
	size_t length =
		spans.n > DATE_LENGTH && spans.p[DATE_LENGTH] == 'T' ? MOMENT_LENGTH : DATE_LENGTH;
	size_t low = 0, high = spans.n / (2 * length);

	(void)context;
	/* the first span that begins behind the moment */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (str_cmp(str_sub(spans, middle * 2 * length, length), moment) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && str_cmp(moment, str_sub(spans, (low * 2 - 1) * length, length)) < 0;
}

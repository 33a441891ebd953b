/* SPDX-License-Identifier: MIT */
/*
 * Conditions about time: the operator's range, in the form in which the column is kept. Columns of the
 * user's time hold UTC; those that know no zone, and mere dates, hold what the caller's clock shows.
 */
#include "base/limits.h"
#include "dv/value_form.h"
#include "org/bind_test.h"
#include "org/code.h"
#include "org/ranges.h"
#include "org/spans.h"

#include "base/banned.h"

bool bind_is_time(enum fetch_op op)
{
	return range_is_op(op) || op == FETCH_IN_FISCAL_PERIOD;
}

/* Operators whose number counts units that pass: there must be at least one. */
static bool counts_units(enum fetch_op op)
{
	return (op >= FETCH_LAST_X_HOURS && op <= FETCH_OLDER_YEARS) ||
	       (op >= FETCH_LAST_X_FISCAL_YEARS && op <= FETCH_NEXT_X_FISCAL_PERIODS);
}

static bool counts_hours(enum fetch_op op)
{
	return op == FETCH_LAST_X_HOURS || op == FETCH_NEXT_X_HOURS || op == FETCH_OLDER_MINUTES ||
	       op == FETCH_OLDER_HOURS;
}

static bool names_day(enum fetch_op op)
{
	return op == FETCH_ON || op == FETCH_ON_OR_BEFORE || op == FETCH_ON_OR_AFTER;
}

static bool read_numbers(struct binding *b, const struct fetch_condition *c, int64_t x[2],
			 struct err *e)
{
	assert(c->nvalues <= 2);
	for (size_t i = 0; i < c->nvalues; i++) {
		struct str digits;

		if (!form_whole(b->a, c->values[i], &digits, e))
			return bind_bad_value(c, e);
		if (!str_parse_i64(digits, &x[i]) || x[i] < INT32_MIN || x[i] > INT32_MAX) {
			(void)err_set(e, ERR_BAD_REQUEST, "%.*s is too large a number",
				      STR_ARG(digits));
			return bind_bad_value(c, e);
		}
		if (counts_units(c->op) && x[i] < 1)
			return err_set_code(e, ERR_BAD_REQUEST, CODE_NOT_POSITIVE,
					    "condition on column '%.*s': operator '%.*s' takes a "
					    "number greater than zero, not %.*s",
					    STR_ARG(c->attribute), STR_ARG(c->op_name),
					    STR_ARG(digits));
	}
	return true;
}

/* What the value shows on the caller's clock. */
static bool read_day(struct binding *b, const struct fetch_condition *c, const struct zone *zone,
		     struct datetime *out, struct err *e)
{
	enum moment_kind kind;
	struct datetime d;
	struct str stored;

	if (!form_moment(b->a, c->values[0], &stored, e))
		return bind_bad_value(c, e);
	if (!form_moment_read(stored, &d, &kind)) {
		(void)err_set(e, ERR_BAD_REQUEST, "'%.*s' is no date", STR_ARG(c->values[0]));
		return bind_bad_value(c, e);
	}
	*out = kind == MOMENT_UTC ? zone_to_local(zone, d) : d;
	return true;
}

static struct query_param bound_param(struct binding *b, const struct column *c,
				      const struct zone *zone, struct datetime utc)
{
	return (struct query_param){ .kind = PARAM_TEXT, .text = span_bound(b->a, c, zone, utc) };
}

static void put_range(struct binding *b, const struct zone *zone, const struct range *r,
		      struct query_test *t)
{
	const struct column *c = t->field.column;

	t->params = arena_array(b->a, struct query_param, 2);
	t->op = QUERY_IN; /* of nothing */
	if (r->nothing)
		return;
	if (r->has_from)
		t->params[t->nparams++] = bound_param(b, c, zone, r->from);
	if (r->has_to)
		t->params[t->nparams++] = bound_param(b, c, zone, r->to);
	if (t->nparams == 2)
		t->op = QUERY_RANGE;
	else
		t->op = r->has_from ? QUERY_GE : QUERY_LT;
}

static bool bind_period(struct binding *b, const struct clock *clock, int64_t period,
			struct query_test *t, struct err *e)
{
	t->op = QUERY_SPANS;
	t->nparams = 1;
	t->params = arena_new(b->a, struct query_param);
	t->params->kind = PARAM_TEXT;
	return spans_of_period(b->caller.store, b->a, &t->field, clock, period, &t->params->text,
			       e);
}

bool bind_time(struct binding *b, const struct fetch_condition *c, struct query_test *t,
	       struct err *e)
{
	struct clock clock = { .now = store_now(b->caller.store) };
	struct datetime day = clock.now;
	int64_t x[2] = { 0, 0 };

	if (t->field.column->type != COLUMN_DATETIME ||
	    (counts_hours(c->op) && t->field.column->behavior == DATE_ONLY))
		return bind_refuse(c, t, e);
	clock.monday = b->caller.store->variants.first_day == WEEK_FROM_MONDAY;
	clock.exact = b->caller.store->variants.window == WINDOW_TO_THE_MOMENT;
	if (!caller_zone(&b->caller, &clock.zone, e) ||
	    !caller_fiscal(&b->caller, &clock.fiscal, e))
		return false;
	if (!(names_day(c->op) ? read_day(b, c, clock.zone, &day, e) : read_numbers(b, c, x, e)))
		return false;
	if (c->op == FETCH_IN_FISCAL_PERIOD)
		return bind_period(b, &clock, x[0], t, e);

	struct range r = range_of(&clock, c->op, x, day);

	put_range(b, clock.zone, &r, t);
	return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * Values of conditions, from text to the form in which their column compares.
 */
#include "base/limits.h"
#include "dv/value_form.h"
#include "org/bind_test.h"
#include "org/code.h"

#include "base/banned.h"

static bool read_integer(struct arena *a, const struct column *c, struct str text,
			 struct query_param *out, struct err *e)
{
	bool flag = c->type == COLUMN_BOOLEAN || c->type == COLUMN_MANAGED;
	struct str digits;

	if (!(flag ? form_boolean(a, text, &digits, e) : form_whole(a, text, &digits, e)))
		return false;
	out->kind = PARAM_INTEGER;
	return str_parse_i64(digits, &out->integer);
}

static bool read_real(struct arena *a, struct str text, struct query_param *out, struct err *e)
{
	struct str shortest;

	if (!form_double(a, text, &shortest, e))
		return false;
	out->kind = PARAM_REAL;
	return str_parse_double(shortest, &out->real);
}

/* As stored, without the Z: then the order of texts is that of time. */
static bool read_moment(struct binding *b, const struct column *c, struct str text, struct str *out,
			struct err *e)
{
	bool local = b->caller.store->variants.bare_time == BARE_TIME_IS_LOCAL;
	const struct zone *zone;
	enum moment_kind kind;
	struct datetime d;
	struct str stored;

	if (!form_moment(b->a, text, &stored, e))
		return false;
	if (!form_moment_read(stored, &d, &kind))
		return err_set(e, ERR_INPUT, "'%.*s' is no moment", STR_ARG(text));
	if (local && kind != MOMENT_UTC && c->behavior == DATE_USER_LOCAL) {
		if (!caller_zone(&b->caller, &zone, e))
			return false;
		d = zone_to_utc(zone, d);
	}
	*out = form_moment_write(b->a, d, c->behavior == DATE_ONLY ? MOMENT_DATE : MOMENT_CLOCK);
	return true;
}

static bool read_set(struct arena *a, enum query_op op, struct str text, struct str *out,
		     struct err *e)
{
	struct str number;

	if (op != QUERY_CONTAIN)
		return form_options(a, text, out, e);
	if (!form_whole(a, text, &number, e))
		return false;
	*out = str_fmt(a, ",%.*s,", STR_ARG(number));
	return true;
}

/* A row is compared in time that is the product of its text's length and the pattern's. */
static bool check_pattern(struct str pattern, struct err *e)
{
	return pattern.n <= LIMIT_LIKE_PATTERN ||
	       err_set(e, ERR_BAD_REQUEST, "a pattern has %zu bytes; at most %d are allowed",
		       pattern.n, LIMIT_LIKE_PATTERN);
}

static bool read_param(struct binding *b, const struct column *c, enum query_op op, struct str text,
		       struct query_param *out, struct err *e)
{
	*out = (struct query_param){ .kind = PARAM_TEXT, .text = text };
	switch (query_form(c)) {
	case FORM_INTEGER:
		return read_integer(b->a, c, text, out, e);
	case FORM_REAL:
		return read_real(b->a, text, out, e);
	case FORM_DECIMAL:
		return form_decimal(b->a, text, &out->text, e);
	case FORM_MOMENT:
		return read_moment(b, c, text, &out->text, e);
	case FORM_ID:
		return form_guid(b->a, text, &out->text, e);
	case FORM_SET:
		return read_set(b->a, op, text, &out->text, e);
	case FORM_TEXT:
		return op != QUERY_LIKE || check_pattern(text, e);
	case FORM_OPAQUE:
	case FORM_NOTHING:
		return true;
	}
	return true;
}

bool bind_refuse(const struct fetch_condition *c, const struct query_test *t, struct err *e)
{
	struct str type = column_type_name(t->field.column->type);

	return err_set_code(e, ERR_BAD_REQUEST, CODE_OPERATOR,
			    "operator '%.*s' does not apply to column '%.*s' of type %.*s",
			    STR_ARG(c->op_name), STR_ARG(c->attribute), STR_ARG(type));
}

bool bind_bad_value(const struct fetch_condition *c, struct err *e)
{
	e->kind = ERR_BAD_REQUEST;
	if (e->code == 0)
		e->code = CODE_INVALID_ARGUMENT;
	return err_wrap(e, "condition on column '%.*s'", STR_ARG(c->attribute));
}

/*
 * An empty text is null to the platform, unless the organization has it otherwise: among the values of a text column it makes null match (or,
 * negated, not match); in a list for another column it says nothing.
 */
bool bind_values(struct binding *b, const struct fetch_condition *c, const char *before,
		 const char *after, struct query_test *t, struct err *e)
{
	const struct column *column = t->field.column;
	bool text = query_form(column) == FORM_TEXT;
	bool equality = t->op == QUERY_EQ || t->op == QUERY_IN;
	bool stored_as_null = b->caller.store->variants.empty_text == EMPTY_TEXT_IS_NULL;

	t->params = arena_array(b->a, struct query_param, c->nvalues);
	for (size_t i = 0; i < c->nvalues; i++) {
		struct str value = c->values[i];

		if (value.n == 0 && equality && text && stored_as_null)
			t->null_passes = !t->negated;
		if (value.n == 0 && t->op == QUERY_IN && !text)
			continue;
		if (before[0] || after[0])
			value = str_fmt(b->a, "%s%.*s%s", before, STR_ARG(value), after);
		if (!read_param(b, column, t->op, value, &t->params[t->nparams++], e))
			return bind_bad_value(c, e);
	}
	return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * Conditions of a query. The tables below say it all: which test an operator is, which forms of values it
 * takes, and the one rule about null.
 */
#include "org/bind_filter.h"

#include "base/limits.h"
#include "dv/value_form.h"
#include "org/code.h"

#include "base/banned.h"

/*
 * In SQL a comparison with null is neither true nor false and drops the row. The platform adds "or is null"
 * to every negation: ne, not-in, not-like, not-begin-with, not-end-with, not-between, not-contain-values
 * (facts/webapi.md 4.7, which tells who says so and who does not). This is the switch.
 */
static const bool NEGATIONS_MATCH_NULL = true;

struct rule {
	enum query_op op;
	bool negated;
	const char *before, *after; /* a pattern is made of the value */
};

static const struct rule RULES[] = {
	[FETCH_EQ] = { QUERY_EQ, false, "", "" },
	[FETCH_NE] = { QUERY_EQ, true, "", "" },
	[FETCH_GT] = { QUERY_GT, false, "", "" },
	[FETCH_GE] = { QUERY_GE, false, "", "" },
	[FETCH_LT] = { QUERY_LT, false, "", "" },
	[FETCH_LE] = { QUERY_LE, false, "", "" },
	[FETCH_NULL] = { QUERY_NULL, false, "", "" },
	[FETCH_NOT_NULL] = { QUERY_NULL, true, "", "" },
	[FETCH_IN] = { QUERY_IN, false, "", "" },
	[FETCH_NOT_IN] = { QUERY_IN, true, "", "" },
	[FETCH_BETWEEN] = { QUERY_BETWEEN, false, "", "" },
	[FETCH_NOT_BETWEEN] = { QUERY_BETWEEN, true, "", "" },
	[FETCH_LIKE] = { QUERY_LIKE, false, "", "" },
	[FETCH_NOT_LIKE] = { QUERY_LIKE, true, "", "" },
	[FETCH_BEGINS_WITH] = { QUERY_LIKE, false, "", "%" },
	[FETCH_NOT_BEGIN_WITH] = { QUERY_LIKE, true, "", "%" },
	[FETCH_ENDS_WITH] = { QUERY_LIKE, false, "%", "" },
	[FETCH_NOT_END_WITH] = { QUERY_LIKE, true, "%", "" },
	[FETCH_CONTAIN_VALUES] = { QUERY_CONTAIN, false, "", "" },
	[FETCH_NOT_CONTAIN_VALUES] = { QUERY_CONTAIN, true, "", "" },
};

#define BIT(form) (1u << (form))
#define WITH_ORDER                                                                                 \
	(BIT(FORM_INTEGER) | BIT(FORM_REAL) | BIT(FORM_DECIMAL) | BIT(FORM_TEXT) | BIT(FORM_MOMENT))
#define COMPARABLE (WITH_ORDER | BIT(FORM_ID) | BIT(FORM_SET))

static const unsigned FORMS[] = {
	[QUERY_EQ] = COMPARABLE,       [QUERY_GT] = WITH_ORDER,
	[QUERY_GE] = WITH_ORDER,       [QUERY_LT] = WITH_ORDER,
	[QUERY_LE] = WITH_ORDER,       [QUERY_NULL] = COMPARABLE | BIT(FORM_OPAQUE),
	[QUERY_IN] = COMPARABLE,       [QUERY_BETWEEN] = WITH_ORDER,
	[QUERY_LIKE] = BIT(FORM_TEXT), [QUERY_CONTAIN] = BIT(FORM_SET),
};

bool bind_column(const struct query_node *node, struct str name, const struct column **out,
		 struct err *e)
{
	const struct column *c = table_column(node->table, name);

	if (!c)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_COLUMN_UNKNOWN,
				    "table '%.*s' has no column '%.*s'", STR_ARG(node->table->name),
				    STR_ARG(name));
	*out = c;
	return true;
}

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
static bool read_moment(struct arena *a, const struct column *c, struct str text, struct str *out,
			struct err *e)
{
	struct str stored;
	struct datetime d;
	enum moment_kind kind;
	bool date = c->behavior == DATE_ONLY;

	if (!form_moment(a, text, &stored, e))
		return false;
	if (!form_moment_read(stored, &d, &kind))
		return err_set(e, ERR_INPUT, "'%.*s' is no moment", STR_ARG(text));
	*out = form_moment_write(a, d, date ? MOMENT_DATE : MOMENT_CLOCK);
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

static bool read_param(struct arena *a, const struct column *c, enum query_op op, struct str text,
		       struct query_param *out, struct err *e)
{
	*out = (struct query_param){ .kind = PARAM_TEXT, .text = text };
	switch (query_form(c)) {
	case FORM_INTEGER:
		return read_integer(a, c, text, out, e);
	case FORM_REAL:
		return read_real(a, text, out, e);
	case FORM_DECIMAL:
		return form_decimal(a, text, &out->text, e);
	case FORM_MOMENT:
		return read_moment(a, c, text, &out->text, e);
	case FORM_ID:
		return form_guid(a, text, &out->text, e);
	case FORM_SET:
		return read_set(a, op, text, &out->text, e);
	case FORM_TEXT:
		return op != QUERY_LIKE || check_pattern(text, e);
	case FORM_OPAQUE:
	case FORM_NOTHING:
		return true;
	}
	return true;
}

/*
 * The values of the condition. An empty text is null to the platform: among the values of a text column
 * it makes null match (or, negated, not match); in a list for another column it says nothing.
 */
static bool bind_values(struct arena *a, const struct fetch_condition *c, const struct rule *rule,
			struct query_test *t, struct err *e)
{
	const struct column *column = t->field.column;
	bool text = query_form(column) == FORM_TEXT;
	bool equality = t->op == QUERY_EQ || t->op == QUERY_IN;

	t->params = arena_array(a, struct query_param, c->nvalues);
	for (size_t i = 0; i < c->nvalues; i++) {
		struct str value = c->values[i];

		if (value.n == 0 && equality && text)
			t->null_passes = !t->negated;
		if (value.n == 0 && t->op == QUERY_IN && !text)
			continue;
		if (rule->before[0] || rule->after[0])
			value = str_fmt(a, "%s%.*s%s", rule->before, STR_ARG(value), rule->after);
		if (!read_param(a, column, t->op, value, &t->params[t->nparams++], e)) {
			e->kind = ERR_BAD_REQUEST;
			e->code = CODE_INVALID_ARGUMENT;
			return err_wrap(e, "condition on column '%.*s'", STR_ARG(c->attribute));
		}
	}
	return true;
}

/* The node whose column a name is meant for; an empty alias is `node` itself. */
static bool find_node(const struct query *q, const struct query_node *node, struct str alias,
		      const struct query_node **out, struct err *e)
{
	const struct query_node *found = node;

	if (alias.n > 0 && !str_eq(alias, node->alias)) {
		found = query_find_node(q, alias);
		if (found && node != &q->root)
			return err_set_code(e, ERR_BAD_REQUEST, CODE_ALIAS_UNKNOWN,
					    "entityname '%.*s' in a filter of a link-entity; only "
					    "filters of the root entity can name another",
					    STR_ARG(alias));
	}
	if (!found)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ALIAS_UNKNOWN,
				    "no link-entity has the alias '%.*s'", STR_ARG(alias));
	*out = found;
	return true;
}

/* valueof: a column of the same row, or alias.column. */
static bool bind_other(const struct query *q, const struct fetch_condition *c, struct query_test *t,
		       struct err *e)
{
	struct str name = c->value_of;
	size_t point = str_find_char(name, '.');

	t->other.node = t->field.node;
	if (point != STR_NONE) {
		if (!find_node(q, &q->root, str_sub(name, 0, point), &t->other.node, e))
			return false;
		name = str_skip(name, point + 1);
	}
	if (!bind_column(t->other.node, name, &t->other.column, e))
		return false;
	if (query_form(t->field.column) != query_form(t->other.column))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "columns '%.*s' and '%.*s' are of different types and cannot "
				    "be compared",
				    STR_ARG(c->attribute), STR_ARG(c->value_of));
	return true;
}

static bool bind_condition(struct arena *a, const struct query *q, const struct query_node *node,
			   const struct fetch_condition *c, struct query_test *t, struct err *e)
{
	if ((size_t)c->op >= COUNT_OF(RULES))
		return err_set(e, ERR_UNSUPPORTED,
			       "a local organization does not know the operator '%.*s' yet",
			       STR_ARG(c->op_name));

	const struct rule *rule = &RULES[c->op];

	t->op = rule->op;
	t->negated = rule->negated;
	t->null_passes = rule->negated && rule->op != QUERY_NULL && NEGATIONS_MATCH_NULL;
	if (!find_node(q, node, c->entity, &t->field.node, e) ||
	    !bind_column(t->field.node, c->attribute, &t->field.column, e))
		return false;
	if (!(FORMS[t->op] & BIT(query_form(t->field.column)))) {
		struct str type = column_type_name(t->field.column->type);

		return err_set_code(e, ERR_BAD_REQUEST, CODE_OPERATOR,
				    "operator '%.*s' does not apply to column '%.*s' of type %.*s",
				    STR_ARG(c->op_name), STR_ARG(c->attribute), STR_ARG(type));
	}
	return c->value_of.n > 0 ? bind_other(q, c, t, e) : bind_values(a, c, rule, t, e);
}

static bool bind_filter(struct arena *a, const struct query *q, const struct query_node *node,
			const struct fetch_filter *f, struct query_filter *out, struct err *e)
{
	out->any = f->any;
	out->ntests = f->nconditions;
	out->tests = arena_array(a, struct query_test, f->nconditions);
	for (size_t i = 0; i < f->nconditions; i++) {
		if (!bind_condition(a, q, node, &f->conditions[i], &out->tests[i], e))
			return false;
	}
	out->nfilters = f->nfilters;
	out->filters = arena_array(a, struct query_filter, f->nfilters);
	for (size_t i = 0; i < f->nfilters; i++) {
		if (!bind_filter(a, q, node, &f->filters[i], &out->filters[i], e))
			return false;
	}
	return true;
}

bool bind_filters(struct arena *a, const struct query *q, const struct query_node *node,
		  const struct fetch_filter *filters, size_t n, struct query_filter *out,
		  struct err *e)
{
	struct query_filter all = { .nfilters = n };

	all.filters = arena_array(a, struct query_filter, n);
	for (size_t i = 0; i < n; i++) {
		if (!bind_filter(a, q, node, &filters[i], &all.filters[i], e))
			return false;
	}
	*out = all;
	return true;
}

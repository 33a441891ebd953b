/* SPDX-License-Identifier: MIT */
/*
 * Conditions of a query: which test an operator is, which forms of values it takes, the columns that it
 * compares, and the one rule about null. Operators about time and people have files of their own.
 */
#include "org/bind_filter.h"

#include "org/bind_test.h"
#include "org/code.h"

#include "base/banned.h"

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

/*
 * The node of valueof="alias.column": of the row itself, of one that it hangs on, or, in a filter of the
 * root, of any link.
 */
static const struct query_node *find_other(const struct binding *b, const struct query_node *node,
					   struct str alias)
{
	for (const struct query_node *n = node; n && n != &b->q->root; n = n->parent) {
		if (str_eq(n->alias, alias))
			return n;
	}
	return b->node == &b->q->root ? query_find_node(b->q, alias) : NULL;
}

/* Columns that hold the same sort of value; a choice is no number. */
static bool comparable(const struct column *a, const struct column *b)
{
	bool flag = a->type == COLUMN_BOOLEAN || a->type == COLUMN_MANAGED;
	bool other_flag = b->type == COLUMN_BOOLEAN || b->type == COLUMN_MANAGED;

	return query_form(a) == query_form(b) && column_is_choice(a) == column_is_choice(b) &&
	       flag == other_flag;
}

static bool bind_other(const struct binding *b, const struct fetch_condition *c,
		       struct query_test *t, struct err *e)
{
	struct str name = c->value_of;
	size_t point = str_find_char(name, '.');

	t->other.node = t->field.node;
	if (point != STR_NONE) {
		struct str alias = str_sub(name, 0, point);

		t->other.node = find_other(b, t->field.node, alias);
		name = str_skip(name, point + 1);
		if (!t->other.node)
			return err_set_code(e, ERR_BAD_REQUEST, CODE_ALIAS_UNKNOWN,
					    "valueof '%.*s': no link-entity that this filter can "
					    "name has the alias '%.*s'",
					    STR_ARG(c->value_of), STR_ARG(alias));
	}
	if (!bind_column(t->other.node, name, &t->other.column, e))
		return false;
	return comparable(t->field.column, t->other.column) ||
	       err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
			    "columns '%.*s' and '%.*s' are of different types and cannot be "
			    "compared",
			    STR_ARG(c->attribute), STR_ARG(c->value_of));
}

/*
 * In SQL a comparison with null is neither true nor false and drops the row. Whether the platform adds "or is
 * null" to its negations (ne, not-in, not-like, not-begin-with, not-end-with, not-between,
 * not-contain-values, not-under, ne-userid, ne-businessid) is disputed: facts/webapi.md 4.7. This is the one
 * place that decides.
 */
static bool null_passes(const struct store *s, enum fetch_op op)
{
	bool negation = op == FETCH_NE_USER || op == FETCH_NE_UNIT || op == FETCH_NOT_UNDER ||
			(op != FETCH_NOT_NULL && op < COUNT_OF(RULES) && RULES[op].negated);

	return negation && s->variants.negations == NEGATIONS_TAKE_NULL;
}

static bool bind_plain(struct binding *b, const struct fetch_condition *c, struct query_test *t,
		       struct err *e)
{
	const struct rule *rule = &RULES[c->op];

	assert((size_t)c->op < COUNT_OF(RULES)); /* every other operator has its file */
	t->op = rule->op;
	t->negated = rule->negated;
	if (!(FORMS[t->op] & BIT(query_form(t->field.column))))
		return bind_refuse(c, t, e);
	if (c->value_of.n > 0)
		return bind_other(b, c, t, e);
	return bind_values(b, c, rule->before, rule->after, t, e);
}

static bool bind_condition(struct binding *b, const struct fetch_condition *c, struct query_test *t,
			   struct err *e)
{
	if (!find_node(b->q, b->node, c->entity, &t->field.node, e) ||
	    !bind_column(t->field.node, c->attribute, &t->field.column, e))
		return false;
	t->null_passes = null_passes(b->caller.store, c->op);
	if (bind_is_time(c->op))
		return bind_time(b, c, t, e);
	if (!bind_is_who(c->op))
		return bind_plain(b, c, t, e);
	t->negated = c->op == FETCH_NE_USER || c->op == FETCH_NE_UNIT || c->op == FETCH_NOT_UNDER;
	return bind_who(b, c, t, e);
}

static bool bind_filter(struct binding *b, const struct fetch_filter *f, struct query_filter *out,
			struct err *e)
{
	out->any = f->any;
	out->ntests = f->nconditions;
	out->tests = arena_array(b->a, struct query_test, f->nconditions);
	for (size_t i = 0; i < f->nconditions; i++) {
		if (!bind_condition(b, &f->conditions[i], &out->tests[i], e))
			return false;
	}
	out->nfilters = f->nfilters;
	out->filters = arena_array(b->a, struct query_filter, f->nfilters);
	for (size_t i = 0; i < f->nfilters; i++) {
		if (!bind_filter(b, &f->filters[i], &out->filters[i], e))
			return false;
	}
	return true;
}

static void binding_close(struct binding *b)
{
	caller_close(&b->caller);
}

bool bind_filters(struct store *s, struct arena *a, const struct query *q,
		  const struct query_node *node, const struct fetch_filter *filters, size_t n,
		  struct query_filter *out, struct err *e)
{
	DEFER(binding_close) struct binding b = {
		.a = a, .q = q, .node = node, .caller = caller_make(s, a)
	};
	struct query_filter all = { .nfilters = n };

	all.filters = arena_array(a, struct query_filter, n);
	for (size_t i = 0; i < n; i++) {
		if (!bind_filter(&b, &filters[i], &all.filters[i], e))
			return false;
	}
	*out = all;
	return true;
}

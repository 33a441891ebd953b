/* SPDX-License-Identifier: MIT */
/*
 * Conditions: each kind of test has one function here.
 */
#include "org/sql_filter.h"

#include "org/sql_from.h"

#include "base/banned.h"

#define DEEP 4 /* filters inside each other */

static const char *const OPERATORS[] = {
	[QUERY_EQ] = " = ", [QUERY_GT] = " > ",  [QUERY_GE] = " >= ",
	[QUERY_LT] = " < ", [QUERY_LE] = " <= ",
};

static void add_comparison(struct sql *sql, const struct query_test *t)
{
	sql_field(sql, t->field);
	sql_add(sql, OPERATORS[t->op]);
	if (t->other.column)
		sql_field(sql, t->other);
	else
		sql_param(sql, t->params[0]);
}

static void add_list(struct sql *sql, const struct query_test *t)
{
	sql_field(sql, t->field);
	sql_add(sql, " IN (");
	for (size_t i = 0; i < t->nparams; i++) {
		sql_add(sql, i > 0 ? "," : "");
		sql_param(sql, t->params[i]);
	}
	sql_add(sql, ")");
}

static void add_contain(struct sql *sql, const struct query_test *t)
{
	for (size_t i = 0; i < t->nparams; i++) {
		sql_add(sql, i > 0 ? " OR instr(','||" : "instr(','||");
		sql_name(sql, t->field.node, t->field.column->name);
		sql_add(sql, "||',',");
		sql_param(sql, t->params[i]);
		sql_add(sql, ")");
	}
}

static void add_like(struct sql *sql, const struct query_test *t)
{
	sql_add(sql, "dv_like(");
	sql_name(sql, t->field.node, t->field.column->name);
	sql_add(sql, ",");
	sql_param(sql, t->params[0]);
	sql_add(sql, ")");
}

static void add_within(struct sql *sql, const struct query_test *t)
{
	sql_field(sql, t->field);
	sql_add(sql, " IN (SELECT ");
	db_quote(&sql->text, t->within->pick);
	sql_add(sql, " FROM ");
	db_quote(&sql->text, t->within->table);
	sql_add(sql, " WHERE ");
	db_quote(&sql->text, t->within->by);
	sql_add(sql, " = ");
	sql_param(sql, t->params[0]);
	sql_add(sql, ")");
}

static void add_ids(struct sql *sql, const struct query_test *t)
{
	sql_field(sql, t->field);
	sql_add(sql, " IN (SELECT value FROM json_each(");
	sql_param(sql, t->params[0]);
	sql_add(sql, "))");
}

static void add_range(struct sql *sql, const struct query_test *t)
{
	sql_field(sql, t->field);
	sql_add(sql, " >= ");
	sql_param(sql, t->params[0]);
	sql_add(sql, " AND ");
	sql_field(sql, t->field);
	sql_add(sql, " < ");
	sql_param(sql, t->params[1]);
}

static void add_spans(struct sql *sql, const struct query_test *t)
{
	sql_add(sql, "dv_spans(");
	sql_field(sql, t->field);
	sql_add(sql, ",");
	sql_param(sql, t->params[0]);
	sql_add(sql, ")");
}

static void add_positive(struct sql *sql, const struct query_test *t)
{
	switch (t->op) {
	case QUERY_EQ:
	case QUERY_GT:
	case QUERY_GE:
	case QUERY_LT:
	case QUERY_LE:
		add_comparison(sql, t);
		break;
	case QUERY_NULL:
		sql_name(sql, t->field.node, t->field.column->name);
		sql_add(sql, " IS NULL");
		break;
	case QUERY_IN:
		add_list(sql, t);
		break;
	case QUERY_BETWEEN:
		sql_field(sql, t->field);
		sql_add(sql, " BETWEEN ");
		sql_param(sql, t->params[0]);
		sql_add(sql, " AND ");
		sql_param(sql, t->params[1]);
		break;
	case QUERY_LIKE:
		add_like(sql, t);
		break;
	case QUERY_CONTAIN:
		add_contain(sql, t);
		break;
	case QUERY_WITHIN:
		add_within(sql, t);
		break;
	case QUERY_IDS:
		add_ids(sql, t);
		break;
	case QUERY_RANGE:
		add_range(sql, t);
		break;
	case QUERY_SPANS:
		add_spans(sql, t);
		break;
	}
}

static void add_test(struct sql *sql, const struct query_test *t)
{
	sql_add(sql, t->negated ? "(NOT (" : "(");
	add_positive(sql, t);
	sql_add(sql, t->negated ? ")" : "");
	if (t->null_passes) {
		sql_add(sql, " OR ");
		sql_name(sql, t->field.node, t->field.column->name);
		sql_add(sql, " IS NULL");
	}
	sql_add(sql, ")");
}

static unsigned depth_of_links(const struct query_node *links, size_t n);

static unsigned depth_of(const struct query_filter *f)
{
	unsigned deepest = depth_of_links(f->links, f->nlinks);

	for (size_t i = 0; i < f->nfilters; i++) {
		unsigned depth = depth_of(&f->filters[i]);

		deepest = depth > deepest ? depth : deepest;
	}
	return deepest + 1;
}

/* An EXISTS takes as much of the parser's stack as some parentheses. */
static unsigned depth_of_links(const struct query_node *links, size_t n)
{
	unsigned deepest = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned below = depth_of_links(links[i].links, links[i].nlinks);
		unsigned depth = depth_of(&links[i].filter);

		depth = (below > depth ? below : depth) + 2;
		deepest = depth > deepest ? depth : deepest;
	}
	return deepest;
}

/*
 * SQLite's parser keeps what stands before a parenthesis on a stack of 100: what is nested deepest stands
 * first, when that matters.
 */
static size_t first_of(const struct query_filter *f)
{
	size_t first = 0;
	unsigned deepest = 0;

	for (size_t i = 0; i < f->nfilters; i++) {
		unsigned depth = depth_of(&f->filters[i]);

		if (depth > deepest)
			first = i;
		deepest = depth > deepest ? depth : deepest;
	}
	return deepest > DEEP ? first : SIZE_MAX;
}

/* An empty filter is true. */
void sql_filter(struct sql *sql, const struct query_filter *f)
{
	const char *between = f->any ? " OR " : " AND ";
	size_t n = f->ntests + f->nlinks + f->nfilters;
	size_t first = n > 1 ? first_of(f) : SIZE_MAX;
	size_t written = 0;

	if (n == 0)
		sql_add(sql, "1");
	sql_add(sql, n > 1 ? "(" : "");
	if (first < f->nfilters)
		sql_filter(sql, &f->filters[first]);
	written += first < f->nfilters;
	for (size_t i = 0; i < f->ntests; i++) {
		sql_add(sql, written++ > 0 ? between : "");
		add_test(sql, &f->tests[i]);
	}
	for (size_t i = 0; i < f->nlinks; i++) {
		sql_add(sql, written++ > 0 ? between : "");
		sql_related(sql, &f->links[i]);
	}
	for (size_t i = 0; i < f->nfilters; i++) {
		if (i == first)
			continue;
		sql_add(sql, written++ > 0 ? between : "");
		sql_filter(sql, &f->filters[i]);
	}
	sql_add(sql, n > 1 ? ")" : "");
}

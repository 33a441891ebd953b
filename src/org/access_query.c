/* SPDX-License-Identifier: MIT */
/*
 * Queries see what their caller may read: of each table of the query the rows within reach.
 */
#include "org/access_query.h"

#include "org/access_parts.h"
#include "org/code.h"
#include "org/secured.h"

#include "base/banned.h"

static void add_scope(struct access *x, size_t actor, const struct reach *r, const struct table *t,
		      const struct query_scope **out)
{
	struct query_scope *scope = arena_new(x->arena, struct query_scope);
	const struct actor *who = &x->actors[actor];

	*scope = (struct query_scope){
		.owners = who->owners.p,
		.nowners = who->owners.n,
		.units = r->units.p,
		.nunits = r->units.n,
		.owner = access_owner_column(t),
		.unit = access_unit_column(t),
		.also = *out,
	};
	*out = scope;
}

/* Of a row that only pairs others, both others' tables count. */
static bool check_intersect(struct store *s, const struct table *t, struct err *e)
{
	const struct many_to_many *mm;
	const struct table *sides[2] = { NULL, NULL };

	if (!store_relationship(s, t->name, &mm, e))
		return false;
	if (!mm)
		return true;
	if (!store_table(s, mm->table1, &sides[0], e) || !store_table(s, mm->table2, &sides[1], e))
		return false;
	for (size_t i = 0; i < COUNT_OF(sides); i++) {
		if (sides[i] && !access_table(s, sides[i], RIGHT_READ, e))
			return false;
	}
	return true;
}

static bool set_scope(struct store *s, struct query_node *node, struct err *e)
{
	const struct table *t = node->table;
	struct access *x = s->access;

	if (node->scope)
		return true;
	if (t->is_intersect)
		return check_intersect(s, t, e);
	if (!access_table(s, t, RIGHT_READ, e))
		return false;
	if (access_unit_column(t).n == 0)
		return true;
	for (size_t i = 0; i < x->n; i++) {
		const struct reach *r;

		if (!access_reach(x, i, t, RIGHT_READ, &r, e))
			return false;
		if (!r->global)
			add_scope(x, i, r, t, &node->scope);
	}
	return true;
}

/* secured columns */

static bool check_field(struct store *s, struct query_field f, struct err *e)
{
	bool readable;

	if (!f.column || !f.column->secured)
		return true;
	if (!secured_readable(s, f.node->table, f.column, &readable, e))
		return false;
	return readable ||
	       err_set_code(e, ERR_FORBIDDEN, CODE_SECURED_QUERY,
			    "the query filters or orders by the secured column %.*s of table %.*s, "
			    "which the caller may not read",
			    STR_ARG(f.column->name), STR_ARG(f.node->table->name));
}

/* Filters nest no deeper than the query that they were read from. */
static bool check_filter(struct store *s, const struct query_filter *f, struct err *e)
{
	for (size_t i = 0; i < f->ntests; i++) {
		if (!check_field(s, f->tests[i].field, e) || !check_field(s, f->tests[i].other, e))
			return false;
	}
	for (size_t i = 0; i < f->nfilters; i++) {
		if (!check_filter(s, &f->filters[i], e))
			return false;
	}
	return true;
}

static bool check_secured(struct store *s, const struct query *q, struct err *e)
{
	for (size_t i = 0; i < q->nodes.n; i++) {
		if (!check_filter(s, &q->nodes.p[i]->filter, e))
			return false;
	}
	for (size_t i = 0; i < q->orders.n; i++) {
		if (!check_field(s, q->orders.p[i].field, e))
			return false;
	}
	return true;
}

bool access_query(struct store *s, const struct query *q, struct err *e)
{
	if (!secured_is_free(s) && !check_secured(s, q, e))
		return false;
	for (size_t i = 0; s->access && i < q->nodes.n; i++) {
		if (!set_scope(s, q->nodes.p[i], e))
			return false;
	}
	return true;
}

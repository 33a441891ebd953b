/* SPDX-License-Identifier: MIT */
/*
 * Conditions go in front of those that the query has; none of its nodes is moved.
 */
#include "org/related.h"

#include "base/banned.h"

static struct query_test *add_test(struct query_filter *f, const struct query_node *root,
				   const struct column *c, struct query_param *param)
{
	struct query_test *t = &f->tests[f->ntests++];

	*t = (struct query_test){
		.field = { root, c }, .op = QUERY_EQ, .params = param, .nparams = 1
	};
	return t;
}

static struct query_param *text_param(struct arena *a, struct str text)
{
	struct query_param *p = arena_new(a, struct query_param);

	*p = (struct query_param){ .kind = PARAM_TEXT, .text = text };
	return p;
}

/* <name>type is no column of the table's; its values compare byte by byte, as ids do. */
static const struct column *type_column(struct arena *a, const struct column *lookup)
{
	struct column *c = arena_new(a, struct column);

	c->name = str_fmt(a, "%.*stype", STR_ARG(lookup->name));
	c->type = COLUMN_GUID;
	return c;
}

static void add_children(struct arena *a, struct query_filter *f, const struct query_node *root,
			 const struct table *parent, const struct navigation *n,
			 struct query_param *id)
{
	add_test(f, root, n->column, id);
	if (store_has_type_column(n->column))
		add_test(f, root, type_column(a, n->column), text_param(a, parent->name));
}

static void add_pairs(struct arena *a, struct query_filter *f, const struct query_node *root,
		      const struct navigation *n, struct query_param *id)
{
	struct query_test *t = add_test(f, root, table_primary(root->table), id);
	struct query_within *w = arena_new(a, struct query_within);

	w->table = n->mm->intersect;
	w->pick = n->first ? n->mm->column2 : n->mm->column1;
	w->by = n->first ? n->mm->column1 : n->mm->column2;
	t->op = QUERY_WITHIN;
	t->within = w;
}

void related_restrict(struct arena *a, struct query *q, const struct table *parent,
		      const struct navigation *n, struct str id)
{
	struct query_filter *before = arena_new(a, struct query_filter);
	struct query_filter f = { .tests = arena_array(a, struct query_test, 2),
				  .filters = before,
				  .nfilters = 1 };

	*before = q->root.filter;
	if (n->kind == NAVIGATION_CHILDREN)
		add_children(a, &f, &q->root, parent, n, text_param(a, id));
	else if (n->kind == NAVIGATION_PAIRS)
		add_pairs(a, &f, &q->root, n, text_param(a, id));
	else
		add_test(&f, &q->root, table_primary(q->root.table), text_param(a, id));
	q->root.filter = f;
}

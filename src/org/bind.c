/* SPDX-License-Identifier: MIT */
/*
 * Binding: tables and columns are looked up, joins checked (bind_links.c), the columns of the answer listed
 * (bind_columns.c), the order and the page settled (bind_order.c).
 */
#include "org/bind.h"

#include "base/limits.h"
#include "org/bind_filter.h"
#include "org/binder.h"
#include "org/code.h"

#include "base/banned.h"

bool binder_table(struct store *s, struct str name, const struct table **out, struct err *e)
{
	const struct table *t;

	if (!store_table(s, name, &t, e))
		return false;
	if (!t)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_TABLE_UNKNOWN,
				    "there is no table '%.*s'", STR_ARG(name));
	*out = t;
	return true;
}

/* Links in filters add nodes, whose turn comes. */
static bool bind_nodes(struct binder *b, struct err *e)
{
	struct query *q = b->q;

	for (size_t i = 0; i < q->nodes.n; i++) {
		const struct fetch_node *source = b->sources.p[i];
		struct query_node *node = q->nodes.p[i];

		if (!bind_columns(b, i, e) ||
		    !bind_filters(b->s, b->a, q, node, source->filters, source->nfilters,
				  &node->filter, e) ||
		    !bind_filter_links(b, node, source, e))
			return false;
	}
	return true;
}

static bool bind_parts(struct binder *b, struct err *e)
{
	struct query *q = b->q;

	if (!bind_links(b, &q->root, &b->f->entity, e) || !bind_nodes(b, e))
		return false;
	if (q->columns.n == 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "a query that is distinct or an aggregate needs at least one "
				    "attribute");
	return bind_order(b, e);
}

bool bind_fetch(struct store *s, struct arena *a, const struct table *t, const struct fetch *f,
		struct query **out, struct err *e)
{
	const struct table *asked = NULL;

	if (!binder_table(s, f->entity.table, &asked, e))
		return false;
	if (asked != t)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_SET_OF_OTHER_TABLE,
				    "the query is about table '%.*s', but the URL names '%.*s'",
				    STR_ARG(asked->name), STR_ARG(t->entity_set));

	struct binder b = { .s = s, .a = a, .f = f, .q = query_new(a, t) };

	if (f->datasource.n > 0)
		b.q->root.source = str_eq(f->datasource, S("bin")) ? SOURCE_BIN : SOURCE_RETAINED;
	b.q->distinct = f->distinct;
	b.q->aggregate = f->aggregate;
	b.q->total_count = f->total_count;
	b.q->odata = f->odata;
	b.q->nulls = f->odata && !f->aggregate;
	b.q->all_columns = f->entity.all_attributes;
	b.q->version_at = f->distinct || f->aggregate ? -1 : b.q->width++;
	*VEC_PUSH(a, &b.sources) = &f->entity;
	if (!bind_parts(&b, e))
		return false;
	*out = b.q;
	return true;
}

static bool add_property(struct query *q, struct arena *a, struct query_field field, bool implied,
			 struct err *e)
{
	struct query_column *added;
	struct query_column c = {
		.field = field,
		.property = query_property(a, field.column),
		.implied = implied,
	};

	return query_add_column(q, a, &c, &added, e);
}

static bool has_key(const struct query *q)
{
	for (size_t i = 0; i < q->columns.n; i++) {
		if (query_is_key(q, q->columns.p[i].field))
			return true;
	}
	return false;
}

static bool select_column(struct query *q, struct arena *a, struct str name, struct err *e)
{
	const struct table *t = q->root.table;

	for (size_t i = 0; i < t->ncolumns; i++) {
		struct query_field field = { &q->root, &t->columns[i] };
		struct str property = query_property(a, field.column);

		if (str_eq(property, name) && field.column->read)
			return add_property(q, a, field, false, e);
	}
	return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
			    "table '%.*s' has no property '%.*s' that can be read",
			    STR_ARG(t->name), STR_ARG(name));
}

static bool select_columns(struct query *q, struct arena *a, const struct str *select, size_t n,
			   struct err *e)
{
	const struct table *t = q->root.table;

	for (size_t i = 0; i < n; i++) {
		if (!select_column(q, a, select[i], e))
			return false;
	}
	for (size_t i = 0; i < t->ncolumns && n == 0; i++) {
		struct query_field field = { &q->root, &t->columns[i] };

		if (field.column->read && !add_property(q, a, field, false, e))
			return false;
	}
	if (!bind_currency(q, a, e))
		return false;

	struct query_field key = { &q->root, table_primary(t) };

	return has_key(q) || add_property(q, a, key, true, e);
}

bool bind_row(struct arena *a, const struct table *t, struct guid id, const struct str *select,
	      size_t n, struct query **out, struct err *e)
{
	struct query *q = query_new(a, t);
	struct query_test *test = arena_new(a, struct query_test);

	q->version_at = q->width++;
	q->nulls = true;
	q->odata = true;
	q->limit = 1;
	q->all_columns = n == 0;
	if (!select_columns(q, a, select, n, e))
		return false;
	*test = (struct query_test){ .field = { &q->root, table_primary(t) },
				     .op = QUERY_EQ,
				     .nparams = 1 };
	test->params = arena_new(a, struct query_param);
	*test->params = (struct query_param){ .kind = PARAM_TEXT, .text = guid_text(a, id) };
	q->root.filter = (struct query_filter){ .tests = test, .ntests = 1 };
	*out = q;
	return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * Binding: tables and columns are looked up, joins checked, the columns of the answer listed, the order
 * and the page settled.
 */
#include "org/bind.h"

#include "base/limits.h"
#include "org/bind_filter.h"
#include "org/code.h"
#include "org/cookie.h"

#include "base/banned.h"

/* Rows that pages without a cookie may reach (facts/webapi.md 4.6). */
#define ROWS_WITHOUT_COOKIE 50000

struct binder {
	struct store *s;
	struct arena *a;
	const struct fetch *f;
	struct query *q;
	const struct fetch_node *sources[1 + LIMIT_LINK_ENTITIES]; /* of q->nodes */
};

static const struct fetch_node *source_of(const struct binder *b, size_t number)
{
	const struct fetch_node *source = b->sources[number];

	assert(source);
	return source;
}

static bool find_table(struct store *s, struct str name, const struct table **out, struct err *e)
{
	const struct table *t;

	if (!store_table(s, name, &t, e))
		return false;
	if (!t) {
		err_set_code(e, ERR_BAD_REQUEST, CODE_TABLE_UNKNOWN, "there is no table '%.*s'",
			     STR_ARG(name));
		return false;
	}
	*out = t;
	return true;
}

static bool can_join(const struct column *c)
{
	enum query_form form = query_form(c);

	return form != FORM_SET && form != FORM_OPAQUE && form != FORM_NOTHING &&
	       c->type != COLUMN_FILE;
}

static bool bind_join(struct query_node *node, const struct fetch_node *source, struct err *e)
{
	if (source->from.n == 0 || source->to.n == 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_JOIN_COLUMNS,
				    "link-entity '%.*s' needs both from and to",
				    STR_ARG(source->table));
	if (source->join == FETCH_FIRST_ROW)
		return err_set(e, ERR_UNSUPPORTED,
			       "a local organization does not know link-type "
			       "matchfirstrowusingcrossapply yet");
	if (!bind_column(node, source->from, &node->from, e) ||
	    !bind_column(node->parent, source->to, &node->to, e))
		return false;
	if (!can_join(node->from) || !can_join(node->to) ||
	    query_form(node->from) != query_form(node->to))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_JOIN_COLUMNS,
				    "link-entity '%.*s' cannot join '%.*s' to '%.*s'",
				    STR_ARG(source->table), STR_ARG(source->from),
				    STR_ARG(source->to));
	return true;
}

/* The links below a node; filters come later, because they may name any link. */
static bool bind_links(struct binder *b, struct query_node *node, const struct fetch_node *source,
		       struct err *e)
{
	node->nlinks = source->nlinks;
	node->links = arena_array(b->a, struct query_node, source->nlinks);
	for (size_t i = 0; i < source->nlinks; i++) {
		const struct fetch_node *from = &source->links[i];
		struct query_node *link = &node->links[i];

		link->alias = from->alias;
		link->parent = node;
		link->join = from->join == FETCH_IN_LIST ? FETCH_EXISTS : from->join;
		link->hidden = node->hidden || link->join == FETCH_EXISTS;
		link->number = (unsigned)b->q->nodes.n;
		assert(link->number < COUNT_OF(b->sources)); /* fetch_parse counts */
		b->sources[link->number] = from;
		*VEC_PUSH(b->a, &b->q->nodes) = link;
		if (!find_table(b->s, from->table, &link->table, e) || !bind_join(link, from, e) ||
		    !bind_links(b, link, from, e))
			return false;
	}
	return true;
}

static struct str property_of(struct binder *b, struct query_field field)
{
	if (field.node == &b->q->root)
		return query_property(b->a, field.column);
	return str_fmt(b->a, "%.*s.%.*s", STR_ARG(field.node->alias), STR_ARG(field.column->name));
}

static bool add_attribute(struct binder *b, const struct query_node *node,
			  const struct fetch_attribute *attribute, struct err *e)
{
	struct query_field field = { .node = node };

	if (!bind_column(node, attribute->name, &field.column, e))
		return false;
	if (!field.column->read)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_COLUMN_UNKNOWN,
				    "column '%.*s' of table '%.*s' cannot be read",
				    STR_ARG(attribute->name), STR_ARG(node->table->name));
	if (attribute->alias.n > 0)
		return query_add_column(b->q, b->a, field, attribute->alias, true, e);
	return query_add_column(b->q, b->a, field, property_of(b, field), node != &b->q->root, e);
}

static bool is_asked(const struct fetch_node *source, struct str column)
{
	for (size_t i = 0; i < source->nattributes; i++) {
		if (source->attributes[i].alias.n == 0 &&
		    str_eq(source->attributes[i].name, column))
			return true;
	}
	return false;
}

static bool bind_columns(struct binder *b, size_t number, struct err *e)
{
	const struct query_node *node = b->q->nodes.p[number];
	const struct fetch_node *source = source_of(b, number);
	const struct table *t = node->table;

	if (node->hidden)
		return true;
	for (size_t i = 0; i < source->nattributes; i++) {
		if (!add_attribute(b, node, &source->attributes[i], e))
			return false;
	}
	for (size_t i = 0; i < t->ncolumns; i++) {
		struct query_field field = { node, &t->columns[i] };
		bool key = number == 0 && field.column == table_primary(t) && !b->f->distinct;
		bool wanted = key || (source->all_attributes && field.column->read);

		if (!wanted || is_asked(source, field.column->name))
			continue;
		if (!query_add_column(b->q, b->a, field, property_of(b, field), number > 0, e))
			return false;
	}
	return true;
}

static bool order_field(struct binder *b, size_t number, const struct fetch_order *order,
			struct query_field *out, struct err *e)
{
	const struct fetch_node *source = source_of(b, number);
	struct str name = order->attribute;

	out->node = b->q->nodes.p[number];
	if (order->entity.n > 0 && !str_eq(order->entity, out->node->alias))
		out->node = query_find_node(b->q, order->entity);
	if (!out->node)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ALIAS_UNKNOWN,
				    "no link-entity has the alias '%.*s'", STR_ARG(order->entity));
	for (size_t i = 0; name.n == 0 && i < source->nattributes; i++) {
		if (str_eq(source->attributes[i].alias, order->alias))
			name = source->attributes[i].name;
	}
	return bind_column(out->node, name, &out->column, e);
}

static bool bind_targets(struct binder *b, struct query_order *order, struct err *e)
{
	const struct column *c = order->field.column;

	order->targets = arena_array(b->a, const struct table *, c->ntargets);
	for (size_t i = 0; i < c->ntargets; i++) {
		const struct table *t;

		if (!store_table(b->s, c->targets[i], &t, e))
			return false;
		if (t && t->primary_name.n > 0)
			order->targets[order->ntargets++] = t;
	}
	return true;
}

/* A choice is ordered by its label, a lookup by the name of its row (facts/webapi.md 4.7). */
static bool bind_order(struct binder *b, size_t number, const struct fetch_order *source,
		       struct err *e)
{
	struct query_order *order = VEC_PUSH(b->a, &b->q->orders);
	struct query_field *field = &order->field;

	order->at = -1;
	order->descending = source->descending;
	if (!order_field(b, number, source, field, e))
		return false;
	if (query_form(field->column) == FORM_NOTHING || query_form(field->column) == FORM_OPAQUE)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "rows cannot be ordered by column '%.*s'",
				    STR_ARG(field->column->name));
	if (b->f->raw_order)
		return true;
	if (column_is_choice(field->column) && field->column->noptions > 0)
		order->by = ORDER_LABEL;
	if (!column_is_lookup(field->column))
		return true;
	order->by = ORDER_NAME;
	return bind_targets(b, order, e);
}

static bool bind_orders(struct binder *b, struct err *e)
{
	for (size_t i = 0; i < b->q->nodes.n; i++) {
		const struct fetch_node *source = source_of(b, i);

		for (size_t k = 0; k < source->norders && !b->q->nodes.p[i]->hidden; k++) {
			if (!bind_order(b, i, &source->orders[k], e))
				return false;
		}
	}
	return true;
}

/* Whether no link can give a row of the root twice: each leads to one row at most. */
static bool rows_come_once(const struct query *q)
{
	for (size_t i = 1; i < q->nodes.n; i++) {
		const struct query_node *node = q->nodes.p[i];

		if (!node->hidden && node->from != table_primary(node->table))
			return false;
	}
	return true;
}

static bool is_key(const struct query *q, struct query_field field)
{
	return field.node == &q->root && field.column == table_primary(q->root.table);
}

/* The primary key at the end of every order makes it complete, and pages repeatable. */
static void complete_order(struct binder *b)
{
	struct query *q = b->q;
	bool keyed = false;

	q->has_cookie = !q->distinct && q->pages;
	for (size_t i = 0; i < q->orders.n; i++) {
		struct query_order *order = &q->orders.p[i];

		keyed = keyed || is_key(q, order->field);
		q->has_cookie = q->has_cookie && order->field.node == &q->root;
	}
	if (!keyed && q->key)
		*VEC_PUSH(b->a, &q->orders) = (struct query_order){ .field = q->key->field };
	q->key_order = q->has_cookie && q->orders.n == 1 && rows_come_once(q);
	for (size_t i = 0; i < q->orders.n; i++) {
		q->orders.p[i].at = -1;
		if (!q->has_cookie)
			continue;
		q->orders.p[i].at = q->width++;
		*VEC_PUSH(b->a, &q->extra) = q->orders.p[i].field;
	}
}

/* The cookie must be one for this order; its key tells where a page that follows the key begins. */
static bool bind_cookie(struct binder *b, struct err *e)
{
	struct query *q = b->q;
	struct cookie_column *columns;
	size_t n;

	if (!cookie_read(b->a, b->f->cookie, &columns, &n, e))
		return false;

	bool same = n == q->orders.n;

	for (size_t i = 0; same && i < n; i++)
		same = str_eq(columns[i].name, q->orders.p[i].field.column->name);
	if (!same)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_COOKIE_ORDER,
				    "the columns of the paging-cookie are not those of the order");
	if (!q->key_order)
		return true;
	if (!guid_parse(columns[n - 1].last, &q->after))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_COOKIE,
				    "the paging-cookie holds no id: '%.*s'",
				    STR_ARG(columns[n - 1].last));
	q->has_after = true;
	return true;
}

static bool bind_page(struct binder *b, struct err *e)
{
	const struct fetch *f = b->f;
	struct query *q = b->q;

	q->pages = f->top == 0;
	q->limit = f->top > 0 ? f->top : f->count;
	if (q->limit == 0 || q->limit > LIMIT_PAGE_ROWS)
		q->limit = LIMIT_PAGE_ROWS;
	q->page = f->page > 0 ? f->page : 1;
	complete_order(b);
	if (q->page == 1)
		return true;
	if (q->has_cookie && f->cookie.n > 0)
		return bind_cookie(b, e);
	if ((uint64_t)q->page * q->limit > ROWS_WITHOUT_COOKIE)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAGE_WITHOUT_COOKIE,
				    "page %u is beyond the %d rows that can be reached without a "
				    "paging cookie",
				    q->page, ROWS_WITHOUT_COOKIE);
	return true;
}

static const struct query_column *find_key(const struct query *q)
{
	for (size_t i = 0; i < q->columns.n; i++) {
		if (is_key(q, q->columns.p[i].field))
			return &q->columns.p[i];
	}
	return NULL;
}

static bool bind_parts(struct binder *b, struct err *e)
{
	struct query *q = b->q;

	if (!bind_links(b, &q->root, &b->f->entity, e))
		return false;
	for (size_t i = 0; i < q->nodes.n; i++) {
		const struct fetch_node *source = source_of(b, i);
		struct query_node *node = q->nodes.p[i];

		if (!bind_columns(b, i, e) || !bind_filters(b->a, q, node, source->filters,
							    source->nfilters, &node->filter, e))
			return false;
	}
	if (q->columns.n == 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "a distinct query needs at least one attribute");
	q->key = find_key(q);
	return bind_orders(b, e);
}

bool bind_fetch(struct store *s, struct arena *a, const struct table *t, const struct fetch *f,
		struct query **out, struct err *e)
{
	const struct table *asked = NULL;

	if (!find_table(s, f->entity.table, &asked, e))
		return false;
	if (asked != t)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_SET_OF_OTHER_TABLE,
				    "the query is about table '%.*s', but the URL names '%.*s'",
				    STR_ARG(asked->name), STR_ARG(t->entity_set));

	struct binder b = { .s = s, .a = a, .f = f, .q = query_new(a, t) };

	b.q->distinct = f->distinct;
	b.q->total_count = f->total_count;
	b.q->all_columns = f->entity.all_attributes;
	b.q->version_at = f->distinct ? -1 : b.q->width++;
	b.sources[0] = &f->entity;
	if (!bind_parts(&b, e) || !bind_page(&b, e))
		return false;
	*out = b.q;
	return true;
}

static bool select_column(struct query *q, struct arena *a, struct str name, struct err *e)
{
	const struct table *t = q->root.table;

	for (size_t i = 0; i < t->ncolumns; i++) {
		struct query_field field = { &q->root, &t->columns[i] };
		struct str property = query_property(a, field.column);

		if (str_eq(property, name) && field.column->read)
			return query_add_column(q, a, field, property, false, e);
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
	for (size_t i = 0; i < t->ncolumns; i++) {
		struct query_field field = { &q->root, &t->columns[i] };
		bool key = field.column == table_primary(t) && !find_key(q);
		bool wanted = key || (n == 0 && field.column->read);

		if (wanted &&
		    !query_add_column(q, a, field, query_property(a, field.column), false, e))
			return false;
	}
	return true;
}

bool bind_row(struct arena *a, const struct table *t, struct guid id, const struct str *select,
	      size_t n, struct query **out, struct err *e)
{
	struct query *q = query_new(a, t);
	struct query_test *test = arena_new(a, struct query_test);

	q->version_at = q->width++;
	q->nulls = true;
	q->limit = 1;
	q->all_columns = n == 0;
	if (!select_columns(q, a, select, n, e))
		return false;
	q->key = find_key(q);
	assert(q->key); /* select_columns adds it */
	*test = (struct query_test){ .field = q->key->field, .op = QUERY_EQ, .nparams = 1 };
	test->params = arena_new(a, struct query_param);
	*test->params = (struct query_param){ .kind = PARAM_TEXT, .text = guid_text(a, id) };
	q->root.filter = (struct query_filter){ .tests = test, .ntests = 1 };
	*out = q;
	return true;
}

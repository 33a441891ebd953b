/* SPDX-License-Identifier: MIT */
/*
 * Order and page. Every order ends with the keys that make it complete, so that pages are repeatable, and
 * a cookie tells exactly where a page begins.
 */
#include "base/limits.h"
#include "org/bind_filter.h"
#include "org/binder.h"
#include "org/code.h"
#include "org/cookie.h"

#include "base/banned.h"

static bool find_node(struct binder *b, const struct query_node *node, struct str alias,
		      const struct query_node **out, struct err *e)
{
	*out = node;
	if (alias.n > 0 && !str_eq(alias, node->alias))
		*out = query_find_node(b->q, alias);
	if (!*out)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ALIAS_UNKNOWN,
				    "no link-entity has the alias '%.*s'", STR_ARG(alias));
	return true;
}

/* Groups are ordered by what they show. */
static bool find_column(struct binder *b, const struct fetch_order *source,
			struct query_order *order, struct err *e)
{
	if (source->attribute.n > 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ORDER_ATTRIBUTE,
				    "an order of an aggregate query needs an alias, not the "
				    "attribute '%.*s'",
				    STR_ARG(source->attribute));
	for (size_t i = 0; i < b->q->columns.n && !order->column; i++) {
		if (str_eq(b->q->columns.p[i].property, source->alias))
			order->column = &b->q->columns.p[i];
	}
	if (!order->column)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ORDER_ALIAS_MISSING,
				    "an order names the alias '%.*s', which no attribute has",
				    STR_ARG(source->alias));
	order->field = order->column->field;
	return true;
}

static bool find_field(struct binder *b, const struct query_node *node,
		       const struct fetch_order *source, struct query_order *order, struct err *e)
{
	if (b->f->aggregate)
		return find_column(b, source, order, e);
	if (source->attribute.n == 0 && source->alias.n > 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ORDER_ALIAS,
				    "an order of a query that is no aggregate names the alias "
				    "'%.*s'; name the attribute",
				    STR_ARG(source->alias));
	if (source->attribute.n == 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ORDER_ATTRIBUTE_MISSING,
				    "an order needs an attribute");
	return find_node(b, node, source->entity, &order->field.node, e) &&
	       bind_column(order->field.node, source->attribute, &order->field.column, e);
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
static bool choose_value(struct binder *b, struct query_order *order, struct err *e)
{
	const struct column *c = order->column ? order->column->shown : order->field.column;
	bool count = order->column && order->column->aggregate != FETCH_PLAIN;

	if (query_form(c) == FORM_NOTHING || query_form(c) == FORM_OPAQUE)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "rows cannot be ordered by column '%.*s'", STR_ARG(c->name));
	if (b->f->raw_order || count)
		return true;
	if (column_is_choice(c) && c->noptions > 0)
		order->by = ORDER_LABEL;
	if (!column_is_lookup(c))
		return true;
	order->by = ORDER_NAME;
	return bind_targets(b, order, e);
}

static bool add_order(struct binder *b, const struct query_node *node,
		      const struct fetch_order *source, struct err *e)
{
	struct query_order order = { .descending = source->descending, .at = -1 };

	if (!find_field(b, node, source, &order, e) || !choose_value(b, &order, e))
		return false;
	order.name = order.field.column->name;
	*VEC_PUSH(b->a, &b->q->orders) = order;
	return true;
}

static bool add_orders(struct binder *b, struct err *e)
{
	for (size_t i = 0; i < b->q->nodes.n; i++) {
		const struct query_node *node = b->q->nodes.p[i];
		const struct fetch_node *source = b->sources.p[i];

		for (size_t k = 0; k < source->norders && !node->hidden; k++) {
			if (!add_order(b, node, &source->orders[k], e))
				return false;
		}
	}
	return true;
}

static void add_key(struct binder *b, const struct query_node *node)
{
	const struct column *key = table_primary(node->table);
	struct query_order order = { .field = { node, key }, .at = -1, .name = key->name };

	if (node != &b->q->root)
		order.name = str_fmt(b->a, "%.*s.%.*s", STR_ARG(node->alias), STR_ARG(key->name));
	*VEC_PUSH(b->a, &b->q->orders) = order;
}

/*
 * The primary key at the end of every order; and where a link can give a row of the root twice, that of the
 * link's row.
 */
static void complete_order(struct binder *b)
{
	struct query *q = b->q;
	bool keyed = false;

	q->has_cookie = q->pages && !q->distinct && !q->aggregate;
	for (size_t i = 0; i < q->orders.n; i++) {
		keyed = keyed || query_is_key(q, q->orders.p[i].field);
		q->has_cookie = q->has_cookie && q->orders.p[i].field.node == &q->root;
	}
	if (q->distinct || q->aggregate)
		return;
	if (!keyed)
		add_key(b, &q->root);
	for (size_t i = 1; i < q->nodes.n; i++) {
		const struct query_node *node = q->nodes.p[i];

		if (!node->hidden && !node->first && node->from != table_primary(node->table))
			add_key(b, node);
	}
}

static bool add_places(struct binder *b, struct err *e)
{
	struct query *q = b->q;

	for (size_t i = 0; i < q->orders.n && q->has_cookie; i++) {
		struct query_order *order = &q->orders.p[i];

		if (q->width + 1 > QUERY_WIDTH_MAX)
			return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
					    "the query asks for more than %d columns",
					    QUERY_WIDTH_MAX);
		order->at = q->width++;
		*VEC_PUSH(b->a, &q->extra) = (struct query_extra){
			.field = order->field, .order = order, .at = order->at, .type_at = -1
		};
	}
	return true;
}

/* cookies */

static bool read_after(struct binder *b, const struct cookie_column *c, struct query_order *order,
		       struct err *e)
{
	enum query_form form = query_form(order->field.column);
	struct query_param *p = &order->after;
	struct guid id;
	bool ok = true;

	*p = (struct query_param){ .kind = PARAM_TEXT, .text = c->last };
	order->after_null = c->last_null;
	if (c->last_null || order->by != ORDER_RAW)
		return true;
	if (form == FORM_INTEGER) {
		p->kind = PARAM_INTEGER;
		ok = str_parse_i64(c->last, &p->integer);
	} else if (form == FORM_REAL) {
		p->kind = PARAM_REAL;
		ok = str_parse_double(c->last, &p->real);
	} else if (form == FORM_ID) {
		ok = guid_parse(c->last, &id);
		if (ok)
			p->text = guid_text(b->a, id);
	} else if (form == FORM_MOMENT && str_ends(c->last, S("Z"))) {
		p->text = str_sub(c->last, 0, c->last.n - 1);
	}
	return ok || err_set_code(e, ERR_BAD_REQUEST, CODE_COOKIE,
				  "the paging-cookie's '%.*s' does not fit column '%.*s'",
				  STR_ARG(str_sub(c->last, 0, 60)), STR_ARG(c->name));
}

/*
 * The cookie must be one for this order; it tells where the page behind its own begins. Pages before that
 * are counted from the first row.
 */
static bool bind_cookie(struct binder *b, struct err *e)
{
	struct query *q = b->q;
	struct cookie_column *columns;
	uint32_t page;
	size_t n;

	if (!cookie_read(b->a, b->f->cookie, &page, &columns, &n, e))
		return false;

	bool same = n == q->orders.n;

	for (size_t i = 0; same && i < n; i++)
		same = str_eq(columns[i].name, q->orders.p[i].name);
	if (!same)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_COOKIE_ORDER,
				    "the columns of the paging-cookie are not those of the order");
	for (size_t i = 0; i < n; i++) {
		if (!read_after(b, &columns[i], &q->orders.p[i], e))
			return false;
	}
	if (q->page <= page)
		return true;
	q->has_after = true;
	q->skip = (int64_t)(q->page - page - 1) * q->limit;
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
	q->skip = (int64_t)(q->page - 1) * q->limit;
	q->max_source = LIMIT_AGGREGATE_ROWS;
	if (f->aggregate_limit > 0 && f->aggregate_limit < LIMIT_AGGREGATE_ROWS)
		q->max_source = f->aggregate_limit;
	complete_order(b);
	if (!add_places(b, e))
		return false;
	if (q->page == 1)
		return true;
	if (q->has_cookie && f->cookie.n > 0)
		return bind_cookie(b, e);
	if ((uint64_t)q->page * q->limit > LIMIT_PAGED_ROWS)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAGE_WITHOUT_COOKIE,
				    "page %u is beyond the %d rows that can be reached without a "
				    "paging cookie",
				    q->page, LIMIT_PAGED_ROWS);
	return true;
}

bool bind_order(struct binder *b, struct err *e)
{
	return add_orders(b, e) && bind_page(b, e);
}

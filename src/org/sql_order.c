/* SPDX-License-Identifier: MIT */
/*
 * Orders. The same expression that rows are ordered by is compared with the cookie's value, so a page
 * begins exactly behind the one before, whatever was inserted or deleted in between.
 */
#include "org/sql_order.h"

#include "org/sql_column.h"
#include "org/store.h"

#include "base/banned.h"

static void add_label(struct sql *sql, const struct query_order *order)
{
	const struct column *c = order->field.column;

	sql_add(sql, "CASE ");
	sql_name(sql, order->field.node, c->name);
	for (size_t i = 0; i < c->noptions; i++) {
		sql_add(sql, " WHEN ");
		sql_integer(sql, c->options[i].value);
		sql_add(sql, " THEN ");
		sql_text(sql, c->options[i].label);
	}
	sql_add(sql, " END");
}

static void add_name_of(struct sql *sql, const struct query_field *f, const struct table *t)
{
	sql_add(sql, " THEN (SELECT n.");
	db_quote(&sql->text, t->primary_name);
	sql_add(sql, " FROM ");
	db_quote(&sql->text, t->name);
	sql_add(sql, " AS n WHERE n.");
	db_quote(&sql->text, t->primary_id);
	sql_add(sql, " = ");
	sql_name(sql, f->node, f->column->name);
	sql_add(sql, ")");
}

/* A lookup's companion <name>type tells the table; with one target there is none. */
static void add_target_name(struct sql *sql, const struct query_order *order)
{
	const struct query_field *f = &order->field;
	bool typed = store_has_type_column(f->column);

	if (order->ntargets == 0) {
		sql_add(sql, "NULL");
		return;
	}
	sql_add(sql, "CASE");
	for (size_t i = 0; i < order->ntargets; i++) {
		sql_add(sql, " WHEN ");
		if (typed) {
			sql_name(sql, f->node,
				 str_fmt(sql->arena, "%.*stype", STR_ARG(f->column->name)));
			sql_add(sql, " = ");
			sql_text(sql, order->targets[i]->name);
		} else {
			sql_add(sql, "1");
		}
		add_name_of(sql, f, order->targets[i]);
	}
	sql_add(sql, " END");
}

void sql_order_value(struct sql *sql, const struct query_order *order)
{
	if (order->by == ORDER_LABEL)
		add_label(sql, order);
	else if (order->by == ORDER_NAME)
		add_target_name(sql, order);
	else
		sql_name(sql, order->field.node, order->field.column->name);
}

static enum query_form order_form(const struct query_order *order)
{
	return order->by == ORDER_RAW ? query_form(order->field.column) : FORM_TEXT;
}

/* As it compares. */
static void add_order(struct sql *sql, const struct query_order *order)
{
	enum query_form form = order_form(order);

	if (order->column) {
		sql_group_order(sql, order->column, order);
	} else if (form == FORM_ID) {
		store_guid_order(&sql->text, str_fmt(sql->arena, "t%u", order->field.node->number),
				 order->field.column->name);
	} else {
		sql_add(sql, sql_before(form));
		sql_order_value(sql, order);
		sql_add(sql, sql_behind(form));
	}
}

void sql_orders(struct sql *sql, const struct query *q)
{
	for (size_t i = 0; i < q->orders.n; i++) {
		sql_add(sql, i > 0 ? ", " : " ORDER BY ");
		add_order(sql, &q->orders.p[i]);
		sql_add(sql, q->orders.p[i].descending ? " DESC" : "");
	}
}

/* The sort key of an id that stands in a parameter: the expression is the store's, over one column. */
static void add_after_value(struct sql *sql, const struct query_order *order)
{
	if (order_form(order) != FORM_ID) {
		sql_param(sql, order->after);
		return;
	}
	sql_add(sql, "(SELECT ");
	store_guid_order(&sql->text, S("k"), S("id"));
	sql_add(sql, " FROM (SELECT ");
	sql_param(sql, order->after);
	sql_add(sql, " AS id) AS k)");
}

static void add_beyond(struct sql *sql, const struct query *q, const struct query_order *order)
{
	if (order->after_null) {
		if (order->descending) {
			sql_add(sql, "0");
			return;
		}
		add_order(sql, order);
		sql_add(sql, " IS NOT NULL");
		return;
	}
	add_order(sql, order);
	sql_add(sql, order->descending ? " < " : " > ");
	add_after_value(sql, order);
	if (!order->descending || query_is_key(q, order->field))
		return;
	sql_add(sql, " OR ");
	add_order(sql, order);
	sql_add(sql, " IS NULL");
}

static void add_same(struct sql *sql, const struct query_order *order)
{
	add_order(sql, order);
	if (order->after_null) {
		sql_add(sql, " IS NULL");
		return;
	}
	sql_add(sql, " = ");
	add_after_value(sql, order);
}

void sql_after(struct sql *sql, const struct query *q)
{
	size_t n = q->orders.n;

	for (size_t i = 0; i < n; i++) {
		sql_add(sql, "(");
		add_beyond(sql, q, &q->orders.p[i]);
		if (i + 1 == n)
			break;
		sql_add(sql, " OR (");
		add_same(sql, &q->orders.p[i]);
		sql_add(sql, " AND ");
	}
	for (size_t i = 1; i < n; i++)
		sql_add(sql, "))");
	sql_add(sql, ")");
}

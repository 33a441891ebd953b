/* SPDX-License-Identifier: MIT */
/*
 * Writing what is selected. Aggregates over exact numbers are functions of ours (sql_function.c): SQLite's
 * would go through doubles.
 */
#include "org/sql_column.h"

#include "org/sql_order.h"
#include "org/store.h"

#include "base/banned.h"

/* Digits after the point of aggregates (facts/webapi.md 2.2); those of decimals are SQL Server's. */
#define MONEY_SCALE 9
#define DECIMAL_SCALE 10

static struct str type_name(struct sql *sql, const struct column *c)
{
	return str_fmt(sql->arena, "%.*stype", STR_ARG(c->name));
}

/* rows */

/* How many rows point to this one as their parent. */
static void add_children(struct sql *sql, const struct query_field *f)
{
	const struct table *t = f->node->table;

	for (size_t i = 0; i < t->nmany_to_one; i++) {
		const struct many_to_one *m = &t->many_to_one[i];

		if (!m->hierarchical)
			continue;
		sql_add(sql, "(SELECT count(*) FROM ");
		db_quote(&sql->text, t->name);
		sql_add(sql, " AS h WHERE h.");
		db_quote(&sql->text, m->column);
		sql_add(sql, " = ");
		sql_name(sql, f->node, table_primary(t)->name);
		sql_add(sql, ")");
		return;
	}
	sql_add(sql, "0");
}

/* Under distinct, texts that the platform takes for equal are one. */
static void add_plain(struct sql *sql, const struct query *q, const struct query_column *c)
{
	const struct column *column = c->field.column;

	if (c->count_children) {
		add_children(sql, &c->field);
		return;
	}
	sql_name(sql, c->field.node, column->name);
	if (q->distinct && query_form(column) == FORM_TEXT)
		sql_add(sql, " COLLATE dataverse");
	if (c->type_at < 0)
		return;
	sql_add(sql, ", ");
	sql_name(sql, c->field.node, type_name(sql, column));
}

static void add_extra(struct sql *sql, const struct query_extra *x)
{
	if (x->order)
		sql_order_value(sql, x->order);
	else
		sql_name(sql, x->field.node, x->field.column->name);
	if (x->type_at < 0)
		return;
	sql_add(sql, ", ");
	sql_name(sql, x->field.node, type_name(sql, x->field.column));
}

/* groups */

static void add_part(struct sql *sql, const struct query_column *c)
{
	sql_add(sql, "dv_date_part(");
	sql_name(sql, c->field.node, c->field.column->name);
	sql_add(sql, ",");
	sql_integer(sql, c->part);
	sql_add(sql, c->utc || c->field.column->behavior != DATE_USER_LOCAL ? ",1)" : ",0)");
}

/* What makes rows belong to one group. */
static void add_key(struct sql *sql, const struct query_column *c)
{
	if (c->part != FETCH_BY_VALUE) {
		add_part(sql, c);
		return;
	}
	sql_field(sql, c->field);
	if (c->type_at < 0)
		return;
	sql_add(sql, ", ");
	sql_name(sql, c->field.node, type_name(sql, c->field.column));
}

/* The smallest or the largest value, in the form in which it is stored. */
static void add_extreme(struct sql *sql, const struct query_column *c, const char *function)
{
	const struct column *column = c->field.column;
	enum query_form form = query_form(column);

	sql_add(sql, column->type == COLUMN_MONEY ? "dv_rescale(" : "");
	sql_add(sql, function);
	sql_field(sql, c->field);
	sql_add(sql, ")");
	if (form == FORM_MOMENT && column->behavior != DATE_ONLY)
		sql_add(sql, "||'Z'");
	if (column->type == COLUMN_MONEY)
		buf_add_fmt(&sql->text, ",%d)", MONEY_SCALE);
}

/*
 * dv_sum(value, scale) and dv_avg: a sum's scale of -1 is that of its values; an average of whole numbers
 * is cut (facts/webapi.md 4.7), which its scale of -1 says.
 */
static void add_exact(struct sql *sql, const struct query_column *c, bool average)
{
	const struct column *column = c->field.column;
	int scale = -1;

	if (column->type == COLUMN_MONEY)
		scale = MONEY_SCALE;
	else if (average && query_form(column) == FORM_DECIMAL)
		scale = DECIMAL_SCALE;
	sql_add(sql, average ? "dv_avg(" : "dv_sum(");
	sql_name(sql, c->field.node, column->name);
	buf_add_fmt(&sql->text, ",%d)", scale);
}

static void add_sum(struct sql *sql, const struct query_column *c, bool average)
{
	if (query_form(c->field.column) != FORM_REAL) {
		add_exact(sql, c, average);
		return;
	}
	sql_add(sql, average ? "avg(" : "sum(");
	sql_name(sql, c->field.node, c->field.column->name);
	sql_add(sql, ")");
}

static void add_aggregate(struct sql *sql, const struct query_column *c)
{
	switch (c->aggregate) {
	case FETCH_PLAIN:
		break;
	case FETCH_COUNT:
		sql_add(sql, "count(*)");
		break;
	case FETCH_COUNT_COLUMN:
		sql_add(sql, c->distinct ? "count(DISTINCT " : "count(");
		sql_field(sql, c->field);
		sql_add(sql, ")");
		break;
	case FETCH_MAX:
		add_extreme(sql, c, "max(");
		break;
	case FETCH_MIN:
		add_extreme(sql, c, "min(");
		break;
	case FETCH_SUM:
	case FETCH_AVG:
		add_sum(sql, c, c->aggregate == FETCH_AVG);
		break;
	}
}

/* Sums and averages of ours are texts. */
static bool is_exact_text(const struct query_column *c)
{
	bool sum = c->aggregate == FETCH_SUM || c->aggregate == FETCH_AVG;

	return query_form(c->shown) == FORM_DECIMAL ||
	       (sum && query_form(c->shown) == FORM_INTEGER);
}

void sql_group_order(struct sql *sql, const struct query_column *c, const struct query_order *order)
{
	if (c->aggregate != FETCH_PLAIN) {
		add_aggregate(sql, c);
		if (is_exact_text(c))
			sql_add(sql, " COLLATE dv_decimal");
	} else if (c->part != FETCH_BY_VALUE) {
		add_part(sql, c);
	} else if (order->by != ORDER_RAW) {
		sql_order_value(sql, order);
		sql_add(sql, " COLLATE dataverse");
	} else {
		sql_field(sql, c->field);
	}
}

void sql_groups(struct sql *sql, const struct query *q)
{
	const char *before = " GROUP BY ";

	for (size_t i = 0; i < q->columns.n; i++) {
		if (!q->columns.p[i].group)
			continue;
		sql_add(sql, before);
		add_key(sql, &q->columns.p[i]);
		before = ", ";
	}
}

void sql_columns(struct sql *sql, const struct query *q)
{
	if (q->version_at >= 0)
		sql_add(sql, "t0.\"versionnumber\"");
	for (size_t i = 0; i < q->columns.n; i++) {
		const struct query_column *c = &q->columns.p[i];

		sql_add(sql, c->at > 0 ? ", " : "");
		if (c->aggregate != FETCH_PLAIN)
			add_aggregate(sql, c);
		else if (c->part != FETCH_BY_VALUE)
			add_part(sql, c);
		else
			add_plain(sql, q, c);
	}
	for (size_t i = 0; i < q->extra.n; i++) {
		sql_add(sql, ", ");
		add_extra(sql, &q->extra.p[i]);
	}
}

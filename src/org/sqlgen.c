/* SPDX-License-Identifier: MIT */
/*
 * The whole statement. Each table of the query is t<number>.
 */
#include "org/sqlgen.h"

#include "org/sql_column.h"
#include "org/sql_from.h"
#include "org/sql_order.h"
#include "org/store.h"

#include "base/banned.h"

/*
 * Rows of the root alone that hold their key are distinct exactly when their keys are: the key among the
 * columns, or NULL.
 */
static const struct query_column *distinct_key(const struct query *q)
{
	const struct query_column *key = NULL;

	for (size_t i = 0; i < q->columns.n; i++) {
		const struct query_column *c = &q->columns.p[i];

		if (c->field.node != &q->root)
			return NULL;
		if (query_is_key(q, c->field) && !c->count_children)
			key = c;
	}
	return q->distinct && !q->aggregate ? key : NULL;
}

static void add_rows(struct sql *sql, const struct query *q)
{
	sql_from(sql, &q->root);
	sql_conditions(sql, &q->root, " WHERE ");
	if (!q->has_after)
		return;
	sql_add(sql, sql_has_conditions(&q->root) ? " AND " : " WHERE ");
	sql_after(sql, q);
}

static void add_select(struct sql *sql, const struct query *q)
{
	const struct query_column *key = distinct_key(q);

	sql_add(sql, q->distinct && !q->aggregate && !key ? "SELECT DISTINCT " : "SELECT ");
	sql_columns(sql, q);
	add_rows(sql, q);
	if (q->aggregate)
		sql_groups(sql, q);
	if (key) {
		sql_add(sql, " GROUP BY ");
		store_guid_order(&sql->text, S("t0"), key->field.column->name);
	}
}

void sql_query(struct sql *sql, const struct query *q)
{
	add_select(sql, q);
	sql_orders(sql, q);
	sql_add(sql, " LIMIT ");
	sql_integer(sql, (int64_t)q->limit + (q->pages ? 1 : 0));
	if (q->skip > 0) {
		sql_add(sql, " OFFSET ");
		sql_integer(sql, q->skip);
	}
}

void sql_count(struct sql *sql, const struct query *q, uint32_t max)
{
	struct query all = *q;

	all.has_after = false;
	sql_add(sql, "SELECT count(*) FROM (");
	add_select(sql, &all);
	sql_add(sql, " LIMIT ");
	sql_integer(sql, max);
	sql_add(sql, ")");
}

void sql_count_source(struct sql *sql, const struct query *q, uint32_t max)
{
	sql_add(sql, "SELECT count(*) FROM (SELECT 1");
	add_rows(sql, q);
	sql_add(sql, " LIMIT ");
	sql_integer(sql, max);
	sql_add(sql, ")");
}

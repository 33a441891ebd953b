/* SPDX-License-Identifier: MIT */
/*
 * Writing SQL. Each table of the query is t<number>; each piece of the statement has one function here.
 */
#include "org/sqlgen.h"

#include "base/decimal.h"

#include "base/banned.h"

static int compare_text(void *context, struct str a, struct str b)
{
	return collate_compare(context, a, b);
}

static int compare_decimals(void *context, struct str a, struct str b)
{
	(void)context;
	return decimal_cmp(a, b);
}

static bool like_text(void *context, struct str text, struct str pattern)
{
	return collate_like(context, text, pattern);
}

bool sql_register(struct store *s, struct err *e)
{
	return db_add_collation(s->db, "dataverse", compare_text, s->collate, e) &&
	       db_add_collation(s->db, "dv_decimal", compare_decimals, NULL, e) &&
	       db_add_predicate(s->db, "dv_like", like_text, s->collate, e);
}

struct sql sql_make(struct arena *a)
{
	return (struct sql){ .arena = a, .text = buf_make(0) };
}

void sql_release(struct sql *sql)
{
	buf_release(&sql->text);
}

static void add(struct sql *sql, const char *text)
{
	buf_add(&sql->text, str_from(text));
}

static void add_param(struct sql *sql, struct query_param p)
{
	*VEC_PUSH(sql->arena, &sql->params) = p;
	buf_add_char(&sql->text, '?');
}

static void add_text(struct sql *sql, struct str text)
{
	add_param(sql, (struct query_param){ .kind = PARAM_TEXT, .text = text });
}

static void add_integer(struct sql *sql, int64_t v)
{
	add_param(sql, (struct query_param){ .kind = PARAM_INTEGER, .integer = v });
}

static void add_name(struct sql *sql, const struct query_node *node, struct str column)
{
	buf_add_fmt(&sql->text, "t%u.", node->number);
	db_quote(&sql->text, column);
}

static struct str node_name(struct sql *sql, const struct query_node *node)
{
	return str_fmt(sql->arena, "t%u", node->number);
}

/* The field as it compares: what stands on either side of an operator. */
static void add_field(struct sql *sql, struct query_field field)
{
	enum query_form form = query_form(field.column);

	if (form == FORM_MOMENT)
		add(sql, "rtrim(");
	add_name(sql, field.node, field.column->name);
	if (form == FORM_MOMENT)
		add(sql, ",'Z')");
	if (form == FORM_TEXT)
		add(sql, " COLLATE dataverse");
	if (form == FORM_DECIMAL)
		add(sql, " COLLATE dv_decimal");
}

/* filters */

static const char *const OPERATORS[] = {
	[QUERY_EQ] = " = ", [QUERY_GT] = " > ",  [QUERY_GE] = " >= ",
	[QUERY_LT] = " < ", [QUERY_LE] = " <= ",
};

static void add_comparison(struct sql *sql, const struct query_test *t)
{
	add_field(sql, t->field);
	add(sql, OPERATORS[t->op]);
	if (t->other.column)
		add_field(sql, t->other);
	else
		add_param(sql, t->params[0]);
}

static void add_list(struct sql *sql, const struct query_test *t)
{
	add_field(sql, t->field);
	add(sql, " IN (");
	for (size_t i = 0; i < t->nparams; i++) {
		add(sql, i > 0 ? "," : "");
		add_param(sql, t->params[i]);
	}
	add(sql, ")");
}

static void add_contain(struct sql *sql, const struct query_test *t)
{
	for (size_t i = 0; i < t->nparams; i++) {
		add(sql, i > 0 ? " OR instr(','||" : "instr(','||");
		add_name(sql, t->field.node, t->field.column->name);
		add(sql, "||',',");
		add_param(sql, t->params[i]);
		add(sql, ")");
	}
}

static void add_like(struct sql *sql, const struct query_test *t)
{
	add(sql, "dv_like(");
	add_name(sql, t->field.node, t->field.column->name);
	add(sql, ",");
	add_param(sql, t->params[0]);
	add(sql, ")");
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
		add_name(sql, t->field.node, t->field.column->name);
		add(sql, " IS NULL");
		break;
	case QUERY_IN:
		add_list(sql, t);
		break;
	case QUERY_BETWEEN:
		add_field(sql, t->field);
		add(sql, " BETWEEN ");
		add_param(sql, t->params[0]);
		add(sql, " AND ");
		add_param(sql, t->params[1]);
		break;
	case QUERY_LIKE:
		add_like(sql, t);
		break;
	case QUERY_CONTAIN:
		add_contain(sql, t);
		break;
	}
}

static void add_test(struct sql *sql, const struct query_test *t)
{
	add(sql, t->negated ? "(NOT (" : "(");
	add_positive(sql, t);
	add(sql, t->negated ? ")" : "");
	if (t->null_passes) {
		add(sql, " OR ");
		add_name(sql, t->field.node, t->field.column->name);
		add(sql, " IS NULL");
	}
	add(sql, ")");
}

/* An empty filter is true. */
static void add_filter(struct sql *sql, const struct query_filter *f)
{
	const char *between = f->any ? " OR " : " AND ";

	if (f->ntests + f->nfilters == 0) {
		add(sql, "1");
		return;
	}
	add(sql, "(");
	for (size_t i = 0; i < f->ntests; i++) {
		add(sql, i > 0 ? between : "");
		add_test(sql, &f->tests[i]);
	}
	for (size_t i = 0; i < f->nfilters; i++) {
		add(sql, f->ntests + i > 0 ? between : "");
		add_filter(sql, &f->filters[i]);
	}
	add(sql, ")");
}

/* tables */

static void add_links(struct sql *sql, const struct query_node *node);

static void add_join_columns(struct sql *sql, const struct query_node *link)
{
	add_field(sql, (struct query_field){ link, link->from });
	add(sql, " = ");
	add_field(sql, (struct query_field){ link->parent, link->to });
}

static void add_table(struct sql *sql, const struct query_node *node)
{
	db_quote(&sql->text, node->table->name);
	buf_add_fmt(&sql->text, " AS t%u", node->number);
}

/* The filters of the node and the EXISTS of links that are not joined; begins with `before`. */
static void add_conditions(struct sql *sql, const struct query_node *node, const char *before)
{
	if (node->filter.ntests + node->filter.nfilters > 0) {
		add(sql, before);
		add_filter(sql, &node->filter);
		before = " AND ";
	}
	for (size_t i = 0; i < node->nlinks; i++) {
		const struct query_node *link = &node->links[i];

		if (link->join != FETCH_EXISTS)
			continue;
		add(sql, before);
		add(sql, "EXISTS (SELECT 1 FROM ");
		add_table(sql, link);
		add_links(sql, link);
		add(sql, " WHERE ");
		add_join_columns(sql, link);
		add_conditions(sql, link, " AND ");
		add(sql, ")");
		before = " AND ";
	}
}

/* What filters an outer link stands in its ON: rows without a partner stay. */
static void add_links(struct sql *sql, const struct query_node *node)
{
	for (size_t i = 0; i < node->nlinks; i++) {
		const struct query_node *link = &node->links[i];

		if (link->join == FETCH_EXISTS)
			continue;
		add(sql, link->join == FETCH_OUTER ? " LEFT JOIN " : " JOIN ");
		add_table(sql, link);
		add(sql, " ON ");
		add_join_columns(sql, link);
		add_conditions(sql, link, " AND ");
		add_links(sql, link);
	}
}

/* The sort key of an id that stands in a parameter: the expression is the store's, over one column. */
static void add_key_of(struct sql *sql, struct guid id)
{
	add(sql, "(SELECT ");
	store_guid_order(&sql->text, S("k"), S("id"));
	add(sql, " FROM (SELECT ");
	add_text(sql, guid_text(sql->arena, id));
	add(sql, " AS id) AS k)");
}

static void add_after(struct sql *sql, const struct query *q, bool more)
{
	const struct query_order *order = &q->orders.p[0];

	add(sql, more ? " AND " : " WHERE ");
	store_guid_order(&sql->text, S("t0"), order->field.column->name);
	add(sql, order->descending ? " < " : " > ");
	add_key_of(sql, q->after);
}

static bool has_conditions(const struct query_node *node)
{
	bool some = node->filter.ntests + node->filter.nfilters > 0;

	for (size_t i = 0; i < node->nlinks; i++)
		some = some || node->links[i].join == FETCH_EXISTS;
	return some;
}

static void add_rows(struct sql *sql, const struct query *q)
{
	add(sql, " FROM ");
	add_table(sql, &q->root);
	add_links(sql, &q->root);
	add_conditions(sql, &q->root, " WHERE ");
}

/* order */

static void add_label(struct sql *sql, const struct query_order *order)
{
	const struct column *c = order->field.column;

	add(sql, "CASE ");
	add_name(sql, order->field.node, c->name);
	for (size_t i = 0; i < c->noptions; i++) {
		add(sql, " WHEN ");
		add_integer(sql, c->options[i].value);
		add(sql, " THEN ");
		add_text(sql, c->options[i].label);
	}
	add(sql, " END COLLATE dataverse");
}

/* A lookup's companion <name>type tells the table; with one target there is none. */
static void add_target_name(struct sql *sql, const struct query_order *order)
{
	const struct query_field *f = &order->field;
	bool typed = store_has_type_column(f->column);

	if (order->ntargets == 0) {
		add(sql, "NULL");
		return;
	}
	add(sql, "CASE");
	for (size_t i = 0; i < order->ntargets; i++) {
		const struct table *t = order->targets[i];

		add(sql, " WHEN ");
		if (typed) {
			add_name(sql, f->node,
				 str_fmt(sql->arena, "%.*stype", STR_ARG(f->column->name)));
			add(sql, " = ");
			add_text(sql, t->name);
		} else {
			add(sql, "1");
		}
		add(sql, " THEN (SELECT n.");
		db_quote(&sql->text, t->primary_name);
		add(sql, " FROM ");
		db_quote(&sql->text, t->name);
		add(sql, " AS n WHERE n.");
		db_quote(&sql->text, t->primary_id);
		add(sql, " = ");
		add_name(sql, f->node, f->column->name);
		add(sql, ")");
	}
	add(sql, " END COLLATE dataverse");
}

static void add_order(struct sql *sql, const struct query_order *order)
{
	if (order->by == ORDER_LABEL)
		add_label(sql, order);
	else if (order->by == ORDER_NAME)
		add_target_name(sql, order);
	else if (query_form(order->field.column) == FORM_ID)
		store_guid_order(&sql->text, node_name(sql, order->field.node),
				 order->field.column->name);
	else
		add_field(sql, order->field);
	add(sql, order->descending ? " DESC" : "");
}

static void add_orders(struct sql *sql, const struct query *q)
{
	for (size_t i = 0; i < q->orders.n; i++) {
		add(sql, i > 0 ? ", " : " ORDER BY ");
		add_order(sql, &q->orders.p[i]);
	}
}

/* columns */

/* Under distinct, texts that the platform takes for equal are one. */
static void add_column(struct sql *sql, const struct query *q, const struct query_column *c)
{
	const struct column *column = c->field.column;

	add(sql, c->at > 0 ? ", " : "");
	add_name(sql, c->field.node, column->name);
	if (q->distinct && query_form(column) == FORM_TEXT)
		add(sql, " COLLATE dataverse");
	if (c->type_at < 0)
		return;
	add(sql, ", ");
	add_name(sql, c->field.node, str_fmt(sql->arena, "%.*stype", STR_ARG(column->name)));
}

static void add_columns(struct sql *sql, const struct query *q)
{
	if (q->version_at >= 0)
		add(sql, "t0.\"versionnumber\"");
	for (size_t i = 0; i < q->columns.n; i++)
		add_column(sql, q, &q->columns.p[i]);
	for (size_t i = 0; i < q->extra.n; i++) {
		add(sql, ", ");
		add_name(sql, q->extra.p[i].node, q->extra.p[i].column->name);
	}
}

/* Rows of the root alone that hold their key are distinct exactly when their keys are. */
static bool is_distinct_by_key(const struct query *q)
{
	bool own = q->key != NULL;

	for (size_t i = 0; i < q->columns.n; i++)
		own = own && q->columns.p[i].field.node == &q->root;
	return own;
}

static void add_select(struct sql *sql, const struct query *q)
{
	bool by_key = q->distinct && is_distinct_by_key(q);

	add(sql, q->distinct && !by_key ? "SELECT DISTINCT " : "SELECT ");
	add_columns(sql, q);
	add_rows(sql, q);
	if (q->has_after)
		add_after(sql, q, has_conditions(&q->root));
	if (by_key) {
		add(sql, " GROUP BY ");
		store_guid_order(&sql->text, S("t0"), q->key->field.column->name);
	}
}

void sql_query(struct sql *sql, const struct query *q)
{
	int64_t skip = q->has_after ? 0 : (int64_t)(q->page - 1) * q->limit;

	add_select(sql, q);
	add_orders(sql, q);
	add(sql, " LIMIT ");
	add_integer(sql, (int64_t)q->limit + (q->pages ? 1 : 0));
	if (skip > 0) {
		add(sql, " OFFSET ");
		add_integer(sql, skip);
	}
}

void sql_count(struct sql *sql, const struct query *q, uint32_t max)
{
	struct query all = *q;

	all.has_after = false;
	add(sql, "SELECT count(*) FROM (");
	add_select(sql, &all);
	add(sql, " LIMIT ");
	add_integer(sql, max);
	add(sql, ")");
}

bool sql_prepare(const struct sql *sql, struct db *db, struct stmt **out, struct err *e)
{
	if (!db_prepare(db, buf_str(&sql->text), out, e))
		return false;
	for (size_t i = 0; i < sql->params.n; i++) {
		const struct query_param *p = &sql->params.p[i];
		int at = (int)i + 1;

		switch (p->kind) {
		case PARAM_INTEGER:
			stmt_bind_i64(*out, at, p->integer);
			break;
		case PARAM_REAL:
			stmt_bind_double(*out, at, p->real);
			break;
		case PARAM_TEXT:
			stmt_bind_str(*out, at, p->text);
			break;
		}
	}
	return true;
}

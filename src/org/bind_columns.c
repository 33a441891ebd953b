/* SPDX-License-Identifier: MIT */
/*
 * The columns of the answer: those asked for, and those that the platform adds.
 */
#include "org/bind_filter.h"
#include "org/binder.h"
#include "org/code.h"

#include "base/banned.h"

/* What a count is written as, and other numbers that are no column's. */
static const struct column WHOLE_NUMBER = { .type = COLUMN_INTEGER, .precision = -1 };
static const struct column LARGE_NUMBER = { .type = COLUMN_BIGINT, .precision = -1 };

static struct str property_of(struct binder *b, const struct query_node *node,
			      const struct column *c)
{
	if (node == &b->q->root)
		return query_property(b->a, c);
	/* columns of the one row that is taken stand among the root's own (facts/webapi.md 4.7) */
	if (node->first)
		return c->schema_name.n > 0 ? c->schema_name : c->name;
	return str_fmt(b->a, "%.*s.%.*s", STR_ARG(node->alias), STR_ARG(c->name));
}

static bool add_column(struct binder *b, struct query_column c, struct err *e)
{
	const struct query_node *node = c.field.node;
	struct query_column *added;

	if (c.property.n == 0) {
		c.property = property_of(b, node, c.field.column);
		c.annotate_name = node != &b->q->root;
	}
	return query_add_column(b->q, b->a, &c, &added, e);
}

static bool find_readable(const struct query_node *node, struct str name, const struct column **out,
			  struct err *e)
{
	if (!bind_column(node, name, out, e))
		return false;
	if (!(*out)->read)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_COLUMN_UNKNOWN,
				    "column '%.*s' of table '%.*s' cannot be read", STR_ARG(name),
				    STR_ARG(node->table->name));
	return true;
}

static bool add_attribute(struct binder *b, const struct query_node *node,
			  const struct fetch_attribute *attribute, struct err *e)
{
	struct query_column c = { .field.node = node,
				  .property = attribute->alias,
				  .annotate_name = true,
				  .count_children = attribute->count_children };

	if (b->f->aggregate)
		return bind_group(b, node, attribute, e);
	if (attribute->aggregate != FETCH_PLAIN || attribute->group)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_AGGREGATE,
				    "attribute '%.*s' is an aggregate or a groupby, but the fetch "
				    "has no aggregate='true'",
				    STR_ARG(attribute->name));
	if (!find_readable(node, attribute->name, &c.field.column, e))
		return false;
	if (c.count_children)
		c.shown = &WHOLE_NUMBER;
	return add_column(b, c, e);
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

static bool has_field(const struct query *q, struct query_field field)
{
	for (size_t i = 0; i < q->columns.n; i++) {
		const struct query_column *c = &q->columns.p[i];

		if (c->field.node == field.node && c->field.column == field.column &&
		    str_eq(c->property, field.column->name))
			return true;
	}
	return false;
}

/* Money comes with its currency (facts/webapi.md 2.1). */
bool bind_currency(struct query *q, struct arena *a, struct err *e)
{
	struct query_column c = { .field.node = &q->root, .implied = true };
	struct query_column *added;
	bool money = false;

	c.field.column = table_column(q->root.table, S("transactioncurrencyid"));
	if (!c.field.column || !c.field.column->read)
		return true;
	c.property = query_property(a, c.field.column);
	for (size_t i = 0; i < q->columns.n; i++) {
		const struct query_column *have = &q->columns.p[i];

		if (have->field.node == &q->root && have->field.column->type == COLUMN_MONEY)
			money = true;
		if (str_eq(have->property, c.property))
			return true;
	}
	return !money || query_add_column(q, a, &c, &added, e);
}

static bool bind_implied(struct binder *b, struct err *e)
{
	struct query *q = b->q;
	struct query_column key = { .field = { &q->root, table_primary(q->root.table) },
				    .implied = true };

	if (q->distinct || q->aggregate)
		return true;
	if (!bind_currency(q, b->a, e))
		return false;
	return has_field(q, key.field) || add_column(b, key, e);
}

bool bind_columns(struct binder *b, size_t number, struct err *e)
{
	const struct query_node *node = b->q->nodes.p[number];
	const struct fetch_node *source = b->sources.p[number];
	const struct table *t = node->table;

	if (node->hidden)
		return true;
	for (size_t i = 0; i < source->nattributes; i++) {
		if (!add_attribute(b, node, &source->attributes[i], e))
			return false;
	}
	for (size_t i = 0; i < t->ncolumns && source->all_attributes; i++) {
		struct query_column c = { .field = { node, &t->columns[i] } };

		if (!t->columns[i].read || is_asked(source, t->columns[i].name))
			continue;
		if (!add_column(b, c, e))
			return false;
	}
	return number > 0 || bind_implied(b, e);
}

/* groups */

static bool is_number(const struct column *c)
{
	return c->type == COLUMN_INTEGER || c->type == COLUMN_BIGINT || c->type == COLUMN_DECIMAL ||
	       c->type == COLUMN_DOUBLE || c->type == COLUMN_MONEY;
}

/* avg and sum take numbers, max and min dates too (facts/webapi.md 4.7). */
static bool check_aggregate(const struct query_column *c, struct err *e)
{
	const struct column *column = c->field.column;
	bool fits = true;

	switch (c->aggregate) {
	case FETCH_PLAIN:
	case FETCH_COUNT:
		break;
	case FETCH_COUNT_COLUMN:
		fits = query_form(column) != FORM_NOTHING;
		break;
	case FETCH_MAX:
	case FETCH_MIN:
		fits = is_number(column) || column->type == COLUMN_DATETIME;
		break;
	case FETCH_AVG:
	case FETCH_SUM:
		fits = is_number(column);
		break;
	}
	if (!fits) {
		struct str type = column_type_name(column->type);

		return err_set_code(e, ERR_BAD_REQUEST, CODE_AGGREGATE_TYPE,
				    "the aggregate of attribute '%.*s' does not apply to type %.*s",
				    STR_ARG(column->name), STR_ARG(type));
	}
	return true;
}

static bool check_key(const struct query_column *c, struct err *e)
{
	const struct column *column = c->field.column;
	enum query_form form = query_form(column);

	if (c->part != FETCH_BY_VALUE && column->type != COLUMN_DATETIME)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_DATE_GROUPING,
				    "attribute '%.*s' has a dategrouping, but is no date",
				    STR_ARG(column->name));
	if (form == FORM_NOTHING || form == FORM_OPAQUE)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_AGGREGATE,
				    "rows cannot be grouped by attribute '%.*s'",
				    STR_ARG(column->name));
	return true;
}

static const struct column *shown_as(const struct query_column *c)
{
	switch (c->aggregate) {
	case FETCH_PLAIN:
		return c->part == FETCH_BY_VALUE ? c->field.column : &WHOLE_NUMBER;
	case FETCH_COUNT:
	case FETCH_COUNT_COLUMN:
		return &WHOLE_NUMBER;
	case FETCH_MAX:
	case FETCH_MIN:
	case FETCH_AVG:
		break;
	case FETCH_SUM:
		if (query_form(c->field.column) == FORM_INTEGER)
			return &LARGE_NUMBER;
		break;
	}
	return c->field.column;
}

bool bind_group(struct binder *b, const struct query_node *node,
		const struct fetch_attribute *attribute, struct err *e)
{
	struct query_column *added;
	struct query_column c = { .field.node = node,
				  .property = attribute->alias,
				  .annotate_name = true,
				  .group = attribute->group,
				  .aggregate = attribute->aggregate,
				  .part = attribute->part,
				  .utc = attribute->utc,
				  .distinct = attribute->distinct };

	if (attribute->alias.n == 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_AGGREGATE,
				    "attribute '%.*s' of an aggregate query needs an alias",
				    STR_ARG(attribute->name));
	if (c.group && c.aggregate != FETCH_PLAIN)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_GROUP_AND_AGGREGATE,
				    "attribute '%.*s' is a groupby and an aggregate at once",
				    STR_ARG(attribute->name));
	if (!c.group && c.aggregate == FETCH_PLAIN)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_AGGREGATE,
				    "attribute '%.*s' of an aggregate query is neither a groupby "
				    "nor an aggregate",
				    STR_ARG(attribute->name));
	if (!find_readable(node, attribute->name, &c.field.column, e))
		return false;
	if (!(c.group ? check_key(&c, e) : check_aggregate(&c, e)))
		return false;
	c.shown = shown_as(&c);
	return query_add_column(b->q, b->a, &c, &added, e);
}

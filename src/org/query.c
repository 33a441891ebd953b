/* SPDX-License-Identifier: MIT */
/*
 * Building a checked query.
 */
#include "org/query.h"

#include "org/code.h"
#include "org/store.h"

#include "base/banned.h"

enum query_form query_form(const struct column *c)
{
	switch (c->type) {
	case COLUMN_STRING:
	case COLUMN_MEMO:
	case COLUMN_ENTITY_NAME:
		return FORM_TEXT;
	case COLUMN_INTEGER:
	case COLUMN_BIGINT:
	case COLUMN_BOOLEAN:
	case COLUMN_MANAGED:
	case COLUMN_PICKLIST:
	case COLUMN_STATE:
	case COLUMN_STATUS:
		return FORM_INTEGER;
	case COLUMN_DECIMAL:
	case COLUMN_MONEY:
		return FORM_DECIMAL;
	case COLUMN_DOUBLE:
		return FORM_REAL;
	case COLUMN_DATETIME:
		return FORM_MOMENT;
	case COLUMN_MULTISELECT:
		return FORM_SET;
	case COLUMN_LOOKUP:
	case COLUMN_CUSTOMER:
	case COLUMN_OWNER:
	case COLUMN_GUID:
	case COLUMN_FILE:
		return FORM_ID;
	case COLUMN_IMAGE:
		return FORM_OPAQUE;
	case COLUMN_PARTYLIST:
	case COLUMN_VIRTUAL:
		return FORM_NOTHING;
	}
	return FORM_NOTHING;
}

struct query *query_new(struct arena *a, const struct table *t)
{
	struct query *q = arena_new(a, struct query);

	q->root.table = t;
	q->version_at = -1;
	q->page = 1;
	q->limit = 1;
	*VEC_PUSH(a, &q->nodes) = &q->root;
	return q;
}

const struct query_node *query_find_node(const struct query *q, struct str alias)
{
	for (size_t i = 1; i < q->nodes.n; i++) {
		if (!q->nodes.p[i]->hidden && str_eq(q->nodes.p[i]->alias, alias))
			return q->nodes.p[i];
	}
	return NULL;
}

struct str query_property(struct arena *a, const struct column *c)
{
	return column_is_lookup(c) ? str_fmt(a, "_%.*s_value", STR_ARG(c->name)) : c->name;
}

static bool check_room(const struct query *q, struct err *e)
{
	if (q->width + 2 > QUERY_WIDTH_MAX)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_INVALID_ARGUMENT,
				    "the query asks for more than %d columns", QUERY_WIDTH_MAX);
	return true;
}

bool query_add_column(struct query *q, struct arena *a, const struct query_column *column,
		      struct query_column **out, struct err *e)
{
	struct query_column c = *column;

	for (size_t i = 0; i < q->columns.n; i++) {
		if (str_eq(q->columns.p[i].property, c.property))
			return err_set_code(e, ERR_BAD_REQUEST, CODE_ALIAS_TWICE,
					    "the answer would have the property \"%.*s\" twice; "
					    "give one of them another alias",
					    STR_ARG(c.property));
	}
	*out = NULL;
	if (query_form(c.field.column) == FORM_NOTHING)
		return true;
	if (!check_room(q, e))
		return false;
	if (!c.shown)
		c.shown = c.field.column;
	c.at = q->width++;
	c.type_at = -1;
	if (store_has_type_column(c.shown))
		c.type_at = q->width++;
	*out = VEC_PUSH(a, &q->columns);
	**out = c;
	return true;
}

bool query_add_extra(struct query *q, struct arena *a, struct query_field field,
		     const struct query_extra **out, struct err *e)
{
	if (!check_room(q, e))
		return false;

	struct query_extra *x = VEC_PUSH(a, &q->extra);

	*x = (struct query_extra){ .field = field, .at = q->width++, .type_at = -1 };
	if (store_has_type_column(field.column))
		x->type_at = q->width++;
	*out = x;
	return true;
}

bool query_is_key(const struct query *q, struct query_field field)
{
	return field.node == &q->root && field.column == table_primary(q->root.table);
}

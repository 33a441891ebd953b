/* SPDX-License-Identifier: MIT */
/*
 * How the values of a column stand in the file: as which SQLite type, in how many columns, in which
 * order ids sort.
 */
#include "org/store.h"

#include "base/decimal.h"

#include "base/banned.h"

const char *store_type(const struct column *c)
{
	switch (c->type) {
	case COLUMN_INTEGER:
	case COLUMN_BIGINT:
	case COLUMN_BOOLEAN:
	case COLUMN_PICKLIST:
	case COLUMN_STATE:
	case COLUMN_STATUS:
	case COLUMN_MANAGED:
		return "INTEGER";
	case COLUMN_DOUBLE:
		return "REAL";
	case COLUMN_STRING:
	case COLUMN_MEMO:
	case COLUMN_ENTITY_NAME:
	case COLUMN_DECIMAL:
	case COLUMN_MONEY:
	case COLUMN_DATETIME:
	case COLUMN_MULTISELECT:
	case COLUMN_LOOKUP:
	case COLUMN_CUSTOMER:
	case COLUMN_OWNER:
	case COLUMN_GUID:
	case COLUMN_IMAGE:
	case COLUMN_FILE:
		return "TEXT";
	case COLUMN_PARTYLIST:
	case COLUMN_VIRTUAL:
		break;
	}
	return NULL;
}

bool store_has_column(const struct column *c)
{
	return store_type(c) != NULL;
}

bool store_has_type_column(const struct column *c)
{
	return c->type == COLUMN_OWNER || c->type == COLUMN_CUSTOMER ||
	       (c->type == COLUMN_LOOKUP && c->ntargets > 1);
}

int store_places(const struct column *c)
{
	return store_has_type_column(c) ? 2 : 1;
}

void store_guid_order(struct buf *out, struct str prefix, struct str column)
{
	/* the groups of the text as guid_sql_key orders them; bytes swapped in the first three */
	static const char *const parts[] = { "25,12", "20,4", "17,2", "15,2", "12,2",
					     "10,2",  "7,2",  "5,2",  "3,2",  "1,2" };

	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		buf_add(out, i == 0 ? S("substr(") : S("||substr("));
		if (prefix.n > 0) {
			db_quote(out, prefix);
			buf_add_char(out, '.');
		}
		db_quote(out, column);
		buf_add_fmt(out, ",%s)", parts[i]);
	}
}

static void bind_number(struct stmt *st, int i, const struct column *c, struct str text)
{
	double real;
	int64_t whole;

	if (c->type == COLUMN_DOUBLE) {
		bool ok = str_parse_double(text, &real);

		assert(ok);
		stmt_bind_double(st, i, real);
		return;
	}

	bool ok = str_parse_i64(text, &whole);

	assert(ok);
	stmt_bind_i64(st, i, whole);
}

void store_bind(struct stmt *st, int i, const struct column *c, const struct value *v)
{
	const char *type = store_type(c);
	bool is_null = v->kind == VALUE_NULL || v->kind == VALUE_ABSENT;

	assert(type);
	if (is_null)
		stmt_bind_null(st, i);
	else if (type[0] == 'T')
		stmt_bind_str(st, i, v->text);
	else
		bind_number(st, i, c, v->text);
	if (!store_has_type_column(c))
		return;
	if (is_null || v->table.n == 0)
		stmt_bind_null(st, i + 1);
	else
		stmt_bind_str(st, i + 1, v->table);
}

struct value store_value(struct arena *a, const struct stmt *st, int i, const struct column *c)
{
	struct value v = { .kind = VALUE_TEXT };
	char number[DOUBLE_TEXT_SIZE];

	if (stmt_is_null(st, i))
		return (struct value){ .kind = VALUE_NULL };
	if (c->type == COLUMN_DOUBLE)
		v.text = str_dup(a, double_format(stmt_double(st, i), number));
	else
		v.text = str_dup(a, stmt_str(st, i));
	if (!column_is_lookup(c))
		return v;
	v.kind = VALUE_REF;
	if (store_has_type_column(c))
		v.table = str_dup(a, stmt_str(st, i + 1));
	else if (c->ntargets == 1)
		v.table = c->targets[0];
	return v;
}

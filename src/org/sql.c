/* SPDX-License-Identifier: MIT */
/*
 * The smallest pieces of a statement.
 */
#include "org/sql.h"

#include "org/bin.h"

#include "base/banned.h"

struct sql sql_make(struct arena *a)
{
	return (struct sql){ .arena = a, .text = buf_make(0) };
}

void sql_release(struct sql *sql)
{
	buf_release(&sql->text);
}

void sql_add(struct sql *sql, const char *text)
{
	buf_add(&sql->text, str_from(text));
}

void sql_param(struct sql *sql, struct query_param p)
{
	*VEC_PUSH(sql->arena, &sql->params) = p;
	buf_add_char(&sql->text, '?');
}

void sql_text(struct sql *sql, struct str text)
{
	sql_param(sql, (struct query_param){ .kind = PARAM_TEXT, .text = text });
}

void sql_integer(struct sql *sql, int64_t v)
{
	sql_param(sql, (struct query_param){ .kind = PARAM_INTEGER, .integer = v });
}

void sql_guid(struct sql *sql, const struct guid *g)
{
	sql_text(sql, guid_text(sql->arena, *g));
}

void sql_name(struct sql *sql, const struct query_node *node, struct str column)
{
	buf_add_fmt(&sql->text, "t%u.", node->number);
	db_quote(&sql->text, column);
}

void sql_table(struct sql *sql, const struct query_node *node)
{
	switch (node->source) {
	case SOURCE_ROWS:
		db_quote(&sql->text, node->table->name);
		break;
	case SOURCE_BIN:
		bin_source(&sql->text, node->table);
		break;
	case SOURCE_RETAINED:
		buf_add(&sql->text, S("(SELECT * FROM "));
		db_quote(&sql->text, node->table->name);
		buf_add(&sql->text, S(" WHERE 0)"));
		break;
	}
	buf_add_fmt(&sql->text, " AS t%u", node->number);
}

const char *sql_before(enum query_form form)
{
	return form == FORM_MOMENT ? "rtrim(" : "";
}

const char *sql_behind(enum query_form form)
{
	if (form == FORM_MOMENT)
		return ",'Z')";
	if (form == FORM_TEXT)
		return " COLLATE dataverse";
	return form == FORM_DECIMAL ? " COLLATE dv_decimal" : "";
}

void sql_field(struct sql *sql, struct query_field field)
{
	enum query_form form = query_form(field.column);

	sql_add(sql, sql_before(form));
	sql_name(sql, field.node, field.column->name);
	sql_add(sql, sql_behind(form));
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

/* SPDX-License-Identifier: MIT */
/*
 * Rows that behaviours read and make. They are written by crud.h as the caller's: what follows from them follows,
 * too.
 */
#include "org/behaviour_parts.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/vec.h"
#include "org/code.h"
#include "org/crud.h"
#include "org/jobs.h"

#include "base/banned.h"

bool happening_tells(const struct happening *h, struct str column)
{
	const struct value *v = row_value(h->row, column);

	return v && v->kind != VALUE_ABSENT;
}

const struct value *happening_told(const struct happening *h, struct str column)
{
	const struct value *v = row_value(h->row, column);

	return v && (v->kind == VALUE_TEXT || v->kind == VALUE_REF) ? v : NULL;
}

bool happening_stored(const struct happening *h, struct str column, struct value *out,
		      struct err *e)
{
	if (!row_read(h->s, h->a, h->table, h->id, column, out, e))
		return false;
	if (out->kind == VALUE_ABSENT)
		*out = value_null();
	return true;
}

bool happening_value(const struct happening *h, struct str column, struct value *out, struct err *e)
{
	if (!h->row || !happening_tells(h, column))
		return happening_stored(h, column, out, e);
	*out = *row_value(h->row, column);
	return true;
}

void happening_put(const struct happening *h, struct str column, struct value v)
{
	struct value *place = row_value(h->row, column);

	if (place)
		*place = v;
}

bool happening_refuse(struct err *e, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return err_set_code(e, ERR_BAD_REQUEST, CODE_PLUGIN, "%s", text);
}

bool happening_postpone(const struct happening *h, struct err *e)
{
	return jobs_add(h->s, h->a, h->behaviour, h->table, h->id, e);
}

struct value value_text(struct str text)
{
	return (struct value){ .kind = VALUE_TEXT, .text = text };
}

struct value value_number(struct arena *a, int64_t n)
{
	return value_text(str_from_i64(a, n));
}

struct value value_to(struct arena *a, struct str table, struct guid id)
{
	return (struct value){ .kind = VALUE_REF, .text = guid_text(a, id), .table = table };
}

struct value value_null(void)
{
	return (struct value){ .kind = VALUE_NULL };
}

bool value_is_true(const struct value *v)
{
	return v->kind == VALUE_TEXT && str_eq(v->text, S("1"));
}

bool draft_begin(const struct happening *h, struct str table, struct draft *out, struct err *e)
{
	const struct table *t;

	if (!store_table(h->s, table, &t, e))
		return false;
	if (!t)
		return err_set(e, ERR_INTERNAL,
			       "%s: the behaviour %.*s needs the table %.*s, which is not there; "
			       "switch it off, or make the organization anew",
			       h->s->path, STR_ARG(h->behaviour), STR_ARG(table));
	*out = (struct draft){ t, payload_make(h->a, t) };
	return true;
}

void draft_put(struct draft *d, struct str column, struct value v)
{
	const struct column *c = table_column(d->table, column);

	if (c && store_has_column(c))
		payload_put(&d->payload, c, &v);
}

bool draft_create(const struct happening *h, const struct draft *d, struct guid *id, struct err *e)
{
	return crud_create(h->s, h->a, d->table, &d->payload, id, e) ||
	       err_wrap(e, "behaviour %.*s", STR_ARG(h->behaviour));
}

bool draft_change(const struct happening *h, const struct draft *d, struct guid id, struct err *e)
{
	bool created;

	return crud_update(h->s, h->a, d->table, id, CRUD_IF_EXISTS, 0, &d->payload, &created, e) ||
	       err_wrap(e, "behaviour %.*s", STR_ARG(h->behaviour));
}

static void find_sql(struct buf *sql, const struct table *t,
		     const struct condition_value *conditions, size_t n)
{
	buf_add(sql, S("select "));
	db_quote(sql, t->primary_id);
	buf_add(sql, S(" from "));
	db_quote(sql, t->name);
	for (size_t i = 0; i < n; i++) {
		buf_add(sql, i > 0 ? S(" and ") : S(" where "));
		db_quote(sql, conditions[i].column);
		if (conditions[i].null)
			buf_add(sql, S(" is null"));
		else
			buf_add_fmt(sql, "=?%zu", i + 1);
	}
	buf_add(sql, S(" order by "));
	db_quote(sql, t->primary_id);
}

bool find_rows(const struct happening *h, struct str table,
	       const struct condition_value *conditions, size_t n, struct found *out, struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);
	VEC(struct guid) ids = { 0 };
	struct draft d;
	struct stmt *st;
	bool row;

	if (!draft_begin(h, table, &d, e))
		return false;
	find_sql(&sql, d.table, conditions, n);
	if (!store_statement(h->s, buf_str(&sql), &st, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!conditions[i].null)
			stmt_bind_str(st, (int)i + 1, conditions[i].value);
	}
	for (;;) {
		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			break;
		if (!guid_parse(stmt_str(st, 0), VEC_PUSH(h->a, &ids)))
			return err_set(e, ERR_INTERNAL, "%s: table %.*s holds an id that is none",
				       h->s->path, STR_ARG(table));
	}
	*out = (struct found){ ids.p, ids.n };
	return true;
}

bool make_contract(const struct happening *h, struct str definition, struct guid *id, struct err *e)
{
	struct str own = guid_text(h->a, guid_random(&h->s->rng));
	char *name = arena_array(h->a, char, own.n);
	struct str full;
	struct draft d;

	for (size_t i = 0; i < own.n; i++)
		name[i] = own.p[i] == '-' ? '_' : own.p[i];
	full = str_fmt(h->a, "new_%.*s", STR_ARG(str_of(name, own.n)));
	if (!draft_begin(h, S("msdyn_decisioncontract"), &d, e))
		return false;
	draft_put(&d, S("msdyn_name"), value_text(full));
	draft_put(&d, S("msdyn_uniquename"), value_text(full));
	draft_put(&d, S("msdyn_contractdefinition"), value_text(definition));
	return draft_create(h, &d, id, e);
}

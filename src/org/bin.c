/* SPDX-License-Identifier: MIT */
/*
 * Rows on their way into the bin and out of it. A deleted row is read back by SQL alone, so that queries over
 * the bin are queries like any other.
 */
#include "org/bin.h"

#include <inttypes.h>

#include "base/decimal.h"
#include "base/limits.h"
#include "base/vec.h"
#include "io/json.h"
#include "org/code.h"
#include "org/row.h"
#include "org/store_file.h"

#include "base/banned.h"

bool bin_switch(struct store *s, bool on, struct err *e)
{
	return store_header_put(s, S(STORE_HEADER_BIN), on ? S("1") : S("0"), e);
}

bool bin_is_on(struct store *s, bool *on, struct err *e)
{
	struct stmt *st;
	bool row;

	if (!store_statement(
		    s,
		    S("select value = '1' from ferry_header where name = '" STORE_HEADER_BIN "'"),
		    &st, e) ||
	    !stmt_step(st, &row, e))
		return false;
	*on = row && stmt_i64(st, 0) != 0;
	stmt_reset(st);
	return true;
}

bool bin_begin(struct store *s, int64_t *number, struct err *e)
{
	char moment[DATETIME_TEXT_SIZE];
	char caller[GUID_TEXT_SIZE];
	struct stmt *st;
	bool on;

	if (!bin_is_on(s, &on, e))
		return false;
	*number = 0;
	if (!on)
		return true;
	if (!store_statement(s,
			     S("insert into ferry_deletion(deleted_on, deleted_by) "
			       "values(?1, ?2)"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, datetime_format_iso(store_now(s), moment));
	stmt_bind_str(st, 2, guid_format(s->caller, caller));
	if (!stmt_run(st, e))
		return false;
	*number = db_last_rowid(s->db);
	return true;
}

/* stored columns */

/* A column of the SQLite table. */
struct place {
	struct str name;
	enum { PLACE_TEXT, PLACE_INTEGER, PLACE_REAL } kind;
};

struct places {
	struct place *p;
	size_t n;
};

static void add_place(struct places *out, struct str name, const char *type)
{
	struct place *p = &out->p[out->n++];

	p->name = name;
	p->kind = type[0] == 'I' ? PLACE_INTEGER : type[0] == 'R' ? PLACE_REAL : PLACE_TEXT;
}

static struct places places_of(struct arena *a, const struct table *t)
{
	struct places out = { .p = arena_array(a, struct place, 2 * t->ncolumns + 1) };

	for (size_t i = 0; i < t->ncolumns; i++) {
		const struct column *c = &t->columns[i];

		if (!store_has_column(c) || str_eq(c->name, S("versionnumber")))
			continue;
		add_place(&out, c->name, store_type(c));
		if (store_has_type_column(c))
			add_place(&out, str_fmt(a, "%.*stype", STR_ARG(c->name)), "TEXT");
	}
	add_place(&out, S("versionnumber"), "INTEGER");
	return out;
}

static void add_names(struct buf *sql, const struct places *places)
{
	for (size_t i = 0; i < places->n; i++) {
		buf_add(sql, i > 0 ? S(",") : S(""));
		db_quote(sql, places->p[i].name);
	}
}

static void write_place(struct json_writer *w, const struct place *p, const struct stmt *st, int at)
{
	char number[DOUBLE_TEXT_SIZE];

	if (stmt_is_null(st, at))
		return;
	json_key(w, p->name);
	if (p->kind == PLACE_REAL)
		json_str(w, double_format(stmt_double(st, at), number));
	else if (p->kind == PLACE_INTEGER && stmt_is_int(st, at))
		json_i64(w, stmt_i64(st, at));
	else
		json_str(w, stmt_str(st, at));
}

static bool row_as_json(const struct places *places, const struct stmt *st, struct buf *out,
			struct err *e)
{
	struct buf_sink sink = buf_sink_make(out);
	struct json_writer w = json_writer_make(&sink.sink);

	buf_clear(out);
	json_object(&w);
	for (size_t i = 0; i < places->n; i++)
		write_place(&w, &places->p[i], st, (int)i);
	json_object_end(&w);

	bool ok = json_writer_finish(&w, e);

	json_writer_release(&w);
	return ok && buf_check(out, "a deleted row", e);
}

/* The row's id as the last column of the statement. */
static bool put_row(struct store *s, int64_t deletion, const struct table *t, struct str id,
		    struct str row, struct err *e)
{
	struct stmt *st;

	if (!store_statement(s,
			     S("insert or ignore into ferry_bin(table_name, id, deletion, row) "
			       "values(?1, ?2, ?3, ?4)"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, t->name);
	stmt_bind_str(st, 2, id);
	stmt_bind_i64(st, 3, deletion);
	stmt_bind_str(st, 4, row);
	return stmt_run(st, e);
}

static bool keep_rows(struct store *s, int64_t deletion, const struct table *t,
		      const struct places *places, struct stmt *st, struct err *e)
{
	DEFER(buf_release) struct buf json = buf_make(LIMIT_SQL_VALUE);
	bool row;

	for (;;) {
		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			return true;
		if (!row_as_json(places, st, &json, e) ||
		    !put_row(s, deletion, t, stmt_str(st, (int)places->n), buf_str(&json), e))
			return false;
	}
}

bool bin_keep(struct store *s, int64_t deletion, const struct table *t, struct str column,
	      struct guid id, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);
	struct places places = places_of(&scratch, t);
	char text[GUID_TEXT_SIZE];
	struct stmt *st;

	buf_add(&sql, S("select "));
	add_names(&sql, &places);
	buf_add(&sql, S(","));
	db_quote(&sql, t->primary_id);
	buf_add(&sql, S(" from "));
	db_quote(&sql, t->name);
	buf_add(&sql, S(" where "));
	db_quote(&sql, column);
	buf_add(&sql, S("=?1"));
	if (!buf_check(&sql, "a statement", e) || !store_statement(s, buf_str(&sql), &st, e))
		return false;
	stmt_bind_str(st, 1, guid_format(id, text));

	bool ok = keep_rows(s, deletion, t, &places, st, e);

	stmt_reset(st);
	return ok;
}

bool bin_keep_link(struct store *s, int64_t deletion, const struct relation *rel, struct guid id,
		   const struct table *to, struct guid target, struct err *e)
{
	char child[GUID_TEXT_SIZE];
	char parent[GUID_TEXT_SIZE];
	struct stmt *st;

	if (!store_statement(s,
			     S("insert into ferry_bin_link"
			       "(deletion, table_name, id, column_name, target, target_table) "
			       "values(?1, ?2, ?3, ?4, ?5, ?6)"),
			     &st, e))
		return false;
	stmt_bind_i64(st, 1, deletion);
	stmt_bind_str(st, 2, rel->child->name);
	stmt_bind_str(st, 3, guid_format(id, child));
	stmt_bind_str(st, 4, rel->lookup->column);
	stmt_bind_str(st, 5, guid_format(target, parent));
	stmt_bind_str(st, 6, to->name);
	return stmt_run(st, e);
}

void bin_columns(struct buf *sql, const struct table *t)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct places places = places_of(&scratch, t);

	add_names(sql, &places);
}

void bin_source(struct buf *sql, const struct table *t)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct places places = places_of(&scratch, t);

	buf_add(sql, S("(SELECT "));
	for (size_t i = 0; i < places.n; i++) {
		const struct place *p = &places.p[i];

		buf_add(sql, i > 0 ? S(",") : S(""));
		buf_add(sql, p->kind == PLACE_REAL ? S("CAST(") : S(""));
		buf_add(sql, S("json_extract(row,"));
		db_literal(sql, str_fmt(&scratch, "$.\"%.*s\"", STR_ARG(p->name)));
		buf_add(sql, p->kind == PLACE_REAL ? S(") AS REAL) AS ") : S(") AS "));
		db_quote(sql, p->name);
	}
	buf_add(sql, S(" FROM ferry_bin WHERE table_name="));
	db_literal(sql, t->name);
	buf_add(sql, S(")"));
}

bool bin_forget_table(struct store *s, struct str table, struct err *e)
{
	static const struct str statements[] = {
		STR_INIT("delete from ferry_bin where table_name = ?1"),
		STR_INIT("delete from ferry_bin_link where table_name = ?1 or target_table = ?1"),
	};
	struct stmt *st;

	for (size_t i = 0; i < COUNT_OF(statements); i++) {
		if (!store_statement(s, statements[i], &st, e))
			return false;
		stmt_bind_str(st, 1, table);
		if (!stmt_run(st, e))
			return false;
	}
	return true;
}

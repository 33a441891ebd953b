/* SPDX-License-Identifier: MIT */
/*
 * SQL of the tables and their indexes; definitions. An intersect table that has no metadata of its own gets
 * it here, so that queries can link through it like through any other.
 */
#include "org/store_schema.h"

#include "base/limits.h"
#include "io/json.h"
#include "org/relations.h"

#include "base/banned.h"

static void add_column(struct buf *sql, struct str name, const char *declaration)
{
	buf_add(sql, S(",\n  "));
	db_quote(sql, name);
	buf_add_fmt(sql, " %s", declaration);
}

/* The name of the column that tells what a lookup points to, if the table has room for it. */
static bool type_column(struct arena *a, const struct table *t, struct str column, struct str *out,
			struct err *e)
{
	*out = str_fmt(a, "%.*stype", STR_ARG(column));
	if (!table_column(t, *out))
		return true;
	return err_set(e, ERR_INPUT,
		       "table %.*s: column %.*s is in the way of the type of column %.*s",
		       STR_ARG(t->name), STR_ARG(*out), STR_ARG(column));
}

static bool add_columns(struct buf *sql, const struct table *t, struct arena *a, struct err *e)
{
	for (size_t i = 0; i < t->ncolumns; i++) {
		const struct column *c = &t->columns[i];
		struct str companion;

		if (!store_has_column(c) || str_eq(c->name, t->primary_id) ||
		    str_eq(c->name, S("versionnumber")))
			continue;
		add_column(sql, c->name, store_type(c));
		if (!store_has_type_column(c))
			continue;
		if (!type_column(a, t, c->name, &companion, e))
			return false;
		add_column(sql, companion, "TEXT");
	}
	add_column(sql, S("versionnumber"), "INTEGER NOT NULL");
	return true;
}

static bool run(struct store *s, const struct buf *sql, struct err *e)
{
	DEFER(stmt_close) struct stmt *st = NULL;

	return buf_check(sql, "a statement", e) && db_prepare(s->db, buf_str(sql), &st, e) &&
	       stmt_run(st, e);
}

static void add_index_name(struct buf *sql, const struct table *t, struct str suffix)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);

	db_quote(sql, str_fmt(&scratch, "%.*s.%.*s", STR_ARG(t->name), STR_ARG(suffix)));
}

static void begin_index(struct buf *sql, const struct table *t, struct str suffix)
{
	buf_clear(sql);
	buf_add(sql, S("create index "));
	add_index_name(sql, t, suffix);
	buf_add(sql, S(" on "));
	db_quote(sql, t->name);
	buf_add_char(sql, '(');
}

/* Columns that the platform fills by itself on nearly every table, and by which nobody looks for rows. */
static bool is_bookkeeping(const struct column *c)
{
	static const struct str names[] = {
		STR_INIT("createdby"),
		STR_INIT("createdonbehalfby"),
		STR_INIT("modifiedby"),
		STR_INIT("modifiedonbehalfby"),
		STR_INIT("owninguser"),
		STR_INIT("owningteam"),
		STR_INIT("owningbusinessunit"),
		STR_INIT("organizationid"),
		STR_INIT("transactioncurrencyid"),
	};

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (str_eq(names[i], c->name))
			return true;
	}
	return false;
}

static bool has_index(const struct column *c)
{
	return column_is_lookup(c) && !is_bookkeeping(c);
}

static bool create_index(struct store *s, const struct table *t, struct str column, struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);

	begin_index(&sql, t, column);
	db_quote(&sql, column);
	buf_add_char(&sql, ')');
	return run(s, &sql, e);
}

static bool create_indexes(struct store *s, const struct table *t, struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);

	begin_index(&sql, t, S("(order)"));
	store_guid_order(&sql, S(""), t->primary_id);
	buf_add_char(&sql, ')');
	if (!run(s, &sql, e))
		return false;
	for (size_t i = 0; i < t->ncolumns; i++) {
		const struct column *c = &t->columns[i];

		if (has_index(c) && !create_index(s, t, c->name, e))
			return false;
	}
	return true;
}

bool schema_remember(struct store *s, const struct table *t, struct err *e)
{
	DEFER(buf_release) struct buf text = buf_make(LIMIT_PLAN_FILE);
	struct buf_sink sink = buf_sink_make(&text);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	struct stmt *st;

	table_to_facts(&w, t);
	if (!json_writer_finish(&w, e) ||
	    !store_statement(s,
			     S("insert or replace into ferry_table(name, entity_set, definition) "
			       "values(?1, ?2, ?3)"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, t->name);
	stmt_bind_str(st, 2, t->entity_set);
	stmt_bind_str(st, 3, buf_str(&text));
	if (!stmt_run(st, e))
		return false;
	return t->is_intersect || relations_remember(s, t, e);
}

bool schema_create(struct store *s, const struct table *t, const struct many_to_many *mm,
		   struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);

	buf_add(&sql, S("create table "));
	db_quote(&sql, t->name);
	buf_add(&sql, S("(\n  "));
	db_quote(&sql, t->primary_id);
	buf_add(&sql, S(" TEXT NOT NULL PRIMARY KEY"));
	if (!add_columns(&sql, t, &scratch, e))
		return false;
	if (mm) {
		buf_add(&sql, S(",\n  UNIQUE("));
		db_quote(&sql, mm->column1);
		buf_add_char(&sql, ',');
		db_quote(&sql, mm->column2);
		buf_add_char(&sql, ')');
	}
	buf_add(&sql, S("\n)"));
	if (!run(s, &sql, e) || !create_indexes(s, t, e))
		return false;
	/* the first column is found by the pair's own index */
	if (mm && !create_index(s, t, mm->column2, e))
		return false;
	return schema_remember(s, t, e);
}

static bool forget(struct store *s, struct str sql, struct str table, struct err *e)
{
	struct stmt *st;

	if (!store_statement(s, sql, &st, e))
		return false;
	stmt_bind_str(st, 1, table);
	return stmt_run(st, e);
}

bool schema_drop(struct store *s, const struct table *t, struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);

	buf_add(&sql, S("drop table "));
	db_quote(&sql, t->name);
	return run(s, &sql, e) &&
	       forget(s, S("delete from ferry_table where name = ?1"), t->name, e) &&
	       forget(s, S("delete from ferry_relationship where child = ?1"), t->name, e);
}

static bool alter(struct store *s, const struct table *t, const char *what, struct str column,
		  const char *declaration, struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);

	buf_add(&sql, S("alter table "));
	db_quote(&sql, t->name);
	buf_add_fmt(&sql, " %s column ", what);
	db_quote(&sql, column);
	buf_add_fmt(&sql, " %s", declaration);
	return run(s, &sql, e);
}

bool schema_add_column(struct store *s, const struct table *t, const struct column *c,
		       struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct str companion;

	if (!store_has_column(c))
		return true;
	if (!alter(s, t, "add", c->name, store_type(c), e))
		return false;
	if (store_has_type_column(c) && (!type_column(&scratch, t, c->name, &companion, e) ||
					 !alter(s, t, "add", companion, "TEXT", e)))
		return false;
	return !has_index(c) || create_index(s, t, c->name, e);
}

bool schema_drop_column(struct store *s, const struct table *t, const struct column *c,
			struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);

	if (!store_has_column(c))
		return true;
	buf_add(&sql, S("drop index if exists "));
	add_index_name(&sql, t, c->name);
	if (!run(s, &sql, e) || !alter(s, t, "drop", c->name, "", e))
		return false;
	return !store_has_type_column(c) ||
	       alter(s, t, "drop", str_fmt(&scratch, "%.*stype", STR_ARG(c->name)), "", e);
}

bool schema_add_type(struct store *s, const struct table *t, struct str column, struct str target,
		     struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);
	struct str companion;
	struct stmt *st;

	if (!type_column(&scratch, t, column, &companion, e) ||
	    !alter(s, t, "add", companion, "TEXT", e))
		return false;
	buf_add(&sql, S("update "));
	db_quote(&sql, t->name);
	buf_add(&sql, S(" set "));
	db_quote(&sql, companion);
	buf_add(&sql, S(" = ?1 where "));
	db_quote(&sql, column);
	buf_add(&sql, S(" is not null"));
	if (!store_statement(s, buf_str(&sql), &st, e))
		return false;
	stmt_bind_str(st, 1, target);
	return stmt_run(st, e);
}

/* Room for what an intersect table has at least. */
#define INTERSECT_COLUMNS 4

static void need_column(struct table *t, struct str name, enum column_type type)
{
	for (size_t i = 0; i < t->ncolumns; i++) {
		if (str_eq(t->columns[i].name, name))
			return;
	}
	t->columns[t->ncolumns++] = (struct column){
		.name = name, .schema_name = name, .type = type, .read = true, .precision = -1
	};
}

static struct many_to_one side(struct arena *a, const struct table *t, struct str table,
			       struct str column, struct str primary)
{
	return (struct many_to_one){
		.schema_name = str_fmt(a, "%.*s_%.*s", STR_ARG(t->name), STR_ARG(column)),
		.column = column,
		.target = table,
		.target_column = primary.n > 0 ? primary : column,
		.navigation = column,
		.collection = str_fmt(a, "%.*s_%.*s", STR_ARG(t->name), STR_ARG(column)),
	};
}

static struct table plain_intersect(struct arena *a, const struct many_to_many *mm)
{
	return (struct table){ .name = mm->intersect,
			       .schema_name = mm->intersect,
			       .entity_set = str_fmt(a, "%.*sset", STR_ARG(mm->intersect)),
			       .primary_id = str_fmt(a, "%.*sid", STR_ARG(mm->intersect)),
			       .unmanaged = mm->unmanaged };
}

bool schema_intersect(struct arena *a, const struct many_to_many *mm, const struct table *own,
		      bool (*primary)(void *context, struct str table, struct str *out,
				      struct err *e),
		      void *context, struct table *out, struct err *e)
{
	struct table t = own ? *own : plain_intersect(a, mm);
	size_t n = t.ncolumns;
	struct str primary1, primary2;

	if (!primary(context, mm->table1, &primary1, e) ||
	    !primary(context, mm->table2, &primary2, e))
		return false;
	t.user_owned = false;
	t.ownership = S("None");
	t.is_intersect = true;
	t.columns = arena_array(a, struct column, n + INTERSECT_COLUMNS);
	for (size_t i = 0; i < n; i++)
		t.columns[i] = own->columns[i];
	need_column(&t, t.primary_id, COLUMN_GUID);
	need_column(&t, mm->column1, COLUMN_GUID);
	need_column(&t, mm->column2, COLUMN_GUID);
	need_column(&t, S("versionnumber"), COLUMN_BIGINT);
	t.nmany_to_one = 2;
	t.many_to_one = arena_array(a, struct many_to_one, 2);
	t.many_to_one[0] = side(a, &t, mm->table1, mm->column1, primary1);
	t.many_to_one[1] = side(a, &t, mm->table2, mm->column2, primary2);
	t.nmany_to_many = 0;
	t.nkeys = 0;
	if (!table_index(a, &t, e))
		return false;
	*out = t;
	return true;
}

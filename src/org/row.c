/* SPDX-License-Identifier: MIT */
/*
 * Rows and SQL: the statements that write one row or read a column of one. Names come from the
 * metadata and pass through db_quote; values are bound.
 */
#include "org/row.h"

#include <string.h>

#include "base/limits.h"
#include "org/code.h"

#include "base/banned.h"

struct row row_make(struct arena *a, const struct table *t, struct guid id)
{
	return (struct row){ .table = t,
			     .id = id,
			     .values = arena_array(a, struct value, t->ncolumns) };
}

struct value *row_value(const struct row *r, struct str column)
{
	const struct column *c = table_column(r->table, column);

	return c && store_has_column(c) ? &r->values[c - r->table->columns] : NULL;
}

bool row_has(const struct row *r, struct str column)
{
	const struct value *v = row_value(r, column);

	return v && (v->kind == VALUE_TEXT || v->kind == VALUE_REF);
}

/* The key and the version have their own places in each statement. */
static bool is_written(const struct row *r, size_t i)
{
	const struct column *c = &r->table->columns[i];

	return r->values[i].kind != VALUE_ABSENT && store_has_column(c) &&
	       !str_eq(c->name, r->table->primary_id) && !str_eq(c->name, S("versionnumber"));
}

/*
 * What a statement about a table is kept under: what it does, the address of the table's columns, which is
 * another after every change of the table, and one bit for each column. No SQL text begins with a NUL.
 */
#define KEY_COLUMNS 2048 /* SQLite's tables have at most 2,000 */

struct statement_key {
	size_t n;
	char p[2 + sizeof(void *) + KEY_COLUMNS / 8];
};

static struct str key_str(const struct statement_key *key)
{
	return str_of(key->p, key->n);
}

static void key_begin(struct statement_key *key, char kind, const void *columns)
{
	key->p[0] = '\0';
	key->p[1] = kind;
	memcpy(key->p + 2, &columns, sizeof(columns));
	key->n = 2 + sizeof(columns);
}

static void key_of_row(struct statement_key *key, char kind, const struct row *r)
{
	size_t n = (r->table->ncolumns + 7) / 8;
	char *bits;

	assert(r->table->ncolumns <= KEY_COLUMNS);
	key_begin(key, kind, r->table->columns);
	bits = key->p + key->n;
	memset(bits, 0, n);
	for (size_t i = 0; i < r->table->ncolumns; i++) {
		if (is_written(r, i))
			bits[i / 8] = (char)(bits[i / 8] | 1 << (i % 8));
	}
	key->n += n;
}

static void add_type_name(struct buf *sql, struct str column)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);

	db_quote(sql, str_fmt(&scratch, "%.*stype", STR_ARG(column)));
}

/* Binds from parameter `i` on; returns the next free one. */
static int bind_values(struct stmt *st, int i, const struct row *r)
{
	for (size_t j = 0; j < r->table->ncolumns; j++) {
		const struct column *c = &r->table->columns[j];

		if (!is_written(r, j))
			continue;
		store_bind(st, i, c, &r->values[j]);
		i += store_places(c);
	}
	return i;
}

static void insert_sql(struct buf *sql, const struct row *r)
{
	int places = 2;

	buf_add(sql, S("insert into "));
	db_quote(sql, r->table->name);
	buf_add_char(sql, '(');
	db_quote(sql, r->table->primary_id);
	buf_add(sql, S(",versionnumber"));
	for (size_t i = 0; i < r->table->ncolumns; i++) {
		const struct column *c = &r->table->columns[i];

		if (!is_written(r, i))
			continue;
		buf_add_char(sql, ',');
		db_quote(sql, c->name);
		places += store_places(c);
		if (!store_has_type_column(c))
			continue;
		buf_add_char(sql, ',');
		add_type_name(sql, c->name);
	}
	buf_add(sql, S(") values(?"));
	for (int i = 1; i < places; i++)
		buf_add(sql, S(",?"));
	buf_add_char(sql, ')');
}

static bool insert_statement(struct store *s, const struct row *r, struct stmt **out, struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);
	struct statement_key key;

	key_of_row(&key, 'i', r);
	*out = store_kept(s, key_str(&key));
	if (*out)
		return true;
	insert_sql(&sql, r);
	return buf_check(&sql, "a statement", e) &&
	       store_keep(s, key_str(&key), buf_str(&sql), out, e);
}

bool row_insert(struct store *s, const struct row *r, struct err *e)
{
	char id[GUID_TEXT_SIZE];
	int64_t version;
	struct stmt *st;

	if (!store_next_version(s, &version, e) || !insert_statement(s, r, &st, e))
		return false;
	stmt_bind_str(st, 1, guid_format(r->id, id));
	stmt_bind_i64(st, 2, version);
	bind_values(st, 3, r);
	if (stmt_run(st, e))
		return true;
	return e->code == DB_UNIQUE ? row_fail_exists(e) : false;
}

static void update_sql(struct buf *sql, const struct row *r)
{
	buf_add(sql, S("update "));
	db_quote(sql, r->table->name);
	buf_add(sql, S(" set versionnumber=?"));
	for (size_t i = 0; i < r->table->ncolumns; i++) {
		const struct column *c = &r->table->columns[i];

		if (!is_written(r, i))
			continue;
		buf_add_char(sql, ',');
		db_quote(sql, c->name);
		buf_add(sql, S("=?"));
		if (!store_has_type_column(c))
			continue;
		buf_add_char(sql, ',');
		add_type_name(sql, c->name);
		buf_add(sql, S("=?"));
	}
	buf_add(sql, S(" where "));
	db_quote(sql, r->table->primary_id);
	buf_add(sql, S("=?"));
}

static bool update_statement(struct store *s, const struct row *r, struct stmt **out, struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);
	struct statement_key key;

	key_of_row(&key, 'u', r);
	*out = store_kept(s, key_str(&key));
	if (*out)
		return true;
	update_sql(&sql, r);
	return buf_check(&sql, "a statement", e) &&
	       store_keep(s, key_str(&key), buf_str(&sql), out, e);
}

bool row_update(struct store *s, const struct row *r, struct err *e)
{
	char id[GUID_TEXT_SIZE];
	int64_t version;
	struct stmt *st;

	if (!store_next_version(s, &version, e) || !update_statement(s, r, &st, e))
		return false;
	stmt_bind_i64(st, 1, version);
	stmt_bind_str(st, bind_values(st, 2, r), guid_format(r->id, id));
	return stmt_run(st, e);
}

static bool read_statement(struct store *s, const struct table *t, const struct column *c,
			   struct stmt **out, struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);
	struct statement_key key;

	key_begin(&key, 'r', c);
	*out = store_kept(s, key_str(&key));
	if (*out)
		return true;
	buf_add(&sql, S("select "));
	db_quote(&sql, c->name);
	if (store_has_type_column(c)) {
		buf_add_char(&sql, ',');
		add_type_name(&sql, c->name);
	}
	buf_add(&sql, S(" from "));
	db_quote(&sql, t->name);
	buf_add(&sql, S(" where "));
	db_quote(&sql, t->primary_id);
	buf_add(&sql, S("=?"));
	return store_keep(s, key_str(&key), buf_str(&sql), out, e);
}

bool row_read(struct store *s, struct arena *a, const struct table *t, struct guid id,
	      struct str column, struct value *out, struct err *e)
{
	const struct column *c = table_column(t, column);
	char text[GUID_TEXT_SIZE];
	struct stmt *st;
	bool row;

	*out = (struct value){ .kind = VALUE_ABSENT };
	if (!c || !store_has_column(c))
		return true;
	if (!read_statement(s, t, c, &st, e))
		return false;
	stmt_bind_str(st, 1, guid_format(id, text));
	if (!stmt_step(st, &row, e))
		return false;
	if (row)
		*out = store_value(a, st, 0, c);
	stmt_reset(st);
	return true;
}

static bool version_statement(struct store *s, const struct table *t, struct stmt **out,
			      struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);
	struct statement_key key;

	key_begin(&key, 'v', t->columns);
	*out = store_kept(s, key_str(&key));
	if (*out)
		return true;
	buf_add(&sql, S("select versionnumber from "));
	db_quote(&sql, t->name);
	buf_add(&sql, S(" where "));
	db_quote(&sql, t->primary_id);
	buf_add(&sql, S("=?"));
	return store_keep(s, key_str(&key), buf_str(&sql), out, e);
}

bool row_version(struct store *s, const struct table *t, struct guid id, int64_t *version,
		 struct err *e)
{
	char text[GUID_TEXT_SIZE];
	struct stmt *st;
	bool row;

	if (!version_statement(s, t, &st, e))
		return false;
	stmt_bind_str(st, 1, guid_format(id, text));
	if (!stmt_step(st, &row, e))
		return false;
	*version = row ? stmt_i64(st, 0) : -1;
	stmt_reset(st);
	return true;
}

bool row_fail_missing(const struct table *t, struct guid id, struct err *e)
{
	char text[GUID_TEXT_SIZE];

	guid_format(id, text);
	return err_set_code(e, ERR_NOT_FOUND, CODE_ROW_MISSING,
			    "Entity '%.*s' With Id = %s Does Not Exist", STR_ARG(t->name), text);
}

bool row_fail_exists(struct err *e)
{
	return err_set_code(e, ERR_PRECONDITION, CODE_ROW_EXISTS,
			    "A record with matching key values already exists.");
}

bool row_fail_version(struct err *e)
{
	return err_set_code(e, ERR_PRECONDITION, CODE_ROW_VERSION,
			    "The version of the existing record doesn't match the RowVersion "
			    "property provided.");
}

bool row_exists(struct store *s, const struct table *t, struct guid id, bool *out, struct err *e)
{
	int64_t version;

	if (!row_version(s, t, id, &version, e))
		return false;
	*out = version >= 0;
	return true;
}

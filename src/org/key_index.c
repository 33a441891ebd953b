/* SPDX-License-Identifier: MIT */
/*
 * The index knows for each key the hash of its values in every row, up to a version; what it finds is compared
 * with the row itself, so that entries of rows that changed or are gone do no harm.
 */
#include "org/key_index.h"

#include "base/decimal.h"
#include "base/limits.h"
#include "base/vec.h"

#include "base/banned.h"

/* The bytes by which values of a column compare. */
static struct str comparable(const struct store *s, struct arena *a, const struct column *c,
			     const struct value *v)
{
	if (column_is_text(c) || c->type == COLUMN_ENTITY_NAME)
		return collate_key(s->collate, a, v->text);
	if (c->type == COLUMN_DECIMAL || c->type == COLUMN_MONEY)
		return decimal_strip(a, v->text);
	return v->text;
}

/* With its columns: a key that is dropped may come back with others. */
static struct str name_of(struct arena *a, const struct table *t, const struct table_key *k)
{
	struct str name = str_fmt(a, "%.*s.%.*s", STR_ARG(t->name), STR_ARG(k->name));

	for (size_t i = 0; i < k->ncolumns; i++)
		name = str_fmt(a, "%.*s,%.*s", STR_ARG(name), STR_ARG(k->columns[i]));
	return name;
}

struct key_probe key_probe_make(struct arena *a, const struct table *t, const struct table_key *k)
{
	return (struct key_probe){ .table = t,
				   .key = k,
				   .name = name_of(a, t, k),
				   .values = arena_array(a, struct value, k->ncolumns) };
}

bool key_probe_fold(const struct store *s, struct arena *a, struct key_probe *p)
{
	DEFER(buf_release) struct buf b = buf_make(LIMIT_RECORD);

	for (size_t i = 0; i < p->key->ncolumns; i++) {
		const struct column *c = table_column(p->table, p->key->columns[i]);
		struct str part;

		if (value_is_empty(&p->values[i]))
			return false;
		part = comparable(s, a, c, &p->values[i]);
		buf_add_fmt(&b, "%zu:", part.n);
		buf_add(&b, part);
	}
	p->comparable = str_dup(a, buf_str(&b));
	p->hash = (int64_t)hash_bytes(p->comparable);
	return true;
}

/* select <id>, versionnumber, <columns of the key> from <table> where ... */
static void select_key(struct buf *sql, const struct key_probe *p)
{
	buf_add(sql, S("select "));
	db_quote(sql, p->table->primary_id);
	buf_add(sql, S(",versionnumber"));
	for (size_t i = 0; i < p->key->ncolumns; i++) {
		buf_add_char(sql, ',');
		db_quote(sql, p->key->columns[i]);
	}
	buf_add(sql, S(" from "));
	db_quote(sql, p->table->name);
	buf_add(sql, S(" where "));
}

/* The values of a row of select_key; of a lookup its id alone. */
static bool read_values(struct store *s, struct arena *a, const struct stmt *st,
			struct key_probe *p)
{
	for (size_t i = 0; i < p->key->ncolumns; i++) {
		const struct column *c = table_column(p->table, p->key->columns[i]);
		int at = (int)i + 2;

		p->values[i] = (struct value){ .kind = VALUE_NULL };
		if (!store_has_column(c) || stmt_is_null(st, at))
			continue;
		if (column_is_lookup(c))
			p->values[i] = (struct value){ .kind = VALUE_REF,
						       .text = str_dup(a, stmt_str(st, at)) };
		else
			p->values[i] = store_value(a, st, at, c);
	}
	return key_probe_fold(s, a, p);
}

static bool run_alone(struct store *s, struct str sql, struct err *e)
{
	struct stmt *st;

	return store_statement(s, sql, &st, e) && stmt_run(st, e);
}

static bool open_index(struct store *s, struct err *e)
{
	return run_alone(s,
			 S("create temp table if not exists ferry_key(name TEXT NOT NULL,"
			   " hash INTEGER NOT NULL, id TEXT NOT NULL,"
			   " PRIMARY KEY(name, hash, id)) without rowid"),
			 e) &&
	       run_alone(s,
			 S("create temp table if not exists ferry_key_seen(name TEXT NOT NULL"
			   " PRIMARY KEY, version INTEGER NOT NULL) without rowid"),
			 e);
}

static bool seen_version(struct store *s, const struct key_probe *p, int64_t *out, struct err *e)
{
	struct stmt *st;
	bool row;

	if (!store_statement(s, S("select version from temp.ferry_key_seen where name = ?1"), &st,
			     e))
		return false;
	stmt_bind_str(st, 1, p->name);
	if (!stmt_step(st, &row, e))
		return false;
	*out = row ? stmt_i64(st, 0) : 0;
	stmt_reset(st);
	return true;
}

struct key_entry {
	int64_t hash;
	struct str id;
	bool counts;
};

struct key_page {
	struct key_entry entries[256];
	size_t n;
	int64_t version;
};

/* The next rows that the index has not seen. */
static bool read_page(struct store *s, struct arena *a, struct key_probe *p, struct key_page *page,
		      struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);
	struct stmt *st;
	bool row;

	select_key(&sql, p);
	buf_add(&sql, S("versionnumber > ?1 order by versionnumber limit ?2"));
	if (!store_statement(s, buf_str(&sql), &st, e))
		return false;
	stmt_bind_i64(st, 1, page->version);
	stmt_bind_i64(st, 2, (int64_t)COUNT_OF(page->entries));
	page->n = 0;
	for (;;) {
		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			return true;

		struct key_entry *entry = &page->entries[page->n++];

		entry->id = str_dup(a, stmt_str(st, 0));
		page->version = stmt_i64(st, 1);
		entry->counts = read_values(s, a, st, p);
		entry->hash = p->hash;
	}
}

static bool write_page(struct store *s, const struct key_probe *p, const struct key_page *page,
		       struct err *e)
{
	struct stmt *st;

	for (size_t i = 0; i < page->n; i++) {
		if (!page->entries[i].counts)
			continue;
		if (!store_statement(s,
				     S("insert or ignore into temp.ferry_key(name, hash, id)"
				       " values(?1, ?2, ?3)"),
				     &st, e))
			return false;
		stmt_bind_str(st, 1, p->name);
		stmt_bind_i64(st, 2, page->entries[i].hash);
		stmt_bind_str(st, 3, page->entries[i].id);
		if (!stmt_run(st, e))
			return false;
	}
	if (!store_statement(s,
			     S("insert or replace into temp.ferry_key_seen(name, version)"
			       " values(?1, ?2)"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, p->name);
	stmt_bind_i64(st, 2, page->version);
	return stmt_run(st, e);
}

/* Brings the index to the state of the file. */
static bool catch_up(struct store *s, const struct key_probe *of, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct key_page *page = arena_new(&scratch, struct key_page);
	struct key_probe p = key_probe_make(&scratch, of->table, of->key);

	if (!open_index(s, e) || !seen_version(s, &p, &page->version, e))
		return false;
	do {
		struct arena_mark mark = arena_mark(&scratch);

		if (!read_page(s, &scratch, &p, page, e))
			return false;
		if (page->n > 0 && !write_page(s, &p, page, e))
			return false;
		arena_rewind(&scratch, mark);
	} while (page->n == COUNT_OF(page->entries));
	return true;
}

/* Whether the row has the probe's values. */
static bool confirm(struct store *s, struct arena *a, const struct key_probe *p, struct str id,
		    bool *out, struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);
	struct key_probe found = key_probe_make(a, p->table, p->key);
	struct stmt *st;
	bool row;

	select_key(&sql, p);
	db_quote(&sql, p->table->primary_id);
	buf_add(&sql, S(" = ?1"));
	if (!store_statement(s, buf_str(&sql), &st, e))
		return false;
	stmt_bind_str(st, 1, id);
	if (!stmt_step(st, &row, e))
		return false;
	*out = row && read_values(s, a, st, &found) && str_eq(found.comparable, p->comparable);
	stmt_reset(st);
	return true;
}

static bool candidates(struct store *s, struct arena *a, const struct key_probe *p,
		       struct str **out, size_t *n, struct err *e)
{
	VEC(struct str) ids = { 0 };
	struct stmt *st;
	bool row;

	if (!store_statement(s, S("select id from temp.ferry_key where name = ?1 and hash = ?2"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, p->name);
	stmt_bind_i64(st, 2, p->hash);
	for (;;) {
		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			break;
		*VEC_PUSH(a, &ids) = str_dup(a, stmt_str(st, 0));
	}
	*out = ids.p;
	*n = ids.n;
	return true;
}

bool key_index_find(struct store *s, struct arena *a, const struct key_probe *p,
		    const struct guid *except, struct guid *id, bool *found, struct err *e)
{
	struct str *ids = NULL;
	size_t n = 0;

	*found = false;
	if (!catch_up(s, p, e) || !candidates(s, a, p, &ids, &n, e))
		return false;
	for (size_t i = 0; i < n && !*found; i++) {
		if (!guid_parse(ids[i], id) || (except && guid_eq(*id, *except)))
			continue;
		if (!confirm(s, a, p, ids[i], found, e))
			return false;
	}
	return true;
}

bool key_index_prepare(struct store *s, const struct table *t, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(buf_release) struct buf sql = buf_make(LIMIT_SQL_TEXT);

	buf_add(&sql, S("create index if not exists "));
	db_quote(&sql, str_fmt(&scratch, "%.*s.versionnumber", STR_ARG(t->name)));
	buf_add(&sql, S(" on "));
	db_quote(&sql, t->name);
	buf_add(&sql, S("(versionnumber)"));
	return run_alone(s, buf_str(&sql), e);
}

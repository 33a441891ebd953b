/* SPDX-License-Identifier: MIT */
/*
 * An open organization's file: who it is, its tables on demand, its statements, and how values stand in
 * its columns. The file is self-contained: nothing is read from the program's own metadata here.
 */
#include "org/store.h"

#include <string.h>

#include "base/file.h"
#include "base/vec.h"
#include "io/json.h"
#include "org/store_file.h"
#include "org/store_shared.h"

#include "base/banned.h"

#define STATEMENTS_KEPT 256

struct statements {
	struct arena arena; /* of the texts */
	struct map by_sql;
	struct stmt *kept[STATEMENTS_KEPT];
	size_t n;
};

static void statements_clear(struct statements *k)
{
	for (size_t i = 0; i < k->n; i++)
		stmt_close(&k->kept[i]);
	k->n = 0;
	arena_release(&k->arena);
	k->by_sql = map_make(&k->arena);
}

struct stmt *store_kept(struct store *s, struct str key)
{
	struct statements *k = s->statements;
	uint32_t index;

	if (!map_get(&k->by_sql, key, &index))
		return NULL;
	stmt_reset(k->kept[index]);
	return k->kept[index];
}

bool store_keep(struct store *s, struct str key, struct str sql, struct stmt **out, struct err *e)
{
	struct statements *k = s->statements;
	struct stmt *st = NULL;
	uint32_t index;

	if (k->n == STATEMENTS_KEPT)
		statements_clear(k);
	if (!db_prepare(s->db, sql, &st, e))
		return false;
	index = (uint32_t)k->n;
	map_put(&k->by_sql, str_dup(&k->arena, key), &index);
	k->kept[k->n++] = st;
	*out = st;
	return true;
}

bool store_statement(struct store *s, struct str sql, struct stmt **out, struct err *e)
{
	struct stmt *kept = store_kept(s, sql);

	if (!kept)
		return store_keep(s, sql, sql, out, e);
	*out = kept;
	return true;
}

static bool load_table(void *context, struct str name, struct table **out, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct store *s = context;
	struct stmt *st;
	struct json facts;
	bool row;

	if (!store_statement(s, S("select definition from ferry_table where name = ?1"), &st, e))
		return false;
	stmt_bind_str(st, 1, name);
	if (!stmt_step(st, &row, e))
		return false;
	if (!row) {
		*out = NULL;
		return true;
	}

	struct str text = str_dup(&scratch, stmt_str(st, 0));
	const char *what = str_cstr(&scratch, name);
	struct table *t = arena_new(s->tables, struct table);

	stmt_reset(st);
	if (!json_parse(&scratch, text, what, &facts, e) ||
	    !table_from_facts(s->tables, &facts, what, t, e))
		return err_wrap(e, "%s: definition of a table", s->path);
	*out = t;
	return true;
}

static void empty_catalog(struct store *s)
{
	s->catalog = catalog_make(s->tables);
	s->catalog.load = load_table;
	s->catalog.context = s;
}

bool store_refresh(struct store *s, struct err *e)
{
	struct stmt *st;
	bool row;

	if (!store_statement(s,
			     S("select value from ferry_header "
			       "where name = '" STORE_HEADER_METADATA "'"),
			     &st, e) ||
	    !stmt_step(st, &row, e))
		return false;

	struct str state = row ? str_sub(stmt_str(st, 0), 0, sizeof(s->metadata) - 1) : S("");
	bool same = str_eq(state, str_from(s->metadata));

	if (!same) {
		memcpy(s->metadata, state.p, state.n);
		s->metadata[state.n] = '\0';
	}
	stmt_reset(st);
	if (same)
		return true;
	arena_reset(s->tables);
	empty_catalog(s);
	s->metadata_sum = 0;
	/* some are kept under where a table stood in memory */
	statements_clear(s->statements);
	return true;
}

void store_attach(struct store *s)
{
	s->tables = arena_new(s->arena, struct arena);
	*s->tables = arena_make(0);
	empty_catalog(s);
	s->statements = arena_new(s->arena, struct statements);
	s->statements->arena = arena_make(0);
	s->statements->by_sql = map_make(&s->statements->arena);
}

void store_close(struct store *s)
{
	if (s->statements) {
		statements_clear(s->statements);
		arena_release(&s->statements->arena);
	}
	if (s->collate)
		collate_close(&s->collate);
	if (s->db)
		db_close(&s->db);
	if (s->tables)
		arena_release(s->tables);
	*s = (struct store){ 0 };
}

bool store_header_put(struct store *s, struct str name, struct str value, struct err *e)
{
	struct stmt *st;

	if (!store_statement(s,
			     S("insert or replace into ferry_header(name, value) values(?1, ?2)"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, name);
	stmt_bind_str(st, 2, value);
	return stmt_run(st, e);
}

/* *out is the empty slice when there is no such row. */
static bool header_text(struct store *s, struct str name, struct str *out, struct err *e)
{
	struct stmt *st;
	bool row;

	if (!store_statement(s, S("select cast(value as text) from ferry_header where name = ?1"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, name);
	if (!stmt_step(st, &row, e))
		return false;
	*out = row ? str_dup(s->arena, stmt_str(st, 0)) : S("");
	stmt_reset(st);
	return true;
}

static bool header_int(struct store *s, struct str name, int64_t *out, struct err *e)
{
	struct str text;

	if (!header_text(s, name, &text, e))
		return false;
	if (!str_parse_i64(text, out))
		return err_set(e, ERR_INPUT,
			       "%s: the header row %.*s is damaged; restore the file from a copy",
			       s->path, STR_ARG(name));
	return true;
}

static bool header_guid(struct store *s, struct str name, struct guid *out, struct err *e)
{
	struct str text;

	if (!header_text(s, name, &text, e))
		return false;
	if (!guid_parse(text, out))
		return err_set(e, ERR_INPUT,
			       "%s: it is not known which row is the %.*s: the organization was "
			       "never finished; create it again",
			       s->path, STR_ARG(name));
	return true;
}

static bool pragma_int(struct store *s, struct str sql, int64_t *out, struct err *e)
{
	DEFER(stmt_close) struct stmt *st = NULL;
	bool row;

	if (!db_prepare(s->db, sql, &st, e) || !stmt_step(st, &row, e))
		return false;
	*out = row ? stmt_i64(st, 0) : 0;
	return true;
}

/* SQLite itself sees only that whole pages are missing. */
static bool check_size(struct store *s, struct err *e)
{
	int64_t pages, page;
	uint64_t size;

	if (!pragma_int(s, S("pragma page_count"), &pages, e) ||
	    !pragma_int(s, S("pragma page_size"), &page, e) || !file_size(s->path, &size, e))
		return false;
	/* what was written last may stand beside it */
	const char *log = str_cstr(s->arena, str_fmt(s->arena, "%s-wal", s->path));

	if (size < (uint64_t)pages * (uint64_t)page && !file_exists(log))
		return err_set(e, ERR_INPUT,
			       "%s: the database is cut off; restore the file from a copy",
			       s->path);
	return true;
}

static bool check_tables(struct store *s, struct err *e)
{
	int64_t n;

	if (!pragma_int(s,
			S("select count(*) from sqlite_schema "
			  "where name in ('ferry_header', 'ferry_table')"),
			&n, e))
		return false;
	return n == 2 || err_set(e, ERR_INPUT,
				 "%s: the tables ferry_header and ferry_table are not both there; "
				 "restore the file from a copy",
				 s->path);
}

static bool check_file(struct store *s, struct err *e)
{
	int64_t application, version;

	if (!pragma_int(s, S("pragma application_id"), &application, e) ||
	    !pragma_int(s, S("pragma user_version"), &version, e))
		return err_wrap(e, "reading %s", s->path);
	if (application != STORE_APPLICATION_ID || version < 1)
		return err_set(e, ERR_INPUT,
			       "%s: a database, but not an organization; create one with "
			       "\"ferry org create\"",
			       s->path);
	if (version > STORE_VERSION)
		return err_set(e, ERR_INPUT,
			       "%s: made by a newer ferry (file version %lld, this one knows %d); "
			       "use that one",
			       s->path, (long long)version, STORE_VERSION);
	return check_size(s, e) && check_tables(s, e);
}

static struct rng seeded_rng(uint64_t seed, int64_t version)
{
	return rng_from_seed(seed + (uint64_t)version * UINT64_C(0x9e3779b97f4a7c15));
}

/* A seeded organization gives other ids each time that it is opened after a write, and no id twice. */
static bool read_seed(struct store *s, struct err *e)
{
	enum datetime_zone zone;
	struct str seed, clock;
	int64_t version;
	uint64_t n;

	if (!header_text(s, S(STORE_HEADER_SEED), &seed, e) ||
	    !header_text(s, S(STORE_HEADER_CLOCK), &clock, e) ||
	    !header_int(s, S(STORE_HEADER_VERSION), &version, e))
		return false;
	if (seed.n == 0) {
		s->rng = rng_from_system();
		return true;
	}
	if (!str_parse_u64(seed, &n) || !datetime_parse_iso(clock, &s->clock, &zone))
		return err_set(e, ERR_INPUT,
			       "%s: the header rows seed and clock are damaged; restore the file "
			       "from a copy",
			       s->path);
	s->fixed_clock = true;
	s->seeded = true;
	s->seed = n;
	s->rng = seeded_rng(n, version);
	return true;
}

static bool read_header(struct store *s, struct err *e)
{
	int64_t lcid;

	if (!header_int(s, S(STORE_HEADER_LCID), &lcid, e) ||
	    !header_guid(s, S(STORE_HEADER_ORGANIZATION), &s->organization, e) ||
	    !header_guid(s, S(STORE_HEADER_ROOT_UNIT), &s->root_unit, e) ||
	    !header_guid(s, S(STORE_HEADER_ADMIN), &s->admin, e) ||
	    !header_guid(s, S(STORE_HEADER_CURRENCY), &s->currency, e))
		return false;
	s->lcid = (int)lcid;
	s->caller = s->admin;
	return read_seed(s, e) && collate_open(&s->collate, s->arena, s->lcid, e);
}

static bool open_as(struct store *s, struct arena *a, const char *path, enum db_mode mode,
		    const struct db_gate *gate, struct err *e)
{
	DEFER(store_close) struct store o = { .arena = a,
					      .path = str_cstr(a, str_from(path)),
					      .writable = mode != DB_READ,
					      .shared = mode == DB_SHARED };

	if (!db_open(&o.db, a, path, mode, e))
		return false;
	db_set_gate(o.db, gate);
	store_attach(&o);
	if (!check_file(&o, e) || (o.shared && !db_share(o.db, e)))
		return false;
	/* enough for a process that is killed; without power the last changes may be missing */
	if (o.writable && !db_exec(o.db, "pragma synchronous = normal", e))
		return err_wrap(e, "opening %s", path);
	if (!read_header(&o, e))
		return false;
	*s = o;
	s->catalog.context = s;
	o = (struct store){ 0 };
	return true;
}

bool store_open(struct store *s, struct arena *a, const char *path, bool write, struct err *e)
{
	return open_as(s, a, path, write ? DB_WRITE : DB_READ, NULL, e);
}

bool store_open_shared(struct store *s, struct arena *a, const char *path,
		       const struct db_gate *gate, struct err *e)
{
	return open_as(s, a, path, DB_SHARED, gate, e);
}

bool store_settle(const char *path, struct err *e)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(db_close) struct db *db = NULL;

	return db_open(&db, &a, path, DB_WRITE, e);
}

bool store_begin(struct store *s, struct err *e)
{
	int64_t version;

	if (!db_begin(s->db, e))
		return false;
	if (!s->shared || !s->seeded)
		return true;
	/* a version of its own, so that no two transactions begin with the same */
	if (!store_next_version(s, &version, e)) {
		db_rollback(s->db);
		return false;
	}
	s->touched--;
	s->rng = seeded_rng(s->seed, version);
	return true;
}

static bool finish_row(struct store *s, struct str header, struct str table, struct guid id,
		       struct err *e)
{
	char text[GUID_TEXT_SIZE];
	const struct table *t;
	struct stmt *st;
	bool row = false;

	if (!store_table(s, table, &t, e))
		return false;
	if (t && !guid_is_null(id)) {
		DEFER(buf_release) struct buf sql = buf_make(0);

		buf_add(&sql, S("select 1 from "));
		db_quote(&sql, t->name);
		buf_add(&sql, S(" where "));
		db_quote(&sql, t->primary_id);
		buf_add(&sql, S(" = ?1"));
		if (!store_statement(s, buf_str(&sql), &st, e))
			return false;
		stmt_bind_str(st, 1, guid_format(id, text));
		if (!stmt_step(st, &row, e))
			return false;
		stmt_reset(st);
	}
	if (!row)
		return err_set(e, ERR_INPUT,
			       "%s: no row of table %.*s is the organization's %.*s; the system "
			       "sample has to bring it",
			       s->path, STR_ARG(table), STR_ARG(header));
	return store_header_put(s, header, guid_format(id, text), e);
}

bool store_finish(struct store *s, struct err *e)
{
	if (!db_begin(s->db, e))
		return false;
	if (finish_row(s, S(STORE_HEADER_ORGANIZATION), S("organization"), s->organization, e) &&
	    finish_row(s, S(STORE_HEADER_ROOT_UNIT), S("businessunit"), s->root_unit, e) &&
	    finish_row(s, S(STORE_HEADER_ADMIN), S("systemuser"), s->admin, e) &&
	    finish_row(s, S(STORE_HEADER_CURRENCY), S("transactioncurrency"), s->currency, e) &&
	    db_commit(s->db, e)) {
		s->caller = s->admin;
		return true;
	}
	db_rollback(s->db);
	return false;
}

struct datetime store_now(const struct store *s)
{
	struct datetime now = s->fixed_clock ? s->clock : datetime_now();
	int64_t fraction = now.ticks % DATETIME_SECOND;

	/* the platform keeps whole seconds */
	return (struct datetime){ now.ticks - fraction };
}

/* *last is the highest of n new versions. */
static bool take_versions(struct store *s, int64_t n, int64_t *last, struct err *e)
{
	struct stmt *st;
	bool row;

	assert(db_in_transaction(s->db));
	if (!store_statement(s,
			     S("update ferry_header set value = value + ?1 "
			       "where name = '" STORE_HEADER_VERSION "' returning value"),
			     &st, e))
		return false;
	stmt_bind_i64(st, 1, n);
	if (!stmt_step(st, &row, e))
		return false;
	if (!row)
		return err_set(e, ERR_INPUT,
			       "%s: the header row " STORE_HEADER_VERSION " is missing; "
			       "restore the file from a copy",
			       s->path);
	*last = stmt_i64(st, 0);
	stmt_reset(st);
	return true;
}

bool store_next_version(struct store *s, int64_t *version, struct err *e)
{
	s->touched++;
	if (s->reserved == 0)
		return take_versions(s, 1, version, e);
	s->reserved--;
	*version = s->reserved_last - s->reserved;
	return true;
}

bool store_reserve_versions(struct store *s, int64_t n, struct err *e)
{
	assert(s->reserved == 0);
	if (!take_versions(s, n, &s->reserved_last, e))
		return false;
	s->reserved = n;
	return true;
}

void store_release_versions(struct store *s)
{
	s->reserved = 0;
}

bool store_table(struct store *s, struct str name, const struct table **out, struct err *e)
{
	return catalog_get(&s->catalog, name, out, e);
}

bool store_table_of_set(struct store *s, struct str entity_set, const struct table **out,
			struct err *e)
{
	const struct table *known = catalog_find_set(&s->catalog, entity_set);
	struct str name = S("");
	struct stmt *st;
	bool row;

	if (known) {
		*out = known;
		return true;
	}
	if (!store_statement(s,
			     S("select name from ferry_table where entity_set = ?1 "
			       "order by name limit 1"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, entity_set);
	if (!stmt_step(st, &row, e))
		return false;
	if (row)
		name = str_dup(s->tables, stmt_str(st, 0));
	stmt_reset(st);
	if (row)
		return store_table(s, name, out, e);
	*out = NULL;
	return true;
}

bool store_table_names(struct store *s, struct arena *a, struct str **names, size_t *n,
		       struct err *e)
{
	DEFER(stmt_close) struct stmt *st = NULL;
	VEC(struct str) found = { 0 };
	bool row;

	if (!db_prepare(s->db, S("select name from ferry_table order by name"), &st, e) ||
	    !stmt_step(st, &row, e))
		return false;
	while (row) {
		*VEC_PUSH(a, &found) = str_dup(a, stmt_str(st, 0));
		if (!stmt_step(st, &row, e))
			return false;
	}
	*names = found.p;
	*n = found.n;
	return true;
}

static bool link_of(struct store *s, struct str table, struct str name,
		    const struct many_to_many **out, struct err *e)
{
	const struct table *t;

	if (!store_table(s, table, &t, e))
		return false;
	*out = t ? table_link(t, name) : NULL;
	return true;
}

bool store_relationship(struct store *s, struct str name, const struct many_to_many **out,
			struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	const struct many_to_many *found = NULL;
	const struct table *t;
	struct str *names;
	size_t n;

	/* an intersect table knows its two sides; a mere schema name has to be looked for */
	if (!store_table(s, name, &t, e))
		return false;
	if (t && !t->is_intersect) {
		*out = NULL;
		return true;
	}
	for (size_t i = 0; t && !found && i < t->nmany_to_one; i++) {
		if (!link_of(s, t->many_to_one[i].target, name, &found, e))
			return false;
	}
	if (!t && !store_table_names(s, &scratch, &names, &n, e))
		return false;
	for (size_t i = 0; !t && !found && i < n; i++) {
		if (!link_of(s, names[i], name, &found, e))
			return false;
	}
	*out = found;
	return true;
}

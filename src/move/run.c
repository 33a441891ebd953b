/* SPDX-License-Identifier: MIT */
/*
 * The run file. Everything runs in one open transaction, which run_commit ends and begins again. Prepared
 * statements are kept by slot and used again; a statement is reset before it is given out, so that none
 * holds a cursor on a table by accident. Only run_get_row leaves its statement standing on the row: one per
 * side, because the slices that it gave live there.
 */
#include "move/run.h"

#include "base/file.h"
#include "base/vec.h"
#include "move/cells.h"
#include "move/run_sql.h"

#include "base/banned.h"

static const char schema[] =
	"CREATE TABLE header(name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;"
	"CREATE TABLE tab(number INTEGER PRIMARY KEY, name TEXT, columns INTEGER);"
	"CREATE TABLE row(side INTEGER, tab INTEGER, id BLOB, origin BLOB, version TEXT, cells BLOB);"
	"CREATE UNIQUE INDEX row_id ON row(side, tab, id);"
	"CREATE TABLE link(side INTEGER, rel INTEGER, source BLOB, target BLOB,"
	" PRIMARY KEY(side, rel, source, target)) WITHOUT ROWID;"
	"CREATE TABLE map(name TEXT, source BLOB, target BLOB, how TEXT,"
	" PRIMARY KEY(name, source)) WITHOUT ROWID;"
	"CREATE INDEX map_target ON map(name, target);"
	"CREATE INDEX map_source ON map(source);"
	"CREATE TABLE reference(name TEXT, id BLOB, label TEXT,"
	" PRIMARY KEY(name, id)) WITHOUT ROWID;"
	"CREATE INDEX reference_id ON reference(id);"
	"CREATE TABLE reference_key(name TEXT, id BLOB, col TEXT, value TEXT, target TEXT,"
	" PRIMARY KEY(name, id, col)) WITHOUT ROWID;"
	"CREATE TABLE keyed(tab INTEGER, rule INTEGER, key TEXT, id BLOB,"
	" PRIMARY KEY(tab, rule, key, id)) WITHOUT ROWID;"
	/* journal.c */
	"CREATE TABLE change(number INTEGER PRIMARY KEY, kind INTEGER, state INTEGER, wave INTEGER,"
	" tab INTEGER, id BLOB, origin BLOB, other BLOB, other_origin BLOB, columns BLOB);"
	"CREATE INDEX change_wave ON change(wave, state, tab, id);"
	"CREATE INDEX change_create ON change(tab, id) WHERE kind = 0;"
	"CREATE TABLE outcome(tab INTEGER, source BLOB, bucket INTEGER,"
	" PRIMARY KEY(tab, source)) WITHOUT ROWID;"
	"CREATE TABLE link_outcome(rel INTEGER, source BLOB, target BLOB, bucket INTEGER,"
	" PRIMARY KEY(rel, source, target)) WITHOUT ROWID;"
	"CREATE TABLE problem(number INTEGER PRIMARY KEY, severity INTEGER, name TEXT, id TEXT,"
	" col TEXT, code INTEGER, message TEXT, remedy TEXT);"
	"CREATE INDEX problem_severity ON problem(severity DESC, number);"
	/*
	 * graph.c. `waiting` holds the creates without a wave, with the number of edges to others of them;
	 * the triggers keep it so, whoever puts changes and edges or gives waves: a wave costs as much as
	 * it has changes and edges, not as much as is left.
	 */
	"CREATE TABLE edge(change INTEGER, needs INTEGER, col INTEGER,"
	" PRIMARY KEY(change, needs, col)) WITHOUT ROWID;"
	"CREATE INDEX edge_needs ON edge(needs, change);"
	"CREATE TABLE waiting(number INTEGER PRIMARY KEY, unmet INTEGER);"
	"CREATE INDEX waiting_unmet ON waiting(unmet);"
	"CREATE TABLE core(number INTEGER PRIMARY KEY, wanted INTEGER);"
	"CREATE INDEX core_wanted ON core(wanted);"
	"CREATE TRIGGER create_put AFTER INSERT ON change WHEN new.kind = 0 AND new.wave = 0 BEGIN"
	" INSERT INTO waiting VALUES(new.number, 0); END;"
	"CREATE TRIGGER wave_set AFTER UPDATE OF wave ON change"
	" WHEN old.kind = 0 AND old.wave = 0 AND new.wave <> 0 BEGIN"
	" DELETE FROM waiting WHERE number = new.number;"
	" UPDATE waiting SET unmet = unmet - (SELECT count(*) FROM edge"
	"  WHERE edge.change = waiting.number AND edge.needs = new.number)"
	" WHERE number IN (SELECT change FROM edge WHERE needs = new.number); END;"
	"CREATE TRIGGER edge_put AFTER INSERT ON edge BEGIN"
	" UPDATE waiting SET unmet = unmet + 1 WHERE number = new.change"
	" AND EXISTS (SELECT 1 FROM waiting AS w WHERE w.number = new.needs); END;"
	"CREATE TRIGGER edge_taken AFTER DELETE ON edge BEGIN"
	" UPDATE waiting SET unmet = unmet - 1 WHERE number = old.change"
	" AND EXISTS (SELECT 1 FROM waiting AS w WHERE w.number = old.needs); END;"
	"PRAGMA user_version = 1;";

enum {
	GET_ROW, /* one per side */
	SET_HEADER = GET_ROW + SIDE_AFTER + 1,
	PUT_TAB,
	PUT_ROW,
	REPLACE_ROW,
	HAS_ROW,
	COUNT_ROWS,
	CLEAR_ROWS,
	CLEAR_LINKS,
	PUT_LINK,
	HAS_LINK,
	COUNT_LINKS,
	PUT_MAP,
	GET_MAP,
	GET_MAP_ANY,
	GET_MAP_BACK,
	PUT_KEYED,
	GET_KEYED,
	STATEMENTS
};
static_assert(RUN_SLOT + STATEMENTS <= JOURNAL_SLOT, "the run's statements need more slots");

static const struct str sql[STATEMENTS] = {
	[GET_ROW] = STR_INIT("SELECT id, origin, version, cells FROM row"
			     " WHERE side = ?1 AND tab = ?2 AND id = ?3"),
	[SET_HEADER] = STR_INIT("INSERT OR REPLACE INTO header VALUES(?1, ?2)"),
	[PUT_TAB] = STR_INIT("INSERT INTO tab VALUES(?1, ?2, ?3)"),
	[PUT_ROW] = STR_INIT("INSERT OR IGNORE INTO row VALUES(?1, ?2, ?3, ?4, ?5, ?6)"),
	[REPLACE_ROW] = STR_INIT("INSERT OR REPLACE INTO row VALUES(?1, ?2, ?3, ?4, ?5, ?6)"),
	[HAS_ROW] = STR_INIT("SELECT 1 FROM row WHERE side = ?1 AND tab = ?2 AND id = ?3"),
	[COUNT_ROWS] = STR_INIT("SELECT count(*) FROM row WHERE side = ?1 AND tab = ?2"),
	[CLEAR_ROWS] = STR_INIT("DELETE FROM row WHERE side = ?1"),
	[CLEAR_LINKS] = STR_INIT("DELETE FROM link WHERE side = ?1"),
	[PUT_LINK] = STR_INIT("INSERT OR IGNORE INTO link VALUES(?1, ?2, ?3, ?4)"),
	[HAS_LINK] = STR_INIT("SELECT 1 FROM link WHERE side = ?1 AND rel = ?2 AND source = ?3"
			      " AND target = ?4"),
	[COUNT_LINKS] = STR_INIT("SELECT count(*) FROM link WHERE side = ?1 AND rel = ?2"),
	[PUT_MAP] = STR_INIT("INSERT OR REPLACE INTO map VALUES(?1, ?2, ?3, ?4)"),
	[GET_MAP] = STR_INIT("SELECT target FROM map WHERE name = ?1 AND source = ?2"),
	[GET_MAP_ANY] = STR_INIT("SELECT min(target) FROM map WHERE source = ?1"
				 " HAVING min(target) = max(target)"),
	[GET_MAP_BACK] = STR_INIT("SELECT source FROM map WHERE name = ?1 AND target = ?2"
				  " ORDER BY source LIMIT 1"),
	[PUT_KEYED] = STR_INIT("INSERT OR IGNORE INTO keyed VALUES(?1, ?2, ?3, ?4)"),
	[GET_KEYED] = STR_INIT("SELECT id FROM keyed WHERE tab = ?1 AND rule = ?2 AND key = ?3"
			       " ORDER BY id"),
};

/* The order of the index, so that rows put into other sides are never met. */
static const struct str rows_sql = STR_INIT("SELECT id, origin, version, cells FROM row"
					    " INDEXED BY row_id WHERE side = ?1 AND tab = ?2"
					    " ORDER BY id");
static const struct str links_sql = STR_INIT("SELECT source, target FROM link WHERE side = ?1"
					     " AND rel = ?2 ORDER BY source, target");

bool run_create(struct run *r, struct arena *a, const char *path, struct err *e)
{
	DEFER(db_close) struct db *db = NULL;

	const char *mark = str_fmt(a, "PRAGMA application_id = %d", RUN_APPLICATION_ID).p;

	if (path && file_exists(path))
		return err_set(e, ERR_USAGE, "%s: exists already; choose another name for the run",
			       path);
	if (!db_open(&db, a, path, path ? DB_CREATE : DB_MEMORY, e) ||
	    !db_exec(db, path ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=OFF", e) ||
	    !db_begin(db, e) || !db_exec(db, schema, e) || !db_exec(db, mark, e))
		return false;

	struct run run = { .arena = a,
			   .db = db,
			   .temporary = !path,
			   .path = path ? str_cstr(a, str_from(path)) : NULL };
	struct str form = str_fmt(a, "%d", CELLS_FORM);

	if (!run_set_header(&run, S("cells"), form, e) || !run_commit(&run, e))
		return false;
	*r = run;
	db = NULL;
	return true;
}

void run_close(struct run *r)
{
	db_close(&r->db);
	*r = (struct run){ 0 };
}

bool run_commit(struct run *r, struct err *e)
{
	return db_commit(r->db, e) && db_begin(r->db, e);
}

bool run_statement(struct run *r, unsigned slot, struct str text, struct stmt **out, struct err *e)
{
	assert(slot < COUNT_OF(r->st));
	if (!r->st[slot] && !db_prepare(r->db, text, &r->st[slot], e))
		return false;
	stmt_reset(r->st[slot]);
	*out = r->st[slot];
	return true;
}

static bool statement(struct run *r, unsigned which, struct stmt **out, struct err *e)
{
	return run_statement(r, RUN_SLOT + which, sql[which], out, e);
}

struct str run_key_bytes(const struct guid *key)
{
	return str_of((const char *)key->b, sizeof(key->b));
}

bool run_read_guid(const struct stmt *st, int i, struct guid *out, struct err *e)
{
	struct str blob = stmt_str(st, i);
	struct guid key;

	if (blob.n != sizeof(key.b))
		return err_set(e, ERR_INTERNAL, "run file: an id of %zu bytes", blob.n);
	for (size_t k = 0; k < sizeof(key.b); k++)
		key.b[k] = (uint8_t)blob.p[k];
	*out = guid_from_sql_key(key);
	return true;
}

/* The first row's GUID of a statement with at most one; then the statement is done with. */
static bool one_guid(struct stmt *st, struct guid *out, bool *found, struct err *e)
{
	bool row;

	if (!stmt_step(st, &row, e) || (row && !run_read_guid(st, 0, out, e)))
		return false;
	stmt_reset(st);
	*found = row;
	return true;
}

bool run_read_count(struct stmt *st, uint64_t *out, struct err *e)
{
	bool row;

	if (!stmt_step(st, &row, e))
		return false;
	assert(row); /* count() always gives one */
	*out = (uint64_t)stmt_i64(st, 0);
	stmt_reset(st);
	return true;
}

bool run_set_header(struct run *r, struct str name, struct str value, struct err *e)
{
	struct stmt *st;

	if (!statement(r, SET_HEADER, &st, e))
		return false;
	stmt_bind_str(st, 1, name);
	stmt_bind_str(st, 2, value);
	return stmt_run(st, e);
}

bool run_put_tab(struct run *r, uint32_t tab, struct str name, size_t ncolumns, struct err *e)
{
	struct stmt *st;

	if (!statement(r, PUT_TAB, &st, e))
		return false;
	stmt_bind_i64(st, 1, tab);
	stmt_bind_str(st, 2, name);
	stmt_bind_i64(st, 3, (int64_t)ncolumns);
	return stmt_run(st, e);
}

static bool put_row(struct run *r, unsigned which, enum side side, uint32_t tab,
		    const struct run_row *row, struct err *e)
{
	struct guid id = guid_sql_key(row->id);
	struct guid origin = guid_sql_key(row->origin);
	struct stmt *st;

	if (!statement(r, which, &st, e))
		return false;
	stmt_bind_i64(st, 1, side);
	stmt_bind_i64(st, 2, tab);
	stmt_bind_blob(st, 3, run_key_bytes(&id));
	stmt_bind_blob(st, 4, run_key_bytes(&origin));
	stmt_bind_str(st, 5, row->version);
	stmt_bind_blob(st, 6, row->cells);
	return stmt_run(st, e);
}

bool run_put_row(struct run *r, enum side side, uint32_t tab, const struct run_row *row,
		 bool *fresh, struct err *e)
{
	if (!put_row(r, PUT_ROW, side, tab, row, e))
		return false;
	*fresh = db_changes(r->db) > 0;
	return true;
}

bool run_replace_row(struct run *r, enum side side, uint32_t tab, const struct run_row *row,
		     struct err *e)
{
	return put_row(r, REPLACE_ROW, side, tab, row, e);
}

static bool read_row(const struct stmt *st, struct run_row *row, struct err *e)
{
	struct run_row read;

	if (!run_read_guid(st, 0, &read.id, e) || !run_read_guid(st, 1, &read.origin, e))
		return false;
	read.version = stmt_str(st, 2);
	read.cells = stmt_str(st, 3);
	*row = read;
	return true;
}

bool run_get_row(struct run *r, enum side side, uint32_t tab, struct guid id, struct run_row *row,
		 bool *found, struct err *e)
{
	struct stmt *st;
	bool there;

	if (!run_statement(r, RUN_SLOT + GET_ROW + side, sql[GET_ROW], &st, e))
		return false;
	/* The statement stays open on its row, so what is bound has to stay, too. */
	r->key[side] = guid_sql_key(id);
	stmt_bind_i64(st, 1, side);
	stmt_bind_i64(st, 2, tab);
	stmt_bind_blob(st, 3, run_key_bytes(&r->key[side]));
	if (!stmt_step(st, &there, e) || (there && !read_row(st, row, e)))
		return false;
	*found = there;
	return true;
}

bool run_has_row(struct run *r, enum side side, uint32_t tab, struct guid id, bool *found,
		 struct err *e)
{
	struct guid key = guid_sql_key(id);
	struct stmt *st;
	bool row;

	if (!statement(r, HAS_ROW, &st, e))
		return false;
	stmt_bind_i64(st, 1, side);
	stmt_bind_i64(st, 2, tab);
	stmt_bind_blob(st, 3, run_key_bytes(&key));
	if (!stmt_step(st, &row, e))
		return false;
	stmt_reset(st);
	*found = row;
	return true;
}

bool run_count_rows(struct run *r, enum side side, uint32_t tab, uint64_t *n, struct err *e)
{
	struct stmt *st;

	if (!statement(r, COUNT_ROWS, &st, e))
		return false;
	stmt_bind_i64(st, 1, side);
	stmt_bind_i64(st, 2, tab);
	return run_read_count(st, n, e);
}

bool run_clear_side(struct run *r, enum side side, struct err *e)
{
	struct stmt *rows, *links;

	if (!statement(r, CLEAR_ROWS, &rows, e) || !statement(r, CLEAR_LINKS, &links, e))
		return false;
	stmt_bind_i64(rows, 1, side);
	stmt_bind_i64(links, 1, side);
	return stmt_run(rows, e) && stmt_run(links, e);
}

void run_cursor_close(struct run_cursor *c)
{
	stmt_close(&c->st);
}

bool run_cursor_open(struct run *r, struct str text, int64_t first, int64_t second,
		     struct run_cursor *c, struct err *e)
{
	if (!db_prepare(r->db, text, &c->st, e))
		return false;
	stmt_bind_i64(c->st, 1, first);
	stmt_bind_i64(c->st, 2, second);
	return true;
}

bool run_rows(struct run *r, enum side side, uint32_t tab, struct run_cursor *c, struct err *e)
{
	return run_cursor_open(r, rows_sql, side, tab, c, e);
}

bool run_next_row(struct run_cursor *c, struct run_row *row, bool *more, struct err *e)
{
	bool there;

	if (!stmt_step(c->st, &there, e) || (there && !read_row(c->st, row, e)))
		return false;
	*more = there;
	return true;
}

static void bind_link(struct stmt *st, enum side side, uint32_t rel, const struct guid *source,
		      const struct guid *target)
{
	stmt_bind_i64(st, 1, side);
	stmt_bind_i64(st, 2, rel);
	stmt_bind_blob(st, 3, run_key_bytes(source));
	stmt_bind_blob(st, 4, run_key_bytes(target));
}

bool run_put_link(struct run *r, enum side side, uint32_t rel, struct guid source,
		  struct guid target, struct err *e)
{
	struct guid from = guid_sql_key(source);
	struct guid to = guid_sql_key(target);
	struct stmt *st;

	if (!statement(r, PUT_LINK, &st, e))
		return false;
	bind_link(st, side, rel, &from, &to);
	return stmt_run(st, e);
}

bool run_has_link(struct run *r, enum side side, uint32_t rel, struct guid source,
		  struct guid target, bool *found, struct err *e)
{
	struct guid from = guid_sql_key(source);
	struct guid to = guid_sql_key(target);
	struct stmt *st;
	bool row;

	if (!statement(r, HAS_LINK, &st, e))
		return false;
	bind_link(st, side, rel, &from, &to);
	if (!stmt_step(st, &row, e))
		return false;
	stmt_reset(st);
	*found = row;
	return true;
}

bool run_count_links(struct run *r, enum side side, uint32_t rel, uint64_t *n, struct err *e)
{
	struct stmt *st;

	if (!statement(r, COUNT_LINKS, &st, e))
		return false;
	stmt_bind_i64(st, 1, side);
	stmt_bind_i64(st, 2, rel);
	return run_read_count(st, n, e);
}

bool run_links(struct run *r, enum side side, uint32_t rel, struct run_cursor *c, struct err *e)
{
	return run_cursor_open(r, links_sql, side, rel, c, e);
}

bool run_next_link(struct run_cursor *c, struct guid *source, struct guid *target, bool *more,
		   struct err *e)
{
	struct guid from, to;
	bool row;

	if (!stmt_step(c->st, &row, e))
		return false;
	if (row && (!run_read_guid(c->st, 0, &from, e) || !run_read_guid(c->st, 1, &to, e)))
		return false;
	if (row) {
		*source = from;
		*target = to;
	}
	*more = row;
	return true;
}

bool run_put_map(struct run *r, struct str table, struct guid source, struct guid target,
		 struct str how, struct err *e)
{
	struct guid from = guid_sql_key(source);
	struct guid to = guid_sql_key(target);
	struct stmt *st;

	if (!statement(r, PUT_MAP, &st, e))
		return false;
	stmt_bind_str(st, 1, table);
	stmt_bind_blob(st, 2, run_key_bytes(&from));
	stmt_bind_blob(st, 3, run_key_bytes(&to));
	stmt_bind_str(st, 4, how);
	return stmt_run(st, e);
}

static bool find_in_map(struct run *r, unsigned which, struct str table, struct guid id,
			struct guid *out, bool *found, struct err *e)
{
	struct guid key = guid_sql_key(id);
	struct stmt *st;

	if (!statement(r, which, &st, e))
		return false;
	stmt_bind_str(st, 1, table);
	stmt_bind_blob(st, 2, run_key_bytes(&key));
	return one_guid(st, out, found, e);
}

bool run_get_map(struct run *r, struct str table, struct guid source, struct guid *target,
		 bool *found, struct err *e)
{
	return find_in_map(r, GET_MAP, table, source, target, found, e);
}

bool run_get_map_any(struct run *r, struct guid source, struct guid *target, bool *found,
		     struct err *e)
{
	struct guid key = guid_sql_key(source);
	struct stmt *st;

	if (!statement(r, GET_MAP_ANY, &st, e))
		return false;
	stmt_bind_blob(st, 1, run_key_bytes(&key));
	return one_guid(st, target, found, e);
}

bool run_get_map_back(struct run *r, struct str table, struct guid target, struct guid *source,
		      bool *found, struct err *e)
{
	return find_in_map(r, GET_MAP_BACK, table, target, source, found, e);
}

bool run_put_keyed(struct run *r, uint32_t tab, uint32_t rule, struct str key, struct guid id,
		   struct err *e)
{
	struct guid id_key = guid_sql_key(id);
	struct stmt *st;

	if (!statement(r, PUT_KEYED, &st, e))
		return false;
	stmt_bind_i64(st, 1, tab);
	stmt_bind_i64(st, 2, rule);
	stmt_bind_str(st, 3, key);
	stmt_bind_blob(st, 4, run_key_bytes(&id_key));
	return stmt_run(st, e);
}

bool run_get_keyed(struct run *r, uint32_t tab, uint32_t rule, struct str key, struct guid ids[2],
		   size_t *n, struct err *e)
{
	struct stmt *st;
	size_t count = 0;
	bool row = true;

	if (!statement(r, GET_KEYED, &st, e))
		return false;
	stmt_bind_i64(st, 1, tab);
	stmt_bind_i64(st, 2, rule);
	stmt_bind_str(st, 3, key);
	while (row) {
		if (!stmt_step(st, &row, e))
			return false;
		if (row && count < 2 && !run_read_guid(st, 0, &ids[count], e))
			return false;
		count += row;
	}
	*n = count;
	return true;
}

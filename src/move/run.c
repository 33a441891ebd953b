/* SPDX-License-Identifier: MIT */
/*
 * The run file itself. Everything runs in one open transaction, which run_commit ends and begins again. Prepared
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

#define FORM 2 /* user_version: that of the tables below */

static const char schema[] =
	"CREATE TABLE header(name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;"
	"CREATE TABLE tab(number INTEGER PRIMARY KEY, name TEXT, columns TEXT, read INTEGER);"
	"CREATE TABLE row(side INTEGER, tab INTEGER, id BLOB, origin BLOB, version TEXT, cells BLOB);"
	"CREATE UNIQUE INDEX row_id ON row(side, tab, id);"
	"CREATE TABLE link(side INTEGER, rel INTEGER, source BLOB, target BLOB,"
	" PRIMARY KEY(side, rel, source, target)) WITHOUT ROWID;"
	"CREATE TABLE map(name TEXT, source BLOB, target BLOB, how TEXT,"
	" PRIMARY KEY(name, source)) WITHOUT ROWID;"
	"CREATE INDEX map_target ON map(name, target);"
	"CREATE INDEX map_source ON map(source);"
	"CREATE TABLE reference(name TEXT, id BLOB, label TEXT, why TEXT,"
	" PRIMARY KEY(name, id)) WITHOUT ROWID;"
	"CREATE INDEX reference_id ON reference(id);"
	"CREATE TABLE reference_key(name TEXT, id BLOB, col TEXT, value TEXT, target TEXT,"
	" PRIMARY KEY(name, id, col)) WITHOUT ROWID;"
	"CREATE TABLE keyed(tab INTEGER, rule INTEGER, key TEXT, id BLOB,"
	" PRIMARY KEY(tab, rule, key, id)) WITHOUT ROWID;"
	/* run_keep.c */
	"CREATE TABLE definition(name TEXT PRIMARY KEY, facts TEXT) WITHOUT ROWID;"
	"CREATE TABLE file(hash TEXT, part INTEGER, bytes BLOB, PRIMARY KEY(hash, part)) WITHOUT ROWID;"
	"CREATE TABLE made(name TEXT, id BLOB, tab INTEGER, of BLOB, PRIMARY KEY(name, id)) WITHOUT ROWID;"
	"CREATE TABLE step(id BLOB PRIMARY KEY, name TEXT, state INTEGER) WITHOUT ROWID;"
	/* journal.c; bits: journal.h */
	"CREATE TABLE change(number INTEGER PRIMARY KEY, kind INTEGER, state INTEGER, wave INTEGER,"
	" tab INTEGER, id BLOB, origin BLOB, other BLOB, other_origin BLOB, columns BLOB);"
	"CREATE INDEX change_wave ON change(wave, state, tab, id);"
	"CREATE INDEX change_row ON change(tab, id, kind);"
	"CREATE TABLE outcome(tab INTEGER, source BLOB, bits INTEGER,"
	" PRIMARY KEY(tab, source)) WITHOUT ROWID;"
	"CREATE TABLE link_outcome(rel INTEGER, source BLOB, target BLOB, bits INTEGER,"
	" PRIMARY KEY(rel, source, target)) WITHOUT ROWID;"
	"CREATE TABLE problem(number INTEGER PRIMARY KEY, severity INTEGER, name TEXT, id TEXT,"
	" col TEXT, code INTEGER, message TEXT, remedy TEXT, writing INTEGER);"
	"CREATE INDEX problem_severity ON problem(severity DESC, number);"
	/*
	 * graph.c. `waiting` holds the creates without a wave (later the deletes), with the number of edges to others
	 * of them; the triggers keep it so, whoever puts changes and edges or gives waves: a wave costs as much as
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
	" WHEN old.kind IN (0, 5) AND old.wave = 0 AND new.wave <> 0 BEGIN"
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
	"PRAGMA user_version = 2;";

enum { SET_HEADER, GET_HEADER, PUT_TAB, GET_TAB, SET_READ, GET_READ, STATEMENTS };
static_assert(RUN_SLOT + STATEMENTS <= ROWS_SLOT, "the run's statements need more slots");

static const struct str sql[STATEMENTS] = {
	[SET_HEADER] = STR_INIT("INSERT OR REPLACE INTO header VALUES(?1, ?2)"),
	[GET_HEADER] = STR_INIT("SELECT value FROM header WHERE name = ?1"),
	[PUT_TAB] = STR_INIT("INSERT INTO tab VALUES(?1, ?2, ?3, 0)"),
	[GET_TAB] = STR_INIT("SELECT name, columns FROM tab WHERE number = ?1"),
	[SET_READ] = STR_INIT("UPDATE tab SET read = ?2 WHERE number = ?1"),
	[GET_READ] = STR_INIT("SELECT read FROM tab WHERE number = ?1"),
};

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

/* The one number of a pragma. */
static bool ask_number(struct db *db, struct str pragma, int64_t *out, struct err *e)
{
	DEFER(stmt_close) struct stmt *st = NULL;
	bool row;

	if (!db_prepare(db, pragma, &st, e) || !stmt_step(st, &row, e))
		return false;
	*out = row ? stmt_i64(st, 0) : 0;
	return true;
}

static bool check_form(struct db *db, const char *path, struct err *e)
{
	int64_t application, form;

	if (!ask_number(db, S("PRAGMA application_id"), &application, e) ||
	    !ask_number(db, S("PRAGMA user_version"), &form, e))
		return false;
	if (application != RUN_APPLICATION_ID)
		return err_set(e, ERR_INPUT, "%s: is no run file of ferry", path);
	if (form != FORM)
		return err_set(
			e, ERR_INPUT,
			"%s: is a run file of another version of ferry (its form is %lld, this one knows %d)",
			path, (long long)form, FORM);
	return true;
}

static bool check_cells(struct run *r, struct err *e)
{
	struct str cells;
	bool found;

	if (!run_get_header(r, r->arena, S("cells"), &cells, &found, e))
		return false;
	if (found && str_eq(cells, str_fmt(r->arena, "%d", CELLS_FORM)))
		return true;
	return err_set(e, ERR_INPUT, "%s: is a run file of another version of ferry", r->path);
}

static bool open_file(struct run *r, struct arena *a, const char *path, enum db_mode mode,
		      struct err *e)
{
	DEFER(db_close) struct db *db = NULL;

	if (!file_exists(path))
		return err_set(
			e, ERR_USAGE,
			"%s: there is no such run file; \"ferry runs list\" shows those that are kept",
			path);
	if (!db_open(&db, a, path, mode, e) || !check_form(db, path, e) ||
	    !db_exec(db, "PRAGMA synchronous=FULL", e) ||
	    (mode == DB_READ ? !db_begin_read(db, e) : !db_begin(db, e))) {
		/* it is a file, and no service that will be there again */
		if (e->kind == ERR_NETWORK)
			e->kind = ERR_USAGE;
		return false;
	}

	struct run run = { .arena = a,
			   .db = db,
			   .read_only = mode == DB_READ,
			   .path = str_cstr(a, str_from(path)) };

	if (!check_cells(&run, e))
		return false;
	*r = run;
	db = NULL;
	return true;
}

bool run_open(struct run *r, struct arena *a, const char *path, bool look, struct err *e)
{
	if (!open_file(r, a, path, DB_WRITE, e))
		return false;
	r->read_only = look;
	return true;
}

bool run_open_read(struct run *r, struct arena *a, const char *path, struct err *e)
{
	return open_file(r, a, path, DB_READ, e);
}

bool run_check_file(struct run *r, struct err *e)
{
	DEFER(stmt_close) struct stmt *st = NULL;
	bool row;

	if (!db_prepare(r->db, S("PRAGMA integrity_check(1)"), &st, e) || !stmt_step(st, &row, e))
		return false;
	if (row && str_eq(stmt_str(st, 0), S("ok")))
		return true;
	return err_set(e, ERR_INPUT, "%s: the run file is damaged: %.*s", r->path,
		       STR_ARG(row ? stmt_str(st, 0) : S("")));
}

void run_close(struct run *r)
{
	db_close(&r->db);
	*r = (struct run){ 0 };
}

bool run_commit(struct run *r, struct err *e)
{
	return r->read_only || (db_commit(r->db, e) && db_begin(r->db, e));
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
		return err_set(e, ERR_INPUT, "the run file is damaged: an id of %zu bytes", blob.n);
	for (size_t k = 0; k < sizeof(key.b); k++)
		key.b[k] = (uint8_t)blob.p[k];
	*out = guid_from_sql_key(key);
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

bool run_get_header(struct run *r, struct arena *a, struct str name, struct str *value, bool *found,
		    struct err *e)
{
	struct stmt *st;
	bool row;

	if (!statement(r, GET_HEADER, &st, e))
		return false;
	stmt_bind_str(st, 1, name);
	if (!stmt_step(st, &row, e))
		return false;
	if (row)
		*value = str_dup(a, stmt_str(st, 0));
	stmt_reset(st);
	*found = row;
	return true;
}

static bool check_tab(struct stmt *st, struct str name, struct str columns, struct err *e)
{
	bool same = str_eq(stmt_str(st, 0), name) && str_eq(stmt_str(st, 1), columns);

	stmt_reset(st);
	return same ||
	       err_set(e, ERR_STALE,
		       "%.*s has other columns now than when the run was planned: plan it again",
		       STR_ARG(name));
}

bool run_put_tab(struct run *r, uint32_t tab, struct str name, struct str columns, struct err *e)
{
	struct stmt *st;
	bool row;

	if (!statement(r, GET_TAB, &st, e))
		return false;
	stmt_bind_i64(st, 1, tab);
	if (!stmt_step(st, &row, e))
		return false;
	if (row)
		return check_tab(st, name, columns, e);
	if (!statement(r, PUT_TAB, &st, e))
		return false;
	stmt_bind_i64(st, 1, tab);
	stmt_bind_str(st, 2, name);
	stmt_bind_str(st, 3, columns);
	return stmt_run(st, e);
}

bool run_set_read(struct run *r, uint32_t tab, uint64_t rows, struct err *e)
{
	struct stmt *st;

	if (!statement(r, SET_READ, &st, e))
		return false;
	stmt_bind_i64(st, 1, tab);
	stmt_bind_i64(st, 2, (int64_t)rows);
	return stmt_run(st, e);
}

bool run_get_read(struct run *r, uint32_t tab, uint64_t *rows, struct err *e)
{
	struct stmt *st;
	bool row;

	if (!statement(r, GET_READ, &st, e))
		return false;
	stmt_bind_i64(st, 1, tab);
	if (!stmt_step(st, &row, e))
		return false;
	*rows = row ? (uint64_t)stmt_i64(st, 0) : 0;
	stmt_reset(st);
	return true;
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

/* SPDX-License-Identifier: MIT */
/*
 * SQLite behind a small face. One connection, one thread. Closed statements are kept in a list and used
 * again, so that the arena holds as many as were ever open at once, not as many as were ever prepared.
 */
#include "io/db.h"

#include <limits.h>
#include <string.h>

#include <sqlite3.h>

#include "base/buf.h"
#include "base/limits.h"
#include "io/db_file.h"
#include "io/db_function.h"
#include "io/db_turn.h"

#include "base/banned.h"

#define BUSY_MS 10000
#define STEPS_AT_ONCE 1000 /* between looks at how many there were */

struct db {
	sqlite3 *h;
	struct arena *arena;
	const char *path;
	struct stmt *unused;
	struct db_turn turn;
	uint64_t steps_left;
	bool limited;
};

struct stmt {
	sqlite3_stmt *h;
	struct db *db;
	struct stmt *next; /* while unused */
};

static bool fail_constraint(const struct db *db, int code, struct err *e)
{
	bool unique = code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
		      code == SQLITE_CONSTRAINT_ROWID;

	return err_set_code(e, ERR_INTERNAL, unique ? DB_UNIQUE : DB_CONSTRAINT, "%s: %s", db->path,
			    sqlite3_errmsg(db->h));
}

/* SQLite has no codes for these; a bug in a statement of ours says something else. */
static bool is_too_complex(struct str message)
{
	return str_eq(message, S("parser stack overflow")) ||
	       str_starts(message, S("Expression tree is too large")) ||
	       str_starts(message, S("too many ")) ||
	       str_eq(message, S("at most 64 tables in a join"));
}

/* What the last call on the connection says. */
static bool fail(const struct db *db, struct err *e)
{
	int code = sqlite3_extended_errcode(db->h);
	const char *message = sqlite3_errmsg(db->h);

	switch (code & 0xff) {
	case SQLITE_NOTADB:
		return err_set(e, ERR_INPUT, "%s: not a database", db->path);
	case SQLITE_CORRUPT:
		return err_set(e, ERR_INPUT, "%s: the database is damaged: %s", db->path, message);
	case SQLITE_CANTOPEN:
		return err_set(e, ERR_INPUT, "%s: cannot be opened: %s", db->path,
			       strerror(sqlite3_system_errno(db->h)));
	case SQLITE_READONLY:
		if (code == SQLITE_READONLY_ROLLBACK || code == SQLITE_READONLY_RECOVERY)
			return err_set(e, ERR_INPUT,
				       "%s: an interrupted change must be rolled back first: "
				       "open it once for writing",
				       db->path);
		return err_set(e, ERR_INPUT, "%s: the file cannot be written", db->path);
	case SQLITE_PERM:
	case SQLITE_AUTH:
	case SQLITE_TOOBIG:
		return err_set(e, ERR_INPUT, "%s: %s", db->path, message);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(e, ERR_NETWORK,
			       "%s: is locked by another program; try again when that is done",
			       db->path);
	case SQLITE_CONSTRAINT:
		return fail_constraint(db, code, e);
	case SQLITE_INTERRUPT:
		if (db->limited && db->steps_left == 0)
			return err_set_code(e, ERR_BAD_REQUEST, DB_TOO_LONG,
					    "the query takes too long");
		return err_set(e, ERR_INTERNAL, "%s: %s", db->path, message);
	case SQLITE_FULL:
		return err_set(e, ERR_INTERNAL, "%s: the disk is full", db->path);
	case SQLITE_IOERR:
		return err_set(e, ERR_INTERNAL, "%s: the disk fails: %s (%s)", db->path, message,
			       strerror(sqlite3_system_errno(db->h)));
	default:
		if (is_too_complex(str_from(message)))
			return err_set_code(e, ERR_BAD_REQUEST, DB_TOO_COMPLEX,
					    "the query is too complex: %s", message);
		return err_set(e, ERR_INTERNAL, "%s: %s", db->path, message);
	}
}

bool db_exec(struct db *db, const char *sql, struct err *e)
{
	return sqlite3_exec(db->h, sql, NULL, NULL, NULL) == SQLITE_OK || fail(db, e);
}

static void set_limits(sqlite3 *h)
{
	static const struct {
		int which, value;
	} limits[] = {
		{ SQLITE_LIMIT_LENGTH, (int)LIMIT_SQL_VALUE },
		{ SQLITE_LIMIT_SQL_LENGTH, (int)LIMIT_SQL_TEXT },
		{ SQLITE_LIMIT_VARIABLE_NUMBER, LIMIT_SQL_VARIABLES },
		{ SQLITE_LIMIT_ATTACHED, 2 },
		{ SQLITE_LIMIT_TRIGGER_DEPTH, 32 },
		{ SQLITE_LIMIT_WORKER_THREADS, 0 },
	};

	for (size_t i = 0; i < COUNT_OF(limits); i++)
		sqlite3_limit(h, limits[i].which, limits[i].value);
}

/* So much of the log is written back while others read; from there on the readers are waited for. */
#define LOG_PAGES 1000
#define LOG_PAGES_MAX 16000

/* Called after each commit. A failure leaves the log longer, and the next commit tries again. */
static int on_commit(void *context, sqlite3 *h, const char *schema, int pages)
{
	(void)context;
	if (pages >= LOG_PAGES)
		(void)sqlite3_wal_checkpoint_v2(h, schema,
						pages >= LOG_PAGES_MAX ? SQLITE_CHECKPOINT_RESTART
								       : SQLITE_CHECKPOINT_PASSIVE,
						NULL, NULL);
	return SQLITE_OK;
}

bool db_share(struct db *db, struct err *e)
{
	sqlite3_wal_hook(db->h, on_commit, NULL);
	return db_exec(db, "PRAGMA journal_mode=WAL", e);
}

/* A file that others have open in WAL stays so, and is written so. */
static bool set_journal(struct db *db, enum db_mode mode, struct err *e)
{
	if (mode == DB_READ || mode == DB_SHARED)
		return true;
	if (db_exec(db, "PRAGMA journal_mode=DELETE", e))
		return true;
	return (sqlite3_errcode(db->h) & 0xff) == SQLITE_BUSY;
}

static bool configure(struct db *db, enum db_mode mode, struct err *e)
{
	static const char pragmas[] = "PRAGMA cache_size=-8192;"
				      "PRAGMA mmap_size=0;"
				      "PRAGMA temp_store=FILE;"
				      "PRAGMA trusted_schema=OFF;"
				      "PRAGMA cell_size_check=ON;"
				      "PRAGMA foreign_keys=OFF;"
				      "PRAGMA secure_delete=OFF;";

	set_limits(db->h);
	sqlite3_busy_timeout(db->h, BUSY_MS);
	sqlite3_db_config(db->h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db->h, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(db->h, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_db_config(db->h, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	/* The last one reads the file's first page: what is no database shows here. */
	return db_exec(db, pragmas, e) && set_journal(db, mode, e) &&
	       db_exec(db, "PRAGMA schema_version", e);
}

bool db_open(struct db **out, struct arena *a, const char *path, enum db_mode mode, struct err *e)
{
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	DEFER(db_close) struct db *db = arena_new(a, struct db);

	db->arena = a;
	db->path = mode == DB_MEMORY ? "(temporary database)" : str_cstr(a, str_from(path));
	/* counting memory takes a lock at every allocation; refused after the first connection, which changes nothing */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	if (!db_file_prepare(path, mode, e))
		return false;
	flags |= mode == DB_READ     ? SQLITE_OPEN_READONLY
		 : mode == DB_MEMORY ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
				     : SQLITE_OPEN_READWRITE;
	int status = sqlite3_open_v2(db_file_name(a, path, mode), &db->h, flags, NULL);

	if (!db->h)
		return err_set(e, ERR_INTERNAL, "%s: SQLite is out of memory", db->path);
	if (status != SQLITE_OK)
		return fail(db, e);
	/* SQLite opens for reading what it may not write, and says so only at the first write. */
	if ((mode == DB_WRITE || mode == DB_SHARED) && sqlite3_db_readonly(db->h, "main") == 1)
		return err_set(e, ERR_INPUT,
			       "%s: the file cannot be written: check its permissions", db->path);
	if (!configure(db, mode, e))
		return false;
	*out = db;
	db = NULL;
	return true;
}

void db_close(struct db **pdb)
{
	struct db *db = *pdb;

	if (!db)
		return;
	while (db->h) {
		sqlite3_stmt *left = sqlite3_next_stmt(db->h, NULL);

		if (!left)
			break;
		sqlite3_finalize(left);
	}
	if (db->h) {
		int status = sqlite3_close(db->h);

		assert(status == SQLITE_OK);
		(void)status;
	}
	db->h = NULL;
	*pdb = NULL;
}

const char *db_path(const struct db *db)
{
	return db->path;
}

void db_interrupt(struct db *db)
{
	sqlite3_interrupt(db->h);
}

static int on_steps(void *context)
{
	struct db *db = context;

	db->steps_left -= db->steps_left < STEPS_AT_ONCE ? db->steps_left : STEPS_AT_ONCE;
	return db->steps_left == 0;
}

void db_limit(struct db *db, uint64_t steps)
{
	db->steps_left = steps;
	sqlite3_progress_handler(db->h, steps > 0 ? STEPS_AT_ONCE : 0, on_steps, db);
	db->limited = steps > 0;
}

struct db_turn *db_turn(struct db *db)
{
	return &db->turn;
}

bool db_in_transaction(const struct db *db)
{
	return !sqlite3_get_autocommit(db->h);
}

int64_t db_changes(const struct db *db)
{
	return sqlite3_changes64(db->h);
}

int64_t db_last_rowid(const struct db *db)
{
	return sqlite3_last_insert_rowid(db->h);
}

bool db_prepare(struct db *db, struct str sql, struct stmt **out, struct err *e)
{
	sqlite3_stmt *h = NULL;
	const char *tail = NULL;

	if (sql.n > LIMIT_SQL_TEXT)
		return err_set_code(e, ERR_BAD_REQUEST, DB_TOO_COMPLEX,
				    "the query is too complex: it needs more than %zu bytes of SQL",
				    LIMIT_SQL_TEXT);
	if (sqlite3_prepare_v3(db->h, sql.p, (int)sql.n, 0, &h, &tail) != SQLITE_OK)
		return fail(db, e);
	assert(h && str_trim(str_skip(sql, (size_t)(tail - sql.p))).n == 0);

	struct stmt *st = db->unused ? db->unused : arena_new(db->arena, struct stmt);

	db->unused = st->next;
	*st = (struct stmt){ .h = h, .db = db };
	*out = st;
	return true;
}

void stmt_close(struct stmt **pst)
{
	struct stmt *st = *pst;

	if (!st)
		return;
	sqlite3_finalize(st->h);
	st->h = NULL;
	st->next = st->db->unused;
	st->db->unused = st;
	*pst = NULL;
}

static void bound(int status)
{
	assert(status == SQLITE_OK);
	(void)status;
}

/* SQLite takes a null pointer for NULL. */
static const char *bytes_of(struct str s)
{
	return s.p ? s.p : "";
}

void stmt_bind_str(struct stmt *st, int i, struct str s)
{
	bound(sqlite3_bind_text64(st->h, i, bytes_of(s), s.n, SQLITE_STATIC, SQLITE_UTF8));
}

void stmt_bind_blob(struct stmt *st, int i, struct str s)
{
	bound(sqlite3_bind_blob64(st->h, i, bytes_of(s), s.n, SQLITE_STATIC));
}

void stmt_bind_i64(struct stmt *st, int i, int64_t v)
{
	bound(sqlite3_bind_int64(st->h, i, v));
}

void stmt_bind_double(struct stmt *st, int i, double v)
{
	bound(sqlite3_bind_double(st->h, i, v));
}

void stmt_bind_null(struct stmt *st, int i)
{
	bound(sqlite3_bind_null(st->h, i));
}

bool stmt_step(struct stmt *st, bool *row, struct err *e)
{
	int status = sqlite3_step(st->h);

	if (status == SQLITE_ROW) {
		*row = true;
		return true;
	}
	if (status != SQLITE_DONE) {
		fail(st->db, e);
		sqlite3_reset(st->h);
		return false;
	}
	sqlite3_reset(st->h);
	*row = false;
	return true;
}

bool stmt_run(struct stmt *st, struct err *e)
{
	bool row = true;

	while (row) {
		if (!stmt_step(st, &row, e))
			return false;
	}
	return true;
}

void stmt_reset(struct stmt *st)
{
	sqlite3_reset(st->h);
}

int stmt_columns(const struct stmt *st)
{
	return sqlite3_column_count(st->h);
}

/* Reading a column without a row would give NULLs in silence. */
static void check_column(const struct stmt *st, int i)
{
	assert(i >= 0 && i < sqlite3_data_count(st->h));
}

bool stmt_is_null(const struct stmt *st, int i)
{
	check_column(st, i);
	return sqlite3_column_type(st->h, i) == SQLITE_NULL;
}

bool stmt_is_int(const struct stmt *st, int i)
{
	check_column(st, i);
	return sqlite3_column_type(st->h, i) == SQLITE_INTEGER;
}

struct str stmt_str(const struct stmt *st, int i)
{
	check_column(st, i);
	const char *p = sqlite3_column_type(st->h, i) == SQLITE_BLOB
				? (const char *)sqlite3_column_blob(st->h, i)
				: (const char *)sqlite3_column_text(st->h, i);
	int n = sqlite3_column_bytes(st->h, i);

	return p ? str_of(p, (size_t)n) : S("");
}

int64_t stmt_i64(const struct stmt *st, int i)
{
	check_column(st, i);
	return sqlite3_column_int64(st->h, i);
}

double stmt_double(const struct stmt *st, int i)
{
	check_column(st, i);
	return sqlite3_column_double(st->h, i);
}

/* Our callbacks, as SQLite calls them. They live on the database's arena. */
struct collation {
	int (*compare)(void *context, struct str a, struct str b);
	void *context;
};

struct predicate {
	bool (*call)(void *context, struct str a, struct str b);
	void *context;
};

static int call_collation(void *p, int an, const void *a, int bn, const void *b)
{
	const struct collation *c = (const struct collation *)p;

	return c->compare(c->context, str_of((const char *)a, (size_t)an),
			  str_of((const char *)b, (size_t)bn));
}

static struct str argument(sqlite3_value *v)
{
	const char *p = (const char *)sqlite3_value_text(v);

	return str_of(p, p ? (size_t)sqlite3_value_bytes(v) : 0);
}

static void call_predicate(sqlite3_context *result, int n, sqlite3_value **args)
{
	const struct predicate *f = (const struct predicate *)sqlite3_user_data(result);

	assert(n == 2);
	if (sqlite3_value_type(args[0]) == SQLITE_NULL ||
	    sqlite3_value_type(args[1]) == SQLITE_NULL)
		return; /* NULL */
	struct str a = argument(args[0]);
	struct str b = argument(args[1]);

	sqlite3_result_int(result, f->call(f->context, a, b));
}

bool db_add_collation(struct db *db, const char *name,
		      int (*compare)(void *context, struct str a, struct str b), void *context,
		      struct err *e)
{
	struct collation *c = arena_new(db->arena, struct collation);

	*c = (struct collation){ compare, context };
	return sqlite3_create_collation_v2(db->h, name, SQLITE_UTF8, c, call_collation, NULL) ==
		       SQLITE_OK ||
	       fail(db, e);
}

bool db_add_predicate(struct db *db, const char *name,
		      bool (*call)(void *context, struct str a, struct str b), void *context,
		      struct err *e)
{
	struct predicate *f = arena_new(db->arena, struct predicate);

	*f = (struct predicate){ call, context };
	return sqlite3_create_function_v2(db->h, name, 2,
					  SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, f,
					  call_predicate, NULL, NULL, NULL) == SQLITE_OK ||
	       fail(db, e);
}

struct function {
	void (*call)(void *context, const struct db_value *args, struct db_value *out);
	void *context;
};

static void take_value(sqlite3_value *v, struct db_value *out)
{
	int type = sqlite3_value_type(v);

	out->kind = DB_VALUE_NULL;
	if (type == SQLITE_NULL)
		return;
	out->kind = type == SQLITE_INTEGER ? DB_VALUE_INTEGER
		    : type == SQLITE_FLOAT ? DB_VALUE_REAL
					   : DB_VALUE_TEXT;
	out->integer = sqlite3_value_int64(v);
	out->real = sqlite3_value_double(v);
	out->text = argument(v);
}

static void give_value(sqlite3_context *result, const struct db_value *v)
{
	switch (v->kind) {
	case DB_VALUE_NULL:
		sqlite3_result_null(result);
		break;
	case DB_VALUE_INTEGER:
		sqlite3_result_int64(result, v->integer);
		break;
	case DB_VALUE_REAL:
		sqlite3_result_double(result, v->real);
		break;
	case DB_VALUE_TEXT:
		sqlite3_result_text64(result, v->text.p, v->text.n, SQLITE_TRANSIENT, SQLITE_UTF8);
		break;
	}
}

static void call_function(sqlite3_context *result, int n, sqlite3_value **args)
{
	const struct function *f = (const struct function *)sqlite3_user_data(result);
	struct db_value in[DB_ARGUMENTS];
	struct db_value out;

	for (int i = 0; i < n; i++)
		take_value(args[i], &in[i]);
	out.kind = DB_VALUE_NULL;
	f->call(f->context, in, &out);
	give_value(result, &out);
}

bool db_add_function(struct db *db, const char *name, int n,
		     void (*call)(void *context, const struct db_value *args, struct db_value *out),
		     void *context, struct err *e)
{
	struct function *f = arena_new(db->arena, struct function);
	int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;

	assert(n <= DB_ARGUMENTS);
	*f = (struct function){ call, context };
	return sqlite3_create_function_v2(db->h, name, n, flags, f, call_function, NULL, NULL,
					  NULL) == SQLITE_OK ||
	       fail(db, e);
}

static void step_aggregate(sqlite3_context *result, int n, sqlite3_value **args)
{
	const struct db_aggregate *a = (const struct db_aggregate *)sqlite3_user_data(result);
	void *state = sqlite3_aggregate_context(result, a->size);
	struct db_value in[DB_ARGUMENTS];

	for (int i = 0; i < n; i++)
		take_value(args[i], &in[i]);
	if (state)
		a->step(state, in);
}

static void finish_aggregate(sqlite3_context *result)
{
	const struct db_aggregate *a = (const struct db_aggregate *)sqlite3_user_data(result);
	struct db_value out;

	out.kind = DB_VALUE_NULL;
	a->finish(sqlite3_aggregate_context(result, 0), &out);
	give_value(result, &out);
}

bool db_add_aggregate(struct db *db, const char *name, const struct db_aggregate *a, struct err *e)
{
	struct db_aggregate *kept = arena_new(db->arena, struct db_aggregate);
	int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;

	assert(a->arguments <= DB_ARGUMENTS);
	*kept = *a;
	return sqlite3_create_function_v2(db->h, name, a->arguments, flags, kept, NULL,
					  step_aggregate, finish_aggregate, NULL) == SQLITE_OK ||
	       fail(db, e);
}

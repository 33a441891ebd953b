/* SPDX-License-Identifier: MIT */
/*
 * SQLite. SQL texts are ours alone: values of users are only ever bound, names of users only ever pass
 * through db_quote. Small caches: memory does not grow with the number of rows.
 */
#ifndef FERRY_IO_DB_H
#define FERRY_IO_DB_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct db;
struct stmt;

enum db_mode {
	DB_READ,   /* an existing file, never written */
	DB_WRITE,  /* an existing file */
	DB_SHARED, /* an existing file, for db_share */
	DB_CREATE, /* a new file; an existing one is refused */
	DB_MEMORY  /* path ignored; everything in a temporary place */
};

/*
 * ERR_INPUT when the file is missing, no database, or damaged; ERR_INTERNAL when the disk fails. A new
 * file has mode 0600. journal_mode=DELETE, or WAL as long as others have it open so; foreign_keys off, cell_size_check and defensive on.
 */
MUST_CHECK bool db_open(struct db **out, struct arena *a, const char *path, enum db_mode mode,
			struct err *e);
/* Of each of several connections that read and write at once: journal_mode=WAL until DB_WRITE opens it alone. */
MUST_CHECK bool db_share(struct db *db, struct err *e);
void db_close(struct db **db); /* fits DEFER; *db may be NULL; finalizes what is left */
const char *db_path(const struct db *db);

/*
 * Who may write, when several connections of one process want to: db_begin enters, and the end of the
 * transaction leaves. Lives as long as the database; NULL: none.
 */
struct db_gate {
	void (*enter)(void *context);
	void (*leave)(void *context);
	void *context;
};
void db_set_gate(struct db *db, const struct db_gate *gate);
/* What runs ends with an error, its transaction is undone. From any thread, while the database is open. */
void db_interrupt(struct db *db);
/* From now on all statements together take so many steps of SQLite's machine at most, or fail; 0: any number. */
void db_limit(struct db *db, uint64_t steps);

/* One or more statements without parameters. */
MUST_CHECK bool db_exec(struct db *db, const char *sql, struct err *e);

MUST_CHECK bool db_begin(struct db *db, struct err *e); /* BEGIN IMMEDIATE */
MUST_CHECK bool db_begin_read(struct db *db,
			      struct err *e); /* one state of the file for all reads */
MUST_CHECK bool db_commit(struct db *db, struct err *e);
void db_rollback(struct db *db); /* fine without a transaction */
/* Nested: savepoints by name (an SQL identifier of ours). rollback_to undoes and removes it. */
MUST_CHECK bool db_savepoint(struct db *db, const char *name, struct err *e);
MUST_CHECK bool db_release(struct db *db, const char *name, struct err *e);
void db_rollback_to(struct db *db, const char *name);
bool db_in_transaction(const struct db *db);
int64_t db_changes(const struct db *db); /* rows of the last statement */
int64_t db_last_rowid(const struct db *db);

/* A statement, prepared. */
MUST_CHECK bool db_prepare(struct db *db, struct str sql, struct stmt **out, struct err *e);
void stmt_close(struct stmt **st); /* fits DEFER; *st may be NULL */

/* Parameters from 1. The bytes must live until the statement is reset or closed. Bugs assert. */
void stmt_bind_str(struct stmt *st, int i, struct str s); /* an empty slice is '' */
void stmt_bind_blob(struct stmt *st, int i, struct str s);
void stmt_bind_i64(struct stmt *st, int i, int64_t v);
void stmt_bind_double(struct stmt *st, int i, double v);
void stmt_bind_null(struct stmt *st, int i);

/* *row says whether there is a row. After the last row the statement is reset by itself. */
MUST_CHECK bool stmt_step(struct stmt *st, bool *row, struct err *e);
/* Steps to the end, for statements without rows; then resets and keeps the bindings. */
MUST_CHECK bool stmt_run(struct stmt *st, struct err *e);
void stmt_reset(struct stmt *st);

/* Columns from 0. Slices live until the next step, reset or close. */
int stmt_columns(const struct stmt *st);
bool stmt_is_null(const struct stmt *st, int i);
bool stmt_is_int(const struct stmt *st, int i);    /* stored as INTEGER */
struct str stmt_str(const struct stmt *st, int i); /* text or blob; NULL gives the empty slice */
int64_t stmt_i64(const struct stmt *st, int i);
double stmt_double(const struct stmt *st, int i);

/* Constraint failures are told apart: the error code is then DB_UNIQUE or DB_CONSTRAINT. */
#define DB_UNIQUE 0x1u
#define DB_CONSTRAINT 0x2u
/* Of a query, ERR_BAD_REQUEST: more steps than db_limit allows, and nested or joined more than SQLite takes. */
#define DB_TOO_LONG 0x3u
#define DB_TOO_COMPLEX 0x4u

/* The one encoder for an SQL identifier: "name" with quotes doubled. */
void db_quote(struct buf *out, struct str name);
/* And the one for a text literal, where no parameter can stand: 'text' with quotes doubled. */
void db_literal(struct buf *out, struct str text);

/*
 * Our own collation and functions, for queries only: nothing in a schema may use them.
 * compare and call run inside SQLite; the argument slices live during the call.
 */
MUST_CHECK bool db_add_collation(struct db *db, const char *name,
				 int (*compare)(void *context, struct str a, struct str b),
				 void *context, struct err *e);
/* A predicate over two texts; NULL arguments give NULL. */
MUST_CHECK bool db_add_predicate(struct db *db, const char *name,
				 bool (*call)(void *context, struct str a, struct str b),
				 void *context, struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Transactions, and the gate through which those go that write.
 */
#include "io/db.h"

#include "io/db_turn.h"

#include "base/banned.h"

void db_set_gate(struct db *db, const struct db_gate *gate)
{
	db_turn(db)->gate = gate;
}

static void leave(struct db *db)
{
	struct db_turn *t = db_turn(db);

	if (t->inside)
		t->gate->leave(t->gate->context);
	t->inside = false;
}

bool db_begin(struct db *db, struct err *e)
{
	struct db_turn *t = db_turn(db);

	assert(!t->inside);
	if (t->gate)
		t->gate->enter(t->gate->context);
	t->inside = t->gate != NULL;
	if (db_exec(db, "BEGIN IMMEDIATE", e))
		return true;
	leave(db);
	return false;
}

bool db_begin_read(struct db *db, struct err *e)
{
	return db_exec(db, "BEGIN DEFERRED", e);
}

bool db_commit(struct db *db, struct err *e)
{
	/* what fails is still open, or the caller rolls back */
	if (!db_exec(db, "COMMIT", e))
		return false;
	leave(db);
	return true;
}

void db_rollback(struct db *db)
{
	struct err ignored;

	/* A failure means that SQLite has rolled back by itself. */
	if (db_in_transaction(db))
		(void)!db_exec(db, "ROLLBACK", &ignored);
	leave(db);
}

static bool run_with_name(struct db *db, const char *verb, const char *name, struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(256);

	buf_add(&sql, str_from(verb));
	db_quote(&sql, str_from(name));
	buf_add_char(&sql, '\0');
	assert(!sql.full);
	return db_exec(db, sql.p, e);
}

bool db_savepoint(struct db *db, const char *name, struct err *e)
{
	return run_with_name(db, "SAVEPOINT ", name, e);
}

bool db_release(struct db *db, const char *name, struct err *e)
{
	return run_with_name(db, "RELEASE ", name, e);
}

void db_rollback_to(struct db *db, const char *name)
{
	struct err ignored;

	/* A failure means that SQLite has rolled back the whole transaction by itself. */
	if (run_with_name(db, "ROLLBACK TO ", name, &ignored))
		(void)!run_with_name(db, "RELEASE ", name, &ignored);
}

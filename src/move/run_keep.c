/* SPDX-License-Identifier: MIT */
/*
 * Definitions, files, rows made by the platform, steps.
 */
#include "move/run_keep.h"

#include "move/run_sql.h"

#include "base/banned.h"

enum {
	PUT_DEFINITION,
	PUT_FILE,
	HAS_FILE,
	GET_FILE,
	GET_PART,
	NAME_FILE,
	DROP_FILE,
	PUT_MADE,
	HAS_MADE,
	PUT_STEP,
	STATEMENTS
};
static_assert(KEEP_SLOT + STATEMENTS <= JOURNAL_SLOT, "these statements need more slots");

static const struct str sql[STATEMENTS] = {
	[PUT_DEFINITION] = STR_INIT("INSERT OR REPLACE INTO definition VALUES(?1, ?2)"),
	[PUT_FILE] = STR_INIT("INSERT OR IGNORE INTO file VALUES(?1, ?2, ?3)"),
	[HAS_FILE] = STR_INIT("SELECT 1 FROM file WHERE hash = ?1 LIMIT 1"),
	[GET_FILE] = STR_INIT("SELECT bytes FROM file WHERE hash = ?1 ORDER BY part"),
	[GET_PART] = STR_INIT("SELECT bytes FROM file WHERE hash = ?1 AND part = ?2"),
	[NAME_FILE] = STR_INIT("UPDATE OR IGNORE file SET hash = ?2 WHERE hash = ?1"),
	[DROP_FILE] = STR_INIT("DELETE FROM file WHERE hash = ?1"),
	[PUT_MADE] = STR_INIT("INSERT OR IGNORE INTO made VALUES(?1, ?2, ?3, ?4)"),
	[HAS_MADE] = STR_INIT("SELECT 1 FROM made WHERE name = ?1 AND id = ?2"),
	[PUT_STEP] = STR_INIT("INSERT OR REPLACE INTO step VALUES(?1, ?2, ?3)"),
};
static const struct str definitions_sql =
	STR_INIT("SELECT name, facts FROM definition WHERE ?1 = ?2 ORDER BY name");
static const struct str made_sql =
	STR_INIT("SELECT name, id, tab, of FROM made WHERE ?1 = ?2 ORDER BY name, id");
static const struct str steps_sql =
	STR_INIT("SELECT id, name FROM step WHERE state = ?1 AND ?2 = 0 ORDER BY id");

static bool statement(struct run *r, unsigned which, struct stmt **out, struct err *e)
{
	return run_statement(r, KEEP_SLOT + which, sql[which], out, e);
}

/* Whether a statement gives a row; then it is done with. */
static bool has(struct stmt *st, bool *found, struct err *e)
{
	bool row;

	if (!stmt_step(st, &row, e))
		return false;
	stmt_reset(st);
	*found = row;
	return true;
}

bool run_put_definition(struct run *r, struct str table, struct str facts, struct err *e)
{
	struct stmt *st;

	if (!statement(r, PUT_DEFINITION, &st, e))
		return false;
	stmt_bind_str(st, 1, table);
	stmt_bind_str(st, 2, facts);
	return stmt_run(st, e);
}

bool run_definitions(struct run *r, struct run_cursor *c, struct err *e)
{
	return run_cursor_open(r, definitions_sql, 0, 0, c, e);
}

bool run_next_definition(struct run_cursor *c, struct str *table, struct str *facts, bool *more,
			 struct err *e)
{
	bool row;

	if (!stmt_step(c->st, &row, e))
		return false;
	if (row) {
		*table = stmt_str(c->st, 0);
		*facts = stmt_str(c->st, 1);
	}
	*more = row;
	return true;
}

bool run_put_file(struct run *r, struct str hash, uint32_t part, struct str bytes, struct err *e)
{
	struct stmt *st;

	assert(bytes.n <= RUN_FILE_PART);
	if (!statement(r, PUT_FILE, &st, e))
		return false;
	stmt_bind_str(st, 1, hash);
	stmt_bind_i64(st, 2, part);
	stmt_bind_blob(st, 3, bytes);
	return stmt_run(st, e);
}

bool run_has_file(struct run *r, struct str hash, bool *found, struct err *e)
{
	struct stmt *st;

	if (!statement(r, HAS_FILE, &st, e))
		return false;
	stmt_bind_str(st, 1, hash);
	return has(st, found, e);
}

bool run_get_file(struct run *r, struct str hash, struct sink *out, struct err *e)
{
	struct stmt *st;
	bool any = false, row;

	if (!statement(r, GET_FILE, &st, e))
		return false;
	stmt_bind_str(st, 1, hash);
	for (;;) {
		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			break;
		any = true;
		if (!sink_write(out, stmt_str(st, 0), e))
			return false;
	}
	return any || err_set(e, ERR_INTERNAL, "run file: there are no bytes with the hash %.*s",
			      STR_ARG(hash));
}

bool run_get_file_part(struct run *r, struct str hash, uint32_t part, struct str *bytes,
		       struct err *e)
{
	struct stmt *st;
	bool row;

	if (!statement(r, GET_PART, &st, e))
		return false;
	stmt_bind_str(st, 1, hash);
	stmt_bind_i64(st, 2, part);
	if (!stmt_step(st, &row, e))
		return false;
	if (!row)
		return err_set(e, ERR_INTERNAL,
			       "run file: part %u of the bytes with the hash %.*s is missing", part,
			       STR_ARG(hash));
	*bytes = stmt_str(st, 0);
	return true;
}

bool run_name_file(struct run *r, struct str name, struct str hash, struct err *e)
{
	struct stmt *st;

	if (!statement(r, NAME_FILE, &st, e))
		return false;
	stmt_bind_str(st, 1, name);
	stmt_bind_str(st, 2, hash);
	return stmt_run(st, e) && run_drop_file(r, name, e);
}

bool run_drop_file(struct run *r, struct str name, struct err *e)
{
	struct stmt *st;

	if (!statement(r, DROP_FILE, &st, e))
		return false;
	stmt_bind_str(st, 1, name);
	return stmt_run(st, e);
}

bool run_copy_file(struct run *to, struct run *from, struct str hash, struct err *e)
{
	struct stmt *st;
	bool row;

	if (!statement(from, GET_FILE, &st, e))
		return false;
	stmt_bind_str(st, 1, hash);
	for (uint32_t part = 0;; part++) {
		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			return true;
		if (!run_put_file(to, hash, part, stmt_str(st, 0), e))
			return false;
	}
}

bool run_put_made(struct run *r, struct str table, struct guid id, uint32_t tab, struct guid of,
		  struct err *e)
{
	struct guid key = guid_sql_key(id), of_key = guid_sql_key(of);
	struct stmt *st;

	if (!statement(r, PUT_MADE, &st, e))
		return false;
	stmt_bind_str(st, 1, table);
	stmt_bind_blob(st, 2, run_key_bytes(&key));
	stmt_bind_i64(st, 3, tab);
	stmt_bind_blob(st, 4, run_key_bytes(&of_key));
	return stmt_run(st, e);
}

bool run_has_made(struct run *r, struct str table, struct guid id, bool *found, struct err *e)
{
	struct guid key = guid_sql_key(id);
	struct stmt *st;

	if (!statement(r, HAS_MADE, &st, e))
		return false;
	stmt_bind_str(st, 1, table);
	stmt_bind_blob(st, 2, run_key_bytes(&key));
	return has(st, found, e);
}

bool run_made(struct run *r, struct run_cursor *c, struct err *e)
{
	return run_cursor_open(r, made_sql, 0, 0, c, e);
}

bool run_next_made(struct run_cursor *c, struct run_made *out, bool *more, struct err *e)
{
	bool row;

	if (!stmt_step(c->st, &row, e) || (row && (!run_read_guid(c->st, 1, &out->id, e) ||
						   !run_read_guid(c->st, 3, &out->of, e))))
		return false;
	if (row) {
		out->table = stmt_str(c->st, 0);
		out->tab = (uint32_t)stmt_i64(c->st, 2);
	}
	*more = row;
	return true;
}

bool run_put_step(struct run *r, struct guid id, struct str name, enum step_state state,
		  struct err *e)
{
	struct guid key = guid_sql_key(id);
	struct stmt *st;

	if (!statement(r, PUT_STEP, &st, e))
		return false;
	stmt_bind_blob(st, 1, run_key_bytes(&key));
	stmt_bind_str(st, 2, name);
	stmt_bind_i64(st, 3, state);
	return stmt_run(st, e);
}

bool run_steps(struct run *r, enum step_state state, struct run_cursor *c, struct err *e)
{
	return run_cursor_open(r, steps_sql, state, 0, c, e);
}

bool run_next_step(struct run_cursor *c, struct guid *id, struct str *name, bool *more,
		   struct err *e)
{
	bool row;

	if (!stmt_step(c->st, &row, e) || (row && !run_read_guid(c->st, 0, id, e)))
		return false;
	if (row)
		*name = stmt_str(c->st, 1);
	*more = row;
	return true;
}

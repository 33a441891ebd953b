/* SPDX-License-Identifier: MIT */
/*
 * Changes, outcomes and problems: rows of the run file, each put once and then only marked. An outcome is
 * kept when a stronger one is there already, so that the order in which the stages tell theirs is free.
 */
#include "move/journal.h"

#include "move/run_sql.h"

#include "base/banned.h"

enum {
	PUT_CHANGE,
	SET_STATE,
	SET_WAVE,
	SET_COLUMNS,
	GET_CHANGE,
	COUNT_CHANGES,
	SKIP_ROWS,
	SKIP_LINKS,
	SET_OUTCOME,
	GET_OUTCOME,
	COUNT_OUTCOMES,
	SET_LINK_OUTCOME,
	GET_LINK_OUTCOME,
	COUNT_LINK_OUTCOMES,
	PUT_PROBLEM,
	COUNT_PROBLEMS,
	STATEMENTS
};
static_assert(JOURNAL_SLOT + STATEMENTS <= GRAPH_SLOT, "the journal's statements need more slots");

/* Numbers in SQL: kind 2 is CHANGE_LINK; states 0 and 1 are PLANNED and SENT; bucket 1 is SKIPPED. */
static_assert(CHANGE_LINK == 2 && CHANGE_SENT == 1 && OUTCOME_SKIPPED == 1, "see SKIP_ROWS");

static const struct str sql[STATEMENTS] = {
	[PUT_CHANGE] = STR_INIT("INSERT INTO change(kind, state, wave, tab, id, origin, other,"
				" other_origin, columns)"
				" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"),
	[SET_STATE] = STR_INIT("UPDATE change SET state = ?2 WHERE number = ?1"),
	[SET_WAVE] = STR_INIT("UPDATE change SET wave = ?2 WHERE number = ?1"),
	[SET_COLUMNS] = STR_INIT("UPDATE change SET columns = ?2 WHERE number = ?1"),
	[GET_CHANGE] = STR_INIT("SELECT " CHANGE_COLUMNS " FROM change WHERE number = ?1"),
	[COUNT_CHANGES] = STR_INIT("SELECT count(*) FROM change WHERE kind = ?1 AND state = ?2"),
	[SKIP_ROWS] = STR_INIT("INSERT INTO outcome SELECT DISTINCT tab, origin, 1 FROM change"
			       " WHERE state <= 1 AND kind <> 2"
			       " ON CONFLICT(tab, source) DO UPDATE"
			       " SET bucket = min(bucket, excluded.bucket)"),
	[SKIP_LINKS] = STR_INIT("INSERT INTO link_outcome"
				" SELECT DISTINCT tab, origin, other_origin, 1 FROM change"
				" WHERE state <= 1 AND kind = 2"
				" ON CONFLICT(rel, source, target) DO UPDATE"
				" SET bucket = min(bucket, excluded.bucket)"),
	[SET_OUTCOME] = STR_INIT("INSERT INTO outcome VALUES(?1, ?2, ?3)"
				 " ON CONFLICT(tab, source) DO UPDATE"
				 " SET bucket = min(bucket, excluded.bucket)"),
	[GET_OUTCOME] = STR_INIT("SELECT bucket FROM outcome WHERE tab = ?1 AND source = ?2"),
	[COUNT_OUTCOMES] = STR_INIT("SELECT bucket, count(*) FROM outcome WHERE tab = ?1"
				    " GROUP BY bucket"),
	[SET_LINK_OUTCOME] = STR_INIT("INSERT INTO link_outcome VALUES(?1, ?2, ?3, ?4)"
				      " ON CONFLICT(rel, source, target) DO UPDATE"
				      " SET bucket = min(bucket, excluded.bucket)"),
	[GET_LINK_OUTCOME] = STR_INIT("SELECT bucket FROM link_outcome WHERE rel = ?1"
				      " AND source = ?2 AND target = ?3"),
	[COUNT_LINK_OUTCOMES] = STR_INIT("SELECT bucket, count(*) FROM link_outcome WHERE rel = ?1"
					 " GROUP BY bucket"),
	[COUNT_PROBLEMS] = STR_INIT("SELECT count(*) FROM problem WHERE severity = ?1"),
	[PUT_PROBLEM] = STR_INIT("INSERT INTO problem(severity, name, id, col, code, message,"
				 " remedy) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
};

/* PLANNED. A change whose state is set meanwhile leaves the range and is not met again. */
static const struct str changes_sql =
	STR_INIT("SELECT " CHANGE_COLUMNS " FROM change INDEXED BY change_wave"
		 " WHERE wave = ?1 AND state = ?2 ORDER BY tab, id, number");
static const struct str problems_sql =
	STR_INIT("SELECT severity, name, id, col, code, message, remedy FROM problem"
		 " WHERE severity >= ?1 AND number > ?2 ORDER BY severity DESC, number");

static bool statement(struct run *r, unsigned which, struct stmt **out, struct err *e)
{
	return run_statement(r, JOURNAL_SLOT + which, sql[which], out, e);
}

bool journal_put_change(struct run *r, struct change *c, struct err *e)
{
	struct guid keys[] = { guid_sql_key(c->id), guid_sql_key(c->origin), guid_sql_key(c->other),
			       guid_sql_key(c->other_origin) };
	struct stmt *st;

	if (!statement(r, PUT_CHANGE, &st, e))
		return false;
	stmt_bind_i64(st, 1, c->kind);
	stmt_bind_i64(st, 2, c->state);
	stmt_bind_i64(st, 3, c->wave);
	stmt_bind_i64(st, 4, c->tab);
	for (size_t i = 0; i < COUNT_OF(keys); i++)
		stmt_bind_blob(st, (int)i + 5, run_key_bytes(&keys[i]));
	stmt_bind_blob(st, 9, c->columns);
	if (!stmt_run(st, e))
		return false;
	c->number = db_last_rowid(r->db);
	return true;
}

static bool set_number(struct run *r, unsigned which, int64_t number, int64_t value, struct err *e)
{
	struct stmt *st;

	if (!statement(r, which, &st, e))
		return false;
	stmt_bind_i64(st, 1, number);
	stmt_bind_i64(st, 2, value);
	return stmt_run(st, e);
}

bool journal_set_state(struct run *r, int64_t number, enum change_state state, struct err *e)
{
	return set_number(r, SET_STATE, number, state, e);
}

bool journal_set_wave(struct run *r, int64_t number, uint32_t wave, struct err *e)
{
	return set_number(r, SET_WAVE, number, wave, e);
}

bool journal_set_columns(struct run *r, int64_t number, struct str columns, struct err *e)
{
	struct stmt *st;

	if (!statement(r, SET_COLUMNS, &st, e))
		return false;
	stmt_bind_i64(st, 1, number);
	stmt_bind_blob(st, 2, columns);
	return stmt_run(st, e);
}

bool journal_read_change(const struct stmt *st, struct change *out, struct err *e)
{
	struct change c = { .number = stmt_i64(st, 0),
			    .kind = (enum change_kind)stmt_i64(st, 1),
			    .state = (enum change_state)stmt_i64(st, 2),
			    .wave = (uint32_t)stmt_i64(st, 3),
			    .tab = (uint32_t)stmt_i64(st, 4),
			    .columns = stmt_str(st, 9) };

	if (!run_read_guid(st, 5, &c.id, e) || !run_read_guid(st, 6, &c.origin, e) ||
	    !run_read_guid(st, 7, &c.other, e) || !run_read_guid(st, 8, &c.other_origin, e))
		return false;
	*out = c;
	return true;
}

bool journal_get_change(struct run *r, int64_t number, struct change *out, struct err *e)
{
	struct stmt *st;
	bool row;

	if (!statement(r, GET_CHANGE, &st, e))
		return false;
	stmt_bind_i64(st, 1, number);
	if (!stmt_step(st, &row, e))
		return false;
	if (!row)
		return err_set(e, ERR_INTERNAL, "run file: there is no change %lld",
			       (long long)number);
	return journal_read_change(st, out, e);
}

bool journal_changes(struct run *r, uint32_t wave, struct run_cursor *c, struct err *e)
{
	return run_cursor_open(r, changes_sql, wave, CHANGE_PLANNED, c, e);
}

bool journal_next_change(struct run_cursor *c, struct change *out, bool *more, struct err *e)
{
	bool row;

	if (!stmt_step(c->st, &row, e) || (row && !journal_read_change(c->st, out, e)))
		return false;
	*more = row;
	return true;
}

bool journal_count(struct run *r, enum change_kind kind, enum change_state state, uint64_t *n,
		   struct err *e)
{
	struct stmt *st;

	if (!statement(r, COUNT_CHANGES, &st, e))
		return false;
	stmt_bind_i64(st, 1, kind);
	stmt_bind_i64(st, 2, state);
	return run_read_count(st, n, e);
}

bool journal_skip_unwritten(struct run *r, struct err *e)
{
	struct stmt *rows, *links;

	return statement(r, SKIP_ROWS, &rows, e) && stmt_run(rows, e) &&
	       statement(r, SKIP_LINKS, &links, e) && stmt_run(links, e);
}

bool journal_set_outcome(struct run *r, uint32_t tab, struct guid source, enum outcome outcome,
			 struct err *e)
{
	struct guid key = guid_sql_key(source);
	struct stmt *st;

	if (!statement(r, SET_OUTCOME, &st, e))
		return false;
	stmt_bind_i64(st, 1, tab);
	stmt_bind_blob(st, 2, run_key_bytes(&key));
	stmt_bind_i64(st, 3, outcome);
	return stmt_run(st, e);
}

static bool read_outcome(struct stmt *st, enum outcome *outcome, bool *found, struct err *e)
{
	bool row;

	if (!stmt_step(st, &row, e))
		return false;
	if (row)
		*outcome = (enum outcome)stmt_i64(st, 0);
	*found = row;
	stmt_reset(st);
	return true;
}

bool journal_get_outcome(struct run *r, uint32_t tab, struct guid source, enum outcome *outcome,
			 bool *found, struct err *e)
{
	struct guid key = guid_sql_key(source);
	struct stmt *st;

	if (!statement(r, GET_OUTCOME, &st, e))
		return false;
	stmt_bind_i64(st, 1, tab);
	stmt_bind_blob(st, 2, run_key_bytes(&key));
	return read_outcome(st, outcome, found, e);
}

static bool count_buckets(struct run *r, unsigned which, uint32_t number, uint64_t *counts,
			  struct err *e)
{
	uint64_t read[OUTCOMES] = { 0 };
	struct stmt *st;
	bool row;

	if (!statement(r, which, &st, e))
		return false;
	stmt_bind_i64(st, 1, number);
	for (;;) {
		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			break;
		int64_t bucket = stmt_i64(st, 0);
		if (bucket < 0 || bucket >= OUTCOMES)
			return err_set(e, ERR_INTERNAL, "run file: an outcome %lld",
				       (long long)bucket);
		read[bucket] = (uint64_t)stmt_i64(st, 1);
	}
	for (size_t i = 0; i < OUTCOMES; i++)
		counts[i] = read[i];
	return true;
}

bool journal_count_outcomes(struct run *r, uint32_t tab, uint64_t *counts, struct err *e)
{
	return count_buckets(r, COUNT_OUTCOMES, tab, counts, e);
}

bool journal_set_link_outcome(struct run *r, uint32_t rel, struct guid source, struct guid target,
			      enum outcome outcome, struct err *e)
{
	struct guid from = guid_sql_key(source);
	struct guid to = guid_sql_key(target);
	struct stmt *st;

	if (!statement(r, SET_LINK_OUTCOME, &st, e))
		return false;
	stmt_bind_i64(st, 1, rel);
	stmt_bind_blob(st, 2, run_key_bytes(&from));
	stmt_bind_blob(st, 3, run_key_bytes(&to));
	stmt_bind_i64(st, 4, outcome);
	return stmt_run(st, e);
}

bool journal_get_link_outcome(struct run *r, uint32_t rel, struct guid source, struct guid target,
			      enum outcome *outcome, bool *found, struct err *e)
{
	struct guid from = guid_sql_key(source);
	struct guid to = guid_sql_key(target);
	struct stmt *st;

	if (!statement(r, GET_LINK_OUTCOME, &st, e))
		return false;
	stmt_bind_i64(st, 1, rel);
	stmt_bind_blob(st, 2, run_key_bytes(&from));
	stmt_bind_blob(st, 3, run_key_bytes(&to));
	return read_outcome(st, outcome, found, e);
}

bool journal_count_link_outcomes(struct run *r, uint32_t rel, uint64_t *counts, struct err *e)
{
	return count_buckets(r, COUNT_LINK_OUTCOMES, rel, counts, e);
}

bool journal_put_problem(struct run *r, const struct problem *p, struct err *e)
{
	struct stmt *st;

	if (!statement(r, PUT_PROBLEM, &st, e))
		return false;
	stmt_bind_i64(st, 1, p->severity);
	stmt_bind_str(st, 2, p->table);
	stmt_bind_str(st, 3, p->id);
	stmt_bind_str(st, 4, p->column);
	stmt_bind_i64(st, 5, p->code);
	stmt_bind_str(st, 6, p->message);
	stmt_bind_str(st, 7, p->remedy);
	return stmt_run(st, e);
}

bool journal_count_problems(struct run *r, enum severity severity, uint64_t *n, struct err *e)
{
	struct stmt *st;
	bool row;

	if (!statement(r, COUNT_PROBLEMS, &st, e))
		return false;
	stmt_bind_i64(st, 1, severity);
	if (!stmt_step(st, &row, e))
		return false;
	*n = row ? (uint64_t)stmt_i64(st, 0) : 0;
	stmt_reset(st);
	return true;
}

bool journal_problems(struct run *r, struct run_cursor *c, struct err *e)
{
	return run_cursor_open(r, problems_sql, SEVERITY_NOTE, 0, c, e);
}

bool journal_next_problem(struct run_cursor *c, struct problem *p, bool *more, struct err *e)
{
	bool row;

	if (!stmt_step(c->st, &row, e))
		return false;
	*more = row;
	if (!row)
		return true;
	*p = (struct problem){ .severity = (enum severity)stmt_i64(c->st, 0),
			       .table = stmt_str(c->st, 1),
			       .id = stmt_str(c->st, 2),
			       .column = stmt_str(c->st, 3),
			       .code = (uint32_t)stmt_i64(c->st, 4),
			       .message = stmt_str(c->st, 5),
			       .remedy = stmt_str(c->st, 6) };
	return true;
}

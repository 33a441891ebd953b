/* SPDX-License-Identifier: MIT */
/*
 * Changes, outcomes and problems: rows of the run file, each put once and then only marked. All outcomes of a row
 * are kept and the strongest counts, so that the order in which the stages tell theirs is free.
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
	COUNT_TAB,
	LAST_CHANGE,
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
	FORGET_OUTCOMES,
	FORGET_LINK_OUTCOMES,
	FORGET_PROBLEMS,
	FORGET_CHANGES,
	PLAN_AGAIN,
	DROP_SKIPPED,
	DROP_PROBLEMS,
	STATEMENTS
};
static_assert(JOURNAL_SLOT + STATEMENTS <= GRAPH_SLOT, "the journal's statements need more slots");

/* Numbers in SQL: kinds 2 and 4 are pairs; states 0 to 4; 512 is the bit of SKIPPED in the writing. */
static_assert(CHANGE_LINK == 2 && CHANGE_UNLINK == 4 && CHANGE_DELETE == 5 &&
		      CHANGE_DEACTIVATE == 6 && CHANGE_PLANNED == 0 && CHANGE_SENT == 1 &&
		      CHANGE_DONE == 2 && CHANGE_FAILED == 3 && CHANGE_SKIPPED == 4 &&
		      1 << OUTCOME_SKIPPED << OUTCOME_SHIFT == 512,
	      "the statements name these by number");

static const struct str sql[STATEMENTS] = {
	[PUT_CHANGE] = STR_INIT("INSERT INTO change(kind, state, wave, tab, id, origin, other,"
				" other_origin, columns)"
				" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"),
	[SET_STATE] = STR_INIT("UPDATE change SET state = ?2 WHERE number = ?1"),
	[SET_WAVE] = STR_INIT("UPDATE change SET wave = ?2 WHERE number = ?1"),
	[SET_COLUMNS] = STR_INIT("UPDATE change SET columns = ?2 WHERE number = ?1"),
	[GET_CHANGE] = STR_INIT("SELECT " CHANGE_COLUMNS " FROM change WHERE number = ?1"),
	[COUNT_CHANGES] = STR_INIT("SELECT count(*) FROM change WHERE kind = ?1 AND state = ?2"),
	[COUNT_TAB] = STR_INIT("SELECT count(*) FROM change WHERE kind = ?1 AND tab = ?2"
			       " AND state = ?3"),
	[LAST_CHANGE] = STR_INIT("SELECT coalesce(max(number), 0) FROM change"),
	/* removals have rows of their own, which are no rows of the source */
	[SKIP_ROWS] =
		STR_INIT("INSERT INTO outcome SELECT DISTINCT tab, origin, 512 FROM change"
			 " WHERE state <= 1 AND kind NOT IN (2, 4, 5, 6)"
			 " AND NOT EXISTS (SELECT 1 FROM change AS gone WHERE gone.tab = change.tab"
			 " AND gone.id = change.id AND gone.kind IN (5, 6))"
			 " ON CONFLICT(tab, source) DO UPDATE SET bits = bits | excluded.bits"),
	[SKIP_LINKS] = STR_INIT("INSERT INTO link_outcome"
				" SELECT DISTINCT tab, origin, other_origin, 512 FROM change"
				" WHERE state <= 1 AND kind = 2"
				" ON CONFLICT(rel, source, target) DO UPDATE"
				" SET bits = bits | excluded.bits"),
	[SET_OUTCOME] = STR_INIT("INSERT INTO outcome VALUES(?1, ?2, ?3)"
				 " ON CONFLICT(tab, source) DO UPDATE"
				 " SET bits = bits | excluded.bits"),
	[GET_OUTCOME] = STR_INIT("SELECT bits FROM outcome WHERE tab = ?1 AND source = ?2"),
	[COUNT_OUTCOMES] = STR_INIT("SELECT bits, count(*) FROM outcome WHERE tab = ?1"
				    " GROUP BY bits"),
	[SET_LINK_OUTCOME] = STR_INIT("INSERT INTO link_outcome VALUES(?1, ?2, ?3, ?4)"
				      " ON CONFLICT(rel, source, target) DO UPDATE"
				      " SET bits = bits | excluded.bits"),
	[GET_LINK_OUTCOME] = STR_INIT("SELECT bits FROM link_outcome WHERE rel = ?1"
				      " AND source = ?2 AND target = ?3"),
	[COUNT_LINK_OUTCOMES] = STR_INIT("SELECT bits, count(*) FROM link_outcome WHERE rel = ?1"
					 " GROUP BY bits"),
	[FORGET_OUTCOMES] = STR_INIT("UPDATE outcome SET bits = bits & 255 WHERE bits > 255"),
	[FORGET_LINK_OUTCOMES] =
		STR_INIT("UPDATE link_outcome SET bits = bits & 255 WHERE bits > 255"),
	[FORGET_PROBLEMS] = STR_INIT("DELETE FROM problem WHERE writing = 1"),
	[FORGET_CHANGES] = STR_INIT("DELETE FROM change WHERE number > ?1 AND state <> 2"),
	[DROP_SKIPPED] = STR_INIT("DELETE FROM change WHERE state IN (3, 4)"),
	[DROP_PROBLEMS] = STR_INIT("DELETE FROM problem"),
	[PLAN_AGAIN] =
		STR_INIT("UPDATE change SET state = 0 WHERE number <= ?1 AND state IN (3, 4)"),
	[COUNT_PROBLEMS] = STR_INIT("SELECT count(*) FROM problem WHERE severity = ?1"),
	[PUT_PROBLEM] = STR_INIT("INSERT INTO problem(severity, name, id, col, code, message,"
				 " remedy, writing) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
};

/* A change whose state is set meanwhile leaves the range and is not met again. */
static const struct str changes_sql =
	STR_INIT("SELECT " CHANGE_COLUMNS " FROM change INDEXED BY change_wave"
		 " WHERE wave = ?1 AND state = ?2 ORDER BY tab, id, number");
static const struct str row_changes_sql =
	STR_INIT("SELECT " CHANGE_COLUMNS " FROM change WHERE tab = ?1 AND id = ?2"
		 " AND kind NOT IN (2, 4) ORDER BY number");
static const struct str tab_changes_sql =
	STR_INIT("SELECT " CHANGE_COLUMNS " FROM change INDEXED BY change_row"
		 " WHERE tab = ?1 AND kind NOT IN (2, 4) AND ?2 = 0 ORDER BY id, number");
static const struct str kind_changes_sql =
	STR_INIT("SELECT " CHANGE_COLUMNS
		 " FROM change WHERE kind = ?1 AND tab = ?2 ORDER BY id, other, number");
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

bool journal_changes(struct run *r, uint32_t wave, enum change_state state, struct run_cursor *c,
		     struct err *e)
{
	return run_cursor_open(r, changes_sql, wave, state, c, e);
}

bool journal_row_changes(struct run *r, uint32_t tab, struct guid id, struct run_cursor *c,
			 struct err *e)
{
	struct guid key = guid_sql_key(id);

	if (!run_cursor_open(r, row_changes_sql, tab, 0, c, e))
		return false;
	/* kept with the cursor: what is bound has to stay */
	c->key = key;
	stmt_bind_blob(c->st, 2, run_key_bytes(&c->key));
	return true;
}

bool journal_kind_changes(struct run *r, enum change_kind kind, uint32_t tab, struct run_cursor *c,
			  struct err *e)
{
	return run_cursor_open(r, kind_changes_sql, kind, tab, c, e);
}

bool journal_tab_changes(struct run *r, uint32_t tab, struct run_cursor *c, struct err *e)
{
	return run_cursor_open(r, tab_changes_sql, tab, 0, c, e);
}

bool journal_last_change(struct run *r, int64_t *number, struct err *e)
{
	struct stmt *st;
	uint64_t n;

	if (!statement(r, LAST_CHANGE, &st, e) || !run_read_count(st, &n, e))
		return false;
	*number = (int64_t)n;
	return true;
}

bool journal_count_tab(struct run *r, enum change_kind kind, uint32_t tab, enum change_state state,
		       uint64_t *n, struct err *e)
{
	struct stmt *st;

	if (!statement(r, COUNT_TAB, &st, e))
		return false;
	stmt_bind_i64(st, 1, kind);
	stmt_bind_i64(st, 2, tab);
	stmt_bind_i64(st, 3, state);
	return run_read_count(st, n, e);
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

static bool run_numbered(struct run *r, unsigned which, int64_t number, struct err *e)
{
	struct stmt *st;

	if (!statement(r, which, &st, e))
		return false;
	stmt_bind_i64(st, 1, number);
	return stmt_run(st, e);
}

bool journal_drop_skipped(struct run *r, struct err *e)
{
	struct stmt *st;

	return statement(r, DROP_SKIPPED, &st, e) && stmt_run(st, e);
}

bool journal_resume(struct run *r, int64_t planned, struct err *e)
{
	static const unsigned forget[] = { FORGET_OUTCOMES, FORGET_LINK_OUTCOMES, FORGET_PROBLEMS };

	for (size_t i = 0; i < COUNT_OF(forget); i++) {
		struct stmt *st;

		if (!statement(r, forget[i], &st, e) || !stmt_run(st, e))
			return false;
	}
	return run_numbered(r, FORGET_CHANGES, planned, e) &&
	       run_numbered(r, PLAN_AGAIN, planned, e);
}

/* As they stand in the file. */
static int64_t bits_of(const struct run *r, enum outcome outcome)
{
	return INT64_C(1) << outcome << (r->writing ? OUTCOME_SHIFT : 0);
}

/* False: no outcome has these bits. */
static bool strongest(int64_t bits, enum outcome *out)
{
	int64_t all = bits | bits >> OUTCOME_SHIFT;

	for (int o = 0; o < OUTCOMES; o++) {
		if (!(all & INT64_C(1) << o))
			continue;
		*out = (enum outcome)o;
		return true;
	}
	return false;
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
	stmt_bind_i64(st, 3, bits_of(r, outcome));
	return stmt_run(st, e);
}

static bool read_outcome(struct stmt *st, enum outcome *outcome, bool *found, struct err *e)
{
	bool row;

	if (!stmt_step(st, &row, e))
		return false;
	*found = row && strongest(stmt_i64(st, 0), outcome);
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
		enum outcome bucket;
		if (!strongest(stmt_i64(st, 0), &bucket))
			return err_set(e, ERR_INTERNAL, "run file: an outcome %lld",
				       (long long)stmt_i64(st, 0));
		read[bucket] += (uint64_t)stmt_i64(st, 1);
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
	stmt_bind_i64(st, 4, bits_of(r, outcome));
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
	stmt_bind_i64(st, 8, r->writing);
	return stmt_run(st, e);
}

bool journal_forget_problems(struct run *r, struct err *e)
{
	struct stmt *st;

	return statement(r, DROP_PROBLEMS, &st, e) && stmt_run(st, e);
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

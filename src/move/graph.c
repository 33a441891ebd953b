/* SPDX-License-Identifier: MIT */
/*
 * Waves and knots, in SQL over the tables `edge`, `waiting` and `core` (run.c describes the first two).
 *
 * The core is what is left of the waiting creates when those that no other of them needs are taken away,
 * again and again: the cycles, and the paths from one cycle to another.
 */
#include "move/graph.h"

#include "base/vec.h"
#include "move/run_sql.h"

#include "base/banned.h"

enum {
	FIND_CHANGE,
	FIND_REMOVAL,
	IS_REMOVED,
	COUNT_CHANGES,
	BEGIN_DELETES,
	PUT_EDGE,
	CLAIM_READY,
	GIVE_WAVE,
	COUNT_WAITING,
	CLEAR_CORE,
	FILL_CORE,
	CLAIM_UNWANTED,
	LOWER_WANTED,
	DROP_UNWANTED,
	KNOTS,
	TIED,
	UNTIE,
	DELETE_KNOTS,
	DELETE_TIED,
	UNTIE_DELETE,
	WAVE_KIND,
	BROKEN_NEED,
	REMOVALS_TO_SKIP,
	STATEMENTS
};
static_assert(GRAPH_SLOT + STATEMENTS <= REFERENCE_SLOT, "the graph's statements need more slots");

/*
 * Numbers in SQL: kind 0 is CHANGE_CREATE, kinds 2 and 4 are pairs, kinds 5 and 6 CHANGE_DELETE and CHANGE_DEACTIVATE, states 3
 * and 4 are FAILED and SKIPPED, state 0 is PLANNED.
 */
static_assert(CHANGE_CREATE == 0 && CHANGE_LINK == 2 && CHANGE_UNLINK == 4 && CHANGE_DELETE == 5 &&
		      CHANGE_DEACTIVATE == 6 && CHANGE_FAILED == 3 && CHANGE_SKIPPED == 4 &&
		      CHANGE_PLANNED == 0,
	      "the statements name these by number");

/* -1 marks what the step that runs is about: setting waves changes the counts that it is chosen by. */
static const struct str sql[STATEMENTS] = {
	[FIND_CHANGE] =
		STR_INIT("SELECT number FROM change WHERE tab = ?1 AND id = ?2 AND kind = ?3"
			 " AND state = 0"),
	[FIND_REMOVAL] = STR_INIT("SELECT number FROM change WHERE tab = ?1 AND id = ?2"
				  " AND kind IN (5, 6) AND state = 0"),
	[IS_REMOVED] = STR_INIT("SELECT count(*) FROM change WHERE tab = ?1 AND id = ?2"
				" AND kind IN (5, 6)"),
	[COUNT_CHANGES] = STR_INIT("SELECT count(*) FROM change WHERE tab = ?1 AND id = ?2"
				   " AND kind NOT IN (2, 4)"),
	[BEGIN_DELETES] =
		STR_INIT("INSERT INTO waiting SELECT number, (SELECT count(*) FROM edge"
			 " JOIN change AS n ON n.number = edge.needs"
			 " WHERE edge.change = change.number AND n.kind = 5 AND n.wave = 0"
			 " AND n.state = 0) FROM change WHERE kind = 5 AND wave = 0 AND state = 0"),
	[PUT_EDGE] = STR_INIT("INSERT OR IGNORE INTO edge VALUES(?1, ?2, ?3)"),
	[CLAIM_READY] = STR_INIT("UPDATE waiting SET unmet = -1 WHERE unmet = 0"),
	[GIVE_WAVE] = STR_INIT("UPDATE change SET wave = ?1 WHERE number IN"
			       " (SELECT number FROM waiting WHERE unmet = -1)"),
	[COUNT_WAITING] = STR_INIT("SELECT count(*) FROM waiting"),
	[CLEAR_CORE] = STR_INIT("DELETE FROM core"),
	[FILL_CORE] = STR_INIT("INSERT INTO core SELECT number, (SELECT count(*) FROM edge"
			       " JOIN waiting AS w ON w.number = edge.change"
			       " WHERE edge.needs = waiting.number) FROM waiting"),
	[CLAIM_UNWANTED] = STR_INIT("UPDATE core SET wanted = -1 WHERE wanted = 0"),
	[LOWER_WANTED] = STR_INIT("UPDATE core SET wanted = wanted - less.n FROM"
				  " (SELECT edge.needs AS number, count(*) AS n FROM core AS gone"
				  " CROSS JOIN edge ON edge.change = gone.number"
				  " WHERE gone.wanted = -1 GROUP BY edge.needs) AS less"
				  " WHERE core.number = less.number"),
	[DROP_UNWANTED] = STR_INIT("DELETE FROM core WHERE wanted = -1"),
	[KNOTS] = STR_INIT("SELECT change.tab, edge.col, count(*) FROM core"
			   " CROSS JOIN edge ON edge.change = core.number"
			   " JOIN core AS other ON other.number = edge.needs"
			   " JOIN change ON change.number = core.number"
			   " GROUP BY 1, 2 ORDER BY 3, 1, 2"),
	[TIED] = STR_INIT("SELECT DISTINCT core.number FROM core"
			  " CROSS JOIN edge ON edge.change = core.number AND edge.col = ?2"
			  " JOIN core AS other ON other.number = edge.needs"
			  " JOIN change ON change.number = core.number AND change.tab = ?1"
			  " ORDER BY 1"),
	[UNTIE] = STR_INIT("DELETE FROM edge WHERE change = ?1 AND col = ?2"
			   " AND needs IN (SELECT number FROM core)"),
	[DELETE_KNOTS] = STR_INIT("SELECT referencing.tab, edge.col, count(*) FROM core"
				  " CROSS JOIN edge ON edge.change = core.number"
				  " JOIN core AS other ON other.number = edge.needs"
				  " JOIN change AS referencing ON referencing.number = edge.needs"
				  " GROUP BY 1, 2 ORDER BY 3, 1, 2"),
	[DELETE_TIED] = STR_INIT("SELECT DISTINCT edge.needs FROM core"
				 " CROSS JOIN edge ON edge.change = core.number AND edge.col = ?2"
				 " JOIN core AS other ON other.number = edge.needs"
				 " JOIN change AS referencing ON referencing.number = edge.needs"
				 " AND referencing.tab = ?1 ORDER BY 1"),
	[UNTIE_DELETE] = STR_INIT("DELETE FROM edge WHERE needs = ?1 AND col = ?2"
				  " AND change IN (SELECT number FROM core)"),
	[WAVE_KIND] = STR_INIT("UPDATE change SET wave = ?2 WHERE wave = 0 AND state = 0"
			       " AND kind = ?1"),
	[BROKEN_NEED] =
		STR_INIT("SELECT " CHANGE_COLUMNS " FROM edge"
			 " CROSS JOIN change ON change.number = edge.needs"
			 " WHERE edge.change = ?1 AND state IN (3, 4) ORDER BY edge.needs LIMIT 1"),
	[REMOVALS_TO_SKIP] = STR_INIT("WITH RECURSIVE left_alone(number) AS ("
				      "SELECT number FROM change WHERE kind IN (5, 6) AND state = 4"
				      " UNION SELECT edge.change FROM left_alone"
				      " JOIN edge ON edge.needs = left_alone.number"
				      " JOIN change ON change.number = edge.change"
				      " WHERE change.kind IN (5, 6) AND change.state IN (0, 4))"
				      " SELECT number FROM change WHERE state = 0"
				      " AND number IN (SELECT number FROM left_alone) ORDER BY 1"),
};

static bool statement(struct run *r, unsigned which, struct stmt **out, struct err *e)
{
	return run_statement(r, GRAPH_SLOT + which, sql[which], out, e);
}

/* A statement without parameters; *changed may be NULL. */
static bool run_alone(struct run *r, unsigned which, uint64_t *changed, struct err *e)
{
	struct stmt *st;

	if (!statement(r, which, &st, e) || !stmt_run(st, e))
		return false;
	if (changed)
		*changed = (uint64_t)db_changes(r->db);
	return true;
}

/* The first number that a statement about a row gives; 0: none. */
static bool ask_row(struct run *r, unsigned which, uint32_t tab, struct guid id,
		    const enum change_kind *kind, int64_t *number, struct err *e)
{
	struct guid key = guid_sql_key(id);
	struct stmt *st;
	bool row;

	if (!statement(r, which, &st, e))
		return false;
	stmt_bind_i64(st, 1, tab);
	stmt_bind_blob(st, 2, run_key_bytes(&key));
	if (kind)
		stmt_bind_i64(st, 3, *kind);
	if (!stmt_step(st, &row, e))
		return false;
	*number = row ? stmt_i64(st, 0) : 0;
	stmt_reset(st);
	return true;
}

bool graph_find_create(struct run *r, uint32_t tab, struct guid id, int64_t *number, struct err *e)
{
	static const enum change_kind kind = CHANGE_CREATE;

	return ask_row(r, FIND_CHANGE, tab, id, &kind, number, e);
}

bool graph_find_delete(struct run *r, uint32_t tab, struct guid id, int64_t *number, struct err *e)
{
	static const enum change_kind kind = CHANGE_DELETE;

	return ask_row(r, FIND_CHANGE, tab, id, &kind, number, e);
}

bool graph_find_removal(struct run *r, uint32_t tab, struct guid id, int64_t *number, struct err *e)
{
	return ask_row(r, FIND_REMOVAL, tab, id, NULL, number, e);
}

bool graph_is_removed(struct run *r, uint32_t tab, struct guid id, bool *yes, struct err *e)
{
	int64_t n;

	if (!ask_row(r, IS_REMOVED, tab, id, NULL, &n, e))
		return false;
	*yes = n > 0;
	return true;
}

bool graph_count_changes(struct run *r, uint32_t tab, struct guid id, uint64_t *n, struct err *e)
{
	int64_t count;

	if (!ask_row(r, COUNT_CHANGES, tab, id, NULL, &count, e))
		return false;
	*n = (uint64_t)count;
	return true;
}

bool graph_begin_deletes(struct run *r, struct err *e)
{
	return run_alone(r, BEGIN_DELETES, NULL, e);
}

bool graph_put_edge(struct run *r, int64_t change, int64_t needs, uint32_t column, struct err *e)
{
	struct stmt *st;

	if (!statement(r, PUT_EDGE, &st, e))
		return false;
	stmt_bind_i64(st, 1, change);
	stmt_bind_i64(st, 2, needs);
	stmt_bind_i64(st, 3, column);
	return stmt_run(st, e);
}

bool graph_next_wave(struct run *r, uint32_t wave, uint64_t *assigned, uint64_t *left,
		     struct err *e)
{
	struct stmt *give, *count;
	uint64_t ready, waiting;

	if (!run_alone(r, CLAIM_READY, &ready, e) || !statement(r, GIVE_WAVE, &give, e))
		return false;
	stmt_bind_i64(give, 1, wave);
	if (!stmt_run(give, e) || !statement(r, COUNT_WAITING, &count, e) ||
	    !run_read_count(count, &waiting, e))
		return false;
	*assigned = ready;
	*left = waiting;
	return true;
}

static bool find_core(struct run *r, struct err *e)
{
	uint64_t unwanted = 1;

	if (!run_alone(r, CLEAR_CORE, NULL, e) || !run_alone(r, FILL_CORE, NULL, e))
		return false;
	while (unwanted > 0) {
		if (!run_alone(r, CLAIM_UNWANTED, &unwanted, e))
			return false;
		if (unwanted > 0 &&
		    !(run_alone(r, LOWER_WANTED, NULL, e) && run_alone(r, DROP_UNWANTED, NULL, e)))
			return false;
	}
	return true;
}

static bool list_knots(struct run *r, unsigned which, struct arena *a, struct graph_knot **knots,
		       size_t *n, struct err *e)
{
	VEC(struct graph_knot) list = { 0 };
	struct stmt *st;
	bool row;

	if (!find_core(r, e) || !statement(r, which, &st, e))
		return false;
	for (;;) {
		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			break;
		*VEC_PUSH(a, &list) = (struct graph_knot){ .tab = (uint32_t)stmt_i64(st, 0),
							   .column = (uint32_t)stmt_i64(st, 1),
							   .edges = (uint64_t)stmt_i64(st, 2) };
	}
	*knots = list.p;
	*n = list.n;
	return true;
}

bool graph_knots(struct run *r, struct arena *a, struct graph_knot **knots, size_t *n,
		 struct err *e)
{
	return list_knots(r, KNOTS, a, knots, n, e);
}

bool graph_delete_knots(struct run *r, struct arena *a, struct graph_knot **knots, size_t *n,
			struct err *e)
{
	return list_knots(r, DELETE_KNOTS, a, knots, n, e);
}

/* All numbers that a statement gives. */
static bool list_numbers(struct stmt *st, struct arena *a, int64_t **changes, size_t *n,
			 struct err *e)
{
	VEC(int64_t) list = { 0 };
	bool row;

	for (;;) {
		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			break;
		*VEC_PUSH(a, &list) = stmt_i64(st, 0);
	}
	*changes = list.p;
	*n = list.n;
	return true;
}

static bool take_edges(struct run *r, unsigned which, int64_t change, uint32_t column,
		       struct err *e)
{
	struct stmt *st;

	if (!statement(r, which, &st, e))
		return false;
	stmt_bind_i64(st, 1, change);
	stmt_bind_i64(st, 2, column);
	return stmt_run(st, e);
}

static bool untie(struct run *r, unsigned tied, unsigned take, struct arena *a,
		  const struct graph_knot *knot, int64_t **changes, size_t *n, struct err *e)
{
	struct stmt *st;
	int64_t *list;
	size_t count;

	/* Again, because edges may have been taken away since the knots were listed. */
	if (!find_core(r, e) || !statement(r, tied, &st, e))
		return false;
	stmt_bind_i64(st, 1, knot->tab);
	stmt_bind_i64(st, 2, knot->column);
	if (!list_numbers(st, a, &list, &count, e))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!take_edges(r, take, list[i], knot->column, e))
			return false;
	*changes = list;
	*n = count;
	return true;
}

bool graph_untie(struct run *r, struct arena *a, const struct graph_knot *knot, int64_t **changes,
		 size_t *n, struct err *e)
{
	return untie(r, TIED, UNTIE, a, knot, changes, n, e);
}

bool graph_untie_deletes(struct run *r, struct arena *a, const struct graph_knot *knot,
			 int64_t **changes, size_t *n, struct err *e)
{
	return untie(r, DELETE_TIED, UNTIE_DELETE, a, knot, changes, n, e);
}

bool graph_wave_kind(struct run *r, enum change_kind kind, uint32_t wave, struct err *e)
{
	struct stmt *st;

	if (!statement(r, WAVE_KIND, &st, e))
		return false;
	stmt_bind_i64(st, 1, kind);
	stmt_bind_i64(st, 2, wave);
	return stmt_run(st, e);
}

bool graph_broken_need(struct run *r, int64_t change, struct change *needed, bool *found,
		       struct err *e)
{
	struct stmt *st;
	bool row;

	if (!statement(r, BROKEN_NEED, &st, e))
		return false;
	stmt_bind_i64(st, 1, change);
	if (!stmt_step(st, &row, e) || (row && !journal_read_change(st, needed, e)))
		return false;
	*found = row;
	return true;
}

bool graph_skip_removals(struct run *r, struct arena *a, int64_t **changes, size_t *n,
			 struct err *e)
{
	struct stmt *st;

	if (!statement(r, REMOVALS_TO_SKIP, &st, e) || !list_numbers(st, a, changes, n, e))
		return false;
	for (size_t i = 0; i < *n; i++)
		if (!journal_set_state(r, (*changes)[i], CHANGE_SKIPPED, e))
			return false;
	return true;
}

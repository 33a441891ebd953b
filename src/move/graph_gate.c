/* SPDX-License-Identifier: MIT */
/*
 * A gate is a number that is added to what a create still needs: so large that it never gets ready, and the triggers that
 * count the rest need not know of it.
 */
#include "move/graph_gate.h"

#include "io/db.h"

#include "base/banned.h"

#define GATE "1099511627776" /* 2^40 */
#define OF_TAB "number IN (SELECT number FROM change WHERE tab = ?1 AND kind = 0 AND wave = 0)"

/* These are few for each run: their statements are not kept. */
static bool change(struct run *r, struct str sql, uint32_t tab, uint64_t *n, struct err *e)
{
	DEFER(stmt_close) struct stmt *st = NULL;

	if (!db_prepare(r->db, sql, &st, e))
		return false;
	stmt_bind_i64(st, 1, tab);
	if (!stmt_run(st, e))
		return false;
	*n = (uint64_t)db_changes(r->db);
	return true;
}

bool graph_hold(struct run *r, uint32_t tab, struct err *e)
{
	uint64_t n;

	return change(
		r,
		S("UPDATE waiting SET unmet = unmet + " GATE " WHERE unmet < " GATE " AND " OF_TAB),
		tab, &n, e);
}

bool graph_let(struct run *r, uint32_t tab, struct err *e)
{
	uint64_t n;

	return change(r,
		      S("UPDATE waiting SET unmet = unmet - " GATE " WHERE unmet >= " GATE
			" AND " OF_TAB),
		      tab, &n, e);
}

bool graph_let_needed(struct run *r, uint32_t tab, uint64_t *n, struct err *e)
{
	return change(r,
		      S("WITH RECURSIVE need(number) AS ("
			" SELECT edge.needs FROM change"
			"  JOIN waiting ON waiting.number = change.number"
			"  JOIN edge ON edge.change = change.number WHERE change.tab = ?1"
			" UNION SELECT edge.needs FROM need"
			"  JOIN waiting ON waiting.number = need.number"
			"  JOIN edge ON edge.change = need.number)"
			" UPDATE waiting SET unmet = unmet - " GATE " WHERE unmet >= " GATE
			" AND number IN (SELECT number FROM need)"),
		      tab, n, e);
}

bool graph_count_waiting(struct run *r, uint32_t tab, uint64_t *n, struct err *e)
{
	DEFER(stmt_close) struct stmt *st = NULL;
	bool row;

	if (!db_prepare(r->db, S("SELECT count(*) FROM waiting WHERE " OF_TAB), &st, e))
		return false;
	stmt_bind_i64(st, 1, tab);
	if (!stmt_step(st, &row, e))
		return false;
	*n = row ? (uint64_t)stmt_i64(st, 0) : 0;
	return true;
}

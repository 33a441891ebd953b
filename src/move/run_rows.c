/* SPDX-License-Identifier: MIT */
/*
 * Rows and pairs of the sides.
 */
#include "move/run.h"

#include "move/run_sql.h"

#include "base/banned.h"

enum {
	GET_ROW, /* one per side */
	PUT_ROW = GET_ROW + SIDES,
	REPLACE_ROW,
	SET_CELLS,
	REMOVE_ROW,
	HAS_ROW,
	COUNT_ROWS,
	CLEAR_ROWS,
	CLEAR_LINKS,
	PUT_LINK,
	HAS_LINK,
	COUNT_LINKS,
	STATEMENTS
};
static_assert(ROWS_SLOT + STATEMENTS <= MAP_SLOT, "the statements about rows need more slots");

static const struct str sql[STATEMENTS] = {
	[GET_ROW] = STR_INIT("SELECT id, origin, version, cells FROM row"
			     " WHERE side = ?1 AND tab = ?2 AND id = ?3"),
	[PUT_ROW] = STR_INIT("INSERT OR IGNORE INTO row VALUES(?1, ?2, ?3, ?4, ?5, ?6)"),
	[REPLACE_ROW] = STR_INIT("INSERT OR REPLACE INTO row VALUES(?1, ?2, ?3, ?4, ?5, ?6)"),
	[SET_CELLS] =
		STR_INIT("UPDATE row SET cells = ?4 WHERE side = ?1 AND tab = ?2 AND id = ?3"),
	[REMOVE_ROW] = STR_INIT("DELETE FROM row WHERE side = ?1 AND tab = ?2 AND id = ?3"),
	[HAS_ROW] = STR_INIT("SELECT 1 FROM row WHERE side = ?1 AND tab = ?2 AND id = ?3"),
	[COUNT_ROWS] = STR_INIT("SELECT count(*) FROM row WHERE side = ?1 AND tab = ?2"),
	[CLEAR_ROWS] = STR_INIT("DELETE FROM row WHERE side = ?1"),
	[CLEAR_LINKS] = STR_INIT("DELETE FROM link WHERE side = ?1"),
	[PUT_LINK] = STR_INIT("INSERT OR IGNORE INTO link VALUES(?1, ?2, ?3, ?4)"),
	[HAS_LINK] = STR_INIT("SELECT 1 FROM link WHERE side = ?1 AND rel = ?2 AND source = ?3"
			      " AND target = ?4"),
	[COUNT_LINKS] = STR_INIT("SELECT count(*) FROM link WHERE side = ?1 AND rel = ?2"),
};

/* The order of the index, so that rows put into other sides are never met. */
static const struct str rows_sql = STR_INIT("SELECT id, origin, version, cells FROM row"
					    " INDEXED BY row_id WHERE side = ?1 AND tab = ?2"
					    " ORDER BY id");
static const struct str renamed_sql = STR_INIT("SELECT id, origin, version, cells FROM row"
					       " INDEXED BY row_id WHERE side = ?1 AND tab = ?2"
					       " AND origin <> id ORDER BY id");
static const struct str links_sql = STR_INIT("SELECT source, target FROM link WHERE side = ?1"
					     " AND rel = ?2 ORDER BY source, target");

static bool statement(struct run *r, unsigned which, struct stmt **out, struct err *e)
{
	return run_statement(r, ROWS_SLOT + which, sql[which], out, e);
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

	if (!run_statement(r, ROWS_SLOT + GET_ROW + side, sql[GET_ROW], &st, e))
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

bool run_set_cells(struct run *r, enum side side, uint32_t tab, struct guid id, struct str cells,
		   struct err *e)
{
	struct guid key = guid_sql_key(id);
	struct stmt *st;

	if (!statement(r, SET_CELLS, &st, e))
		return false;
	stmt_bind_i64(st, 1, side);
	stmt_bind_i64(st, 2, tab);
	stmt_bind_blob(st, 3, run_key_bytes(&key));
	stmt_bind_blob(st, 4, cells);
	return stmt_run(st, e);
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

bool run_remove_row(struct run *r, enum side side, uint32_t tab, struct guid id, struct err *e)
{
	struct guid key = guid_sql_key(id);
	struct stmt *st;

	if (!statement(r, REMOVE_ROW, &st, e))
		return false;
	stmt_bind_i64(st, 1, side);
	stmt_bind_i64(st, 2, tab);
	stmt_bind_blob(st, 3, run_key_bytes(&key));
	return stmt_run(st, e);
}

bool run_rows(struct run *r, enum side side, uint32_t tab, struct run_cursor *c, struct err *e)
{
	return run_cursor_open(r, rows_sql, side, tab, c, e);
}

bool run_renamed_rows(struct run *r, uint32_t tab, struct run_cursor *c, struct err *e)
{
	return run_cursor_open(r, renamed_sql, SIDE_WANTED, tab, c, e);
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

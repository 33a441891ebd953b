/* SPDX-License-Identifier: MIT */
/*
 * The id map and the keys of target rows.
 */
#include "move/run_map.h"

#include "base/limits.h"
#include "move/run_sql.h"

#include "base/banned.h"

enum {
	PUT_MAP,
	GET_MAP,
	GET_MAP_ANY,
	GET_MAP_BACK,
	GET_HOW,
	HAS_MAP,
	PUT_KEYED,
	GET_KEYED,
	HAS_KEYED,
	STATEMENTS
};
static_assert(MAP_SLOT + STATEMENTS <= KEEP_SLOT, "the statements about the map need more slots");

static const struct str sql[STATEMENTS] = {
	[PUT_MAP] = STR_INIT("INSERT OR REPLACE INTO map VALUES(?1, ?2, ?3, ?4)"),
	[GET_MAP] = STR_INIT("SELECT target FROM map WHERE name = ?1 AND source = ?2"),
	[GET_MAP_ANY] = STR_INIT("SELECT min(target) FROM map WHERE source = ?1"
				 " HAVING min(target) = max(target)"),
	[GET_MAP_BACK] = STR_INIT("SELECT source FROM map WHERE name = ?1 AND target = ?2"
				  " ORDER BY source LIMIT 1"),
	[GET_HOW] = STR_INIT("SELECT how FROM map WHERE name = ?1 AND source = ?2"),
	[HAS_MAP] = STR_INIT("SELECT source FROM map WHERE source = ?1 LIMIT 1"),
	[PUT_KEYED] = STR_INIT("INSERT OR IGNORE INTO keyed VALUES(?1, ?2, ?3, ?4)"),
	[GET_KEYED] = STR_INIT("SELECT id FROM keyed WHERE tab = ?1 AND rule = ?2 AND key = ?3"
			       " ORDER BY id LIMIT ?4"),
	[HAS_KEYED] = STR_INIT("SELECT id FROM keyed WHERE tab = ?1 AND rule = ?2 AND key = ?3"
			       " AND id = ?4"),
};

static bool statement(struct run *r, unsigned which, struct stmt **out, struct err *e)
{
	return run_statement(r, MAP_SLOT + which, sql[which], out, e);
}

/* The first row's GUID of a statement with at most one; then the statement is done with. */
static bool one_guid(struct stmt *st, struct guid *out, bool *found, struct err *e)
{
	bool row;

	if (!stmt_step(st, &row, e) || (row && !run_read_guid(st, 0, out, e)))
		return false;
	stmt_reset(st);
	*found = row;
	return true;
}

bool run_put_map(struct run *r, struct str table, struct guid source, struct guid target,
		 struct str how, struct err *e)
{
	struct guid from = guid_sql_key(source);
	struct guid to = guid_sql_key(target);
	struct stmt *st;

	if (!statement(r, PUT_MAP, &st, e))
		return false;
	stmt_bind_str(st, 1, table);
	stmt_bind_blob(st, 2, run_key_bytes(&from));
	stmt_bind_blob(st, 3, run_key_bytes(&to));
	stmt_bind_str(st, 4, how);
	return stmt_run(st, e);
}

static bool find_in_map(struct run *r, unsigned which, struct str table, struct guid id,
			struct guid *out, bool *found, struct err *e)
{
	struct guid key = guid_sql_key(id);
	struct stmt *st;

	if (!statement(r, which, &st, e))
		return false;
	stmt_bind_str(st, 1, table);
	stmt_bind_blob(st, 2, run_key_bytes(&key));
	return one_guid(st, out, found, e);
}

bool run_get_map(struct run *r, struct str table, struct guid source, struct guid *target,
		 bool *found, struct err *e)
{
	return find_in_map(r, GET_MAP, table, source, target, found, e);
}

bool run_get_map_any(struct run *r, struct guid source, struct guid *target, bool *found,
		     struct err *e)
{
	struct guid key = guid_sql_key(source);
	struct stmt *st;

	if (!statement(r, GET_MAP_ANY, &st, e))
		return false;
	stmt_bind_blob(st, 1, run_key_bytes(&key));
	return one_guid(st, target, found, e);
}

bool run_has_map(struct run *r, struct guid source, bool *found, struct err *e)
{
	struct guid key = guid_sql_key(source), same;
	struct stmt *st;

	if (!statement(r, HAS_MAP, &st, e))
		return false;
	stmt_bind_blob(st, 1, run_key_bytes(&key));
	return one_guid(st, &same, found, e);
}

bool run_get_map_back(struct run *r, struct str table, struct guid target, struct guid *source,
		      bool *found, struct err *e)
{
	return find_in_map(r, GET_MAP_BACK, table, target, source, found, e);
}

bool run_get_how(struct run *r, struct arena *a, struct str table, struct guid source,
		 struct str *how, bool *found, struct err *e)
{
	struct guid key = guid_sql_key(source);
	struct stmt *st;
	bool row;

	if (!statement(r, GET_HOW, &st, e))
		return false;
	stmt_bind_str(st, 1, table);
	stmt_bind_blob(st, 2, run_key_bytes(&key));
	if (!stmt_step(st, &row, e))
		return false;
	if (row)
		*how = str_dup(a, stmt_str(st, 0));
	stmt_reset(st);
	*found = row;
	return true;
}

bool run_shared_targets(struct run *r, struct str table, struct run_cursor *c, struct err *e)
{
	static const struct str text = STR_INIT("SELECT target FROM map WHERE name = ?1"
						" GROUP BY target HAVING count(*) > 1"
						" ORDER BY target");

	if (!db_prepare(r->db, text, &c->st, e))
		return false;
	stmt_bind_str(c->st, 1, table);
	return true;
}

bool run_next_shared_target(struct run_cursor *c, struct guid *target, bool *more, struct err *e)
{
	bool row;

	if (!stmt_step(c->st, &row, e) || (row && !run_read_guid(c->st, 0, target, e)))
		return false;
	*more = row;
	return true;
}

bool run_map_sources(struct run *r, struct str table, struct guid target, struct run_cursor *c,
		     struct err *e)
{
	static const struct str text = STR_INIT("SELECT source, how FROM map WHERE name = ?1"
						" AND target = ?2 ORDER BY source");

	if (!db_prepare(r->db, text, &c->st, e))
		return false;
	c->key = guid_sql_key(target);
	stmt_bind_str(c->st, 1, table);
	stmt_bind_blob(c->st, 2, run_key_bytes(&c->key));
	return true;
}

bool run_next_map_source(struct run_cursor *c, struct guid *source, struct str *how, bool *more,
			 struct err *e)
{
	bool row;

	if (!stmt_step(c->st, &row, e) || (row && !run_read_guid(c->st, 0, source, e)))
		return false;
	if (row)
		*how = stmt_str(c->st, 1);
	*more = row;
	return true;
}

bool run_put_keyed(struct run *r, uint32_t tab, uint32_t rule, struct str key, struct guid id,
		   struct err *e)
{
	struct guid id_key = guid_sql_key(id);
	struct stmt *st;

	if (!statement(r, PUT_KEYED, &st, e))
		return false;
	stmt_bind_i64(st, 1, tab);
	stmt_bind_i64(st, 2, rule);
	stmt_bind_str(st, 3, key);
	stmt_bind_blob(st, 4, run_key_bytes(&id_key));
	return stmt_run(st, e);
}

static bool list_keyed(struct run *r, uint32_t tab, uint32_t rule, struct str key, size_t count_to,
		       struct guid *ids, size_t most, size_t *n, struct err *e)
{
	struct stmt *st;
	size_t count = 0;
	bool row = true;

	if (!statement(r, GET_KEYED, &st, e))
		return false;
	stmt_bind_i64(st, 1, tab);
	stmt_bind_i64(st, 2, rule);
	stmt_bind_str(st, 3, key);
	stmt_bind_i64(st, 4, (int64_t)count_to);
	while (row) {
		if (!stmt_step(st, &row, e))
			return false;
		if (row && count < most && !run_read_guid(st, 0, &ids[count], e))
			return false;
		count += row;
	}
	*n = count;
	return true;
}

bool run_list_keyed(struct run *r, uint32_t tab, uint32_t rule, struct str key, struct guid *ids,
		    size_t most, size_t *n, struct err *e)
{
	return list_keyed(r, tab, rule, key, LIMIT_COUNTED_ROWS, ids, most, n, e);
}

bool run_get_keyed(struct run *r, uint32_t tab, uint32_t rule, struct str key, struct guid ids[2],
		   size_t *n, struct err *e)
{
	return list_keyed(r, tab, rule, key, 3, ids, 2, n, e);
}

bool run_has_keyed(struct run *r, uint32_t tab, uint32_t rule, struct str key, struct guid id,
		   bool *found, struct err *e)
{
	struct guid id_key = guid_sql_key(id), is;
	struct stmt *st;

	if (!statement(r, HAS_KEYED, &st, e))
		return false;
	stmt_bind_i64(st, 1, tab);
	stmt_bind_i64(st, 2, rule);
	stmt_bind_str(st, 3, key);
	stmt_bind_blob(st, 4, run_key_bytes(&id_key));
	return one_guid(st, &is, found, e);
}

bool run_shared_keys(struct run *r, uint32_t tab, uint32_t rule, struct run_cursor *c,
		     struct err *e)
{
	static const struct str text = STR_INIT("SELECT key FROM keyed WHERE tab = ?1 AND rule = ?2"
						" GROUP BY key HAVING count(*) > 1 ORDER BY key");

	return run_cursor_open(r, text, tab, rule, c, e);
}

bool run_next_shared_key(struct run_cursor *c, struct str *key, bool *more, struct err *e)
{
	bool row;

	if (!stmt_step(c->st, &row, e))
		return false;
	if (row)
		*key = stmt_str(c->st, 0);
	*more = row;
	return true;
}

bool run_clear_keyed(struct run *r, struct err *e)
{
	return db_exec(r->db, "DELETE FROM keyed", e);
}

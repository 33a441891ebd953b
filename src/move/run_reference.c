/* SPDX-License-Identifier: MIT */
/*
 * References to rows outside the package, in the run file: each once, with the name and the keys that the
 * package tells.
 */
#include "move/run_reference.h"

#include "base/vec.h"
#include "move/run_sql.h"

#include "base/banned.h"

enum {
	PUT_REFERENCE,
	REFERENCE_TABLES,
	PUT_KEY,
	GET_KEYS,
	FIND_REFERENCE,
	NEXT_REFERENCES,
	SET_WHY,
	GET_REFERENCE,
	CALLED,
	STATEMENTS
};
static_assert(REFERENCE_SLOT + STATEMENTS <= SLOTS, "the references' statements need more slots");

static const struct str sql[STATEMENTS] = {
	[PUT_REFERENCE] =
		STR_INIT("INSERT INTO reference VALUES(?1, ?2, ?3, '') ON CONFLICT(name, id)"
			 " DO UPDATE SET label = excluded.label WHERE reference.label = ''"),
	[REFERENCE_TABLES] = STR_INIT("SELECT DISTINCT name FROM reference ORDER BY name"),
	[PUT_KEY] = STR_INIT("INSERT OR REPLACE INTO reference_key VALUES(?1, ?2, ?3, ?4, ?5)"),
	[GET_KEYS] = STR_INIT("SELECT col, value, target FROM reference_key"
			      " WHERE name = ?1 AND id = ?2 ORDER BY col"),
	[FIND_REFERENCE] = STR_INIT("SELECT name, label FROM reference WHERE id = ?1 LIMIT 1"),
	[NEXT_REFERENCES] = STR_INIT("SELECT id, label FROM reference WHERE name = ?1 AND id > ?2"
				     " AND NOT EXISTS (SELECT 1 FROM map WHERE map.name = ?1"
				     " AND map.source = reference.id) ORDER BY id LIMIT ?3"),
	[SET_WHY] = STR_INIT("UPDATE reference SET why = ?3 WHERE name = ?1 AND id = ?2"),
	[GET_REFERENCE] = STR_INIT("SELECT label, why FROM reference WHERE name = ?1 AND id = ?2"),
	[CALLED] = STR_INIT("SELECT id FROM reference WHERE name = ?1 AND label = ?2"
			    " UNION SELECT id FROM reference_key WHERE name = ?1 AND value = ?2"
			    " AND target = '' ORDER BY 1"),
};

static const struct str open_references_sql =
	STR_INIT("SELECT id, label FROM reference WHERE name = ?1 AND NOT EXISTS"
		 " (SELECT 1 FROM map WHERE map.name = ?1 AND map.source = reference.id)"
		 " ORDER BY id");

static const struct str references_sql =
	STR_INIT("SELECT id, label FROM reference WHERE name = ?1 ORDER BY id");

static bool statement(struct run *r, unsigned which, struct stmt **out, struct err *e)
{
	return run_statement(r, REFERENCE_SLOT + which, sql[which], out, e);
}

bool run_put_reference(struct run *r, struct str table, struct guid id, struct str label,
		       struct err *e)
{
	struct guid key = guid_sql_key(id);
	struct stmt *st;

	if (!statement(r, PUT_REFERENCE, &st, e))
		return false;
	stmt_bind_str(st, 1, table);
	stmt_bind_blob(st, 2, run_key_bytes(&key));
	stmt_bind_str(st, 3, label);
	return stmt_run(st, e);
}

bool run_reference_tables(struct run *r, struct arena *a, struct str **names, size_t *n,
			  struct err *e)
{
	VEC(struct str) list = { 0 };
	struct stmt *st;
	bool row;

	if (!statement(r, REFERENCE_TABLES, &st, e))
		return false;
	for (;;) {
		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			break;
		*VEC_PUSH(a, &list) = str_dup(a, stmt_str(st, 0));
	}
	*names = list.p;
	*n = list.n;
	return true;
}

static bool references_by(struct run *r, struct str query, struct str table, struct run_cursor *c,
			  struct err *e)
{
	if (!db_prepare(r->db, query, &c->st, e))
		return false;
	/* The cursor may outlive the caller's bytes. */
	stmt_bind_str(c->st, 1, str_dup(r->arena, table));
	return true;
}

bool run_open_references(struct run *r, struct str table, struct run_cursor *c, struct err *e)
{
	return references_by(r, open_references_sql, table, c, e);
}

bool run_references(struct run *r, struct str table, struct run_cursor *c, struct err *e)
{
	return references_by(r, references_sql, table, c, e);
}

bool run_next_reference(struct run_cursor *c, struct guid *id, struct str *label, bool *more,
			struct err *e)
{
	bool row;

	if (!stmt_step(c->st, &row, e) || (row && !run_read_guid(c->st, 0, id, e)))
		return false;
	if (row)
		*label = stmt_str(c->st, 1);
	*more = row;
	return true;
}

bool run_list_references(struct run *r, struct arena *a, struct str table,
			 struct reference_list *out, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	VEC(struct guid) ids = { 0 };
	VEC(struct str) labels = { 0 };
	bool more;

	if (!run_open_references(r, table, &c, e))
		return false;
	for (;;) {
		struct guid id;
		struct str label;
		if (!run_next_reference(&c, &id, &label, &more, e))
			return false;
		if (!more)
			break;
		*VEC_PUSH(a, &ids) = id;
		*VEC_PUSH(a, &labels) = str_dup(a, label);
	}
	*out = (struct reference_list){ ids.p, labels.p, ids.n };
	return true;
}

/* The references that a statement gives, as far as it does. */
static bool list_references(struct stmt *st, struct arena *a, struct reference_list *out,
			    struct err *e)
{
	VEC(struct guid) ids = { 0 };
	VEC(struct str) labels = { 0 };
	bool row;

	for (;;) {
		struct guid id;

		if (!stmt_step(st, &row, e) || (row && !run_read_guid(st, 0, &id, e)))
			return false;
		if (!row)
			break;
		*VEC_PUSH(a, &ids) = id;
		*VEC_PUSH(a, &labels) = str_dup(a, stmt_str(st, 1));
	}
	*out = (struct reference_list){ ids.p, labels.p, ids.n };
	return true;
}

bool run_next_references(struct run *r, struct arena *a, struct str table, const struct guid *after,
			 size_t most, struct reference_list *out, struct err *e)
{
	struct guid key = after ? guid_sql_key(*after) : (struct guid){ 0 };
	struct stmt *st;

	if (!statement(r, NEXT_REFERENCES, &st, e))
		return false;
	stmt_bind_str(st, 1, table);
	stmt_bind_blob(st, 2, after ? run_key_bytes(&key) : S(""));
	stmt_bind_i64(st, 3, (int64_t)most);
	return list_references(st, a, out, e);
}

bool run_put_reference_key(struct run *r, struct str table, struct guid id,
			   const struct reference_key *key, struct err *e)
{
	struct guid sort_key = guid_sql_key(id);
	struct stmt *st;

	if (!statement(r, PUT_KEY, &st, e))
		return false;
	stmt_bind_str(st, 1, table);
	stmt_bind_blob(st, 2, run_key_bytes(&sort_key));
	stmt_bind_str(st, 3, key->column);
	stmt_bind_str(st, 4, key->value.text);
	stmt_bind_str(st, 5, key->value.table);
	return stmt_run(st, e);
}

bool run_reference_keys(struct run *r, struct arena *a, struct str table, struct guid id,
			struct reference_key **keys, size_t *n, struct err *e)
{
	struct guid sort_key = guid_sql_key(id);
	VEC(struct reference_key) list = { 0 };
	struct stmt *st;
	bool row;

	if (!statement(r, GET_KEYS, &st, e))
		return false;
	stmt_bind_str(st, 1, table);
	stmt_bind_blob(st, 2, run_key_bytes(&sort_key));
	for (;;) {
		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			break;
		struct reference_key *key = VEC_PUSH(a, &list);
		key->column = str_dup(a, stmt_str(st, 0));
		key->value.text = str_dup(a, stmt_str(st, 1));
		key->value.table = str_dup(a, stmt_str(st, 2));
		key->value.kind = key->value.table.n > 0 ? VALUE_REF : VALUE_TEXT;
	}
	*keys = list.p;
	*n = list.n;
	return true;
}

bool run_find_reference(struct run *r, struct arena *a, struct guid id, struct str *table,
			struct str *label, bool *found, struct err *e)
{
	struct guid sort_key = guid_sql_key(id);
	struct stmt *st;

	if (!statement(r, FIND_REFERENCE, &st, e))
		return false;
	stmt_bind_blob(st, 1, run_key_bytes(&sort_key));
	if (!stmt_step(st, found, e))
		return false;
	if (*found) {
		*table = str_dup(a, stmt_str(st, 0));
		*label = str_dup(a, stmt_str(st, 1));
		stmt_reset(st);
	}
	return true;
}

bool run_set_reference_why(struct run *r, struct str table, struct guid id, struct str why,
			   struct err *e)
{
	struct guid sort_key = guid_sql_key(id);
	struct stmt *st;

	if (!statement(r, SET_WHY, &st, e))
		return false;
	stmt_bind_str(st, 1, table);
	stmt_bind_blob(st, 2, run_key_bytes(&sort_key));
	stmt_bind_str(st, 3, why);
	return stmt_run(st, e);
}

bool run_get_reference(struct run *r, struct arena *a, struct str table, struct guid id,
		       struct str *label, struct str *why, bool *found, struct err *e)
{
	struct guid sort_key = guid_sql_key(id);
	struct stmt *st;

	if (!statement(r, GET_REFERENCE, &st, e))
		return false;
	stmt_bind_str(st, 1, table);
	stmt_bind_blob(st, 2, run_key_bytes(&sort_key));
	if (!stmt_step(st, found, e))
		return false;
	if (*found) {
		*label = str_dup(a, stmt_str(st, 0));
		*why = str_dup(a, stmt_str(st, 1));
		stmt_reset(st);
	}
	return true;
}

bool run_references_called(struct run *r, struct str table, struct str text, struct guid ids[2],
			   size_t *n, struct err *e)
{
	struct stmt *st;
	bool row;

	if (!statement(r, CALLED, &st, e))
		return false;
	stmt_bind_str(st, 1, table);
	stmt_bind_str(st, 2, text);
	for (*n = 0;; ++*n) {
		struct guid id;

		if (!stmt_step(st, &row, e) || (row && !run_read_guid(st, 0, &id, e)))
			return false;
		if (!row)
			return true;
		if (*n < 2)
			ids[*n] = id;
	}
}

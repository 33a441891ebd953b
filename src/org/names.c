/* SPDX-License-Identifier: MIT */
/*
 * Names by id, remembered for the length of one answer.
 */
#include "org/names.h"

#include "base/banned.h"

struct known {
	struct str id, name;
};

struct name_table {
	const struct table *table;
	struct stmt *find;
	struct map by_id;
	VEC(struct known) known;
	size_t last; /* rows beside each other often point to the same row */
};

struct names names_make(struct store *s, struct arena *a)
{
	return (struct names){ .store = s, .arena = a };
}

void names_close(struct names *n)
{
	for (size_t i = 0; i < n->tables.n; i++)
		stmt_close(&n->tables.p[i]->find);
}

static bool prepare(struct names *n, struct name_table *t, struct err *e)
{
	DEFER(buf_release) struct buf sql = buf_make(0);

	buf_add(&sql, S("SELECT "));
	db_quote(&sql, t->table->primary_name);
	buf_add(&sql, S(" FROM "));
	db_quote(&sql, t->table->name);
	buf_add(&sql, S(" WHERE "));
	db_quote(&sql, t->table->primary_id);
	buf_add(&sql, S(" = ?"));
	return db_prepare(n->store->db, buf_str(&sql), &t->find, e);
}

bool names_of(struct names *n, struct str table, struct name_table **out, struct err *e)
{
	const struct table *found;

	for (size_t i = 0; i < n->tables.n; i++) {
		if (str_eq(n->tables.p[i]->table->name, table)) {
			*out = n->tables.p[i];
			return true;
		}
	}
	if (!store_table(n->store, table, &found, e))
		return false;
	if (!found || found->primary_name.n == 0) {
		*out = NULL;
		return true;
	}

	struct name_table *t = arena_new(n->arena, struct name_table);

	t->table = found;
	t->by_id = map_make(n->arena);
	if (!prepare(n, t, e))
		return false;
	*VEC_PUSH(n->arena, &n->tables) = t;
	*out = t;
	return true;
}

static bool look_up(struct names *n, struct name_table *t, struct str id, struct str *out,
		    struct err *e)
{
	bool row;

	stmt_bind_str(t->find, 1, id);
	if (!stmt_step(t->find, &row, e))
		return false;
	*out = row ? str_dup(n->arena, stmt_str(t->find, 0)) : S("");
	stmt_reset(t->find);
	return true;
}

bool names_find(struct names *n, struct name_table *t, struct str id, struct str *out,
		struct err *e)
{
	uint32_t index = (uint32_t)t->known.n;

	if (t->last < t->known.n && str_eq(id, t->known.p[t->last].id)) {
		*out = t->known.p[t->last].name;
		return true;
	}
	if (!map_get(&t->by_id, id, &index)) {
		struct known k = { .id = str_dup(n->arena, id) };

		if (!look_up(n, t, id, &k.name, e))
			return false;
		map_put(&t->by_id, k.id, &index);
		*VEC_PUSH(n->arena, &t->known) = k;
	}
	t->last = index;
	*out = t->known.p[index].name;
	return true;
}

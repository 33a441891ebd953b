/* SPDX-License-Identifier: MIT */
/*
 * One recursive query: `union` keeps each row once, so that a circle of rows comes to its end.
 */
#include "org/hierarchy.h"

#include "base/banned.h"

const struct many_to_one *hierarchy_of(const struct table *t)
{
	for (size_t i = 0; i < t->nmany_to_one; i++) {
		const struct many_to_one *r = &t->many_to_one[i];

		if (r->hierarchical && str_eq(r->target, t->name))
			return r;
	}
	return NULL;
}

/* Of two columns of the table, from the one that is known to the one that is wanted. */
static void add_walk(struct buf *sql, const struct table *t, struct str wanted, struct str known)
{
	buf_add(sql, S("with recursive walk(id) as (select r."));
	db_quote(sql, wanted);
	buf_add(sql, S(" from "));
	db_quote(sql, t->name);
	buf_add(sql, S(" r where r."));
	db_quote(sql, known);
	buf_add(sql, S(" = ?1 union select r."));
	db_quote(sql, wanted);
	buf_add(sql, S(" from "));
	db_quote(sql, t->name);
	buf_add(sql, S(" r join walk on r."));
	db_quote(sql, known);
	buf_add(sql, S(" = walk.id) select id from walk where id is not null and id <> ?1"));
}

bool hierarchy_add(struct store *s, const struct table *t, struct guid row, bool below,
		   struct ids *out, struct err *e)
{
	const struct many_to_one *r = hierarchy_of(t);
	DEFER(buf_release) struct buf sql = buf_make(0);
	struct stmt *st;

	assert(r); /* who asks has looked */
	if (below)
		add_walk(&sql, t, t->primary_id, r->column);
	else
		add_walk(&sql, t, r->column, t->primary_id);
	if (!store_statement(s, buf_str(&sql), &st, e))
		return false;
	stmt_bind_str(st, 1, guid_text(out->arena, row));
	return ids_read(out, st, e);
}

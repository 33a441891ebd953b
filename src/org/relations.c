/* SPDX-License-Identifier: MIT */
/*
 * The relationships stand in a table of the file, so that the definitions of all other tables need not be
 * loaded to find those that point to one.
 */
#include "org/relations.h"

#include "base/vec.h"

#include "base/banned.h"

bool relations_remember(struct store *s, const struct table *t, struct err *e)
{
	struct stmt *st;

	if (!store_statement(s, S("delete from ferry_relationship where child = ?1"), &st, e))
		return false;
	stmt_bind_str(st, 1, t->name);
	if (!stmt_run(st, e))
		return false;
	for (size_t i = 0; i < t->nmany_to_one; i++) {
		const struct many_to_one *r = &t->many_to_one[i];

		if (!store_statement(s,
				     S("insert into ferry_relationship"
				       "(child, place, parent, collection) values(?1, ?2, ?3, ?4)"),
				     &st, e))
			return false;
		stmt_bind_str(st, 1, t->name);
		stmt_bind_i64(st, 2, (int64_t)i);
		stmt_bind_str(st, 3, r->target);
		stmt_bind_str(st, 4, r->collection);
		if (!stmt_run(st, e))
			return false;
	}
	return true;
}

struct place {
	struct str child;
	size_t index;
};

/* Users and teams are owners: a lookup to an owner points to either. */
static struct str second_name(const struct table *t)
{
	bool owner = str_eq(t->name, S("systemuser")) || str_eq(t->name, S("team"));

	return owner ? S("owner") : t->name;
}

/* `navigation` empty: every one. */
static bool find_places(struct store *s, struct arena *a, const struct table *parent,
			struct str navigation, struct place **out, size_t *n, struct err *e)
{
	VEC(struct place) places = { 0 };
	struct stmt *st;
	bool row;

	if (!store_statement(s,
			     S("select child, place from ferry_relationship "
			       "where parent in (?1, ?2) and (?3 = '' or collection = ?3) "
			       "order by child, place"),
			     &st, e))
		return false;
	stmt_bind_str(st, 1, parent->name);
	stmt_bind_str(st, 2, second_name(parent));
	stmt_bind_str(st, 3, navigation);
	for (;;) {
		if (!stmt_step(st, &row, e))
			return false;
		if (!row)
			break;
		*VEC_PUSH(a, &places) =
			(struct place){ str_dup(a, stmt_str(st, 0)), (size_t)stmt_i64(st, 1) };
	}
	*out = places.p;
	*n = places.n;
	return true;
}

static bool resolve(struct store *s, const struct place *p, struct relation *out, struct err *e)
{
	const struct table *child;

	if (!store_table(s, p->child, &child, e))
		return false;
	if (!child || p->index >= child->nmany_to_one)
		return err_set(e, ERR_INTERNAL,
			       "%s: the relationships of table %.*s are not its own", s->path,
			       STR_ARG(p->child));
	*out = (struct relation){ child, &child->many_to_one[p->index] };
	return true;
}

bool relations_to(struct store *s, struct arena *a, const struct table *parent,
		  struct relation **out, size_t *n, struct err *e)
{
	struct place *places = NULL;
	size_t count = 0;

	if (!find_places(s, a, parent, S(""), &places, &count, e))
		return false;

	struct relation *found = arena_array(a, struct relation, count);

	for (size_t i = 0; i < count; i++) {
		if (!resolve(s, &places[i], &found[i], e))
			return false;
	}
	*out = found;
	*n = count;
	return true;
}

bool relation_find(struct store *s, struct arena *a, const struct table *parent,
		   struct str navigation, struct relation *out, struct err *e)
{
	struct place *places = NULL;
	size_t n = 0;

	if (!find_places(s, a, parent, navigation, &places, &n, e))
		return false;
	if (n == 0) {
		*out = (struct relation){ 0 };
		return true;
	}
	return resolve(s, &places[0], out, e);
}

/* SPDX-License-Identifier: MIT */
/*
 * Deep insert: the order in which nested rows come into being.
 */
#include "org/crud_deep.h"

#include "org/calendar.h"
#include "org/crud.h"

#include "base/banned.h"

static struct value reference_to(struct arena *a, struct guid id, struct str table)
{
	return (struct value){ .kind = VALUE_REF, .text = guid_text(a, id), .table = table };
}

/* Rows that the row's own lookups shall point to; *out is the payload that points to them. */
static bool create_parents(struct store *s, struct arena *a, const struct table *t,
			   const struct payload *p, struct payload *out, struct err *e)
{
	struct payload own = payload_make(a, t);

	own.has_id = p->has_id;
	own.id = p->id;
	for (size_t i = 0; i < p->n; i++)
		payload_put(&own, p->columns[i], &p->values[i]);
	for (size_t i = 0; i < p->nrelated; i++) {
		const struct payload_related *r = &p->related[i];
		struct value v;
		struct guid id;

		if (r->navigation.kind != NAVIGATION_LOOKUP)
			continue;
		if (!crud_create(s, a, r->table, r->row, &id, e))
			return false;
		v = reference_to(a, id, r->table->name);
		payload_put(&own, r->navigation.column, &v);
	}
	*out = own;
	return true;
}

/* A new child points to its parent whatever its own body says. */
static bool create_child(struct store *s, struct arena *a, const struct payload_related *r,
			 const struct value *parent, struct err *e)
{
	struct payload child = *r->row;
	struct payload room = payload_make(a, r->table);
	struct guid id;

	for (size_t i = 0; i < child.n; i++)
		payload_put(&room, child.columns[i], &child.values[i]);
	payload_put(&room, r->navigation.column, parent);
	child.columns = room.columns;
	child.values = room.values;
	child.n = room.n;
	return crud_create(s, a, r->table, &child, &id, e);
}

static bool add_pair(struct store *s, struct arena *a, const struct payload_related *r,
		     struct guid own, struct err *e)
{
	const struct navigation *n = &r->navigation;
	struct guid other = r->id;

	if (r->row && !crud_create(s, a, r->table, r->row, &other, e))
		return false;
	return n->first ? crud_link(s, a, n->mm, own, other, e)
			: crud_link(s, a, n->mm, other, own, e);
}

static bool add_related(struct store *s, struct arena *a, const struct table *t,
			const struct payload_related *r, struct guid own, struct err *e)
{
	struct value parent = reference_to(a, own, t->name);

	switch (r->navigation.kind) {
	case NAVIGATION_CHILDREN:
		if (!calendar_check_nested(s, r->table, e))
			return false;
		return r->row ? create_child(s, a, r, &parent, e)
			      : crud_set(s, a, r->table, r->id, r->navigation.column, &parent, e);
	case NAVIGATION_PAIRS:
		return add_pair(s, a, r, own, e);
	case NAVIGATION_LOOKUP:
	case NAVIGATION_NONE:
		break;
	}
	return true;
}

bool deep_create(struct store *s, struct arena *a, const struct table *t, struct guid id,
		 const struct payload *p, struct err *e)
{
	struct payload own;

	if (p->nrelated == 0)
		return crud_insert(s, a, t, id, p, e);
	if (!create_parents(s, a, t, p, &own, e) || !crud_insert(s, a, t, id, &own, e))
		return false;
	for (size_t i = 0; i < p->nrelated; i++) {
		if (!add_related(s, a, t, &p->related[i], id, e))
			return false;
	}
	return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * Names of navigation properties, looked up in the order lookup, N:N, children.
 */
#include "org/navigation.h"

#include "org/relations.h"

#include "base/banned.h"

static bool find_lookup(const struct table *t, struct str name, struct navigation *out)
{
	for (size_t i = 0; i < t->nmany_to_one; i++) {
		const struct many_to_one *mo = &t->many_to_one[i];

		if (!str_eq(mo->navigation, name))
			continue;
		*out = (struct navigation){ .kind = NAVIGATION_LOOKUP,
					    .lookup = mo,
					    .column = table_column(t, mo->column),
					    .target = mo->target };
		return true;
	}
	return false;
}

static bool find_pairs(const struct table *t, struct str name, struct navigation *out)
{
	for (size_t i = 0; i < t->nmany_to_many; i++) {
		const struct many_to_many *mm = &t->many_to_many[i];
		bool first = str_eq(mm->table1, t->name) && str_eq(mm->navigation1, name);
		bool second = str_eq(mm->table2, t->name) && str_eq(mm->navigation2, name);

		if (!first && !second)
			continue;
		*out = (struct navigation){ .kind = NAVIGATION_PAIRS,
					    .mm = mm,
					    .first = first,
					    .target = first ? mm->table2 : mm->table1 };
		return true;
	}
	return false;
}

bool navigation_find(struct store *s, struct arena *a, const struct table *t, struct str name,
		     struct navigation *out, struct err *e)
{
	struct relation r;

	if (find_lookup(t, name, out) || find_pairs(t, name, out))
		return true;
	if (!relation_find(s, a, t, name, &r, e))
		return false;
	*out = (struct navigation){ .kind = NAVIGATION_NONE };
	if (!r.child || name.n == 0)
		return true;
	*out = (struct navigation){ .kind = NAVIGATION_CHILDREN,
				    .lookup = r.lookup,
				    .column = table_column(r.child, r.lookup->column),
				    .child = r.child,
				    .target = r.child->name };
	return true;
}

bool navigation_leads_to(const struct navigation *n, struct str table)
{
	if (str_eq(n->target, table))
		return true;
	if (n->kind != NAVIGATION_LOOKUP || !str_eq(n->target, S("owner")))
		return false;
	/* the abstract owner stands for every table that the column may point to */
	for (size_t i = 0; i < n->column->ntargets; i++) {
		if (str_eq(n->column->targets[i], table))
			return true;
	}
	return false;
}

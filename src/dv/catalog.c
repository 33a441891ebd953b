/* SPDX-License-Identifier: MIT */
/*
 * The tables of one environment. A table stays for the life of the catalog's arena, and so do pointers
 * to it, whatever is loaded later.
 */
#include "dv/catalog.h"

#include "base/vec.h"

#include "base/banned.h"

struct catalog catalog_make(struct arena *a)
{
	return (struct catalog){
		.arena = a,
		.by_name = map_make(a),
		.by_set = map_make(a),
	};
}

void catalog_put(struct catalog *c, struct table *t)
{
	uint32_t index = (uint32_t)c->n;
	bool is_new = map_put(&c->by_name, t->name, &index);

	assert(is_new);
	/* private tables have no entity set */
	if (t->entity_set.n > 0) {
		uint32_t set_index = index;

		map_put(&c->by_set, t->entity_set, &set_index);
	}
	c->tables = vec_room(c->arena, c->tables, c->n, &c->cap, sizeof(*c->tables));
	c->tables[c->n++] = t;
}

static const struct table *find(const struct catalog *c, const struct map *m, struct str name)
{
	uint32_t index;

	return map_get(m, name, &index) ? c->tables[index] : NULL;
}

const struct table *catalog_find(const struct catalog *c, struct str name)
{
	return find(c, &c->by_name, name);
}

const struct table *catalog_find_set(const struct catalog *c, struct str entity_set)
{
	return find(c, &c->by_set, entity_set);
}

bool catalog_get(struct catalog *c, struct str name, const struct table **out, struct err *e)
{
	const struct table *known = catalog_find(c, name);
	struct table *loaded = NULL;

	if (!known && c->load) {
		if (!c->load(c->context, name, &loaded, e))
			return false;
		/* a loader may have put it, and others, by itself */
		known = catalog_find(c, name);
	}
	if (!known && loaded) {
		catalog_put(c, loaded);
		known = loaded;
	}
	*out = known;
	return true;
}

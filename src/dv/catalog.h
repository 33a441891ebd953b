/* SPDX-License-Identifier: MIT */
/*
 * The tables of one environment, by logical name and by entity set. Tables may be loaded when they are
 * first asked for.
 */
#ifndef FERRY_DV_CATALOG_H
#define FERRY_DV_CATALOG_H

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "dv/table.h"

/* Tables by name; they live on the catalog's arena. Asked for one that it lacks, it calls `load`. */
struct catalog {
	struct arena *arena;
	struct table **tables;
	size_t n, cap;
	struct map by_name;
	struct map by_set;
	/* May be NULL. True with *out == NULL when there is no such table. */
	bool (*load)(void *context, struct str name, struct table **out, struct err *e);
	void *context;
};
struct catalog catalog_make(struct arena *a);
void catalog_put(struct catalog *c, struct table *t); /* replaces nothing: a name comes once */
const struct table *catalog_find(const struct catalog *c, struct str name);
const struct table *catalog_find_set(const struct catalog *c, struct str entity_set);
/* As catalog_find, but loads; *out NULL when there is no such table. */
MUST_CHECK bool catalog_get(struct catalog *c, struct str name, const struct table **out,
			    struct err *e);

#endif

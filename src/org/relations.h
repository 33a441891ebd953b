/* SPDX-License-Identifier: MIT */
/*
 * One-to-many relationships: the lookups of any table that point to rows of one table.
 */
#ifndef FERRY_ORG_RELATIONS_H
#define FERRY_ORG_RELATIONS_H

#include "base/arena.h"
#include "base/err.h"
#include "dv/table.h"
#include "org/store.h"

struct relation {
	const struct table *child;        /* the lookup stands here */
	const struct many_to_one *lookup; /* its collection is the parent's navigation property */
};

/* All of them, sorted by table and place; lookups to "owner" point to users and teams. */
MUST_CHECK bool relations_to(struct store *s, struct arena *a, const struct table *parent,
			     struct relation **out, size_t *n, struct err *e);
/* By the collection-valued navigation property (case counts); out->child is NULL when there is none. */
MUST_CHECK bool relation_find(struct store *s, struct arena *a, const struct table *parent,
			      struct str navigation, struct relation *out, struct err *e);
/* Writes down the lookups of a table that is new in the file, or no longer is what it was. */
MUST_CHECK bool relations_remember(struct store *s, const struct table *t, struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The primary names of rows that lookups point to. Each is asked for once per answer: most rows of a page
 * point to the same few.
 */
#ifndef FERRY_ORG_NAMES_H
#define FERRY_ORG_NAMES_H

#include "base/map.h"
#include "base/vec.h"
#include "org/store.h"

struct name_table;

struct names {
	struct store *store;
	struct arena *arena; /* of one answer */
	VEC(struct name_table *) tables;
};

struct names names_make(struct store *s, struct arena *a);
void names_close(struct names *n); /* fits DEFER */

/* The names of one table; *out is NULL when there is no such table or it has no primary name. */
MUST_CHECK bool names_of(struct names *n, struct str table, struct name_table **out, struct err *e);
/* Empty when the row does not exist or has no name. */
MUST_CHECK bool names_find(struct names *n, struct name_table *t, struct str id, struct str *out,
			   struct err *e);

#endif

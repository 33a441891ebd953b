/* SPDX-License-Identifier: MIT */
/*
 * What the parts of access.h share.
 */
#ifndef FERRY_ORG_ACCESS_PARTS_H
#define FERRY_ORG_ACCESS_PARTS_H

#include "org/access.h"

#define ACTORS 2

/* What was found out about a table. */
struct known {
	const struct table *table;
	struct privilege privileges[TABLE_PRIVILEGES];
	size_t n;
	struct reach reach[ACTORS][RIGHTS];
	bool asked[ACTORS][RIGHTS];
};

struct access {
	VEC(struct known *) known;
	struct store *store;
	struct arena *arena; /* of the request */
	struct actor actors[ACTORS];
	size_t n;
};

/* Whether the file has the tables of roles at all. */
MUST_CHECK bool access_is_kept(struct store *s, bool *out, struct err *e);
/* NULL: the table has none of that kind, and nobody is denied it. */
const struct privilege *access_privilege_of(struct access *x, const struct table *t,
					    enum right right);
MUST_CHECK bool access_reach(struct access *x, size_t actor, const struct table *t,
			     enum right right, const struct reach **out, struct err *e);

struct str access_owner_column(const struct table *t);
struct str access_unit_column(const struct table *t);
/* Whose the row is, and of which unit; ABSENT of a row that does not exist. */
MUST_CHECK bool access_belongs(struct store *s, struct arena *a, const struct table *t,
			       struct guid id, struct value *owner, struct value *unit,
			       struct err *e);
bool access_is_within(const struct actor *who, const struct reach *r, const struct table *t,
		      const struct value *owner, const struct value *unit);

#endif

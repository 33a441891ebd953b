/* SPDX-License-Identifier: MIT */
/*
 * Navigation properties of a table: lookups, the rows of other tables that point here, and N:N pairs
 * (facts/webapi.md 1.6). Their names are case sensitive.
 */
#ifndef FERRY_ORG_NAVIGATION_H
#define FERRY_ORG_NAVIGATION_H

#include "base/arena.h"
#include "base/err.h"
#include "dv/table.h"
#include "org/store.h"

enum navigation_kind {
	NAVIGATION_NONE,
	NAVIGATION_LOOKUP,   /* single-valued: a lookup of the table itself, to one of its tables */
	NAVIGATION_CHILDREN, /* the rows whose lookup points here */
	NAVIGATION_PAIRS     /* N:N */
};

struct navigation {
	enum navigation_kind kind;
	const struct many_to_one *lookup; /* LOOKUP: of the table; CHILDREN: of the child */
	const struct column *column;      /* of that lookup */
	const struct table *child;        /* CHILDREN */
	const struct many_to_many *mm;    /* PAIRS */
	bool first;                       /* the table is the relationship's first */
	struct str target;                /* the table at the other end; "owner" is any principal */
};

/* NAVIGATION_NONE when the table has no such property. */
MUST_CHECK bool navigation_find(struct store *s, struct arena *a, const struct table *t,
				struct str name, struct navigation *out, struct err *e);
/* Whether a row of `table` can stand at the other end. */
bool navigation_leads_to(const struct navigation *n, struct str table);

#endif

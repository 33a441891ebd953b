/* SPDX-License-Identifier: MIT */
/*
 * Rows that say what roles may do: privileges that belong to no table, and roleprivileges. Inside a transaction
 * that writes. A file that lacks the tables goes without.
 */
#ifndef FERRY_ORG_METADATA_ROWS_ACCESS_H
#define FERRY_ORG_METADATA_ROWS_ACCESS_H

#include "dv/privilege.h"
#include "org/store.h"

/*
 * For a new organization: what the samples grant (samples/README.md), to roles by name. Begins and ends its
 * own transaction. ERR_INPUT for a grant that nobody understands.
 */
MUST_CHECK bool access_rows_fill(struct store *s, const struct str *texts, const char *const *names,
				 size_t n, struct err *e);
/* System administrators may do everything with a new table, and those who customize with one of theirs. */
MUST_CHECK bool access_rows_of_table(struct store *s, struct arena *a, const struct table *t,
				     struct err *e);
MUST_CHECK bool access_rows_forget(struct store *s, struct arena *a, const struct table *t,
				   struct err *e);

/* The role has the privilege to this depth (a DEPTH bit), whatever it had. */
MUST_CHECK bool access_rows_put(struct store *s, struct arena *a, struct guid role,
				struct guid privilege, int depth, struct err *e);
/* "Basic", "Local", "Deep", "Global"; 0 for what is none of them. */
int access_depth(struct str name);
struct str access_depth_name(int depth);

#endif

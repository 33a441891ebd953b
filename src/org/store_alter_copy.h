/* SPDX-License-Identifier: MIT */
/*
 * What the changes of metadata (store_alter.h) are made with: copies of tables that outlive the catalog's.
 */
#ifndef FERRY_ORG_STORE_ALTER_COPY_H
#define FERRY_ORG_STORE_ALTER_COPY_H

#include "org/store_alter.h"

/* "<what>: '<name>'", 400. */
bool alter_invalid(struct err *e, uint32_t code, const char *what, struct str name);
struct guid alter_table_id(const struct table *t);
/* A table that has to be there. */
MUST_CHECK bool alter_find(struct store *s, struct str name, const struct table **out,
			   struct err *e);
/* What the definition of a table says: a copy, with the columns that others bring. */
MUST_CHECK bool alter_complete(struct arena *a, const struct table *t, struct table *out,
			       struct err *e);
MUST_CHECK bool alter_copy(struct store *s, struct arena *a, struct str name, struct table *out,
			   struct err *e);

#endif

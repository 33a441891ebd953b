/* SPDX-License-Identifier: MIT */
/*
 * Rows that tell of the metadata: components of solutions, privileges, settings of images and of users. Inside
 * a transaction that writes. A file that lacks one of the tables goes without its rows.
 */
#ifndef FERRY_ORG_METADATA_ROWS_H
#define FERRY_ORG_METADATA_ROWS_H

#include "dv/privilege.h"
#include "org/store.h"

/* For a new organization: rows for every table and every user. Begins and ends its own transaction. */
MUST_CHECK bool metadata_rows_fill(struct store *s, struct err *e);
/* For a table that was added, to the solution of this unique name, too; NULL: no other than the default. */
MUST_CHECK bool metadata_rows_of_table(struct store *s, struct arena *a, const struct table *t,
				       const struct str *solution, struct err *e);
/* For an image column that was added to a table; `primary` when it became the table's image. */
MUST_CHECK bool metadata_rows_of_image(struct store *s, struct arena *a, struct str table,
				       const struct column *c, bool primary, struct err *e);
/* A privilege's own; t NULL: it is of no table. */
MUST_CHECK bool metadata_rows_privilege(struct store *s, struct arena *a, const struct table *t,
					const struct privilege *p, struct err *e);
/* Those of a table that is to be dropped. */
MUST_CHECK bool metadata_rows_forget(struct store *s, struct arena *a, const struct table *t,
				     struct guid id, struct err *e);

#endif

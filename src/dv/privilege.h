/* SPDX-License-Identifier: MIT */
/*
 * What a security role can allow on the rows of a table, by the names that the platform gives it.
 */
#ifndef FERRY_DV_PRIVILEGE_H
#define FERRY_DV_PRIVILEGE_H

#include "base/guid.h"
#include "dv/table.h"

/* The privileges of a table: 8, or 6 when nobody owns its rows, none for an intersect table. */
struct privilege {
	struct str name; /* prvCreateAccount */
	struct str type; /* Create */
	struct guid id;
	bool basic, local, deep; /* what its depth can be; global always */
};
#define TABLE_PRIVILEGES 8
size_t table_privileges(struct arena *a, const struct table *t,
			struct privilege out[TABLE_PRIVILEGES]);
/* The id of any privilege, of a table or not. */
struct guid privilege_id(struct str name);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * A list of ids that a query compares with. It goes into SQL as one parameter, however long it is.
 */
#ifndef FERRY_ORG_IDS_H
#define FERRY_ORG_IDS_H

#include "base/guid.h"
#include "base/vec.h"
#include "io/db.h"

struct ids {
	VEC(struct guid) list;
	struct arena *arena; /* where it grows */
};

void ids_add(struct ids *ids, struct guid id);
/* The first column of every row that the statement has yet. */
MUST_CHECK bool ids_read(struct ids *ids, struct stmt *st, struct err *e);
/* ["...","..."]: for json_each */
struct str ids_json(const struct ids *ids);

#endif

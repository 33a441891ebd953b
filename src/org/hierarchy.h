/* SPDX-License-Identifier: MIT */
/*
 * Rows above and below a row, by the relationship that makes a hierarchy of its table.
 */
#ifndef FERRY_ORG_HIERARCHY_H
#define FERRY_ORG_HIERARCHY_H

#include "org/ids.h"
#include "org/store.h"

/* The relationship of the table with itself that is marked hierarchical; NULL when there is none. */
const struct many_to_one *hierarchy_of(const struct table *t);

/* Adds the rows below the row, or above it, without the row itself. */
MUST_CHECK bool hierarchy_add(struct store *s, const struct table *t, struct guid row, bool below,
			      struct ids *out, struct err *e);

#endif

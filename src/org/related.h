/* SPDX-License-Identifier: MIT */
/*
 * The rows at the other end of a navigation property, as conditions of a query for them.
 */
#ifndef FERRY_ORG_RELATED_H
#define FERRY_ORG_RELATED_H

#include "org/navigation.h"
#include "org/query.h"

/*
 * The root of `q`, a table at the other end, gives only rows that are related to one row. `id` tells the
 * row of `parent`; of a lookup, what it holds. To be called when the query is bound. The statement's
 * parameter for it is that whose text is `id`, by address.
 */
void related_restrict(struct arena *a, struct query *q, const struct table *parent,
		      const struct navigation *n, struct str id);

#endif

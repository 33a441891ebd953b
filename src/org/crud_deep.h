/* SPDX-License-Identifier: MIT */
/*
 * Deep insert (facts/webapi.md 2.1): a row with the rows that its body nests at its navigation properties, to
 * any depth, and those that it binds to its collections. Rows that lookups point to come first, then the row,
 * then its children and pairs. The caller's transaction makes it one.
 */
#ifndef FERRY_ORG_CRUD_DEEP_H
#define FERRY_ORG_CRUD_DEEP_H

#include "org/payload.h"

MUST_CHECK bool deep_create(struct store *s, struct arena *a, const struct table *t, struct guid id,
			    const struct payload *p, struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Deleting rows: crud_delete, and what follows from it (facts/webapi.md 2.4). What points to the row
 * decides: Restrict refuses, Cascade is deleted by the same rules, RemoveLink is cleared, NoCascade stays
 * as it is; a lookup that the system requires and that has no rule of its own refuses too. Pairs of N:N
 * relationships go with either side. With the recycle bin on all of it can be brought back (bin.h).
 */
#ifndef FERRY_ORG_REMOVE_H
#define FERRY_ORG_REMOVE_H

#include "org/crud.h"

/* A row with ismanaged = true came with a solution: 400 0x8004F013 when it is to be deleted. */
MUST_CHECK bool remove_check_managed(struct store *s, const struct table *t, struct guid id,
				     struct err *e);

#endif

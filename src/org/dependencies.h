/* SPDX-License-Identifier: MIT */
/*
 * What depends on a part of the metadata: lookups and N:N relationships on a table, keys, views and field
 * permissions on a column, columns on a global choice.
 */
#ifndef FERRY_ORG_DEPENDENCIES_H
#define FERRY_ORG_DEPENDENCIES_H

#include "org/call.h"

/*
 * GET RetrieveDependenciesForDelete(ObjectId=<MetadataId>,ComponentType=1): rows of dependency. 1 is a table,
 * 2 a column, 9 a global choice, 10 a relationship, 14 a key; nothing is known to depend on others. What
 * RetrieveDependentComponents tells is the same.
 */
MUST_CHECK bool dependencies_for_delete(struct call *c, struct err *e);
/* RetrieveRequiredComponents: the table that a column or key is of, tables of lookups, global choices. */
MUST_CHECK bool dependencies_required(struct call *c, struct err *e);

#endif

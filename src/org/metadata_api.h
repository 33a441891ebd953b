/* SPDX-License-Identifier: MIT */
/*
 * GET EntityDefinitions (facts/webapi.md 5.1): the tables themselves.
 */
#ifndef FERRY_ORG_METADATA_API_H
#define FERRY_ORG_METADATA_API_H

#include "org/call.h"

/* EntityDefinitions[?$filter=LogicalName eq 'a' or ...] */
MUST_CHECK bool metadata_tables(struct call *c, struct err *e);
/* EntityDefinitions(LogicalName='x') */
MUST_CHECK bool metadata_table(struct call *c, struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The actions about relationships.
 */
#ifndef FERRY_ORG_METADATA_RELATION_H
#define FERRY_ORG_METADATA_RELATION_H

#include "org/call.h"

/* CreateCustomerRelationships {Lookup, OneToManyRelationships} */
MUST_CHECK bool metadata_customer_relationships(struct call *c, struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * PUT and DELETE of one property of a row (facts/webapi.md 2.3). Both run inside call_write.
 */
#ifndef FERRY_ORG_PROPERTY_WRITE_H
#define FERRY_ORG_PROPERTY_WRITE_H

#include "org/call.h"

/* PUT set(key)/property {"value":...}; a collection of children is replaced by {"value":[{...}]}. */
MUST_CHECK bool property_put(struct call *c, struct err *e);
/* DELETE set(key)/property: it becomes null. */
MUST_CHECK bool property_delete(struct call *c, struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * $ref: references between rows over navigation properties (facts/webapi.md 1.6). Each runs inside call_write.
 */
#ifndef FERRY_ORG_REFERENCE_H
#define FERRY_ORG_REFERENCE_H

#include "org/call.h"
#include "org/navigation.h"

/* POST set(key)/collection/$ref: a pair, or a child's lookup. */
MUST_CHECK bool reference_add(struct call *c, struct err *e);
/* PUT set(key)/lookup/$ref */
MUST_CHECK bool reference_set(struct call *c, struct err *e);
/* DELETE set(key)/lookup/$ref, set(key)/collection(key)/$ref, set(key)/collection/$ref?$id=url */
MUST_CHECK bool reference_remove(struct call *c, struct err *e);

/*
 * The children of a row become those of the body, {"value":[{...},...]}: the others are deleted. As a message
 * gets its parties by PUT emails(id)/email_activity_parties.
 */
MUST_CHECK bool reference_replace(struct call *c, const struct table *t, struct guid id,
				  const struct navigation *n, struct err *e);

#endif

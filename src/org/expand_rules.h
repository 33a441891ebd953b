/* SPDX-License-Identifier: MIT */
/*
 * Which $expand the platform takes (facts/webapi.md 4.4).
 */
#ifndef FERRY_ORG_EXPAND_RULES_H
#define FERRY_ORG_EXPAND_RULES_H

#include "org/expand.h"

/*
 * Looks up every navigation property of the options: 400 0x80060888 for one that is not there or not taken.
 * *nested: the query is one with a nested $expand and a collection.
 */
MUST_CHECK bool expand_check(struct call *c, const struct table *t, const struct odata_options *o,
			     enum expand_of of, bool *nested, struct err *e);

#endif

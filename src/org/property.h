/* SPDX-License-Identifier: MIT */
/*
 * One property of one row: GET accounts(id)/name, accounts(id)/name/$value (facts/webapi.md 2.2).
 */
#ifndef FERRY_ORG_PROPERTY_H
#define FERRY_ORG_PROPERTY_H

#include "org/call.h"

/*
 * {"@odata.context":"...#accounts(id)/name","value":...}; 204 when it is null. 404 0x80040217 when there is
 * no such row, 404 0x80060888 when its table has no such property.
 */
MUST_CHECK bool property_read(struct call *c, const struct table *t, struct guid id,
			      struct str name, struct err *e);
/* The value alone, as text; of a file or image its bytes (file_requests.h). */
MUST_CHECK bool property_read_text(struct call *c, const struct table *t, struct guid id,
				   struct str name, struct err *e);

/* 404 0x80060888: what a segment of a path names is not there. */
bool property_fail_segment(struct str name, struct err *e);

#endif

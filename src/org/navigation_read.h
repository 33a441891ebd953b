/* SPDX-License-Identifier: MIT */
/*
 * GET of what stands behind a row: accounts(id)/primarycontactid, accounts(id)/Account_Tasks, their /$ref
 * and /$count, and properties: accounts(id)/name (facts/webapi.md 1.6, 2.2).
 */
#ifndef FERRY_ORG_NAVIGATION_READ_H
#define FERRY_ORG_NAVIGATION_READ_H

#include "org/call.h"

/* A navigation property or a property; 204 when it is single-valued and null. */
MUST_CHECK bool navigation_read(struct call *c, struct err *e);
/* Behind it, /$ref: the URLs of the rows alone. */
MUST_CHECK bool navigation_read_references(struct call *c, struct err *e);
/* /$count of a collection. */
MUST_CHECK bool navigation_read_count(struct call *c, struct err *e);
/* /$value of a property. */
MUST_CHECK bool navigation_read_text(struct call *c, struct err *e);
/* accounts/$ref */
MUST_CHECK bool navigation_read_set_references(struct call *c, struct err *e);

#endif

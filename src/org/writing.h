/* SPDX-License-Identifier: MIT */
/*
 * POST, PATCH and DELETE of rows. Each runs inside call_write.
 */
#ifndef FERRY_ORG_WRITING_H
#define FERRY_ORG_WRITING_H

#include "org/call.h"
#include "org/crud.h"

MUST_CHECK bool write_create(struct call *c, struct err *e);
MUST_CHECK bool write_update(struct call *c, struct err *e);
MUST_CHECK bool write_delete(struct call *c, struct err *e);

/* If-Match and If-None-Match of a write; the word null is no condition (facts/webapi.md 1.2). */
struct condition {
	enum crud_match match;
	int64_t version;
};
MUST_CHECK bool write_condition(const struct call *c, struct condition *out, struct err *e);

#endif

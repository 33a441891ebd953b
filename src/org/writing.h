/* SPDX-License-Identifier: MIT */
/*
 * POST, PATCH and DELETE of rows and of N:N links. Each runs inside call_write.
 */
#ifndef FERRY_ORG_WRITING_H
#define FERRY_ORG_WRITING_H

#include "org/call.h"

MUST_CHECK bool write_create(struct call *c, struct err *e);
MUST_CHECK bool write_update(struct call *c, struct err *e);
MUST_CHECK bool write_delete(struct call *c, struct err *e);
/* POST set(id)/navigation/$ref */
MUST_CHECK bool write_link(struct call *c, struct err *e);
/* DELETE set(id)/navigation(id)/$ref, or with ?$id=url */
MUST_CHECK bool write_unlink(struct call *c, struct err *e);

#endif

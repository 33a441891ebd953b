/* SPDX-License-Identifier: MIT */
/*
 * Bulk messages on the rows of one set (facts/webapi.md 3.2): {"Targets":[{"@odata.type":...},...]}. All rows
 * or none: each message runs in one transaction. A table knows a message when sdkmessagefilter says so
 * (sdk_messages.h), else 400 0x80040800.
 */
#ifndef FERRY_ORG_BULK_H
#define FERRY_ORG_BULK_H

#include "org/call.h"

/* 200 {"Ids":[...]} in the order of the targets. */
MUST_CHECK bool bulk_create(struct call *c, struct err *e);
/* By primary key; of targets with the same one the first counts. 204. */
MUST_CHECK bool bulk_update(struct call *c, struct err *e);
/* By primary key or "@odata.id" with an alternate key; the same row twice is an error. 204, never a body. */
MUST_CHECK bool bulk_upsert(struct call *c, struct err *e);
/* Only of elastic tables. 204. */
MUST_CHECK bool bulk_delete(struct call *c, struct err *e);

#endif

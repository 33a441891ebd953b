/* SPDX-License-Identifier: MIT */
/*
 * The service document: the entity sets of the organization (facts/webapi.md 1.4).
 */
#ifndef FERRY_ORG_SERVICE_DOCUMENT_H
#define FERRY_ORG_SERVICE_DOCUMENT_H

#include "org/call.h"

/* GET of the root: {"@odata.context":"...$metadata","value":[{"name","kind","url"}...]}, by name. */
MUST_CHECK bool service_document_read(struct call *c, struct err *e);

#endif

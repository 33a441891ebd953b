/* SPDX-License-Identifier: MIT */
/*
 * $metadata: what the organization's tables and messages are, as CSDL 4.0 (facts/webapi.md 1.4).
 */
#ifndef FERRY_ORG_CSDL_H
#define FERRY_ORG_CSDL_H

#include "org/call.h"

/* GET of $metadata; with ?annotations=true descriptions, and what is computed or read only, too. */
MUST_CHECK bool csdl_read(struct call *c, struct err *e);

#endif

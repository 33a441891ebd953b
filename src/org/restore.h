/* SPDX-License-Identifier: MIT */
/*
 * The action that brings rows back from the recycle bin (facts/webapi.md 3.4).
 */
#ifndef FERRY_ORG_RESTORE_H
#define FERRY_ORG_RESTORE_H

#include "org/call.h"

/*
 * POST Restore {"Target":{"@odata.id":url}}, or {"Target":{"@odata.type":...,"<key>":id, ...}} with columns
 * that get other values. 200 {"id":...}. Errors: bin.h.
 */
MUST_CHECK bool action_restore(struct call *c, struct err *e);

#endif

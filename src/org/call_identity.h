/* SPDX-License-Identifier: MIT */
/*
 * In whose name a request is answered: the user who signed in, or another one whom CallerObjectId or
 * MSCRMCallerID names (facts/webapi.md 3.4). And what else a request needs a privilege for before it is even
 * looked at: headers that bypass business logic, changes of the metadata.
 */
#ifndef FERRY_ORG_CALL_IDENTITY_H
#define FERRY_ORG_CALL_IDENTITY_H

#include "org/call.h"

/* What the store said before. */
struct identity {
	struct guid caller, delegate;
	struct access *access;
};

/*
 * store->caller is who signed in; sets caller, delegate and access for the request. Inside a transaction. 403
 * for a user who is unknown, disabled, without roles, or may not act on behalf of others; 400 for headers that
 * say nothing. Untouched on failure.
 */
MUST_CHECK bool identity_assume(struct call *c, struct identity *was, struct err *e);
void identity_return(struct store *s, const struct identity *was);

#endif

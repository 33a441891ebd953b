/* SPDX-License-Identifier: MIT */
/*
 * Functions and actions by name: WhoAmI, systemusers(id)/Microsoft.Dynamics.CRM.RetrieveUserPrivileges().
 */
#ifndef FERRY_ORG_MESSAGES_H
#define FERRY_ORG_MESSAGES_H

#include "io/json.h"
#include "org/call.h"

/* What the last segment of the URL is bound to. */
enum message_binding {
	MESSAGE_UNBOUND, /* its only segment */
	MESSAGE_SET,     /* accounts/Microsoft.Dynamics.CRM.<name> */
	MESSAGE_ROW      /* accounts(id)/Microsoft.Dynamics.CRM.<name> */
};

struct message {
	struct str name;
	enum message_binding binding;
	enum method method; /* GET: a function; POST: an action */
	/* one of the two; `write` runs in a transaction */
	bool (*read)(struct call *c, struct err *e);
	bool (*write)(struct call *c, struct err *e);
};

/* All of them, for $metadata. */
size_t messages_all(const struct message **out);
/* The message that the call's URL and method name; NULL when it names none. */
const struct message *message_find(const struct call *c);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Private to this room: the headers of a request to the Web API, what those of an answer tell, and what is
 * told to people about a request that went wrong. No token comes into a message.
 */
#ifndef FERRY_REMOTE_WIRE_H
#define FERRY_REMOTE_WIRE_H

#include "base/guid.h"
#include "io/http.h"
#include "dv/service.h"
#include "remote/pace.h"

#define WIRE_HEADERS 8 /* of ours, at most */

struct wire_identity {
	struct str token; /* empty: none */
	struct str id;    /* of the try */
	/*
	 * Who is impersonated: the Entra object id of a user (CallerObjectId); with "user:" before it a
	 * systemuserid (MSCRMCallerID). Empty: nobody.
	 */
	struct str impersonate;
};

/* Ours that the request does not have, and its own; on the arena. */
void wire_headers(struct arena *a, const struct request *r, const struct wire_identity *who,
		  const struct http_header **out, size_t *n);

/* `took_ms` as in struct pace_answer, `now` in seconds since 1970. A number may have commas between its thousands. */
struct pace_answer wire_pace(const struct http_answer *a, int64_t took_ms, int64_t now);

/* What of a target is said to people: queues, accounts/Microsoft.Dynamics.CRM.CreateMultiple. */
struct str wire_table(struct str target);

/* What somebody can do about it. */
struct str wire_remedy(enum http_why why);

/* Fills *e, returns false. `doubt`: it may have been done. */
struct wire_failure {
	const struct request *request;
	const struct http_answer *answer;
	struct str host, id;
	bool foreign, broken, doubt;
	bool anonymous; /* no token was sent */
	unsigned tries;
};
bool wire_failed(const struct wire_failure *f, struct err *e);

#endif

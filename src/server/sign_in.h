/* SPDX-License-Identifier: MIT */
/*
 * A sign-in beside the organization, so that a client's can be tested without the internet: the endpoints of
 * Entra, of managed identities and of federated issuers (facts/webapi.md 7), and the tokens that they give.
 * A token is signed by a key that is made when it is first needed and dies with the server; it tells who
 * asks, and only the organization knows whether that is one of its users.
 */
#ifndef FERRY_SERVER_SIGN_IN_H
#define FERRY_SERVER_SIGN_IN_H

#include "server/guard.h"
#include "server/identity.h"
#include "server/job.h"

struct sign_in;

struct sign_in_options {
	const struct identity *identity; /* lives longer */
	const struct guard *guard;       /* may be filled later */
	struct guid tenant;
	bool auto_approve;
};

struct sign_in *sign_in_new(struct arena *a, const struct sign_in_options *o);
void sign_in_release(struct sign_in **at);       /* *at may be NULL */
bool sign_in_is_needed(const struct sign_in *s); /* nobody is let in without a token */

/* Of the handlers; the target is behind the first '/'. */
bool sign_in_accept(struct job *j, struct str target);
void sign_in_answer(struct job *j, struct org *org);
/* The answer that a fault asked for, in the place of sign_in_answer. */
void sign_in_stand_in(struct job *j);

/*
 * On any thread: whose token is it? Fills j->principal; false with the reason: it is not one of ours for
 * j->base, or no longer. Texts without commas or '=', as they stand in a header.
 */
MUST_CHECK bool sign_in_check(struct sign_in *s, struct job *j, struct str token,
			      const char **reason);
/* On a worker: j->principal becomes j->user; false when it was answered instead. */
MUST_CHECK bool sign_in_enter(struct job *j, struct org *org);

#endif

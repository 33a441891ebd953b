/* SPDX-License-Identifier: MIT */
/*
 * One request and its answer, waited for: for what signing in has to ask. Throttling, passing failures of a server and
 * broken connections are repeated within a time; Retry-After is obeyed; whoever waits can stop.
 * Nothing is sent in the clear to another machine: https, or http on loopback (and, where it is said, on the link of this
 * machine, which is where clouds have their metadata services), and http never through a proxy.
 */
#ifndef FERRY_REMOTE_ASK_H
#define FERRY_REMOTE_ASK_H

#include "base/rng.h"
#include "io/http.h"
#include "remote/credential.h"

#define ASK_HEARD 8 /* hosts; more than an environment and its authority are seldom */

struct asker {
	struct http *http;
	const struct credential_sources *in;
	struct rng rng;
	uint64_t tag;
	uint64_t heard[ASK_HEARD]; /* hosts that have answered once */
	size_t nheard;
};

MUST_CHECK bool asker_open(struct asker *k, struct arena *a, const struct credential_sources *in,
			   const char *ca_file, const char *user_agent, struct err *e);
void asker_close(struct asker *k); /* fits DEFER */

#define ASK_SECONDS 150    /* with all repetitions and pauses that are wanted */
#define ASK_TRY_SECONDS 20 /* one of them */
#define ASK_TRIES 5 /* that fail; being throttled is none, taking all its time counts for three */

struct ask {
	struct str method, url;
	const struct http_header *headers;
	size_t nheaders;
	struct str body;
	unsigned seconds, try_seconds, tries; /* 0: those above */
	bool on_link;                         /* http to 169.254.0.0/16, too */
	bool (*passes)(int status); /* what else than 429 and 5xx will pass; NULL: nothing */
};

struct ask_answer {
	int status;
	const struct http_header *headers; /* on the arena, as all of it */
	size_t nheaders;
	struct str body;
	int64_t date; /* the server's clock, seconds since 1970; 0: not told */
};

/* Any status is an answer, also one that did not pass. ERR_NETWORK, ERR_CANCELLED; ERR_USAGE: a URL as above is not. */
MUST_CHECK bool ask_for(struct asker *k, struct arena *a, const struct ask *q,
			struct ask_answer *out, struct err *e);
/* Waits; ERR_CANCELLED. */
MUST_CHECK bool ask_rest(struct asker *k, int64_t ms, struct err *e);
bool ask_is_cancelled(const struct asker *k);

/* https, or http where nothing leaves the machine (or its link). */
bool ask_may_send(struct str url, bool on_link);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Signing in, in every way that a profile can name. Tokens (and refresh tokens of people) are kept in a file per
 * environment, identity and authority in the cache folder, mode 0600, so that the next command need not ask; only
 * what people signed in for and what an application got for its secret or certificate is kept there, never a credential
 * or an assertion. What an application got is used only as long as its credential is the one that it was given for;
 * where that comes on standard input, also without it. Other kinds have what they need at hand, and nothing is kept.
 */
#ifndef FERRY_REMOTE_SIGN_IN_H
#define FERRY_REMOTE_SIGN_IN_H

#include "remote/credential.h"
#include "remote/token.h"

/* How a person is asked. NULL members: nobody is there, and a kind that needs one is ERR_AUTH with the remedy. */
struct sign_in_person {
	/* Go to `url` and type `code`; until `seconds` are over. */
	void (*device)(void *context, struct str url, struct str code, unsigned seconds);
	/* Open this URL; false: there is no browser, and the URL was shown to be copied. */
	bool (*browse)(void *context, const char *url);
	void *context;
	unsigned seconds; /* that a browser is waited for; 0: 300 */
};

struct sign_in_options {
	struct credential_sources in;
	struct sign_in_person person;
	const char
		*cache_folder; /* of the files of tokens, made when needed; NULL: nothing is kept */
	int64_t (*now)(void);  /* seconds since 1970; NULL: the system's clock */
	const char *user_agent;
	const char *
		reference; /* by which a person names it: ferry env login REFERENCE; NULL: name or URL */
};

struct sign_in;

/* Nothing is asked for before the first token is. The profile lives as long as it. */
MUST_CHECK bool sign_in_open(struct sign_in **out, struct arena *a, const struct profile *p,
			     const struct sign_in_options *o, struct err *e);
void sign_in_close(struct sign_in **at); /* fits DEFER; wipes what it holds */

/* NULL for AUTH_NONE. The challenge of the environment is asked for when the profile leaves authority or tenant open. */
struct token_source *sign_in_source(struct sign_in *s);
/* A person is asked even when a token is kept. */
MUST_CHECK bool sign_in_anew(struct sign_in *s, struct err *e);
/* Forgets what is kept for this profile, on the machine and (refresh token) at the authority as far as it can. */
MUST_CHECK bool sign_in_forget(struct sign_in *s, bool *was_there, struct err *e);

#endif

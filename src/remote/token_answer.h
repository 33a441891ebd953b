/* SPDX-License-Identifier: MIT */
/*
 * Tokens as those who give them write them: token endpoints, metadata services of machines, and programs like az.
 * Nothing here puts a token into a message.
 */
#ifndef FERRY_REMOTE_TOKEN_ANSWER_H
#define FERRY_REMOTE_TOKEN_ANSWER_H

#include "io/json.h"
#include "remote/token.h"

/* When it was given, by our clock and, for ends that are told as moments, by the giver's (0: ours is as good). */
struct token_moment {
	int64_t now, theirs;
};

/* Sets the end and the moment of renewal of what lives so many seconds from now on; negative: nobody knows how long. */
void token_set_life(struct token *t, int64_t now, int64_t seconds);

/* For whom a token says it is, where it can be read and shown; else empty. On the arena. */
struct str token_audience(struct arena *a, struct str text);

/* May stand in an Authorization header (RFC 6750 2.1), and is no longer than LIMIT_TOKEN. */
bool token_is_text(struct str text);

/*
 * The JSON object's access_token (accessToken), refresh_token, and its end: expires_in, expires_on, expiresOn, or what the
 * token says itself. Slices are of the tree. ERR_INPUT.
 */
MUST_CHECK bool token_of_json(struct arena *a, const struct json *answer,
			      const struct token_moment *at, struct token *out, struct err *e);
/* The same of a text that is such an object, or the token itself, "Bearer " before it or not. */
MUST_CHECK bool token_of_text(struct arena *a, struct str text, const struct token_moment *at,
			      struct token *out, struct err *e);

#endif

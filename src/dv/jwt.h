/* SPDX-License-Identifier: MIT */
/*
 * JSON Web Tokens as the sign-in of the platform uses them (RFC 7515, compact; RFC 7519): signed by RSA with
 * RS256 or PS256, and nothing else; "none" least of all.
 */
#ifndef FERRY_DV_JWT_H
#define FERRY_DV_JWT_H

#include "io/crypto.h"
#include "io/json.h"

struct jwt {
	struct json header, claims;
	struct str bytes; /* that were signed */
	struct str signature;
};

/* Appends a token. `header` and `claims` are JSON objects; the header's "alg" must say `algorithm`. */
MUST_CHECK bool jwt_write(struct buf *out, struct str header, struct str claims,
			  const struct crypto_key *key, enum crypto_algorithm algorithm,
			  struct err *e);
/* Takes one apart, on the arena; nothing is believed yet. ERR_INPUT. */
MUST_CHECK bool jwt_read(struct arena *a, struct str text, struct jwt *out, struct err *e);
/* The signature is that of the key, by one of the two algorithms. */
MUST_CHECK bool jwt_verify(const struct jwt *t, const struct crypto_key *key);

/* A time among the claims (seconds since 1970, whole or not); `otherwise` when it is absent or none. */
int64_t jwt_time(const struct jwt *t, struct str claim, int64_t otherwise);
/* "aud" is this text, or a list with it. */
bool jwt_is_for(const struct jwt *t, struct str audience);

#endif

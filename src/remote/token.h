/* SPDX-License-Identifier: MIT */
/*
 * A token, and what gives one. Times are those of this machine: what the issuer says about lifetimes is counted from the
 * moment of the answer, so that a wrong clock does no harm.
 */
#ifndef FERRY_REMOTE_TOKEN_H
#define FERRY_REMOTE_TOKEN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct token {
	struct str text;    /* of the Authorization header, without "Bearer " */
	struct str refresh; /* empty: none */
	int64_t expires;    /* seconds since 1970, by our clock; INT64_MAX: unknown */
	int64_t renew;      /* from then on another one is asked for */
};

/* Renewed this long before its end, or at half of a shorter life. */
#define TOKEN_MARGIN_SECONDS ((int64_t)300)

struct token_source {
	/*
	 * A token that is valid now. `renew`: the service has refused the one that was given last. *out lives until the
	 * next call. ERR_AUTH, ERR_NETWORK, ERR_CANCELLED.
	 */
	bool (*get)(struct token_source *s, bool renew, struct str *out, struct err *e);
	struct str hint; /* why the service may refuse the one that was given last; may be empty */
};

#endif

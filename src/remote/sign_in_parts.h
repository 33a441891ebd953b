/* SPDX-License-Identifier: MIT */
/*
 * The parts of signing in, for the files that make it: a way for each kind, and what they share.
 */
#ifndef FERRY_REMOTE_SIGN_IN_PARTS_H
#define FERRY_REMOTE_SIGN_IN_PARTS_H

#include "base/guid.h"
#include "remote/ask.h"
#include "remote/authority.h"
#include "remote/sign_in.h"
#include "remote/sign_in_denial.h"
#include "remote/token_answer.h"
#include "remote/token_cache.h"

struct sign_in {
	struct token_source source;
	struct arena *arena;
	const struct profile *profile;
	struct sign_in_options options;
	const struct way *way;
	const char *folder, *file; /* of the cache; NULL: nothing is kept */
	struct asker asker;
	struct arena places;  /* of the authority */
	struct arena secrets; /* what can be read once only; wiped at the end */
	struct arena kept;    /* the token; wiped when another takes its place */
	struct arena scratch; /* of one call; wiped after it */
	struct authority authority;
	bool found; /* the authority */
	struct token token;
	bool has;                         /* a token */
	bool anew;                        /* a person is asked even when there is a refresh token */
	int64_t not_before;               /* a renewal in advance has failed: the next */
	struct str given;                 /* from standard input */
	const struct credential *read_of; /* what is on scratch of it: read once for one call */
	struct str read;
	struct denial denial;   /* of the last request; on scratch */
	bool denied;            /* it was refused */
	struct str certificate; /* for a denial: which one, and until when it is valid */
};

/* A kind of signing in. Results stand on scratch. */
struct way {
	bool (*get)(struct sign_in *s, struct token *out, struct err *e);
	bool authority; /* it needs one */
	bool keeps;     /* its tokens are kept from one command to the next */
	/* what tells its credential from another, for which a kept token does not hold; NULL: nothing */
	bool (*credential)(struct sign_in *s, struct str *out, struct err *e);
};

bool sign_in_by_secret(struct sign_in *s, struct token *out, struct err *e);
bool sign_in_secret_of(struct sign_in *s, struct str *out, struct err *e);
bool sign_in_by_certificate(struct sign_in *s, struct token *out, struct err *e);
bool sign_in_certificate_of(struct sign_in *s, struct str *out, struct err *e);
bool sign_in_by_device(struct sign_in *s, struct token *out, struct err *e);
bool sign_in_by_browser(struct sign_in *s, struct token *out, struct err *e);
bool sign_in_by_machine(struct sign_in *s, struct token *out, struct err *e);
bool sign_in_by_token_file(struct sign_in *s, struct token *out, struct err *e);
bool sign_in_by_github(struct sign_in *s, struct token *out, struct err *e);
bool sign_in_by_pipelines(struct sign_in *s, struct token *out, struct err *e);
bool sign_in_by_command(struct sign_in *s, struct token *out, struct err *e);
bool sign_in_by_given(struct sign_in *s, struct token *out, struct err *e);

/* ---- sign_in_endpoint.c ---- */

struct field {
	const char *name;
	struct str value; /* empty: left out */
};

int64_t sign_in_now(const struct sign_in *s);
struct token_moment sign_in_moment(const struct sign_in *s, const struct ask_answer *r);
/* Variables; the empty slice when it is not set. */
struct str sign_in_variable(const struct sign_in *s, const char *name);
/* Read again for each call of the token source, so that a new one is taken up. */
MUST_CHECK bool sign_in_credential(struct sign_in *s, const struct credential *c, const char *what,
				   struct str *out, struct err *e);
/* name=value&..., each encoded. */
struct str sign_in_form(struct arena *a, const struct field *fields, size_t n);
/* Of people: that of Microsoft's samples when the profile names none. ERR_USAGE for an application without. */
MUST_CHECK bool sign_in_client(const struct sign_in *s, bool person, struct str *out,
			       struct err *e);
struct str sign_in_scope(struct sign_in *s, bool person);
/* What an answer that is no token and no refusal of OAuth means. */
bool sign_in_strange(struct str url, const struct ask_answer *r, struct err *e);
/* POSTs a form; an answer that is not a 2xx with a JSON object is an error, and s->denied when it was refused. */
MUST_CHECK bool sign_in_post(struct sign_in *s, const char *endpoint, const struct field *fields,
			     size_t n, struct json *out, struct ask_answer *answer, struct err *e);
/* The same at the token endpoint, for a token. */
MUST_CHECK bool sign_in_redeem(struct sign_in *s, const struct field *fields, size_t n,
			       struct token *out, struct err *e);
/* Client credentials with an assertion. */
MUST_CHECK bool sign_in_assert(struct sign_in *s, struct str assertion, struct token *out,
			       struct err *e);
/* A person: by the refresh token where there is one, else by `ask`. */
MUST_CHECK bool sign_in_person(struct sign_in *s, bool there,
			       bool (*ask)(struct sign_in *s, struct token *out, struct err *e),
			       struct token *out, struct err *e);

/* ---- sign_in_certificate.c ---- */

struct assertion {
	struct str audience, client;
	int64_t now;
	struct guid id;
};
/* Header and claims of what a certificate's key signs (facts/webapi.md 7). */
struct str assertion_header(struct arena *a, const struct crypto_certificate *c,
			    enum crypto_algorithm algorithm);
struct str assertion_claims(struct arena *a, const struct assertion *x);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The parts of the sign-in, for the files that make it: what they share, and what each gives to the others.
 */
#ifndef FERRY_SERVER_SIGN_IN_PARTS_H
#define FERRY_SERVER_SIGN_IN_PARTS_H

#include <pthread.h>

#include "base/sink.h"
#include "io/json.h"
#include "server/form.h"
#include "server/guard.h"
#include "server/identity.h"
#include "server/job.h"
#include "server/sign_in_error.h"

#define SIGN_IN_ID 16
#define USER_CODE_SIZE 10 /* with the NUL */
#define DEVICE_CODE_BYTES 32

enum device_state { DEVICE_PENDING, DEVICE_APPROVED, DEVICE_DECLINED, DEVICE_DONE };

struct device {
	struct arena arena; /* of resource and scopes; the slot is used again */
	uint8_t code[DEVICE_CODE_BYTES];
	char user_code[USER_CODE_SIZE];
	enum device_state state;
	struct guid client;
	struct str resource, scopes;
	const struct account *account; /* APPROVED */
	int64_t expires;               /* seconds since 1970 */
	int64_t polled;                /* of steady_ms; 0: never */
	uint64_t interval;             /* seconds */
};

/* What may be used once, or was taken back. */
struct spent {
	uint8_t id[SIGN_IN_ID];
	int64_t until;
};

struct sign_in {
	const struct identity *identity;
	const struct guard *guard;
	struct guid tenant;
	bool auto_approve;
	uint8_t seal[CRYPTO_SHA256_SIZE];
	pthread_mutex_t making; /* of the key, which takes long; never taken behind the lock */
	struct arena key_arena;
	pthread_mutex_t lock; /* of all below */
	struct arena arena;
	struct crypto_key *key; /* NULL: not made yet */
	struct str kid;
	VEC(struct spent) spent;
	VEC(struct device *) devices;
};

struct refusal {
	enum sign_in_error error;
	char text[512]; /* what is particular about it */
};

/* A request to the sign-in that is being answered. */
struct turn {
	struct job *job;
	struct sign_in *s;
	struct org *org;
	struct arena *arena;
	struct str path, tenant; /* the tenant as the URL names it */
	bool v1;                 /* of the endpoint: resource= in the place of scope= */
	struct form form;        /* of the body, or of the query */
	int64_t now;             /* seconds since 1970 */
	struct guid trace, correlation;
	struct refusal refusal; /* of what returned false */
	struct buf_sink sink;
	struct json_writer json;
};

/* ---- sign_in.c ---- */

/* The writer of a new answer; turn_answer sends what was written. */
struct json_writer *turn_json(struct turn *t);
void turn_answer(struct turn *t, int status);
void turn_member(struct turn *t, struct str name, struct str value); /* of the JSON object */
struct str turn_header(const struct turn *t, struct str name);       /* of the request */
/* A parameter that has to be there. */
MUST_CHECK bool turn_need(struct turn *t, const char *name, struct str *out);
struct str turn_tenant(const struct turn *t); /* its id */
/* The name of another server's part of the same URL: base/tenant/... */
struct str turn_issuer(const struct turn *t, bool v1);

/* ---- sign_in_refuse.c ---- */

/* Notes the refusal and returns false. */
bool sign_in_refuse(struct turn *t, enum sign_in_error error, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
#ifdef __clang_analyzer__ /* as in base/err.h */
#define sign_in_refuse(...) (sign_in_refuse(__VA_ARGS__), false)
#endif
struct str sign_in_error_text(const struct turn *t); /* AADSTS700016: ... */
/* {"error": ...} of the refusal, as the answer of the job. */
void sign_in_answer_error(struct turn *t);

/* ---- sign_in_state.c ---- */

MUST_CHECK bool sign_in_key(struct sign_in *s, const struct crypto_key **key, struct str *kid,
			    struct err *e);
/* NULL: there is no key, and so no token */
const struct crypto_key *sign_in_key_made(struct sign_in *s);
struct guid sign_in_new_id(void);
/* True once for each id; `until` is when it would be refused anyway. */
bool sign_in_spend(struct sign_in *s, struct guid id, int64_t until, int64_t now);
bool sign_in_is_spent(struct sign_in *s, struct guid id);
/* A JSON object that only this server can have written; and back, on the arena. */
struct str sign_in_seal(struct sign_in *s, struct arena *a, struct str json);
MUST_CHECK bool sign_in_unseal(struct sign_in *s, struct arena *a, struct str text,
			       struct json *out);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What the sign-in remembers: its key, what was used or revoked. Authorization codes and refresh tokens are not
 * kept: they carry what they stand for, under a seal.
 */
#include "server/sign_in.h"

#include <string.h>

#include "base/codec.h"
#include "base/limits.h"
#include "server/sign_in_parts.h"

#include "base/banned.h"

struct sign_in *sign_in_new(struct arena *a, const struct sign_in_options *o)
{
	struct sign_in *s = arena_new(a, struct sign_in);

	s->identity = o->identity;
	s->guard = o->guard;
	s->tenant = guid_is_null(o->identity->tenant) ? o->tenant : o->identity->tenant;
	s->auto_approve = o->auto_approve;
	s->key_arena = arena_make(0);
	s->arena = arena_make(0);
	crypto_random(s->seal, sizeof(s->seal));
	pthread_mutex_init(&s->making, NULL);
	pthread_mutex_init(&s->lock, NULL);
	return s;
}

void sign_in_release(struct sign_in **at)
{
	struct sign_in *s = *at;

	*at = NULL;
	if (!s)
		return;
	crypto_key_release(&s->key);
	explicit_bzero(s->seal, sizeof(s->seal));
	for (size_t i = 0; i < s->devices.n; i++)
		arena_release(&s->devices.p[i]->arena);
	pthread_mutex_destroy(&s->making);
	pthread_mutex_destroy(&s->lock);
	arena_release(&s->key_arena);
	arena_release(&s->arena);
}

bool sign_in_is_needed(const struct sign_in *s)
{
	return s && s->identity->given;
}

/* Alone: meanwhile tokens are checked and codes looked up. */
static bool make_key(struct sign_in *s, struct err *e)
{
	DEFER(buf_release) struct buf text = buf_make(0);
	uint8_t digest[CRYPTO_SHA256_SIZE];
	struct str modulus, exponent;
	struct crypto_key *key;

	if (sign_in_key_made(s))
		return true;
	if (!crypto_key_make(&s->key_arena, &key, e))
		return false;
	crypto_key_numbers(key, &s->key_arena, &modulus, &exponent);
	crypto_sha256(modulus, digest);
	base64url_encode(&text, str_of((const char *)digest, CRYPTO_SHA1_SIZE));

	struct str kid = str_dup(&s->key_arena, buf_str(&text));

	pthread_mutex_lock(&s->lock);
	s->key = key;
	s->kid = kid;
	pthread_mutex_unlock(&s->lock);
	return true;
}

bool sign_in_key(struct sign_in *s, const struct crypto_key **key, struct str *kid, struct err *e)
{
	pthread_mutex_lock(&s->making);

	bool ok = make_key(s, e);

	/* from now on they stay as they are */
	*key = s->key;
	*kid = s->kid;
	pthread_mutex_unlock(&s->making);
	return ok;
}

const struct crypto_key *sign_in_key_made(struct sign_in *s)
{
	pthread_mutex_lock(&s->lock);

	const struct crypto_key *key = s->key;

	pthread_mutex_unlock(&s->lock);
	return key;
}

struct guid sign_in_new_id(void)
{
	struct guid id;

	crypto_random(id.b, sizeof(id.b));
	id.b[6] = (uint8_t)((id.b[6] & 0x0f) | 0x40);
	id.b[8] = (uint8_t)((id.b[8] & 0x3f) | 0x80);
	return id;
}

/* ---- what was used ---- */

static const struct spent *find_spent(const struct sign_in *s, struct guid id)
{
	for (size_t i = 0; i < s->spent.n; i++) {
		if (memcmp(s->spent.p[i].id, id.b, SIGN_IN_ID) == 0)
			return &s->spent.p[i];
	}
	return NULL;
}

/* One more, or the one that matters least: which is refused anyway, or soonest. */
static struct spent *spent_room(struct sign_in *s, int64_t now)
{
	struct spent *first = NULL;

	for (size_t i = 0; i < s->spent.n; i++) {
		struct spent *at = &s->spent.p[i];

		if (!first || at->until < first->until)
			first = at;
	}
	if (first && (first->until <= now || s->spent.n >= LIMIT_GRANTS))
		return first;
	return VEC_PUSH(&s->arena, &s->spent);
}

bool sign_in_spend(struct sign_in *s, struct guid id, int64_t until, int64_t now)
{
	pthread_mutex_lock(&s->lock);

	bool fresh = !find_spent(s, id);

	if (fresh) {
		struct spent *at = spent_room(s, now);

		memcpy(at->id, id.b, SIGN_IN_ID);
		at->until = until;
	}
	pthread_mutex_unlock(&s->lock);
	return fresh;
}

bool sign_in_is_spent(struct sign_in *s, struct guid id)
{
	pthread_mutex_lock(&s->lock);

	bool spent = find_spent(s, id) != NULL;

	pthread_mutex_unlock(&s->lock);
	return spent;
}

/* ---- the seal ---- */

static struct str seal_of(const struct sign_in *s, struct str text, uint8_t mac[CRYPTO_SHA256_SIZE])
{
	crypto_hmac_sha256(str_of((const char *)s->seal, sizeof(s->seal)), text, mac);
	return str_of((const char *)mac, CRYPTO_SHA256_SIZE);
}

struct str sign_in_seal(struct sign_in *s, struct arena *a, struct str json)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	uint8_t mac[CRYPTO_SHA256_SIZE];

	buf_add(&b, S("0."));
	base64url_encode(&b, json);

	struct str seal = seal_of(s, json, mac);

	buf_add_char(&b, '.');
	base64url_encode(&b, seal);
	return str_dup(a, buf_str(&b));
}

bool sign_in_unseal(struct sign_in *s, struct arena *a, struct str text, struct json *out)
{
	DEFER(buf_release) struct buf json = buf_make(LIMIT_TOKEN);
	DEFER(buf_release) struct buf seal = buf_make(LIMIT_TOKEN);
	uint8_t mac[CRYPTO_SHA256_SIZE];
	struct str rest = str_skip(text, 2);
	size_t dot = str_find_char(rest, '.');
	struct err ignored;

	if (!str_starts(text, S("0.")) || dot == STR_NONE || text.n > LIMIT_TOKEN ||
	    !base64url_decode(&json, str_sub(rest, 0, dot)) ||
	    !base64url_decode(&seal, str_skip(rest, dot + 1)) ||
	    !crypto_same(seal_of(s, buf_str(&json), mac), buf_str(&seal)))
		return false;
	return json_parse(a, str_dup(a, buf_str(&json)), "a grant", out, &ignored);
}

/* SPDX-License-Identifier: MIT */
/*
 * The device code flow (RFC 8628): a code for the device, a short one for the person, and the page on which it is
 * entered. The list of codes is behind the lock; an account never goes away.
 */
#include "server/sign_in_flow.h"

#include <string.h>

#include "base/codec.h"
#include "base/datetime.h"
#include "base/limits.h"

#include "base/banned.h"

#define SLOW_DOWN_SECONDS 5 /* RFC 8628 3.5 */

/* Without vowels, so that no word comes of it, and without what looks alike. */
static void make_user_code(char out[USER_CODE_SIZE])
{
	static const char letters[] = "BCDFGHJKLMNPQRSTVWXZ2345678";

	crypto_random(out, USER_CODE_SIZE - 1);
	for (size_t i = 0; i + 1 < USER_CODE_SIZE; i++)
		out[i] = letters[(unsigned char)out[i] % (sizeof(letters) - 1)];
	out[USER_CODE_SIZE - 1] = '\0';
}

/* A slot; the one that expires first is used again when there are too many. Behind the lock. */
static struct device *make_room(struct sign_in *s, int64_t now)
{
	struct device *oldest = NULL;

	for (size_t i = 0; i < s->devices.n; i++) {
		struct device *d = s->devices.p[i];

		if (!oldest || d->expires < oldest->expires)
			oldest = d;
	}
	/* one that has expired is known for a while, so that its device hears so */
	if (oldest && (s->devices.n >= LIMIT_GRANTS || oldest->expires + 3600 < now)) {
		arena_release(&oldest->arena);
		*oldest = (struct device){ .arena = arena_make(0) };
		return oldest;
	}
	oldest = arena_new(&s->arena, struct device);
	oldest->arena = arena_make(0);
	*VEC_PUSH(&s->arena, &s->devices) = oldest;
	return oldest;
}

static void start(struct turn *t, const struct application *app, const struct scope *scope,
		  uint8_t code[DEVICE_CODE_BYTES], char user_code[USER_CODE_SIZE])
{
	struct sign_in *s = t->s;
	bool approve = s->auto_approve && s->identity->accounts.n > 0;

	pthread_mutex_lock(&s->lock);

	struct device *d = make_room(s, t->now);

	crypto_random(d->code, sizeof(d->code));
	make_user_code(d->user_code);
	d->state = approve ? DEVICE_APPROVED : DEVICE_PENDING;
	d->account = approve ? &s->identity->accounts.p[0] : NULL;
	d->client = app->client;
	d->resource = str_dup(&d->arena, scope->resource);
	d->scopes = scope_write(&d->arena, scope);
	d->expires = t->now + (int64_t)s->identity->device_lifetime;
	d->interval = s->identity->device_interval;
	memcpy(code, d->code, sizeof(d->code));
	memcpy(user_code, d->user_code, sizeof(d->user_code));
	pthread_mutex_unlock(&s->lock);
}

static void add_number(struct turn *t, const char *name, uint64_t n)
{
	json_key(&t->json, str_from(name));
	if (t->v1)
		json_str(&t->json, str_from_i64(t->arena, (int64_t)n));
	else
		json_i64(&t->json, (int64_t)n);
}

bool device_endpoint(struct turn *t)
{
	DEFER(buf_release) struct buf text = buf_make(0);
	const struct application *app;
	uint8_t code[DEVICE_CODE_BYTES];
	char user_code[USER_CODE_SIZE];
	struct scope scope;

	if (!client_find(t, &app) || !scope_read(t, &scope))
		return false;
	if (!app->open)
		return sign_in_refuse(t, SIGN_IN_NO_CREDENTIAL,
				      "only a public client signs users in by a device code");
	start(t, app, &scope, code, user_code);
	base64url_encode(&text, str_of((const char *)code, sizeof(code)));

	struct str page = str_fmt(t->arena, "%.*s/devicelogin", STR_ARG(t->job->base));
	struct str message = str_fmt(t->arena,
				     "To sign in, open the page %.*s in a browser and enter the "
				     "code %s.",
				     STR_ARG(page), user_code);

	json_object(turn_json(t));
	turn_member(t, S("user_code"), str_from(user_code));
	turn_member(t, S("device_code"), buf_str(&text));
	turn_member(t, t->v1 ? S("verification_url") : S("verification_uri"), page);
	add_number(t, "expires_in", t->s->identity->device_lifetime);
	add_number(t, "interval", t->s->identity->device_interval);
	turn_member(t, S("message"), message);
	json_object_end(&t->json);
	turn_answer(t, 200);
	return true;
}

/* ---- the device asks ---- */

static struct device *find_code(struct sign_in *s, struct str code)
{
	struct device *found = NULL;

	for (size_t i = 0; i < s->devices.n; i++) {
		struct device *d = s->devices.p[i];

		if (crypto_same(str_of((const char *)d->code, sizeof(d->code)), code))
			found = d;
	}
	return found;
}

static bool is_too_early(struct device *d)
{
	int64_t now = steady_ms();
	bool early = d->polled > 0 && now - d->polled < (int64_t)d->interval * 1000;

	d->polled = now;
	if (early)
		d->interval += SLOW_DOWN_SECONDS;
	return early;
}

/* Behind the lock. */
static bool look_at(struct turn *t, const struct application *app, struct device *d)
{
	if (!d || !guid_eq(d->client, app->client))
		return sign_in_refuse(t, SIGN_IN_DEVICE_UNKNOWN, "%s", "");
	if (d->expires <= t->now)
		return sign_in_refuse(t, SIGN_IN_DEVICE_EXPIRED, "%s", "");
	switch (d->state) {
	case DEVICE_PENDING:
		return sign_in_refuse(t, is_too_early(d) ? SIGN_IN_SLOW_DOWN : SIGN_IN_PENDING,
				      "%s", "");
	case DEVICE_DECLINED:
		return sign_in_refuse(t, SIGN_IN_DEVICE_DECLINED, "%s", "");
	case DEVICE_DONE:
		return sign_in_refuse(t, SIGN_IN_BAD_GRANT, "the device code was used already");
	case DEVICE_APPROVED:
		break;
	}
	return true;
}

bool device_redeem(struct turn *t, const struct application *app, struct device *out)
{
	DEFER(buf_release) struct buf code = buf_make(LIMIT_FORM);
	struct str text = form_get(&t->form, S("device_code"));

	/* as v1 calls it */
	if (text.n == 0)
		text = form_get(&t->form, S("code"));
	if (text.n == 0 && !turn_need(t, "device_code", &text))
		return false;
	if (!base64url_decode(&code, text))
		return sign_in_refuse(t, SIGN_IN_DEVICE_UNKNOWN, "%s", "");
	pthread_mutex_lock(&t->s->lock);

	struct device *d = find_code(t->s, buf_str(&code));
	bool ok = look_at(t, app, d);

	if (ok) {
		*out = *d;
		out->resource = str_dup(t->arena, d->resource);
		out->scopes = str_dup(t->arena, d->scopes);
		d->state = DEVICE_DONE;
	}
	pthread_mutex_unlock(&t->s->lock);
	return ok;
}

/* ---- the person answers ---- */

/* NULL: none that waits. Behind the lock. */
static struct device *find_user_code(struct sign_in *s, struct str code, int64_t now)
{
	for (size_t i = 0; i < s->devices.n; i++) {
		struct device *d = s->devices.p[i];

		if (d->state == DEVICE_PENDING && d->expires > now &&
		    str_eq_ascii_nocase(str_from(d->user_code), code))
			return d;
	}
	return NULL;
}

static bool answer_person(struct turn *t, struct str code)
{
	const struct account *account = NULL;
	bool yes = page_chosen(t, &account);

	if (!yes && t->refusal.error != SIGN_IN_DECLINED)
		return false;
	pthread_mutex_lock(&t->s->lock);

	struct device *d = find_user_code(t->s, code, t->now);

	if (d) {
		d->state = yes ? DEVICE_APPROVED : DEVICE_DECLINED;
		d->account = account;
	}
	pthread_mutex_unlock(&t->s->lock);
	if (!d)
		return sign_in_refuse(t, SIGN_IN_DEVICE_UNKNOWN, "%.*s", STR_ARG(code));
	page_answer(t, 200, yes ? "Signed in" : "Declined",
		    S("<p>The device goes on by itself. This page can be closed.</p>\n"));
	return true;
}

bool device_page_endpoint(struct turn *t)
{
	struct str code = str_trim(form_get(&t->form, S("user_code")));
	struct str field = S("<input name=\"user_code\" placeholder=\"code\" required "
			     "autocomplete=\"off\">\n");

	if (t->job->request.method != METHOD_POST) {
		page_choose(t, "Sign in on a device", S("/devicelogin"), field);
		return true;
	}
	return page_is_own(t) && turn_need(t, "user_code", &code) &&
	       answer_person(t, str_trim(code));
}

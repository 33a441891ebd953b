/* SPDX-License-Identifier: MIT */
/*
 * A person signs in with the browser of this machine: an authorization code with PKCE (RFC 7636, S256) comes back to a port of
 * the loopback address (RFC 8252). Only an answer with the state of this request counts; others are turned away, and waited on.
 */
#include "remote/sign_in_parts.h"

#include "base/codec.h"
#include "base/datetime.h"
#include "base/limits.h"
#include "io/crypto.h"
#include "io/loopback.h"

#include "base/banned.h"

#define RANDOM_BYTES 32
#define SLICE_MS 100
#define PERSON_SECONDS 300

#define PAGE(text) S("<!doctype html><title>ferry</title><p>" text)

struct visit {
	struct loopback *door;
	struct str redirect, path; /* the whole, and its path */
	struct str client, state, verifier, challenge;
	bool strangers; /* somebody came with another state */
};

static struct str random_text(struct arena *a)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	uint8_t bytes[RANDOM_BYTES];

	crypto_random(bytes, sizeof(bytes));
	base64url_encode(&b, str_of((const char *)bytes, sizeof(bytes)));
	return str_dup(a, buf_str(&b));
}

static struct str challenge_of(struct arena *a, struct str verifier)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	uint8_t digest[CRYPTO_SHA256_SIZE];

	crypto_sha256(verifier, digest);
	base64url_encode(&b, str_of((const char *)digest, sizeof(digest)));
	return str_dup(a, buf_str(&b));
}

/* http://localhost, with a port or without, with a path or without. */
static bool open_door(struct sign_in *s, struct visit *v, struct err *e)
{
	struct str given =
		s->profile->redirect.n > 0 ? s->profile->redirect : S("http://localhost");
	struct str host = profile_host(given);
	struct str path = str_skip(given, str_find(given, S("://")) + 3 + host.n);
	size_t colon = str_find_char(host, ':');
	uint64_t port = 0;

	if (!str_starts(given, S("http://")) || !profile_is_loopback(given) ||
	    (path.n > 0 && path.p[0] != '/') || str_find_char(path, '?') != STR_NONE ||
	    str_find_char(path, '#') != STR_NONE || host.p[0] == '[')
		return err_set(
			e, ERR_USAGE,
			"the redirect has to be http://localhost or http://127.0.0.1, with a "
			"port and a path where they are wanted");
	if (colon != STR_NONE && (!str_parse_u64(str_skip(host, colon + 1), &port) || port > 65535))
		return err_set(e, ERR_USAGE, "the redirect's port is none");
	if (!loopback_open(&v->door, &s->scratch, (unsigned)port, e))
		return err_wrap(e, "waiting for the browser");
	v->path = path.n > 0 ? path : S("/");
	v->redirect = str_fmt(&s->scratch, "http://%.*s:%u%.*s", STR_ARG(str_sub(host, 0, colon)),
			      loopback_port(v->door), STR_ARG(path));
	return true;
}

static const char *page_url(struct sign_in *s, const struct visit *v)
{
	const struct field fields[] = {
		{ "client_id", v->client },
		{ "response_type", S("code") },
		{ "redirect_uri", v->redirect },
		{ "response_mode", S("query") },
		{ "scope", sign_in_scope(s, true) },
		{ "state", v->state },
		{ "code_challenge", v->challenge },
		{ "code_challenge_method", S("S256") },
		{ "login_hint", s->profile->username },
		{ "prompt", s->profile->username.n > 0 ? S("") : S("select_account") },
	};
	struct str form = sign_in_form(&s->scratch, fields, COUNT_OF(fields));

	return str_cstr(&s->scratch, str_fmt(&s->scratch, "%.*s?%.*s",
					     STR_ARG(authority_endpoint(&s->scratch, &s->authority,
									"authorize")),
					     STR_ARG(form)));
}

/* ---- what comes back ---- */

/* A parameter of the query, decoded; empty: there is none, or it cannot be read. */
static struct str parameter(struct arena *a, struct str query, struct str name)
{
	struct str_splitter parts = str_splitter(query);

	for (struct str part; str_split(&parts, '&', &part);) {
		DEFER(buf_release) struct buf b = buf_make(LIMIT_LOOPBACK);
		size_t equals = str_find_char(part, '=');

		if (equals == STR_NONE || !str_eq(str_sub(part, 0, equals), name))
			continue;
		if (!url_decode(&b, str_skip(part, equals + 1), true))
			return S("");
		return str_dup(a, buf_str(&b));
	}
	return S("");
}

static bool told_error(struct sign_in *s, struct str error, struct str query, struct err *e)
{
	struct denial_context c = { .host = profile_host(s->authority.base),
				    .client = s->profile->client,
				    .tenant = s->authority.tenant,
				    .resource = s->authority.resource };

	s->denied = true;
	s->denial = denial_of(&s->scratch, error,
			      parameter(&s->scratch, query, S("error_description")));
	return denial_tell(&s->denial, &c, e);
}

/* True: it is over, with a code or (empty) with an error. */
static bool receive(struct sign_in *s, struct visit *v, struct str target, struct str *code,
		    struct err *e)
{
	size_t mark = str_find_char(target, '?');
	struct str query = mark == STR_NONE ? S("") : str_skip(target, mark + 1);
	struct str error = parameter(&s->scratch, query, S("error"));

	*code = parameter(&s->scratch, query, S("code"));
	if (!str_eq(str_sub(target, 0, mark), v->path) || (code->n == 0 && error.n == 0)) {
		loopback_answer(v->door, 404, PAGE("There is nothing here."));
		return false;
	}
	if (!crypto_same(parameter(&s->scratch, query, S("state")), v->state)) {
		v->strangers = true;
		loopback_answer(v->door, 400,
				PAGE("This answer does not belong to the sign-in that ferry has "
				     "begun."));
		return false;
	}
	if (code->n > 0) {
		loopback_answer(v->door, 200, PAGE("ferry goes on. This page can be closed."));
		return true;
	}
	(void)!told_error(s, error, query, e);
	loopback_answer(v->door, 200,
			PAGE("The sign-in failed; ferry tells why. This page can be closed."));
	return true;
}

static bool wait_for(struct sign_in *s, struct visit *v, struct str *code, struct err *e)
{
	unsigned given = s->options.person.seconds;
	int64_t seconds = given ? given : PERSON_SECONDS;
	int64_t until = steady_ms() + seconds * 1000;
	struct str target;

	while (steady_ms() < until) {
		if (ask_is_cancelled(&s->asker))
			return err_set(e, ERR_CANCELLED, "the sign-in was cancelled");
		if (!loopback_next(v->door, SLICE_MS, &target))
			continue;
		if (receive(s, v, target, code, e))
			return code->n > 0;
	}
	return err_set(e, ERR_AUTH,
		       "the browser did not come back within %lld seconds%s: sign in again, "
		       "or by device code",
		       (long long)seconds,
		       v->strangers ? " (answers that belong to another sign-in were refused)"
				    : "");
}

static bool visit(struct sign_in *s, struct visit *v, struct token *out, struct err *e)
{
	struct str code;

	if (!open_door(s, v, e))
		return false;
	/* false: it was shown, and a person carries it over; the wait is the same */
	(void)s->options.person.browse(s->options.person.context, page_url(s, v));
	if (!wait_for(s, v, &code, e))
		return false;
	loopback_close(&v->door);

	const struct field fields[] = {
		{ "grant_type", S("authorization_code") }, { "client_id", v->client },
		{ "scope", sign_in_scope(s, true) },       { "code", code },
		{ "redirect_uri", v->redirect },           { "code_verifier", v->verifier },
	};

	return sign_in_redeem(s, fields, COUNT_OF(fields), out, e);
}

static bool ask_person(struct sign_in *s, struct token *out, struct err *e)
{
	struct visit v = { .state = random_text(&s->scratch),
			   .verifier = random_text(&s->scratch) };

	if (!sign_in_client(s, true, &v.client, e))
		return false;
	v.challenge = challenge_of(&s->scratch, v.verifier);

	bool ok = visit(s, &v, out, e);

	loopback_close(&v.door);
	return ok;
}

bool sign_in_by_browser(struct sign_in *s, struct token *out, struct err *e)
{
	return sign_in_person(s, s->options.person.browse != NULL, ask_person, out, e);
}

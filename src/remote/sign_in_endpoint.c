/* SPDX-License-Identifier: MIT */
/*
 * Requests to an authority, and what its answers mean. What goes out is built on the scratch arena, which is wiped.
 */
#include "remote/sign_in_parts.h"

#include <string.h>

#include "base/codec.h"
#include "base/datetime.h"
#include "io/json.h"

#include "base/banned.h"

#define SAMPLE_CLIENT "51f81489-12ee-4a9e-aaae-a2591f45987d" /* facts/webapi.md 7 */
#define JWT_BEARER "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#define SKEW_TOLD 60 /* seconds; less is no reason for anything */

int64_t sign_in_now(const struct sign_in *s)
{
	return s->options.now ? s->options.now() : datetime_now().ticks / DATETIME_SECOND;
}

struct token_moment sign_in_moment(const struct sign_in *s, const struct ask_answer *r)
{
	return (struct token_moment){ .now = sign_in_now(s), .theirs = r ? r->date : 0 };
}

struct str sign_in_variable(const struct sign_in *s, const char *name)
{
	return str_from(s->options.in.variable ? s->options.in.variable(name) : NULL);
}

/* Standard input comes once only, and is one credential of a profile. */
bool sign_in_credential(struct sign_in *s, const struct credential *c, const char *what,
			struct str *out, struct err *e)
{
	if (c->source != CREDENTIAL_STDIN && s->read_of != c) {
		if (!credential_get(&s->scratch, c, what, &s->options.in, &s->read, e))
			return false;
		s->read_of = c;
	}
	if (c->source != CREDENTIAL_STDIN) {
		*out = s->read;
		return true;
	}
	if (s->given.n == 0) {
		struct str text;

		if (!credential_get(&s->scratch, c, what, &s->options.in, &text, e))
			return false;
		s->given = str_dup(&s->secrets, text);
	}
	*out = s->given;
	return true;
}

struct str sign_in_form(struct arena *a, const struct field *fields, size_t n)
{
	struct buf b = buf_make(0);
	struct str text;

	for (size_t i = 0; i < n; i++) {
		if (fields[i].value.n == 0)
			continue;
		if (b.n > 0)
			buf_add_char(&b, '&');
		url_encode(&b, str_from(fields[i].name));
		buf_add_char(&b, '=');
		url_encode(&b, fields[i].value);
	}
	text = str_dup(a, buf_str(&b));
	if (b.p)
		explicit_bzero(b.p, b.cap);
	buf_release(&b);
	return text;
}

bool sign_in_client(const struct sign_in *s, bool person, struct str *out, struct err *e)
{
	if (s->profile->client.n == 0 && !person)
		return err_set(e, ERR_USAGE, "the profile names no application (client)");
	*out = s->profile->client.n > 0 ? s->profile->client : S(SAMPLE_CLIENT);
	return true;
}

struct str sign_in_scope(struct sign_in *s, bool person)
{
	return str_fmt(&s->scratch, "%.*s/.default%s", STR_ARG(s->authority.resource),
		       person ? " offline_access" : "");
}

static bool is_page(struct str body)
{
	struct str s = str_trim(body);

	return str_starts(s, S("<"));
}

bool sign_in_strange(struct str url, const struct ask_answer *r, struct err *e)
{
	struct str host = profile_host(url);

	if (r->status == 429)
		return err_set(e, ERR_NETWORK,
			       "%.*s is asked too often (status 429) and wants a longer pause than "
			       "ferry waits: try again later",
			       STR_ARG(host));
	if (r->status >= 500)
		return err_set(e, ERR_NETWORK, "%.*s fails with status %d: try again later",
			       STR_ARG(host), r->status);
	if (r->status >= 300 && r->status < 400)
		return err_set(
			e, ERR_NETWORK,
			"%.*s sends us elsewhere (status %d), where no credential is taken: check the "
			"authority, or a proxy stands between",
			STR_ARG(host), r->status);
	if (is_page(r->body))
		return err_set(
			e, ERR_NETWORK,
			"%.*s answered with a page instead of JSON (status %d): a proxy or a "
			"network's own sign-in stands between",
			STR_ARG(host), r->status);
	return err_set(e, ERR_NETWORK,
		       "%.*s gave an answer that is neither a token nor a refusal "
		       "(status %d)",
		       STR_ARG(host), r->status);
}

static bool tell_denial(struct sign_in *s, const struct ask_answer *r, struct err *e)
{
	int64_t ahead = r->date > 0 ? sign_in_now(s) - r->date : 0;
	struct denial_context c = {
		.host = profile_host(s->authority.base),
		.client = s->profile->client.n > 0 ? s->profile->client : S(SAMPLE_CLIENT),
		.tenant = s->authority.tenant,
		.resource = s->authority.resource,
		.certificate = s->certificate,
		.ahead = ahead > SKEW_TOLD || ahead < -SKEW_TOLD ? ahead : 0,
	};

	s->denied = true;
	return denial_tell(&s->denial, &c, e);
}

bool sign_in_post(struct sign_in *s, const char *endpoint, const struct field *fields, size_t n,
		  struct json *out, struct ask_answer *answer, struct err *e)
{
	const struct http_header headers[] = {
		{ S("Content-Type"), S("application/x-www-form-urlencoded") },
		{ S("Accept"), S("application/json") },
	};
	struct ask q = {
		.method = S("POST"),
		.url = authority_endpoint(&s->scratch, &s->authority, endpoint),
		.headers = headers,
		.nheaders = COUNT_OF(headers),
		.body = sign_in_form(&s->scratch, fields, n),
	};
	struct ask_answer r;
	struct err ignored;

	s->denied = false;
	if (!ask_for(&s->asker, &s->scratch, &q, &r, e))
		return false;
	/* what a 5xx or 429 says in JSON is no reason to change anything */
	if (r.status >= 400 && r.status < 500 && r.status != 429 &&
	    denial_read(&s->scratch, r.body, &s->denial))
		return tell_denial(s, &r, e);
	if (r.status < 200 || r.status > 299 ||
	    !json_parse(&s->scratch, r.body, "the answer", out, &ignored) ||
	    out->kind != JSON_OBJECT)
		return sign_in_strange(q.url, &r, e);
	*answer = r;
	return true;
}

bool sign_in_redeem(struct sign_in *s, const struct field *fields, size_t n, struct token *out,
		    struct err *e)
{
	struct ask_answer r;
	struct json tree;

	if (!sign_in_post(s, "token", fields, n, &tree, &r, e))
		return false;

	struct token_moment at = sign_in_moment(s, &r);

	if (token_of_json(&s->scratch, &tree, &at, out, e))
		return true;
	e->kind = ERR_NETWORK;
	return err_wrap(e, "the answer of %.*s", STR_ARG(profile_host(s->authority.base)));
}

bool sign_in_assert(struct sign_in *s, struct str assertion, struct token *out, struct err *e)
{
	struct str client;

	if (!sign_in_client(s, false, &client, e))
		return false;

	const struct field fields[] = {
		{ "grant_type", S("client_credentials") },
		{ "client_id", client },
		{ "scope", sign_in_scope(s, false) },
		{ "client_assertion_type", S(JWT_BEARER) },
		{ "client_assertion", assertion },
	};

	return sign_in_redeem(s, fields, COUNT_OF(fields), out, e);
}

/* ---- people ---- */

static bool refresh(struct sign_in *s, struct token *out, struct err *e)
{
	struct str client;

	if (!sign_in_client(s, true, &client, e))
		return false;

	const struct field fields[] = {
		{ "grant_type", S("refresh_token") },
		{ "client_id", client },
		{ "scope", sign_in_scope(s, true) },
		{ "refresh_token", s->token.refresh },
	};

	if (!sign_in_redeem(s, fields, COUNT_OF(fields), out, e))
		return false;
	/* RFC 6749 6: without a new one the old one goes on */
	if (out->refresh.n == 0)
		out->refresh = s->token.refresh;
	return true;
}

static struct str who(const struct sign_in *s)
{
	if (s->options.reference)
		return str_from(s->options.reference);
	return s->profile->name.n > 0 ? s->profile->name : s->profile->url;
}

bool sign_in_person(struct sign_in *s, bool there,
		    bool (*ask)(struct sign_in *s, struct token *out, struct err *e),
		    struct token *out, struct err *e)
{
	struct err why;
	bool refused = false;

	there = there && (s->anew || !s->profile->unasked);
	if (!s->anew && s->token.refresh.n > 0) {
		if (refresh(s, out, e))
			return true;
		if (!s->denied || !denial_wants_person(&s->denial))
			return false;
		refused = true;
		why = *e;
		explicit_bzero((char *)(uintptr_t)s->token.refresh.p, s->token.refresh.n);
		s->token.refresh = S("");
	}
	if (there)
		return ask(s, out, e);
	if (refused)
		return err_set(e, ERR_AUTH, "%s: run \"ferry env login %.*s\" on a terminal",
			       why.msg, STR_ARG(who(s)));
	return err_set(
		e, ERR_AUTH,
		"nobody has signed in yet, and nobody is here who could: run \"ferry env "
		"login %.*s\" on a terminal, or choose a kind of sign-in that needs no person",
		STR_ARG(who(s)));
}

/* SPDX-License-Identifier: MIT */
/*
 * What somebody hands over: a client secret, a token, or a program that prints one. Read again each time it is wanted, so that
 * a new one is taken up; only standard input is read once.
 */
#include "remote/sign_in_parts.h"

#include "base/banned.h"

bool sign_in_secret_of(struct sign_in *s, struct str *out, struct err *e)
{
	return sign_in_credential(s, &s->profile->secret, "the client secret", out, e);
}

bool sign_in_by_secret(struct sign_in *s, struct token *out, struct err *e)
{
	struct str secret, client;

	if (!sign_in_client(s, false, &client, e) || !sign_in_secret_of(s, &secret, e))
		return false;

	const struct field fields[] = {
		{ "grant_type", S("client_credentials") },
		{ "client_id", client },
		{ "scope", sign_in_scope(s, false) },
		{ "client_secret", secret },
	};

	return sign_in_redeem(s, fields, COUNT_OF(fields), out, e);
}

/* 2026-01-31T12:00:00Z */
static struct str moment(int64_t seconds, char out[DATETIME_TEXT_SIZE])
{
	return datetime_format_iso((struct datetime){ seconds * DATETIME_SECOND }, out);
}

/* Whoever got it may have got it for something else; the service, which decides, does not say so. */
static void doubt(struct sign_in *s, struct str token)
{
	struct str audience = token_audience(&s->scratch, token);
	struct str mine = s->authority.resource;

	s->source.hint = S("");
	while (str_ends(audience, S("/")))
		audience.n--;
	if (audience.n == 0 || str_eq_ascii_nocase(audience, mine))
		return;
	s->source.hint = str_fmt(&s->places, "the token is meant for %.*s, not for %.*s",
				 STR_ARG(audience), STR_ARG(mine));
}

static bool take_token(struct sign_in *s, const char *what, struct token *out, struct err *e)
{
	struct token_moment at = sign_in_moment(s, NULL);
	char text[DATETIME_TEXT_SIZE];
	struct str given;
	struct token t;

	if (!sign_in_credential(s, &s->profile->token, what, &given, e))
		return false;
	if (!token_of_text(&s->scratch, given, &at, &t, e)) {
		e->kind = ERR_AUTH;
		return err_wrap(e, "%s", what);
	}
	/* a token that nobody here can renew has no margin */
	if (t.expires <= at.now)
		return err_set(e, ERR_AUTH, "%s has expired at %.*s: get another one", what,
			       STR_ARG(moment(t.expires, text)));
	*out = t;
	doubt(s, t.text);
	return true;
}

bool sign_in_by_command(struct sign_in *s, struct token *out, struct err *e)
{
	return take_token(s, "what the token command printed", out, e);
}

bool sign_in_by_given(struct sign_in *s, struct token *out, struct err *e)
{
	return take_token(s, "the token", out, e);
}

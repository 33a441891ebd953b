/* SPDX-License-Identifier: MIT */
/*
 * Numbers come as numbers and as texts, and lifetimes as spans and as moments: a span is believed first, because no
 * clock can make it wrong.
 */
#include "remote/token_answer.h"

#include "base/datetime.h"
#include "base/limits.h"
#include "dv/jwt.h"

#include "base/banned.h"

#define LONGEST_AUDIENCE 300
#define UNKNOWN_LIFE ((int64_t)-1)
#define LONGEST_LIFE                                                                               \
	((int64_t)366 * 86400) /* beyond it, it is a mistake, and sums must not overflow */

void token_set_life(struct token *t, int64_t now, int64_t seconds)
{
	if (seconds < 0 || seconds > LONGEST_LIFE) {
		t->expires = INT64_MAX;
		t->renew = INT64_MAX;
		return;
	}
	t->expires = now + seconds;
	t->renew = seconds > 2 * TOKEN_MARGIN_SECONDS ? t->expires - TOKEN_MARGIN_SECONDS
						      : now + seconds / 2;
}

bool token_is_text(struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] <= ' ' || text.p[i] > '~' || text.p[i] == '"' || text.p[i] == ',')
			return false;
	}
	return text.n > 0 && text.n <= LIMIT_TOKEN;
}

struct str token_audience(struct arena *a, struct str text)
{
	struct jwt jwt;
	struct err ignored;
	struct str audience;

	if (!jwt_read(a, text, &jwt, &ignored))
		return S("");
	audience = json_text(&jwt.claims, S("aud"));
	/* a URL or an id */
	return str_is_plain(audience, LONGEST_AUDIENCE) ? audience : S("");
}

/* A whole number, however it is written. */
static bool number_of(const struct json *o, struct str name, int64_t *out)
{
	const struct json *v = json_get(o, name);

	return v && (v->kind == JSON_NUMBER || v->kind == JSON_STRING) &&
	       str_parse_i64(v->text, out);
}

static int64_t until(int64_t moment, const struct token_moment *at)
{
	int64_t life = moment - (at->theirs > 0 ? at->theirs : at->now);

	/* a moment that is over for a token that is new: the clocks disagree, and the service will tell */
	return life > 0 ? life : UNKNOWN_LIFE;
}

/* az writes the local time of this machine where there is no zone: that is no moment. */
static bool moment_of(const struct json *o, struct str name, int64_t *out)
{
	struct datetime when;
	enum datetime_zone zone;

	if (number_of(o, name, out))
		return true;
	if (!datetime_parse_iso(json_text(o, name), &when, &zone) || zone == DATETIME_NO_ZONE)
		return false;
	*out = when.ticks / DATETIME_SECOND;
	return true;
}

static int64_t life_of(struct arena *a, const struct json *o, struct str text,
		       const struct token_moment *at)
{
	struct jwt jwt;
	struct err ignored;
	int64_t n;

	if (number_of(o, S("expires_in"), &n) && n >= 0)
		return n;
	if ((moment_of(o, S("expires_on"), &n) || moment_of(o, S("expiresOn"), &n)) && n >= 0 &&
	    n < INT64_MAX / 2)
		return until(n, at);
	if (!jwt_read(a, text, &jwt, &ignored))
		return UNKNOWN_LIFE;
	n = jwt_time(&jwt, S("exp"), -1);
	/* the token may be old: one that has ended is told as such */
	return n < 0 || n > INT64_MAX / 2 ? UNKNOWN_LIFE : n > at->now ? n - at->now : 0;
}

static bool complete(struct arena *a, const struct json *o, struct str text,
		     const struct token_moment *at, struct token *out, struct err *e)
{
	struct token t = { .text = text };

	if (!token_is_text(text))
		return err_set(e, ERR_INPUT, "there is no access token in it");
	t.refresh = json_text(o, S("refresh_token"));
	if (t.refresh.n > LIMIT_TOKEN)
		return err_set(e, ERR_INPUT, "its refresh token is longer than %zu bytes",
			       LIMIT_TOKEN);
	token_set_life(&t, at->now, life_of(a, o, text, at));
	*out = t;
	return true;
}

bool token_of_json(struct arena *a, const struct json *answer, const struct token_moment *at,
		   struct token *out, struct err *e)
{
	struct str text = json_text(answer, S("access_token"));
	struct str type = json_text(answer, S("token_type"));

	if (text.n == 0)
		text = json_text(answer, S("accessToken"));
	if (type.n > 0 && !str_eq_ascii_nocase(type, S("Bearer")))
		return err_set(e, ERR_INPUT, "its token is not of the type Bearer");
	return complete(a, answer, text, at, out, e);
}

bool token_of_text(struct arena *a, struct str text, const struct token_moment *at,
		   struct token *out, struct err *e)
{
	struct str scheme = S("Bearer ");
	struct json tree;
	struct err ignored;

	text = str_trim(text);
	if (str_starts(text, S("{"))) {
		/* the parser's words may repeat what they could not read */
		if (!json_parse(a, text, "the token", &tree, &ignored))
			return err_set(e, ERR_INPUT, "its JSON cannot be read");
		return token_of_json(a, &tree, at, out, e);
	}
	if (str_eq_ascii_nocase(str_sub(text, 0, scheme.n), scheme))
		text = str_trim(str_skip(text, scheme.n));
	return complete(a, NULL, text, at, out, e);
}

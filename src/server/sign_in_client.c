/* SPDX-License-Identifier: MIT */
/*
 * Clients prove who they are: by a secret, in the body or as HTTP Basic; by a JWT that their certificate's key has
 * signed; by a JWT of an issuer that the application trusts.
 */
#include "server/sign_in_flow.h"

#include "base/codec.h"
#include "dv/jwt.h"

#include "base/banned.h"

#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

struct credentials {
	struct str client, secret, assertion;
};

static bool decode_part(struct arena *a, struct str s, struct str *out)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	if (!url_decode(&b, s, true))
		return false;
	*out = str_dup(a, buf_str(&b));
	return true;
}

/* RFC 6749 2.3.1: both are form-encoded before they are put together. */
static bool read_basic(struct turn *t, struct str value, struct credentials *c)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	size_t colon;

	if (!base64_decode(&b, str_trim(value)))
		return sign_in_refuse(t, SIGN_IN_BAD_REQUEST, "the Authorization header");
	colon = str_find_char(buf_str(&b), ':');
	if (colon == STR_NONE ||
	    !decode_part(t->arena, str_sub(buf_str(&b), 0, colon), &c->client) ||
	    !decode_part(t->arena, str_skip(buf_str(&b), colon + 1), &c->secret))
		return sign_in_refuse(t, SIGN_IN_BAD_REQUEST, "the Authorization header");
	return true;
}

static bool read_credentials(struct turn *t, struct credentials *c)
{
	struct str scheme = S("Basic ");
	struct str header = turn_header(t, S("Authorization"));
	struct str type;

	*c = (struct credentials){ .client = form_get(&t->form, S("client_id")),
				   .secret = form_get(&t->form, S("client_secret")),
				   .assertion = form_get(&t->form, S("client_assertion")) };
	if (str_eq_ascii_nocase(str_sub(header, 0, scheme.n), scheme)) {
		if (c->secret.n > 0 || c->assertion.n > 0)
			return sign_in_refuse(t, SIGN_IN_BAD_REQUEST,
					      "credentials in the header and in the body");
		return read_basic(t, str_skip(header, scheme.n), c);
	}
	if (c->assertion.n == 0)
		return true;
	if (c->secret.n > 0)
		return sign_in_refuse(t, SIGN_IN_BAD_REQUEST,
				      "client_secret and client_assertion in one request");
	return turn_need(t, "client_assertion_type", &type) &&
	       (str_eq(type, S(ASSERTION_TYPE)) ||
		sign_in_refuse(t, SIGN_IN_BAD_REQUEST, "client_assertion_type is not %s",
			       ASSERTION_TYPE));
}

static bool find(struct turn *t, struct str client, const struct application **out)
{
	struct guid id;
	const struct application *app = NULL;

	if (client.n == 0)
		return sign_in_refuse(t, SIGN_IN_MISSING_PARAMETER, "client_id");
	if (guid_parse(client, &id))
		app = identity_application(t->s->identity, id);
	if (!app)
		return sign_in_refuse(t, SIGN_IN_UNKNOWN_APPLICATION, "%.*s", STR_ARG(client));
	if (app->disabled)
		return sign_in_refuse(t, SIGN_IN_DISABLED_APPLICATION, "%.*s", STR_ARG(client));
	*out = app;
	return true;
}

bool client_find(struct turn *t, const struct application **out)
{
	struct credentials c;

	return read_credentials(t, &c) && find(t, c.client, out);
}

static bool prove_by_secret(struct turn *t, const struct application *app, struct str secret)
{
	if (app->secret.n == 0 || !crypto_same(app->secret, secret))
		return sign_in_refuse(t, SIGN_IN_BAD_SECRET, "%s", "");
	if (app->secret_expires.ticks != 0 && app->secret_expires.ticks <= t->now * DATETIME_SECOND)
		return sign_in_refuse(t, SIGN_IN_EXPIRED_SECRET, "%s", "");
	return true;
}

/* ---- assertions ---- */

static bool check_times(struct turn *t, const struct jwt *j)
{
	int64_t skew = (int64_t)t->s->identity->clock_skew;
	int64_t from = jwt_time(j, S("nbf"), INT64_MIN / 2);
	int64_t until = jwt_time(j, S("exp"), INT64_MIN / 2);

	if (until < INT64_MIN / 4)
		return sign_in_refuse(t, SIGN_IN_ASSERTION_TIME, "it has no exp");
	/* no sum, which a number from outside could make too large */
	if (t->now - skew >= until || t->now + skew < from)
		return sign_in_refuse(t, SIGN_IN_ASSERTION_TIME,
				      "it is %lld now and the assertion holds until %lld",
				      (long long)t->now, (long long)until);
	return true;
}

static bool thumbprint_is(const struct jwt *j, struct str name, const uint8_t *digest, size_t n)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	struct str told = json_text(&j->header, name);

	return told.n > 0 && base64url_decode(&b, told) &&
	       str_eq(buf_str(&b), str_of((const char *)digest, n));
}

static const struct crypto_certificate *find_certificate(const struct application *app,
							 const struct jwt *j)
{
	for (size_t i = 0; i < app->certificates.n; i++) {
		const struct crypto_certificate *c = &app->certificates.p[i];

		if (thumbprint_is(j, S("x5t#S256"), c->sha256, sizeof(c->sha256)) ||
		    thumbprint_is(j, S("x5t"), c->sha1, sizeof(c->sha1)))
			return c;
	}
	return NULL;
}

/* The token endpoint that was asked or its sister of the other version, or the issuer. */
static bool audience_is_own(struct turn *t, const struct jwt *j)
{
	static const char *const tails[] = { "/oauth2/v2.0/token", "/oauth2/token", "/v2.0", "/" };
	struct str tenants[] = { t->tenant, turn_tenant(t) };

	for (size_t i = 0; i < COUNT_OF(tails) * COUNT_OF(tenants); i++) {
		struct str own = str_fmt(t->arena, "%.*s/%.*s%s", STR_ARG(t->job->base),
					 STR_ARG(tenants[i % COUNT_OF(tenants)]),
					 tails[i / COUNT_OF(tenants)]);

		if (jwt_is_for(j, own))
			return true;
	}
	return false;
}

static bool prove_by_certificate(struct turn *t, const struct application *app, const struct jwt *j)
{
	const struct crypto_certificate *c = find_certificate(app, j);
	int64_t now = t->now * DATETIME_SECOND;

	if (!str_eq_ascii_nocase(json_text(&j->claims, S("sub")), guid_text(t->arena, app->client)))
		return sign_in_refuse(t, SIGN_IN_ASSERTION_CLIENT,
				      "iss and sub have to be the client id");
	if (!c)
		return sign_in_refuse(t, SIGN_IN_ASSERTION_SIGNATURE,
				      "no certificate of the application has the thumbprint that "
				      "x5t or x5t#S256 tells");
	if (now < c->from.ticks || now > c->until.ticks)
		return sign_in_refuse(t, SIGN_IN_ASSERTION_SIGNATURE,
				      "the certificate is not valid now");
	if (!jwt_verify(j, c->key))
		return sign_in_refuse(t, SIGN_IN_ASSERTION_SIGNATURE,
				      "it has to be RS256 or PS256, by the certificate's key");
	if (!audience_is_own(t, j))
		return sign_in_refuse(t, SIGN_IN_ASSERTION_AUDIENCE, "%.*s",
				      STR_ARG(json_text(&j->claims, S("aud"))));
	return check_times(t, j);
}

static struct str issuer_of(struct turn *t, const struct federated *f)
{
	switch (f->by) {
	case FEDERATION_GITHUB:
		return str_fmt(t->arena, "%.*s/federation/github", STR_ARG(t->job->base));
	case FEDERATION_PIPELINES:
		return str_fmt(t->arena, "%.*s/federation/azure-pipelines", STR_ARG(t->job->base));
	case FEDERATION_OTHER:
		break;
	}
	return f->issuer;
}

static bool prove_by_federation(struct turn *t, const struct application *app, const struct jwt *j)
{
	struct str issuer = json_text(&j->claims, S("iss"));
	struct str subject = json_text(&j->claims, S("sub"));
	enum sign_in_error error = SIGN_IN_FEDERATED_ISSUER;
	const struct crypto_key *key = NULL;

	for (size_t i = 0; i < app->federated.n && !key; i++) {
		const struct federated *f = &app->federated.p[i];

		if (!str_eq(issuer_of(t, f), issuer))
			continue;
		error = SIGN_IN_FEDERATED_SUBJECT;
		if (!str_eq(f->subject, subject))
			continue;
		error = SIGN_IN_FEDERATED_AUDIENCE;
		if (!jwt_is_for(j, f->audience))
			continue;
		error = SIGN_IN_ASSERTION_SIGNATURE;
		key = f->by == FEDERATION_OTHER ? f->key : sign_in_key_made(t->s);
	}
	if (!key)
		return sign_in_refuse(t, error, "issuer %.*s, subject %.*s", STR_ARG(issuer),
				      STR_ARG(subject));
	if (!jwt_verify(j, key))
		return sign_in_refuse(t, SIGN_IN_ASSERTION_SIGNATURE,
				      "it has to be RS256 or PS256, by the issuer's key");
	return check_times(t, j);
}

static bool prove_by_assertion(struct turn *t, const struct application *app, struct str assertion)
{
	struct jwt j;
	struct err why;

	if (!jwt_read(t->arena, assertion, &j, &why))
		return sign_in_refuse(t, SIGN_IN_BAD_TOKEN_FORMAT, "%s", why.msg);
	if (str_eq_ascii_nocase(json_text(&j.claims, S("iss")), guid_text(t->arena, app->client)))
		return prove_by_certificate(t, app, &j);
	/* without a trusted issuer it can only be meant as the application's own */
	if (app->federated.n == 0)
		return sign_in_refuse(t, SIGN_IN_ASSERTION_CLIENT,
				      "iss and sub have to be the client id");
	return prove_by_federation(t, app, &j);
}

static bool check_kind(struct turn *t, const struct application *app, bool shown)
{
	bool confidential = app->secret.n > 0 || app->certificates.n > 0 || app->federated.n > 0;

	if (shown && !confidential)
		return sign_in_refuse(t, SIGN_IN_PUBLIC_CLIENT, "%s", "");
	return shown || app->open || sign_in_refuse(t, SIGN_IN_NO_CREDENTIAL, "%s", "");
}

bool client_prove(struct turn *t, const struct application **out, int *how)
{
	const struct application *app;
	struct credentials c;

	if (!read_credentials(t, &c) || !find(t, c.client, &app) ||
	    !check_kind(t, app, c.secret.n > 0 || c.assertion.n > 0))
		return false;
	if (c.secret.n > 0 && !prove_by_secret(t, app, c.secret))
		return false;
	if (c.assertion.n > 0 && !prove_by_assertion(t, app, c.assertion))
		return false;
	*how = c.secret.n > 0 ? 1 : c.assertion.n > 0 ? 2 : 0;
	*out = app;
	return true;
}

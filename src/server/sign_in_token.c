/* SPDX-License-Identifier: MIT */
/*
 * The token endpoint: a function for each grant type. And its opposite, which RFC 7009 describes and Entra does
 * not have: who holds a token may revoke it.
 */
#include "server/sign_in_flow.h"

#include <string.h>

#include "base/codec.h"
#include "dv/jwt.h"

#include "base/banned.h"

#define DEVICE_GRANT "urn:ietf:params:oauth:grant-type:device_code"

/* A code or refresh token of ours for this client, not yet too old. */
static bool read_grant(struct turn *t, struct str text, struct str kind,
		       const struct application *app, enum sign_in_error expired, struct json *out)
{
	struct guid client;

	if (!sign_in_unseal(t->s, t->arena, text, out) || !str_eq(json_text(out, S("kind")), kind))
		return sign_in_refuse(t, SIGN_IN_BAD_GRANT, "it is not of this server");
	if (!guid_parse(json_text(out, S("client")), &client) || !guid_eq(client, app->client))
		return sign_in_refuse(t, SIGN_IN_BAD_GRANT, "it was given to another application");
	if (t->now >= json_int(out, S("exp"), 0))
		return sign_in_refuse(t, expired, "%s", "");
	return true;
}

static bool account_of(struct turn *t, const struct json *grant, const struct account **out)
{
	struct str name = json_text(grant, S("user"));

	*out = identity_account(t->s->identity, name);
	return *out || sign_in_refuse(t, SIGN_IN_UNKNOWN_USER, "%.*s", STR_ARG(name));
}

static struct scope scope_of(const struct json *grant)
{
	return scope_parse(json_text(grant, S("resource")), json_text(grant, S("scope")));
}

/* ---- grants ---- */

static bool by_client(struct turn *t)
{
	const struct application *app;
	struct scope scope;
	struct issued issued;
	int how;

	if (!client_prove(t, &app, &how))
		return false;
	if (how == 0)
		return sign_in_refuse(t, SIGN_IN_NO_CREDENTIAL, "%s", "");
	if (str_eq(t->tenant, S("common")) || str_eq(t->tenant, S("organizations")))
		return sign_in_refuse(t, SIGN_IN_NO_TENANT, "%s", "");
	if (!scope_read(t, &scope))
		return false;
	if (!t->v1 && !scope.by_default)
		return sign_in_refuse(t, SIGN_IN_SCOPE_DEFAULT, "%s", "");

	struct grantee g = grantee_of_application(app, how);

	if (!issue_token(t, &g, &scope, S(""), &issued))
		return false;
	issue_answer(t, &issued, &scope, S(""), false);
	return true;
}

static bool check_verifier(struct turn *t, const struct json *code)
{
	DEFER(buf_release) struct buf hash = buf_make(0);
	struct str challenge = json_text(code, S("challenge"));
	struct str given = form_get(&t->form, S("code_verifier"));
	uint8_t digest[CRYPTO_SHA256_SIZE];

	if (challenge.n == 0)
		return given.n == 0 || sign_in_refuse(t, SIGN_IN_BAD_VERIFIER,
						      "the code was asked for without one");
	if (given.n == 0)
		return sign_in_refuse(t, SIGN_IN_BAD_VERIFIER, "code_verifier is missing");
	if (json_flag(code, S("plain")))
		return crypto_same(given, challenge) ||
		       sign_in_refuse(t, SIGN_IN_BAD_VERIFIER, "%s", "");
	crypto_sha256(given, digest);
	base64url_encode(&hash, str_of((const char *)digest, sizeof(digest)));
	return crypto_same(buf_str(&hash), challenge) ||
	       sign_in_refuse(t, SIGN_IN_BAD_VERIFIER, "%s", "");
}

static bool by_code(struct turn *t)
{
	const struct application *app;
	const struct account *account;
	struct str text, redirect;
	struct json code;
	struct guid id;
	int how;

	if (!client_prove(t, &app, &how) || !turn_need(t, "code", &text) ||
	    !turn_need(t, "redirect_uri", &redirect) ||
	    !read_grant(t, text, S("code"), app, SIGN_IN_EXPIRED_GRANT, &code))
		return false;
	if (!str_eq(json_text(&code, S("redirect")), redirect))
		return sign_in_refuse(t, SIGN_IN_REDIRECT_CHANGED, "%s", "");
	if (!check_verifier(t, &code) || !account_of(t, &code, &account))
		return false;
	if (!guid_parse(json_text(&code, S("id")), &id) ||
	    !sign_in_spend(t->s, id, json_int(&code, S("exp"), 0), t->now))
		return sign_in_refuse(t, SIGN_IN_USED_CODE, "%s", "");

	struct scope scope = scope_of(&code);

	return issue_to_account(t, app, account, how, &scope, json_text(&code, S("nonce")));
}

/* It may be for another name of this server, and for less; for more it is not. */
static bool refreshed_scope(struct turn *t, const struct json *grant, struct scope *out)
{
	struct scope scope = scope_of(grant);
	struct str word = t->v1 ? S("resource") : S("scope");

	if (form_get(&t->form, word).n > 0 && !scope_read(t, &scope))
		return false;
	scope.offline = true;
	*out = scope;
	return true;
}

static bool by_refresh(struct turn *t)
{
	const struct application *app;
	const struct account *account;
	struct scope scope;
	struct json grant;
	struct str text;
	struct guid id;
	int how;

	if (!client_prove(t, &app, &how) || !turn_need(t, "refresh_token", &text) ||
	    !read_grant(t, text, S("refresh"), app, SIGN_IN_INACTIVE_GRANT, &grant))
		return false;
	if (!guid_parse(json_text(&grant, S("id")), &id) || sign_in_is_spent(t->s, id))
		return sign_in_refuse(t, SIGN_IN_REVOKED_GRANT, "%s", "");
	return account_of(t, &grant, &account) && refreshed_scope(t, &grant, &scope) &&
	       issue_to_account(t, app, account, how, &scope, S(""));
}

static bool by_device(struct turn *t)
{
	const struct application *app;
	struct device device;
	int how;

	if (!client_prove(t, &app, &how) || !device_redeem(t, app, &device))
		return false;

	struct scope scope = scope_parse(device.resource, device.scopes);

	return issue_to_account(t, app, device.account, how, &scope, S(""));
}

static bool by_password(struct turn *t)
{
	const struct application *app;
	struct scope scope;
	struct str name, password;
	int how;

	if (!client_prove(t, &app, &how) || !turn_need(t, "username", &name) ||
	    !turn_need(t, "password", &password) || !scope_read(t, &scope))
		return false;

	const struct account *account = identity_account(t->s->identity, name);

	if (!account)
		return sign_in_refuse(t, SIGN_IN_UNKNOWN_USER, "%.*s", STR_ARG(name));
	if (account->password.n == 0 || !crypto_same(account->password, password))
		return sign_in_refuse(t, SIGN_IN_BAD_PASSWORD, "%s", "");
	return issue_to_account(t, app, account, how, &scope, S(""));
}

static const struct {
	struct str name;
	bool (*answer)(struct turn *t);
} GRANTS[] = {
	{ STR_INIT("client_credentials"), by_client }, { STR_INIT("authorization_code"), by_code },
	{ STR_INIT("refresh_token"), by_refresh },     { STR_INIT(DEVICE_GRANT), by_device },
	{ STR_INIT("device_code"), by_device }, /* as v1 spells it */
	{ STR_INIT("password"), by_password },
};

bool token_endpoint(struct turn *t)
{
	struct str type;

	if (!turn_need(t, "grant_type", &type))
		return false;
	for (size_t i = 0; i < COUNT_OF(GRANTS); i++) {
		if (str_eq(GRANTS[i].name, type))
			return GRANTS[i].answer(t);
	}
	return sign_in_refuse(t, SIGN_IN_GRANT_TYPE, "%.*s", STR_ARG(type));
}

/* ---- revocation ---- */

static void revoke(struct turn *t, struct str text)
{
	const struct crypto_key *key = sign_in_key_made(t->s);
	struct json grant;
	struct jwt token;
	struct guid id;
	struct err ignored;

	if (sign_in_unseal(t->s, t->arena, text, &grant)) {
		if (guid_parse(json_text(&grant, S("id")), &id))
			(void)sign_in_spend(t->s, id, json_int(&grant, S("exp"), 0), t->now);
		return;
	}
	if (key && jwt_read(t->arena, text, &token, &ignored) && jwt_verify(&token, key) &&
	    guid_parse(json_text(&token.claims, S("uti")), &id))
		(void)sign_in_spend(t->s, id, jwt_time(&token, S("exp"), 0), t->now);
}

bool revoke_endpoint(struct turn *t)
{
	struct str text;

	if (!turn_need(t, "token", &text))
		return false;
	/* RFC 7009: an unknown token is as good as revoked */
	revoke(t, text);
	json_object(turn_json(t));
	json_object_end(&t->json);
	turn_answer(t, 200);
	return true;
}

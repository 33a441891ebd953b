/* SPDX-License-Identifier: MIT */
/*
 * What clients read before they sign in: the OpenID configuration of the tenant, the keys, and where instances are.
 */
#include "server/sign_in_flow.h"

#include "base/codec.h"

#include "base/banned.h"

static void add_list(struct turn *t, const char *name, const char *const *items, size_t n)
{
	json_key(&t->json, str_from(name));
	json_array(&t->json);
	for (size_t i = 0; i < n; i++)
		json_str(&t->json, str_from(items[i]));
	json_array_end(&t->json);
}

/* base/tenant/tail, with the tenant as the client wrote it */
static void add_url(struct turn *t, const char *name, const char *tail)
{
	turn_member(
		t, str_from(name),
		str_fmt(t->arena, "%.*s/%.*s/%s", STR_ARG(t->job->base), STR_ARG(t->tenant), tail));
}

bool configuration_endpoint(struct turn *t)
{
	static const char *const ways[] = { "client_secret_post", "private_key_jwt",
					    "client_secret_basic" };
	static const char *const modes[] = { "query", "fragment", "form_post" };
	static const char *const types[] = { "code" };
	static const char *const subjects[] = { "pairwise" };
	static const char *const algorithms[] = { "RS256" };
	static const char *const scopes[] = { "openid", "profile", "email", "offline_access" };
	static const char *const methods[] = { "plain", "S256" };
	bool v1 = t->v1;

	json_object(turn_json(t));
	add_url(t, "token_endpoint", v1 ? "oauth2/token" : "oauth2/v2.0/token");
	add_url(t, "authorization_endpoint", v1 ? "oauth2/authorize" : "oauth2/v2.0/authorize");
	add_url(t, "device_authorization_endpoint",
		v1 ? "oauth2/devicecode" : "oauth2/v2.0/devicecode");
	add_url(t, "revocation_endpoint", "oauth2/v2.0/revoke");
	add_url(t, "jwks_uri", v1 ? "discovery/keys" : "discovery/v2.0/keys");
	turn_member(t, S("issuer"), turn_issuer(t, v1));
	add_list(t, "token_endpoint_auth_methods_supported", ways, COUNT_OF(ways));
	add_list(t, "response_modes_supported", modes, COUNT_OF(modes));
	add_list(t, "response_types_supported", types, COUNT_OF(types));
	add_list(t, "subject_types_supported", subjects, COUNT_OF(subjects));
	add_list(t, "id_token_signing_alg_values_supported", algorithms, COUNT_OF(algorithms));
	add_list(t, "scopes_supported", scopes, COUNT_OF(scopes));
	add_list(t, "code_challenge_methods_supported", methods, COUNT_OF(methods));
	json_object_end(&t->json);
	turn_answer(t, 200);
	return true;
}

static void add_number(struct turn *t, const char *name, struct str bytes)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	base64url_encode(&b, bytes);
	turn_member(t, str_from(name), buf_str(&b));
}

bool keys_endpoint(struct turn *t)
{
	const struct crypto_key *key;
	struct str kid, modulus, exponent;
	struct err e;

	if (!sign_in_key(t->s, &key, &kid, &e))
		return sign_in_refuse(t, SIGN_IN_FAILED, "%s", e.msg);
	crypto_key_numbers(key, t->arena, &modulus, &exponent);
	json_object(turn_json(t));
	json_key(&t->json, S("keys"));
	json_array(&t->json);
	json_object(&t->json);
	turn_member(t, S("kty"), S("RSA"));
	turn_member(t, S("use"), S("sig"));
	turn_member(t, S("alg"), S("RS256"));
	turn_member(t, S("kid"), kid);
	turn_member(t, S("x5t"), kid);
	add_number(t, "n", modulus);
	add_number(t, "e", exponent);
	json_object_end(&t->json);
	json_array_end(&t->json);
	json_object_end(&t->json);
	turn_answer(t, 200);
	return true;
}

bool instance_endpoint(struct turn *t)
{
	struct str base = t->job->base;
	const char *const hosts[] = { str_cstr(t->arena,
					       str_skip(base, str_find(base, S("://")) + 3)) };

	json_object(turn_json(t));
	turn_member(t, S("tenant_discovery_endpoint"),
		    str_fmt(t->arena, "%.*s/%.*s/v2.0/.well-known/openid-configuration",
			    STR_ARG(base), STR_ARG(turn_tenant(t))));
	turn_member(t, S("api-version"), S("1.1"));
	json_key(&t->json, S("metadata"));
	json_array(&t->json);
	json_object(&t->json);
	turn_member(t, S("preferred_network"), str_from(hosts[0]));
	turn_member(t, S("preferred_cache"), str_from(hosts[0]));
	add_list(t, "aliases", hosts, COUNT_OF(hosts));
	json_object_end(&t->json);
	json_array_end(&t->json);
	json_object_end(&t->json);
	turn_answer(t, 200);
	return true;
}

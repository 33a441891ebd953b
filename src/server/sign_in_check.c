/* SPDX-License-Identifier: MIT */
/*
 * Tokens as the organization sees them: signed here, for it, now, and not taken back. No minute of grace: what
 * a client sends too late fails.
 */
#include "server/sign_in.h"

#include "dv/jwt.h"
#include "server/sign_in_parts.h"

#include "base/banned.h"

static bool is_of_tenant(const struct sign_in *s, const struct jwt *t)
{
	struct str issuer = json_text(&t->claims, S("iss"));
	char text[GUID_TEXT_SIZE];
	struct str tenant = guid_format(s->tenant, text);

	/* .../tenant/: no id token and none of a federated issuer ends so */
	return str_ends(issuer, S("/")) && str_ends(str_sub(issuer, 0, issuer.n - 1), tenant);
}

static bool is_for(const struct job *j, const struct jwt *t)
{
	struct str audience = json_text(&t->claims, S("aud"));

	if (str_ends(audience, S("/")))
		audience.n--;
	return str_eq_ascii_nocase(audience, j->base);
}

static const char *find_fault(struct sign_in *s, const struct job *j, const struct jwt *t)
{
	const struct crypto_key *key = sign_in_key_made(s);
	int64_t now = datetime_now().ticks / DATETIME_SECOND;
	struct guid id;

	if (!key || !jwt_verify(t, key) || !is_of_tenant(s, t))
		return "the token is not signed by this server's sign-in";
	if (!is_for(j, t))
		return "the token is meant for another resource";
	if (now >= jwt_time(t, S("exp"), 0))
		return "the token has expired";
	if (now < jwt_time(t, S("nbf"), INT64_MAX))
		return "the token is not valid yet";
	if (!guid_parse(json_text(&t->claims, S("uti")), &id) || sign_in_is_spent(s, id))
		return "the token was revoked";
	return NULL;
}

bool sign_in_check(struct sign_in *s, struct job *j, struct str token, const char **reason)
{
	struct principal p = { .known = true };
	struct err ignored;
	struct jwt t;

	if (!jwt_read(job_arena(j), token, &t, &ignored)) {
		*reason = "the token is malformed";
		return false;
	}

	const char *fault = find_fault(s, j, &t);

	p.is_application = str_eq(json_text(&t.claims, S("idtyp")), S("app"));
	p.name = json_text(&t.claims, S("upn"));
	if (!fault && (!guid_parse(json_text(&t.claims, S("appid")), &p.client) ||
		       !guid_parse(json_text(&t.claims, S("oid")), &p.object)))
		fault = "the token tells nobody";
	if (fault) {
		*reason = fault;
		return false;
	}
	j->principal = p;
	return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * Tokens: their claims, as Entra writes them in tokens for Dataverse, and the answers that carry them.
 */
#include "server/sign_in_flow.h"

#include <string.h>

#include "base/codec.h"
#include "dv/jwt.h"

#include "base/banned.h"

struct claims {
	struct buf text;
	struct buf_sink sink;
	struct json_writer w;
};

static void claims_begin(struct claims *c)
{
	c->text = buf_make(0);
	c->sink = buf_sink_make(&c->text);
	c->w = json_writer_make(&c->sink.sink);
	json_object(&c->w);
}

static void claim(struct claims *c, const char *name, struct str value)
{
	json_key(&c->w, str_from(name));
	json_str(&c->w, value);
}

static void claim_time(struct claims *c, const char *name, int64_t seconds)
{
	json_key(&c->w, str_from(name));
	json_i64(&c->w, seconds);
}

static struct str claims_end(struct claims *c)
{
	struct err ignored;

	json_object_end(&c->w);
	/* into memory without an end */
	(void)!json_writer_finish(&c->w, &ignored);
	return buf_str(&c->text);
}

static void claims_release(struct claims *c)
{
	json_writer_release(&c->w);
	buf_release(&c->text);
}

bool issue_signed(struct turn *t, struct str claims, struct str *out)
{
	DEFER(buf_release) struct buf token = buf_make(0);
	const struct crypto_key *key;
	struct str kid;
	struct err e;

	if (!sign_in_key(t->s, &key, &kid, &e))
		return sign_in_refuse(t, SIGN_IN_FAILED, "%s", e.msg);

	/* base64url: it may stand in JSON as it is */
	struct str header = str_fmt(
		t->arena, "{\"typ\":\"JWT\",\"alg\":\"RS256\",\"x5t\":\"%.*s\",\"kid\":\"%.*s\"}",
		STR_ARG(kid), STR_ARG(kid));

	if (!jwt_write(&token, header, claims, key, CRYPTO_RS256, &e))
		return sign_in_refuse(t, SIGN_IN_FAILED, "%s", e.msg);
	*out = str_dup(t->arena, buf_str(&token));
	return true;
}

/* ---- who ---- */

struct grantee grantee_of_application(const struct application *app, int how)
{
	return (struct grantee){
		.is_application = true, .client = app->client, .reference = app->user, .how = how
	};
}

struct grantee grantee_of_account(const struct application *app, const struct account *account,
				  int how)
{
	return (struct grantee){
		.client = app->client, .name = account->name, .reference = account->user, .how = how
	};
}

struct grantee grantee_of_managed(const struct managed *managed)
{
	return (struct grantee){ .is_application = true,
				 .client = managed->client,
				 .reference = managed->user,
				 .object = managed->object,
				 .how = 2 };
}

/* The same one each time for whom the organization tells none. */
static struct guid object_of(struct turn *t, const struct grantee *g, const struct found_user *user)
{
	struct str client = guid_text(t->arena, g->client);
	struct str who = g->is_application ? client : str_lower_ascii(t->arena, g->name);
	struct str text = str_fmt(t->arena, "%.*s %s %.*s", STR_ARG(turn_tenant(t)),
				  g->is_application ? "application" : "user", STR_ARG(who));
	uint8_t digest[CRYPTO_SHA256_SIZE];
	struct guid id;

	if (!guid_is_null(g->object))
		return g->object;
	if (user->found && !guid_is_null(user->object))
		return user->object;
	crypto_sha256(text, digest);
	memcpy(id.b, digest, sizeof(id.b));
	id.b[6] = (uint8_t)((id.b[6] & 0x0f) | 0x80);
	id.b[8] = (uint8_t)((id.b[8] & 0x3f) | 0x80);
	return id;
}

/* ---- tokens ---- */

static void user_claims(struct claims *c, const struct grantee *g, struct str full_name)
{
	claim(c, "name", full_name.n > 0 ? full_name : g->name);
	claim(c, "unique_name", g->name);
	claim(c, "upn", g->name);
	claim(c, "preferred_username", g->name);
}

static bool write_access(struct turn *t, const struct grantee *g, const struct scope *scope,
			 struct str full_name, struct issued *i)
{
	static const char *const how[] = { "0", "1", "2" };
	DEFER(claims_release) struct claims c;
	struct arena *a = t->arena;

	claims_begin(&c);
	claim(&c, "aud", scope->resource);
	claim(&c, "iss", turn_issuer(t, true));
	claim_time(&c, "iat", i->from);
	claim_time(&c, "nbf", i->from);
	claim_time(&c, "exp", i->until);
	claim(&c, "appid", guid_text(a, g->client));
	claim(&c, "appidacr", str_from(how[g->how]));
	claim(&c, "idtyp", g->is_application ? S("app") : S("user"));
	claim(&c, "oid", guid_text(a, i->object));
	claim(&c, "sub", guid_text(a, i->object));
	claim(&c, "tid", turn_tenant(t));
	claim(&c, "uti", guid_text(a, sign_in_new_id()));
	claim(&c, "ver", S("1.0"));
	if (!g->is_application) {
		claim(&c, "scp", S("user_impersonation"));
		user_claims(&c, g, full_name);
	}
	return issue_signed(t, claims_end(&c), &i->token);
}

static bool write_id(struct turn *t, const struct grantee *g, struct str full_name,
		     struct str nonce, struct issued *i)
{
	DEFER(claims_release) struct claims c;
	struct arena *a = t->arena;

	claims_begin(&c);
	claim(&c, "aud", guid_text(a, g->client));
	claim(&c, "iss", turn_issuer(t, false));
	claim_time(&c, "iat", i->from);
	claim_time(&c, "nbf", i->from);
	claim_time(&c, "exp", i->until);
	if (nonce.n > 0)
		claim(&c, "nonce", nonce);
	claim(&c, "oid", guid_text(a, i->object));
	claim(&c, "sub", guid_text(a, i->object));
	claim(&c, "tid", turn_tenant(t));
	claim(&c, "ver", S("2.0"));
	user_claims(&c, g, full_name);
	return issue_signed(t, claims_end(&c), &i->id_token);
}

bool issue_token(struct turn *t, const struct grantee *g, const struct scope *scope,
		 struct str nonce, struct issued *out)
{
	struct issued i = { .from = t->now,
			    .until = t->now + (int64_t)t->s->identity->token_lifetime };
	struct found_user user;
	struct err e;

	if (!user_find(t->org, t->arena, g, &user, &e))
		return sign_in_refuse(t, SIGN_IN_FAILED, "%s", e.msg);
	i.object = object_of(t, g, &user);
	if (!write_access(t, g, scope, user.full_name, &i))
		return false;
	if (!g->is_application && scope->openid && !write_id(t, g, user.full_name, nonce, &i))
		return false;
	*out = i;
	return true;
}

/* In v1 numbers are texts. */
static void add_number(struct turn *t, const char *name, int64_t n)
{
	json_key(&t->json, str_from(name));
	if (t->v1)
		json_str(&t->json, str_from_i64(t->arena, n));
	else
		json_i64(&t->json, n);
}

/* Which account it is, for the caches of Microsoft's libraries. */
static void add_client_info(struct turn *t, struct guid object)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	struct str id = guid_text(t->arena, object);
	struct str text = str_fmt(t->arena, "{\"uid\":\"%.*s\",\"utid\":\"%.*s\"}", STR_ARG(id),
				  STR_ARG(turn_tenant(t)));

	base64url_encode(&b, text);
	turn_member(t, S("client_info"), buf_str(&b));
}

void issue_answer(struct turn *t, const struct issued *i, const struct scope *scope,
		  struct str refresh, bool user)
{
	struct json_writer *w = turn_json(t);
	/* never more than is left of it */
	int64_t left = i->until - i->from > 0 ? i->until - i->from - 1 : 0;

	json_object(w);
	turn_member(t, S("token_type"), S("Bearer"));
	if (user)
		turn_member(t, S("scope"), scope_write(t->arena, scope));
	add_number(t, "expires_in", left);
	add_number(t, "ext_expires_in", left);
	if (t->v1) {
		add_number(t, "expires_on", i->until);
		add_number(t, "not_before", i->from);
		turn_member(t, S("resource"), scope->resource);
	}
	turn_member(t, S("access_token"), i->token);
	if (refresh.n > 0)
		turn_member(t, S("refresh_token"), refresh);
	if (i->id_token.n > 0)
		turn_member(t, S("id_token"), i->id_token);
	if (user && form_get(&t->form, S("client_info")).n > 0)
		add_client_info(t, i->object);
	json_object_end(w);
	turn_answer(t, 200);
}

static struct str refresh_token(struct turn *t, const struct grantee *g, const struct scope *scope)
{
	DEFER(claims_release) struct claims c;

	claims_begin(&c);
	claim(&c, "kind", S("refresh"));
	claim(&c, "id", guid_text(t->arena, sign_in_new_id()));
	claim(&c, "client", guid_text(t->arena, g->client));
	claim(&c, "user", g->name);
	claim(&c, "resource", scope->resource);
	claim(&c, "scope", scope_write(t->arena, scope));
	claim_time(&c, "exp", t->now + (int64_t)t->s->identity->refresh_lifetime);
	return sign_in_seal(t->s, t->arena, claims_end(&c));
}

bool issue_to_account(struct turn *t, const struct application *app, const struct account *account,
		      int how, const struct scope *scope, struct str nonce)
{
	struct grantee g = grantee_of_account(app, account, how);
	struct issued i;

	if (account->disabled)
		return sign_in_refuse(t, SIGN_IN_DISABLED_USER, "%.*s", STR_ARG(account->name));
	if (!issue_token(t, &g, scope, nonce, &i))
		return false;
	issue_answer(t, &i, scope, scope->offline ? refresh_token(t, &g, scope) : S(""), true);
	return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * One token at a time: the one that is kept as long as it lasts, another when its end is near or it was refused. A renewal in
 * advance that fails is no failure while the old token lasts. Secrets live on arenas that are wiped.
 * A token that is kept is tied to the credential that it was given for (token_cache.h).
 */
#include "remote/sign_in_parts.h"

#include "base/file.h"
#include "io/json.h"

#include "base/banned.h"

#define NEXT_TRY_SECONDS 30
#define REVOKE_SECONDS 10

static const struct way WAYS[AUTH_KINDS] = {
	[AUTH_NONE] = { NULL, false, false, NULL },
	[AUTH_CLIENT_SECRET] = { sign_in_by_secret, true, true, sign_in_secret_of },
	[AUTH_CERTIFICATE] = { sign_in_by_certificate, true, true, sign_in_certificate_of },
	[AUTH_DEVICE_CODE] = { sign_in_by_device, true, true, NULL },
	[AUTH_BROWSER] = { sign_in_by_browser, true, true, NULL },
	[AUTH_MANAGED_IDENTITY] = { sign_in_by_machine, false, false, NULL },
	[AUTH_FEDERATED] = { sign_in_by_token_file, true, false, NULL },
	[AUTH_GITHUB] = { sign_in_by_github, true, false, NULL },
	[AUTH_AZURE_PIPELINES] = { sign_in_by_pipelines, true, false, NULL },
	[AUTH_COMMAND] = { sign_in_by_command, false, false, NULL },
	[AUTH_TOKEN] = { sign_in_by_given, false, false, NULL },
};

/* Of one call: what is on scratch is gone. */
static void wipe_scratch(struct sign_in *s)
{
	s->read_of = NULL;
	s->read = S("");
	arena_wipe(&s->scratch);
}

/* ---- the token that is held ---- */

static void hold(struct sign_in *s, const struct token *t)
{
	struct arena next = arena_make(0);
	struct token copy = *t;

	copy.text = str_dup(&next, t->text);
	copy.refresh = str_dup(&next, t->refresh);
	arena_wipe(&s->kept);
	s->kept = next;
	s->token = copy;
	s->has = true;
	s->not_before = 0;
}

static bool is_typed(const struct profile *p)
{
	return p->secret.source == CREDENTIAL_STDIN ||
	       p->certificate_password.source == CREDENTIAL_STDIN;
}

/* It was given for the credential of now. Without one getting a token tells what is wrong with it. */
static bool holds(struct sign_in *s, const struct token_entry *entry)
{
	struct str credential;
	struct err ignored;

	if (!s->way->credential)
		return true;
	if (!s->way->credential(s, &credential, &ignored))
		return is_typed(s->profile);
	return crypto_same(token_cache_digest(&s->scratch, entry->salt, credential),
			   entry->credential);
}

/* What the last command has left, or another one that runs beside this. */
static void load(struct sign_in *s)
{
	struct token_entry entry;

	if (!s->file || !token_cache_read(&s->scratch, s->file, &entry) || !holds(s, &entry))
		return;
	hold(s, &entry.token);
	s->authority = (struct authority){ .base = str_dup(&s->places, entry.authority),
					   .tenant = str_dup(&s->places, entry.tenant),
					   .resource = str_dup(&s->places, entry.resource) };
	s->found = true;
}

static bool store(struct sign_in *s, struct err *e)
{
	struct token_entry entry = { .token = s->token,
				     .authority = s->authority.base,
				     .tenant = s->authority.tenant,
				     .resource = s->authority.resource };
	struct str credential;

	if (s->file && s->way->credential) {
		if (!s->way->credential(s, &credential, e))
			return false;
		entry.salt = token_cache_salt(&s->scratch);
		entry.credential = token_cache_digest(&s->scratch, entry.salt, credential);
	}
	return !s->file || token_cache_write(&s->scratch, s->folder, s->file, &entry, e);
}

/* ---- getting another ---- */

static bool find_authority(struct sign_in *s, struct err *e)
{
	const struct profile *p = s->profile;

	if (s->found)
		return true;
	if (s->way->authority) {
		if (!authority_find(&s->asker, &s->places, p, &s->authority, e))
			return false;
	} else {
		s->authority =
			(struct authority){ .resource = p->resource.n > 0 ? p->resource : p->url };
	}
	s->found = true;
	return true;
}

static bool fetch(struct sign_in *s, struct err *e)
{
	struct str name = s->profile->name.n > 0 ? s->profile->name : s->profile->url;
	struct token t;

	s->denied = false;
	if (!find_authority(s, e) || !s->way->get(s, &t, e))
		return err_wrap(e, "signing in to %.*s", STR_ARG(name));

	bool same = s->has && str_eq(s->token.text, t.text);

	hold(s, &t);
	/* a program that has no newer one yet is not started for every request */
	if (same)
		s->not_before = sign_in_now(s) + NEXT_TRY_SECONDS;
	return true;
}

static bool lasts(const struct sign_in *s, int64_t now, struct str refused)
{
	return s->has && now < s->token.renew && !str_eq(s->token.text, refused);
}

static bool renew_token(struct sign_in *s, bool refused, struct err *e)
{
	int64_t now = sign_in_now(s);
	struct str old = refused ? str_dup(&s->scratch, s->token.text) : S("");
	struct err ignored;

	load(s);
	if (lasts(s, now, old))
		return true;
	if (fetch(s, e)) {
		/* who signs in on purpose wants it kept; here the next command asks again */
		(void)!store(s, &ignored);
		return true;
	}
	if (refused || !s->has || e->kind == ERR_CANCELLED || now >= s->token.expires)
		return false;
	s->not_before = now + NEXT_TRY_SECONDS;
	return true;
}

static bool get(struct token_source *source, bool renew, struct str *out, struct err *e)
{
	struct sign_in *s = CONTAINER_OF(source, struct sign_in, source);
	int64_t now = sign_in_now(s);
	bool lasting =
		s->has && now < s->token.expires && (now < s->token.renew || now < s->not_before);
	bool ok = (lasting && !renew) || renew_token(s, renew, e);

	wipe_scratch(s);
	if (ok)
		*out = s->token.text;
	return ok;
}

/* ---- the face ---- */

bool sign_in_open(struct sign_in **out, struct arena *a, const struct profile *p,
		  const struct sign_in_options *o, struct err *e)
{
	struct sign_in *s = arena_new(a, struct sign_in);
	const char *ca_file = p->ca_file.n > 0 ? str_cstr(a, p->ca_file) : NULL;

	*s = (struct sign_in){
		.source.get = get, .arena = a, .profile = p, .options = *o, .way = &WAYS[p->kind]
	};
	if (o->cache_folder && s->way->keeps) {
		s->folder = str_cstr(a, str_from(o->cache_folder));
		s->file = token_cache_path(a, s->folder, p);
	}
	if (!asker_open(&s->asker, a, &s->options.in, ca_file,
			o->user_agent ? o->user_agent : "ferry", e))
		return false;
	*out = s;
	return true;
}

void sign_in_close(struct sign_in **at)
{
	struct sign_in *s = *at;

	if (!s)
		return;
	asker_close(&s->asker);
	arena_wipe(&s->kept);
	arena_wipe(&s->scratch);
	arena_wipe(&s->secrets);
	arena_release(&s->places);
	*at = NULL;
}

struct token_source *sign_in_source(struct sign_in *s)
{
	return s->way->get ? &s->source : NULL;
}

bool sign_in_anew(struct sign_in *s, struct err *e)
{
	bool ok;

	if (!s->way->get)
		return true;
	s->anew = true;
	/* what was found long ago may be wrong by now */
	s->found = false;
	ok = fetch(s, e) && store(s, e);
	s->anew = false;
	wipe_scratch(s);
	return ok;
}

/* ---- forgetting ---- */

/* Of the authority's own description (RFC 8414); Entra has none. */
static struct str revocation_endpoint(struct sign_in *s)
{
	struct str base = s->authority.base;
	struct ask q = {
		.method = S("GET"),
		.url = str_fmt(&s->scratch, "%.*s/%.*s/v2.0/.well-known/openid-configuration",
			       STR_ARG(base), STR_ARG(s->authority.tenant)),
		.seconds = REVOKE_SECONDS,
		.try_seconds = REVOKE_SECONDS,
		.tries = 1,
	};
	struct ask_answer r;
	struct json tree;
	struct str url;
	struct err ignored;

	if (!ask_for(&s->asker, &s->scratch, &q, &r, &ignored) || r.status != 200 ||
	    !json_parse(&s->scratch, r.body, "the description", &tree, &ignored))
		return S("");
	url = json_text(&tree, S("revocation_endpoint"));
	/* the token goes to nobody else */
	return str_starts(url, base) && str_starts(str_skip(url, base.n), S("/")) ? url : S("");
}

static void revoke_refresh(struct sign_in *s)
{
	const struct http_header type = { S("Content-Type"),
					  S("application/x-www-form-urlencoded") };
	struct str url = revocation_endpoint(s);
	struct str client;
	struct ask_answer r;
	struct err ignored;

	if (url.n == 0 || !sign_in_client(s, true, &client, &ignored))
		return;

	const struct field fields[] = { { "token", s->token.refresh },
					{ "token_type_hint", S("refresh_token") },
					{ "client_id", client } };
	struct ask q = {
		.method = S("POST"),
		.url = url,
		.headers = &type,
		.nheaders = 1,
		.body = sign_in_form(&s->scratch, fields, COUNT_OF(fields)),
		.seconds = REVOKE_SECONDS,
		.try_seconds = REVOKE_SECONDS,
		.tries = 1,
	};

	(void)!ask_for(&s->asker, &s->scratch, &q, &r, &ignored);
}

bool sign_in_forget(struct sign_in *s, bool *was_there, struct err *e)
{
	bool there;

	if (!s->file) {
		*was_there = false;
		return true;
	}
	there = file_exists(s->file);
	/* only people have what can be revoked; the credential of an application is not wanted here */
	if (!s->way->credential)
		load(s);
	if (!file_remove(s->file, e))
		return false;
	if (s->has && s->token.refresh.n > 0)
		revoke_refresh(s);
	arena_wipe(&s->kept);
	wipe_scratch(s);
	s->token = (struct token){ .expires = 0 };
	s->has = false;
	s->found = false;
	*was_there = there;
	return true;
}

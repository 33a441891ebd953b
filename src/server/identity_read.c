/* SPDX-License-Identifier: MIT */
/*
 * The identity file. Each object is read by a table of its members; what is wrong is told with the line. Files
 * that it names are found beside it.
 *
 *   {"tenant": GUID, "tenantNames": [TEXT],
 *    "applications": [{"clientId": GUID, "public": true, "secret": TEXT, "secretFile": FILE,
 *       "secretExpires": TIME, "certificates": [FILE], "redirectUris": [URL], "user": USER, "disabled": true,
 *       "federated": [{"issuer": URL|"github"|"azure-pipelines", "subject": TEXT, "audience": TEXT,
 *          "key": FILE}]}],
 *    "users": [{"username": TEXT, "password": TEXT, "passwordFile": FILE, "user": USER, "disabled": true}],
 *    "managedIdentities": [{"clientId": GUID, "objectId": GUID, "resourceId": TEXT, "systemAssigned": true,
 *       "user": USER}], "identityHeader": TEXT,
 *    "federation": {"github": {"requestToken": TEXT, "subject": TEXT},
 *       "azurePipelines": {"accessToken": TEXT, "serviceConnections": [{"id": GUID, "subject": TEXT}]}},
 *    "tokenLifetime": SECONDS, "refreshTokenLifetime": ..., "codeLifetime": ..., "deviceCodeLifetime": ...,
 *    "deviceCodeInterval": ..., "clockSkew": ...}
 *
 * USER is a domain name, a systemuserid, an application id, or "administrator".
 */
#include "server/identity.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/nearest.h"
#include "io/json_line.h"

#include "base/banned.h"

#define SECONDS_MAX ((int64_t)10 * 366 * 86400)
#define FEDERATED_AUDIENCE "api://AzureADTokenExchange"

struct reading {
	struct arena *arena;
	const char *path;
	struct str text;
	struct json root;
	struct identity *identity;
	struct map clients, usernames, managed; /* that were read already */
};

enum member_kind {
	MEMBER_TEXT,    /* struct str, never empty */
	MEMBER_GUID,    /* struct guid */
	MEMBER_FLAG,    /* bool */
	MEMBER_SECONDS, /* uint64_t */
	MEMBER_TIME,    /* struct datetime */
	MEMBER_FILE,    /* struct str: what is in it, without white space at its ends */
	MEMBER_OBJECT,  /* by `each` */
	MEMBER_LIST,    /* each item by `each` */
};

struct member {
	struct str name;
	enum member_kind kind;
	bool required;
	size_t offset; /* in what is read; OBJECT and LIST get the whole of it */
	bool (*each)(struct reading *r, const struct json *v, void *whole, struct err *e);
};

static bool PRINTF_LIKE(4, 5)
	wrong(const struct reading *r, const struct json *v, struct err *e, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return err_set(e, ERR_INPUT, "%s:%zu: %s", r->path, json_line(r->text, &r->root, v), text);
}

/* A file that the identity file names. */
static bool read_beside(struct reading *r, const struct json *v, struct str *out, struct err *e)
{
	struct str path = v->text;
	struct err why;
	size_t dir = strlen(r->path);

	while (dir > 0 && r->path[dir - 1] != '/')
		dir--;
	if (memchr(path.p, '\0', path.n))
		return wrong(r, v, e, "the name of a file has no NUL in it");
	if (!str_starts(path, S("/")))
		path = str_fmt(r->arena, "%.*s%.*s", (int)dir, r->path, STR_ARG(path));
	if (!file_read(r->arena, str_cstr(r->arena, path), LIMIT_TOKEN, out, &why))
		return wrong(r, v, e, "%s", why.msg);
	return true;
}

static bool is_text(const struct json *v)
{
	return v->kind == JSON_STRING && v->text.n > 0;
}

static bool read_secret_file(struct reading *r, const struct json *v, struct str *out,
			     struct err *e)
{
	struct str text;

	if (!read_beside(r, v, &text, e))
		return false;
	*out = str_trim(text);
	return out->n > 0 || wrong(r, v, e, "%.*s is empty", STR_ARG(v->text));
}

static bool read_time(struct str s, struct datetime *out)
{
	enum datetime_zone zone;

	return datetime_parse_iso(s, out, &zone) && out->ticks != 0;
}

static bool read_seconds(const struct json *v, uint64_t *out)
{
	int64_t n;

	if (v->kind != JSON_NUMBER || !str_parse_i64(v->text, &n) || n < 0 || n > SECONDS_MAX)
		return false;
	*out = (uint64_t)n;
	return true;
}

static bool read_value(struct reading *r, const struct member *m, const struct json *v, void *whole,
		       struct err *e)
{
	void *at = (char *)whole + m->offset;

	switch (m->kind) {
	case MEMBER_TEXT:
		if (is_text(v))
			*(struct str *)at = v->text;
		return is_text(v) || wrong(r, v, e, "%s is a text", m->name.p);
	case MEMBER_GUID:
		return (is_text(v) && guid_parse(v->text, at)) ||
		       wrong(r, v, e, "%s is a GUID", m->name.p);
	case MEMBER_FLAG:
		*(bool *)at = v->kind == JSON_BOOL && v->yes;
		return v->kind == JSON_BOOL || wrong(r, v, e, "%s is true or false", m->name.p);
	case MEMBER_SECONDS:
		return read_seconds(v, at) ||
		       wrong(r, v, e, "%s is a whole number of seconds from 0 to %lld", m->name.p,
			     (long long)SECONDS_MAX);
	case MEMBER_TIME:
		return (is_text(v) && read_time(v->text, at)) ||
		       wrong(r, v, e, "%s is a time like 2026-01-31T12:00:00Z", m->name.p);
	case MEMBER_FILE:
		return is_text(v) ? read_secret_file(r, v, at, e)
				  : wrong(r, v, e, "%s is the name of a file", m->name.p);
	case MEMBER_OBJECT:
		return m->each(r, v, whole, e);
	case MEMBER_LIST:
		if (v->kind != JSON_ARRAY)
			return wrong(r, v, e, "%s is an array", m->name.p);
		for (size_t i = 0; i < v->n; i++) {
			if (!m->each(r, &v->items[i], whole, e))
				return false;
		}
		return true;
	}
	return false;
}

static bool is_first(const struct reading *r, struct map *seen, struct str key)
{
	uint32_t n = 0;

	if (!seen->arena)
		*seen = map_make(r->arena);
	return map_put(seen, key, &n);
}

static bool is_first_client(const struct reading *r, struct map *seen, struct guid client)
{
	struct guid *key = arena_new(r->arena, struct guid);

	*key = client;
	return is_first(r, seen, (struct str){ (const char *)key->b, sizeof(key->b) });
}

static const struct member *find_member(const struct member *members, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(members[i].name, name))
			return &members[i];
	}
	return NULL;
}

static bool unknown(const struct reading *r, const struct json_member *m,
		    const struct member *members, size_t n, struct err *e)
{
	struct nearest near = nearest_to(m->name);

	for (size_t i = 0; i < n; i++)
		nearest_offer(&near, members[i].name.p);
	return wrong(r, &m->value, e, "\"%.*s\" is not known here%s%s%s", STR_ARG(m->name),
		     near.best ? "; is \"" : "", near.best ? near.best : "",
		     near.best ? "\" meant?" : "");
}

static bool read_object(struct reading *r, const struct json *v, const struct member *members,
			size_t n, void *whole, struct err *e)
{
	if (v->kind != JSON_OBJECT)
		return wrong(r, v, e, "an object is needed here");
	for (size_t i = 0; i < v->n; i++) {
		const struct json_member *m = &v->members[i];
		const struct member *known = find_member(members, n, m->name);

		if (!known)
			return unknown(r, m, members, n, e);
		if (!read_value(r, known, &m->value, whole, e))
			return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (members[i].required && !json_get(v, members[i].name))
			return wrong(r, v, e, "\"%s\" is missing", members[i].name.p);
	}
	return true;
}

/* ---- applications ---- */

static bool read_certificate(struct reading *r, const struct json *v, void *whole, struct err *e)
{
	struct application *app = whole;
	struct crypto_certificate c;
	struct str pem;
	struct err why;

	if (!is_text(v))
		return wrong(r, v, e, "a certificate is the name of a file");
	if (!read_beside(r, v, &pem, e))
		return false;
	if (!crypto_certificate_read(r->arena, pem, str_cstr(r->arena, v->text), &c, &why))
		return wrong(r, v, e, "%s", why.msg);
	*VEC_PUSH(r->arena, &app->certificates) = c;
	return true;
}

static bool read_redirect(struct reading *r, const struct json *v, void *whole, struct err *e)
{
	struct application *app = whole;

	if (!is_text(v) || str_find(v->text, S("://")) == STR_NONE ||
	    str_find_char(v->text, '#') != STR_NONE)
		return wrong(r, v, e, "a redirect URI is a whole URL without a fragment");
	*VEC_PUSH(r->arena, &app->redirects) = v->text;
	return true;
}

struct federated_text {
	struct federated f;
	const struct json *key;
};

static bool keep_key(struct reading *r, const struct json *v, void *whole, struct err *e)
{
	struct federated_text *t = whole;

	t->key = v;
	return is_text(v) || wrong(r, v, e, "key is the name of a file");
}

static bool read_federated_key(struct reading *r, struct federated_text *t, struct err *e)
{
	struct str pem = S("");
	struct err why;

	if (!read_beside(r, t->key, &pem, e))
		return false;
	return crypto_key_read_public(r->arena, pem, str_cstr(r->arena, t->key->text), &t->f.key,
				      &why) ||
	       wrong(r, t->key, e, "%s", why.msg);
}

static bool read_federated(struct reading *r, const struct json *v, void *whole, struct err *e)
{
	static const struct member members[] = {
		{ STR_INIT("issuer"), MEMBER_TEXT, true, offsetof(struct federated_text, f.issuer),
		  NULL },
		{ STR_INIT("subject"), MEMBER_TEXT, true,
		  offsetof(struct federated_text, f.subject), NULL },
		{ STR_INIT("audience"), MEMBER_TEXT, false,
		  offsetof(struct federated_text, f.audience), NULL },
		{ STR_INIT("key"), MEMBER_OBJECT, false, 0, keep_key },
	};
	struct application *app = whole;
	struct federated_text t = { .f.audience = S(FEDERATED_AUDIENCE) };

	if (!read_object(r, v, members, COUNT_OF(members), &t, e))
		return false;
	if (str_eq(t.f.issuer, S("github")))
		t.f.by = FEDERATION_GITHUB;
	if (str_eq(t.f.issuer, S("azure-pipelines")))
		t.f.by = FEDERATION_PIPELINES;
	if (t.f.by != FEDERATION_OTHER && t.key)
		return wrong(r, t.key, e, "this server's own issuer needs no key");
	if (t.f.by == FEDERATION_OTHER && !t.key)
		return wrong(r, v, e, "\"key\" is missing: the issuer's public key or certificate");
	if (t.key && !read_federated_key(r, &t, e))
		return false;
	*VEC_PUSH(r->arena, &app->federated) = t.f;
	return true;
}

static bool read_application(struct reading *r, const struct json *v, void *whole, struct err *e)
{
	static const struct member members[] = {
		{ STR_INIT("clientId"), MEMBER_GUID, true, offsetof(struct application, client),
		  NULL },
		{ STR_INIT("public"), MEMBER_FLAG, false, offsetof(struct application, open),
		  NULL },
		{ STR_INIT("disabled"), MEMBER_FLAG, false, offsetof(struct application, disabled),
		  NULL },
		{ STR_INIT("secret"), MEMBER_TEXT, false, offsetof(struct application, secret),
		  NULL },
		{ STR_INIT("secretFile"), MEMBER_FILE, false, offsetof(struct application, secret),
		  NULL },
		{ STR_INIT("secretExpires"), MEMBER_TIME, false,
		  offsetof(struct application, secret_expires), NULL },
		{ STR_INIT("certificates"), MEMBER_LIST, false, 0, read_certificate },
		{ STR_INIT("federated"), MEMBER_LIST, false, 0, read_federated },
		{ STR_INIT("redirectUris"), MEMBER_LIST, false, 0, read_redirect },
		{ STR_INIT("user"), MEMBER_TEXT, false, offsetof(struct application, user), NULL },
	};
	struct identity *i = whole;
	struct application *app = VEC_PUSH(r->arena, &i->applications);

	/* it is in the list at once, so that its keys are released whatever comes */
	if (!read_object(r, v, members, COUNT_OF(members), app, e))
		return false;
	if (json_get(v, S("secret")) && json_get(v, S("secretFile")))
		return wrong(r, v, e, "secret and secretFile exclude each other");
	if (!is_first_client(r, &r->clients, app->client))
		return wrong(r, v, e, "another application has this clientId");
	if (!app->open && app->secret.n == 0 && app->certificates.n == 0 && app->federated.n == 0)
		return wrong(r, v, e,
			     "an application that is not public has a secret, certificates or "
			     "federated issuers");
	return true;
}

/* ---- the rest ---- */

static bool read_account(struct reading *r, const struct json *v, void *whole, struct err *e)
{
	static const struct member members[] = {
		{ STR_INIT("username"), MEMBER_TEXT, true, offsetof(struct account, name), NULL },
		{ STR_INIT("password"), MEMBER_TEXT, false, offsetof(struct account, password),
		  NULL },
		{ STR_INIT("passwordFile"), MEMBER_FILE, false, offsetof(struct account, password),
		  NULL },
		{ STR_INIT("user"), MEMBER_TEXT, false, offsetof(struct account, user), NULL },
		{ STR_INIT("disabled"), MEMBER_FLAG, false, offsetof(struct account, disabled),
		  NULL },
	};
	struct identity *i = whole;
	struct account account = { 0 };

	if (!read_object(r, v, members, COUNT_OF(members), &account, e))
		return false;
	if (!is_first(r, &r->usernames, str_lower_ascii(r->arena, account.name)))
		return wrong(r, v, e, "another user has this username");
	*VEC_PUSH(r->arena, &i->accounts) = account;
	return true;
}

static bool read_managed(struct reading *r, const struct json *v, void *whole, struct err *e)
{
	static const struct member members[] = {
		{ STR_INIT("clientId"), MEMBER_GUID, true, offsetof(struct managed, client), NULL },
		{ STR_INIT("objectId"), MEMBER_GUID, false, offsetof(struct managed, object),
		  NULL },
		{ STR_INIT("resourceId"), MEMBER_TEXT, false, offsetof(struct managed, resource),
		  NULL },
		{ STR_INIT("systemAssigned"), MEMBER_FLAG, false,
		  offsetof(struct managed, of_machine), NULL },
		{ STR_INIT("user"), MEMBER_TEXT, false, offsetof(struct managed, user), NULL },
	};
	struct identity *i = whole;
	struct managed managed = { 0 };

	if (!read_object(r, v, members, COUNT_OF(members), &managed, e))
		return false;
	if (!is_first_client(r, &r->managed, managed.client))
		return wrong(r, v, e, "another managed identity has this clientId");
	*VEC_PUSH(r->arena, &i->managed) = managed;
	return true;
}

static bool read_name(struct reading *r, const struct json *v, void *whole, struct err *e)
{
	struct identity *i = whole;

	if (!is_text(v))
		return wrong(r, v, e, "a name of the tenant is a text");
	*VEC_PUSH(r->arena, &i->names) = v->text;
	return true;
}

static bool read_connection(struct reading *r, const struct json *v, void *whole, struct err *e)
{
	static const struct member members[] = {
		{ STR_INIT("id"), MEMBER_GUID, true, offsetof(struct connection, id), NULL },
		{ STR_INIT("subject"), MEMBER_TEXT, true, offsetof(struct connection, subject),
		  NULL },
	};
	struct identity *i = whole;

	return read_object(r, v, members, COUNT_OF(members), VEC_PUSH(r->arena, &i->connections),
			   e);
}

static bool read_github(struct reading *r, const struct json *v, void *whole, struct err *e)
{
	static const struct member members[] = {
		{ STR_INIT("requestToken"), MEMBER_TEXT, true, offsetof(struct identity, github),
		  NULL },
		{ STR_INIT("subject"), MEMBER_TEXT, true, offsetof(struct identity, github_subject),
		  NULL },
	};

	return read_object(r, v, members, COUNT_OF(members), whole, e);
}

static bool read_pipelines(struct reading *r, const struct json *v, void *whole, struct err *e)
{
	static const struct member members[] = {
		{ STR_INIT("accessToken"), MEMBER_TEXT, true, offsetof(struct identity, pipelines),
		  NULL },
		{ STR_INIT("serviceConnections"), MEMBER_LIST, true, 0, read_connection },
	};

	return read_object(r, v, members, COUNT_OF(members), whole, e);
}

static bool read_federation(struct reading *r, const struct json *v, void *whole, struct err *e)
{
	static const struct member members[] = {
		{ STR_INIT("github"), MEMBER_OBJECT, false, 0, read_github },
		{ STR_INIT("azurePipelines"), MEMBER_OBJECT, false, 0, read_pipelines },
	};

	return read_object(r, v, members, COUNT_OF(members), whole, e);
}

static bool read_root(struct reading *r, struct err *e)
{
	static const struct member members[] = {
		{ STR_INIT("tenant"), MEMBER_GUID, false, offsetof(struct identity, tenant), NULL },
		{ STR_INIT("tenantNames"), MEMBER_LIST, false, 0, read_name },
		{ STR_INIT("applications"), MEMBER_LIST, false, 0, read_application },
		{ STR_INIT("users"), MEMBER_LIST, false, 0, read_account },
		{ STR_INIT("managedIdentities"), MEMBER_LIST, false, 0, read_managed },
		{ STR_INIT("identityHeader"), MEMBER_TEXT, false, offsetof(struct identity, header),
		  NULL },
		{ STR_INIT("federation"), MEMBER_OBJECT, false, 0, read_federation },
		{ STR_INIT("tokenLifetime"), MEMBER_SECONDS, false,
		  offsetof(struct identity, token_lifetime), NULL },
		{ STR_INIT("refreshTokenLifetime"), MEMBER_SECONDS, false,
		  offsetof(struct identity, refresh_lifetime), NULL },
		{ STR_INIT("codeLifetime"), MEMBER_SECONDS, false,
		  offsetof(struct identity, code_lifetime), NULL },
		{ STR_INIT("deviceCodeLifetime"), MEMBER_SECONDS, false,
		  offsetof(struct identity, device_lifetime), NULL },
		{ STR_INIT("deviceCodeInterval"), MEMBER_SECONDS, false,
		  offsetof(struct identity, device_interval), NULL },
		{ STR_INIT("clockSkew"), MEMBER_SECONDS, false,
		  offsetof(struct identity, clock_skew), NULL },
	};

	return read_object(r, &r->root, members, COUNT_OF(members), r->identity, e);
}

bool identity_read(struct arena *a, const char *path, struct identity *out, struct err *e)
{
	struct identity i = identity_default(a);
	struct reading r = { .arena = a, .path = path, .identity = &i };

	i.applications.n = 0;
	i.accounts.n = 0;
	i.given = true;
	if (!file_read(a, path, LIMIT_PLAN_FILE, &r.text, e) ||
	    !json_parse(a, r.text, path, &r.root, e))
		return false;
	if (!read_root(&r, e)) {
		identity_release(&i);
		return false;
	}
	*out = i;
	return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * A profile as a section of the configuration file. One table of keys serves reading and writing.
 */
#include "remote/profile.h"

#include "base/buf.h"

#include "base/banned.h"

struct text_key {
	const char *key;
	size_t offset; /* of a struct str */
};
static const struct text_key texts[] = {
	{ "url", offsetof(struct profile, url) },
	{ "tenant", offsetof(struct profile, tenant) },
	{ "client-id", offsetof(struct profile, client) },
	{ "authority", offsetof(struct profile, authority) },
	{ "resource", offsetof(struct profile, resource) },
	{ "certificate", offsetof(struct profile, certificate) },
	{ "username", offsetof(struct profile, username) },
	{ "redirect", offsetof(struct profile, redirect) },
	{ "identity-client-id", offsetof(struct profile, identity_client) },
	{ "identity-object-id", offsetof(struct profile, identity_object) },
	{ "identity-resource-id", offsetof(struct profile, identity_resource) },
	{ "token-file", offsetof(struct profile, token_file) },
	{ "service-connection", offsetof(struct profile, service_connection) },
	{ "impersonate", offsetof(struct profile, impersonate) },
	{ "ca-file", offsetof(struct profile, ca_file) },
};

static const struct text_key credentials[] = {
	{ "secret-from", offsetof(struct profile, secret) },
	{ "certificate-password-from", offsetof(struct profile, certificate_password) },
	{ "token-from", offsetof(struct profile, token) },
};

static const char *const others[] = { "auth", "certificate-algorithm", "token-command",
				      "protected" };

#define KEYS (COUNT_OF(texts) + COUNT_OF(credentials) + COUNT_OF(others))

/* ---- reading ---- */

static const struct text_key *find(const struct text_key *keys, size_t n, struct str key)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(key, str_from(keys[i].key)))
			return &keys[i];
	}
	return NULL;
}

static bool no_such_key(struct str key, struct err *e)
{
	DEFER(buf_release) struct buf list = buf_make(2048);

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		buf_add_fmt(&list, "%s%s", i ? ", " : "", texts[i].key);
	for (size_t i = 0; i < COUNT_OF(credentials); i++)
		buf_add_fmt(&list, ", %s", credentials[i].key);
	for (size_t i = 0; i < COUNT_OF(others); i++)
		buf_add_fmt(&list, ", %s", others[i]);
	return err_set(e, ERR_INPUT, "there is no key %.*s; the keys are %.*s",
		       STR_ARG(str_sub(key, 0, 100)), STR_ARG(buf_str(&list)));
}

static bool read_kind(struct str value, enum auth_kind *out, struct err *e)
{
	DEFER(buf_release) struct buf list = buf_make(1024);

	if (auth_kind_parse(value, out))
		return true;
	for (size_t i = 0; i < AUTH_KINDS; i++)
		buf_add_fmt(&list, "%s%.*s", i ? ", " : "",
			    STR_ARG(auth_kind_name((enum auth_kind)i)));
	return err_set(e, ERR_INPUT, "auth is none of %.*s", STR_ARG(buf_str(&list)));
}

static bool read_other(struct profile *p, const struct ini_line *l, struct err *e)
{
	if (str_eq(l->key, S("auth")))
		return read_kind(l->value, &p->kind, e);
	if (str_eq(l->key, S("token-command"))) {
		p->token = (struct credential){ CREDENTIAL_COMMAND, l->value };
		return true;
	}
	if (str_eq(l->key, S("protected"))) {
		p->protected = str_eq(l->value, S("yes"));
		return p->protected || str_eq(l->value, S("no")) ||
		       err_set(e, ERR_INPUT, "protected is neither yes nor no");
	}
	if (!str_eq(l->key, S("certificate-algorithm")))
		return no_such_key(l->key, e);
	p->algorithm = str_eq(l->value, S("ps256")) ? CRYPTO_PS256 : CRYPTO_RS256;
	return str_eq(l->value, S("ps256")) || str_eq(l->value, S("rs256")) ||
	       err_set(e, ERR_INPUT, "certificate-algorithm is neither rs256 nor ps256");
}

static bool read_line(struct arena *a, struct profile *p, const struct ini_line *l, struct err *e)
{
	const struct text_key *text = find(texts, COUNT_OF(texts), l->key);
	const struct text_key *credential = find(credentials, COUNT_OF(credentials), l->key);

	if (l->value.n == 0)
		return err_set(e, ERR_INPUT, "%.*s has no value", STR_ARG(str_sub(l->key, 0, 100)));
	if (credential)
		return credential_parse(l->value, (void *)((char *)p + credential->offset), e) ||
		       err_wrap(e, "%s", credential->key);
	if (!text)
		return read_other(p, l, e);
	if (str_eq(l->key, S("url")) || str_eq(l->key, S("authority")))
		return profile_url(a, l->value, (void *)((char *)p + text->offset), e);
	*(struct str *)(void *)((char *)p + text->offset) = l->value;
	return true;
}

static bool at_line(const char *path, unsigned line, struct str name, struct err *e)
{
	e->kind = ERR_INPUT;
	return err_wrap(e, "%s:%u: [%.*s]", path, line, STR_ARG(name));
}

bool profile_read(struct arena *a, const struct ini *ini, const char *path, struct str name,
		  struct profile *out, struct err *e)
{
	struct profile p = { .name = name };
	unsigned heading = 0;
	bool kind = false;

	for (size_t i = 0; i < ini->n; i++) {
		const struct ini_line *l = &ini->lines[i];

		if (!str_eq(l->section, name))
			continue;
		if (l->key.n == 0)
			heading = l->line;
		else if (!read_line(a, &p, l, e))
			return at_line(path, l->line, name, e);
		kind = kind || str_eq(l->key, S("auth"));
	}
	if (!heading)
		return err_set(e, ERR_INPUT, "%s: there is no [%.*s]", path, STR_ARG(name));
	if (!kind)
		return err_set(e, ERR_INPUT, "%s:%u: [%.*s]: auth is missing: how to sign in", path,
			       heading, STR_ARG(name));
	if (!profile_check(&p, e))
		return at_line(path, heading, name, e);
	*out = p;
	return true;
}

/* ---- writing ---- */

static struct str credential_text(struct arena *a, const struct credential *c)
{
	switch (c->source) {
	case CREDENTIAL_VARIABLE:
		return str_fmt(a, "env:%.*s", STR_ARG(c->place));
	case CREDENTIAL_FILE:
		return str_fmt(a, "file:%.*s", STR_ARG(c->place));
	case CREDENTIAL_STDIN:
		return S("stdin");
	case CREDENTIAL_COMMAND:
		return str_fmt(a, "command:%.*s", STR_ARG(c->place));
	case CREDENTIAL_NONE:
	case CREDENTIAL_GIVEN:
		break;
	}
	assert(c->source == CREDENTIAL_NONE);
	return S("");
}

static void add(struct ini_pair *pairs, size_t *n, const char *key, struct str value)
{
	if (value.n > 0)
		pairs[(*n)++] = (struct ini_pair){ str_from(key), value };
}

size_t profile_pairs(struct arena *a, const struct profile *p, const struct ini_pair **out)
{
	struct ini_pair *pairs = arena_array(a, struct ini_pair, KEYS);
	size_t n = 0;

	add(pairs, &n, "url", p->url);
	add(pairs, &n, "auth", auth_kind_name(p->kind));
	for (size_t i = 1; i < COUNT_OF(texts); i++)
		add(pairs, &n, texts[i].key,
		    *(const struct str *)(const void *)((const char *)p + texts[i].offset));
	for (size_t i = 0; i < COUNT_OF(credentials); i++) {
		const struct credential *c =
			(const void *)((const char *)p + credentials[i].offset);

		if (c == &p->token && p->kind == AUTH_COMMAND)
			add(pairs, &n, "token-command", c->place);
		else
			add(pairs, &n, credentials[i].key, credential_text(a, c));
	}
	if (p->kind == AUTH_CERTIFICATE)
		add(pairs, &n, "certificate-algorithm",
		    p->algorithm == CRYPTO_PS256 ? S("ps256") : S("rs256"));
	if (p->protected)
		add(pairs, &n, "protected", S("yes"));
	*out = pairs;
	return n;
}

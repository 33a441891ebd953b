/* SPDX-License-Identifier: MIT */
/*
 * Kinds of sign-in by name, where credentials come from, and what a profile of each kind needs and uses.
 */
#include "remote/profile.h"

#include "base/guid.h"
#include "io/process.h"

#include "base/banned.h"

#define TENANT_MAX 255 /* of a domain name */

static const struct str kinds[AUTH_KINDS] = {
	[AUTH_NONE] = STR_INIT("none"),
	[AUTH_CLIENT_SECRET] = STR_INIT("client-secret"),
	[AUTH_CERTIFICATE] = STR_INIT("certificate"),
	[AUTH_DEVICE_CODE] = STR_INIT("device-code"),
	[AUTH_BROWSER] = STR_INIT("browser"),
	[AUTH_MANAGED_IDENTITY] = STR_INIT("managed-identity"),
	[AUTH_FEDERATED] = STR_INIT("federated"),
	[AUTH_GITHUB] = STR_INIT("github"),
	[AUTH_AZURE_PIPELINES] = STR_INIT("azure-pipelines"),
	[AUTH_COMMAND] = STR_INIT("command"),
	[AUTH_TOKEN] = STR_INIT("token"),
};

struct str auth_kind_name(enum auth_kind kind)
{
	return kinds[kind];
}

bool auth_kind_parse(struct str name, enum auth_kind *out)
{
	for (size_t i = 0; i < AUTH_KINDS; i++) {
		if (str_eq(name, kinds[i])) {
			*out = (enum auth_kind)i;
			return true;
		}
	}
	return false;
}

/* ---- credentials ---- */

static bool is_variable_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool digit = c >= '0' && c <= '9';

		if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '_' && (!digit || i == 0))
			return false;
	}
	return s.n > 0;
}

bool credential_parse(struct str text, struct credential *out, struct err *e)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct credential c = { .source = CREDENTIAL_NONE };
	const char *const *words;

	if (str_starts(text, S("env:")))
		c = (struct credential){ CREDENTIAL_VARIABLE, str_skip(text, S("env:").n) };
	else if (str_starts(text, S("file:")))
		c = (struct credential){ CREDENTIAL_FILE, str_skip(text, S("file:").n) };
	else if (str_eq(text, S("stdin")))
		c.source = CREDENTIAL_STDIN;
	else if (str_starts(text, S("command:")))
		c = (struct credential){ CREDENTIAL_COMMAND, str_skip(text, S("command:").n) };
	if (c.source == CREDENTIAL_COMMAND && !process_words(&a, c.place, &words, e))
		return false;
	if (c.source == CREDENTIAL_NONE || (c.source != CREDENTIAL_STDIN && c.place.n == 0) ||
	    (c.source == CREDENTIAL_VARIABLE && !is_variable_name(c.place)))
		return err_set(
			e, ERR_USAGE,
			"this is not where a credential can be found (what was given is not shown, it may be "
			"the credential itself); write env:NAME, file:PATH, stdin or command:PROGRAM "
			"ARGUMENTS");
	*out = c;
	return true;
}

/* ---- what a kind needs and uses ---- */

#define KIND(kind) (1u << AUTH_##kind)
#define PEOPLE (KIND(DEVICE_CODE) | KIND(BROWSER))
#define APPLICATIONS                                                                               \
	(KIND(CLIENT_SECRET) | KIND(CERTIFICATE) | KIND(FEDERATED) | KIND(GITHUB) |                \
	 KIND(AZURE_PIPELINES))

/* One thing that a profile may say: by which kinds it is used, and which do not work without. */
struct rule {
	const char *key;
	bool given;
	unsigned used, needed;
};

static bool check_rule(const struct profile *p, const struct rule *r, struct err *e)
{
	unsigned kind = 1u << p->kind;
	struct str name = auth_kind_name(p->kind);

	if (r->given && !(r->used & kind))
		return err_set(
			e, ERR_USAGE,
			"%s is given, but the sign-in \"%.*s\" does not use it; leave it out",
			r->key, STR_ARG(name));
	return r->given || !(r->needed & kind) ||
	       err_set(e, ERR_USAGE, "%s is missing: the sign-in \"%.*s\" does not work without it",
		       r->key, STR_ARG(name));
}

static bool check_rules(const struct profile *p, struct err *e)
{
	const struct rule rules[] = {
		{ "tenant", p->tenant.n > 0, PEOPLE | APPLICATIONS, 0 },
		{ "client-id", p->client.n > 0, PEOPLE | APPLICATIONS, APPLICATIONS },
		{ "authority", p->authority.n > 0, PEOPLE | APPLICATIONS, 0 },
		{ "resource", p->resource.n > 0, PEOPLE | APPLICATIONS | KIND(MANAGED_IDENTITY),
		  0 },
		{ "secret-from", p->secret.source != CREDENTIAL_NONE, KIND(CLIENT_SECRET),
		  KIND(CLIENT_SECRET) },
		{ "certificate", p->certificate.n > 0, KIND(CERTIFICATE), KIND(CERTIFICATE) },
		{ "certificate-password-from", p->certificate_password.source != CREDENTIAL_NONE,
		  KIND(CERTIFICATE), 0 },
		{ "certificate-algorithm", p->algorithm != CRYPTO_RS256, KIND(CERTIFICATE), 0 },
		{ "username", p->username.n > 0, PEOPLE, 0 },
		{ "redirect", p->redirect.n > 0, KIND(BROWSER), 0 },
		{ "identity-client-id", p->identity_client.n > 0, KIND(MANAGED_IDENTITY), 0 },
		{ "identity-object-id", p->identity_object.n > 0, KIND(MANAGED_IDENTITY), 0 },
		{ "identity-resource-id", p->identity_resource.n > 0, KIND(MANAGED_IDENTITY), 0 },
		/* else the variables of the machine that it runs on */
		{ "token-file", p->token_file.n > 0, KIND(FEDERATED), 0 },
		{ "service-connection", p->service_connection.n > 0, KIND(AZURE_PIPELINES), 0 },
		{ p->kind == AUTH_COMMAND ? "token-command" : "token-from",
		  p->token.source != CREDENTIAL_NONE, KIND(COMMAND) | KIND(TOKEN),
		  KIND(COMMAND) | KIND(TOKEN) },
	};

	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		if (!check_rule(p, &rules[i], e))
			return false;
	}
	return true;
}

/* Without braces: it goes into forms and headers as it stands. */
static bool is_guid(struct str s)
{
	struct guid id;

	return s.n == GUID_TEXT_SIZE - 1 && guid_parse(s, &id);
}

/* By object id, or user: and systemuserid; both become values of headers. */
static bool is_user(struct str s)
{
	return is_guid(str_starts(s, S("user:")) ? str_skip(s, S("user:").n) : s);
}

bool profile_is_tenant(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool word =
			(c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		if (!word && c != '-' && c != '.' && c != '_')
			return false;
	}
	return s.n > 0 && s.n <= TENANT_MAX && s.p[0] != '.';
}

static bool check_values(const struct profile *p, struct err *e)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct str url;

	if (!profile_url(&a, p->url, &url, e))
		return false;
	if (p->authority.n > 0 && !profile_url(&a, p->authority, &url, e))
		return err_wrap(e, "authority");
	if (p->kind == AUTH_NONE && !profile_is_loopback(p->url))
		return err_set(
			e, ERR_USAGE,
			"auth: \"none\" is for a local organization served on this machine; choose how to "
			"sign in to %.*s",
			STR_ARG(p->url));
	if (p->tenant.n > 0 && !profile_is_tenant(p->tenant))
		return err_set(e, ERR_USAGE, "tenant: neither an id nor a domain");
	if (p->client.n > 0 && !is_guid(p->client))
		return err_set(e, ERR_USAGE,
			       "client-id: not the id of an application, which is a GUID");
	if (p->impersonate.n > 0 && !is_user(p->impersonate))
		return err_set(
			e, ERR_USAGE,
			"impersonate: neither the object id of a user in Entra, which is a GUID, nor user: "
			"and a systemuserid");
	if (p->redirect.n > 0 &&
	    (!str_starts(p->redirect, S("http://")) || !profile_is_loopback(p->redirect)))
		return err_set(e, ERR_USAGE,
			       "redirect: the browser has to come back to this machine; write "
			       "http://localhost or http://localhost:PORT");
	return true;
}

static unsigned count_stdin(const struct profile *p)
{
	return (unsigned)(p->secret.source == CREDENTIAL_STDIN) +
	       (unsigned)(p->certificate_password.source == CREDENTIAL_STDIN) +
	       (unsigned)(p->token.source == CREDENTIAL_STDIN);
}

bool profile_check(const struct profile *p, struct err *e)
{
	unsigned ids = (unsigned)(p->identity_client.n > 0) + (unsigned)(p->identity_object.n > 0) +
		       (unsigned)(p->identity_resource.n > 0);

	if (p->url.n == 0)
		return err_set(e, ERR_USAGE, "url is missing: where the environment is");
	if (!check_rules(p, e) || !check_values(p, e))
		return false;
	if (ids > 1)
		return err_set(
			e, ERR_USAGE,
			"one of identity-client-id, identity-object-id and identity-resource-id is enough");
	if (p->kind == AUTH_COMMAND && p->token.source != CREDENTIAL_COMMAND)
		return err_set(e, ERR_USAGE,
			       "token-command is missing: the program that prints a token");
	if (p->kind == AUTH_TOKEN && p->token.source == CREDENTIAL_COMMAND)
		return err_set(
			e, ERR_USAGE,
			"token-from: a command that prints a token is the sign-in \"command\", with "
			"token-command");
	return count_stdin(p) < 2 ||
	       err_set(e, ERR_USAGE, "standard input can be one credential only, not two");
}

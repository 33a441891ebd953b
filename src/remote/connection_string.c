/* SPDX-License-Identifier: MIT */
/*
 * Connection strings as XrmTooling takes them ("Use connection strings in XRM tooling", Microsoft's documentation; the
 * syntax is that of .NET's DbConnectionStringBuilder). A part of a badly quoted secret can look like a key: only keys that
 * are known are ever repeated.
 */
#include "remote/profile.h"

#include <string.h>

#include "base/buf.h"

#include "base/banned.h"

enum key {
	KEY_AUTH,
	KEY_URL,
	KEY_CLIENT,
	KEY_SECRET,
	KEY_TENANT,
	KEY_USERNAME,
	KEY_PASSWORD,
	KEY_REDIRECT,
	KEY_THUMBPRINT,
	KEY_DOMAIN,
	KEY_PROMPT,
	KEY_IGNORED, /* says how its own library works */
};
#define KEYS (KEY_IGNORED + 1)

static const struct {
	struct str name; /* compared without blanks and case */
	enum key key;
} names[] = {
	{ STR_INIT("authtype"), KEY_AUTH },
	{ STR_INIT("authenticationtype"), KEY_AUTH },
	{ STR_INIT("url"), KEY_URL },
	{ STR_INIT("serviceuri"), KEY_URL },
	{ STR_INIT("server"), KEY_URL },
	{ STR_INIT("clientid"), KEY_CLIENT },
	{ STR_INIT("appid"), KEY_CLIENT },
	{ STR_INIT("applicationid"), KEY_CLIENT },
	{ STR_INIT("clientsecret"), KEY_SECRET },
	{ STR_INIT("secret"), KEY_SECRET },
	{ STR_INIT("tenantid"), KEY_TENANT },
	{ STR_INIT("tenant"), KEY_TENANT },
	{ STR_INIT("username"), KEY_USERNAME },
	{ STR_INIT("userid"), KEY_USERNAME },
	{ STR_INIT("password"), KEY_PASSWORD },
	{ STR_INIT("redirecturi"), KEY_REDIRECT },
	{ STR_INIT("replyurl"), KEY_REDIRECT },
	{ STR_INIT("thumbprint"), KEY_THUMBPRINT },
	{ STR_INIT("certthumbprint"), KEY_THUMBPRINT },
	{ STR_INIT("certificatethumbprint"), KEY_THUMBPRINT },
	{ STR_INIT("domain"), KEY_DOMAIN },
	{ STR_INIT("storename"), KEY_IGNORED },
	{ STR_INIT("certificatestorename"), KEY_IGNORED },
	{ STR_INIT("tokencachestorepath"), KEY_IGNORED },
	{ STR_INIT("loginprompt"), KEY_PROMPT },
	{ STR_INIT("requirenewinstance"), KEY_IGNORED },
	{ STR_INIT("skipdiscovery"), KEY_IGNORED },
	{ STR_INIT("homerealmuri"), KEY_IGNORED },
	{ STR_INIT("integratedsecurity"), KEY_IGNORED },
};

/* ---- the syntax ---- */

static bool find_key(struct str text, enum key *out)
{
	char plain[32];
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == ' ')
			continue;
		if (n == sizeof(plain))
			return false;
		plain[n++] = text.p[i];
	}
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (str_eq_ascii_nocase(str_of(plain, n), names[i].name)) {
			*out = names[i].key;
			return true;
		}
	}
	return false;
}

bool connection_string_is(struct str text)
{
	struct str_splitter parts = str_splitter(text);
	enum key key;

	for (struct str part; str_split(&parts, ';', &part);) {
		size_t equals = str_find_char(part, '=');

		if (equals != STR_NONE && find_key(str_trim(str_sub(part, 0, equals)), &key))
			return true;
	}
	return false;
}

struct reading {
	struct arena *arena;
	struct str rest;
	unsigned number; /* of the part, from 1 */
	struct str values[KEYS];
};

/* From an opening quote; a doubled one stands for itself. */
static bool quoted(struct reading *r, struct str *out, struct err *e)
{
	DEFER(buf_release) struct buf value = buf_make(0);
	char quote = r->rest.p[0];
	size_t i = 1;

	for (;; i++) {
		if (i >= r->rest.n)
			return err_set(e, ERR_USAGE, "the quote of its part %u is not closed",
				       r->number);
		if (r->rest.p[i] == quote && (i + 1 >= r->rest.n || r->rest.p[i + 1] != quote))
			break;
		buf_add_char(&value, r->rest.p[i]);
		i += r->rest.p[i] == quote;
	}
	r->rest = str_trim(str_skip(r->rest, i + 1));
	if (r->rest.n > 0 && r->rest.p[0] != ';')
		return err_set(
			e, ERR_USAGE,
			"something follows the closing quote of its part %u; a quote inside of quotes is "
			"written twice",
			r->number);
	r->rest = str_skip(r->rest, 1);
	*out = str_dup(r->arena, buf_str(&value));
	if (value.p)
		explicit_bzero(value.p, value.n);
	return true;
}

static bool one_value(struct reading *r, struct str *out, struct err *e)
{
	r->rest = str_trim(r->rest);
	if (r->rest.n > 0 && (r->rest.p[0] == '"' || r->rest.p[0] == '\''))
		return quoted(r, out, e);

	size_t end = str_find_char(r->rest, ';');

	*out = str_trim(str_sub(r->rest, 0, end));
	r->rest = str_skip(r->rest, end == STR_NONE ? r->rest.n : end + 1);
	return true;
}

static bool one_part(struct reading *r, struct err *e)
{
	struct str part = str_sub(r->rest, 0, str_find_char(r->rest, ';'));
	size_t equals = str_find_char(part, '=');
	enum key key;

	if (equals == STR_NONE || !find_key(str_trim(str_sub(part, 0, equals)), &key))
		return err_set(
			e, ERR_USAGE,
			"its part %u is no KEY=VALUE with a key that is known, such as AuthType, Url, ClientId, "
			"ClientSecret (it is not shown, it may belong to a secret; a value with a ; in it stands in "
			"quotes)",
			r->number);
	r->rest = str_skip(r->rest, equals + 1);
	return one_value(r, &r->values[key], e);
}

static bool read_parts(struct reading *r, struct err *e)
{
	for (r->rest = str_trim(r->rest); r->rest.n > 0; r->rest = str_trim(r->rest)) {
		if (r->rest.p[0] == ';') {
			r->rest = str_skip(r->rest, 1);
			continue;
		}
		r->number++;
		if (!one_part(r, e))
			return false;
	}
	return true;
}

/* ---- what it means ---- */

static bool wants(struct str value, const char *kind)
{
	return str_eq_ascii_nocase(value, str_from(kind));
}

static bool password_is_refused(struct err *e)
{
	return err_set(
		e, ERR_USAGE,
		"Password: signing in with a user's password is not supported: it cannot ask for a second factor and "
		"Entra is about to refuse it everywhere; leave it out to sign in with a browser, or use an application "
		"with AuthType=ClientSecret");
}

static bool certificate_is_refused(struct err *e)
{
	return err_set(
		e, ERR_USAGE,
		"Thumbprint: it names a certificate in a store of Windows, and there is none here; export it with its "
		"key as PFX or PEM and write ferry env add NAME --url URL --auth certificate --client-id ID "
		"--certificate FILE");
}

/* Where a browser on this machine can come back to; app:// and urn: are for windows of XrmTooling's own. */
static struct str usable_redirect(struct str redirect)
{
	return str_starts(redirect, S("http://")) ? redirect : S("");
}

static bool as_person(const struct reading *r, struct profile *p, struct err *e)
{
	if (r->values[KEY_PASSWORD].n > 0)
		return password_is_refused(e);
	p->kind = AUTH_BROWSER;
	p->username = r->values[KEY_USERNAME];
	p->redirect = usable_redirect(r->values[KEY_REDIRECT]);
	/* Always would ask before every command; Auto, SelectAccount and nothing are what is done anyway */
	p->unasked = wants(r->values[KEY_PROMPT], "Never");
	return true;
}

static bool as_application(const struct reading *r, struct profile *p, struct err *e)
{
	if (p->client.n == 0)
		return err_set(e, ERR_USAGE, "ClientId is missing: the application that signs in");
	if (r->values[KEY_SECRET].n == 0)
		return err_set(e, ERR_USAGE, "ClientSecret is missing");
	p->kind = AUTH_CLIENT_SECRET;
	p->secret = (struct credential){ CREDENTIAL_GIVEN, r->values[KEY_SECRET] };
	return true;
}

static bool choose_kind(const struct reading *r, struct profile *p, struct err *e)
{
	struct str auth = r->values[KEY_AUTH];

	if (auth.n == 0 && r->values[KEY_SECRET].n > 0)
		auth = S("ClientSecret");
	else if (auth.n == 0)
		auth = r->values[KEY_THUMBPRINT].n > 0 ? S("Certificate") : S("OAuth");
	if (wants(auth, "ClientSecret"))
		return as_application(r, p, e);
	if (wants(auth, "Certificate"))
		return certificate_is_refused(e);
	if (wants(auth, "OAuth"))
		return as_person(r, p, e);
	if (wants(auth, "AD") || wants(auth, "IFD") || wants(auth, "Claims"))
		return err_set(
			e, ERR_USAGE,
			"AuthType: AD, IFD and Claims are for organizations on premises, which ferry does not "
			"reach");
	if (wants(auth, "Office365"))
		return err_set(
			e, ERR_USAGE,
			"AuthType: Office365 is a sign-in by password that Dataverse does not take any more; use "
			"OAuth or ClientSecret");
	return err_set(e, ERR_USAGE, "AuthType is none of ClientSecret, OAuth");
}

static bool make_profile(struct reading *r, struct profile *p, struct err *e)
{
	if (!read_parts(r, e))
		return false;
	if (r->values[KEY_URL].n == 0)
		return err_set(e, ERR_USAGE, "Url is missing: where the environment is");
	if (!profile_url(r->arena, r->values[KEY_URL], &p->url, e))
		return err_wrap(e, "Url");
	p->client = r->values[KEY_CLIENT];
	p->tenant = r->values[KEY_TENANT];
	return choose_kind(r, p, e) && profile_check(p, e);
}

bool connection_string_read(struct arena *a, struct str text, struct profile *out, struct err *e)
{
	struct reading r = { .arena = a, .rest = text };
	struct profile p = { .kind = AUTH_NONE };

	if (!make_profile(&r, &p, e))
		return err_wrap(e, "the connection string");
	*out = p;
	return true;
}

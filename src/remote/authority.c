/* SPDX-License-Identifier: MIT */
/*
 * The table of clouds is the only place that knows hosts. Environments of GCC have a host of their own and the authority of
 * the public cloud.
 */
#include "remote/authority.h"

#include "base/limits.h"

#include "base/banned.h"

#define LONGEST_URL 500 /* of a challenge, which comes into messages */
#define EXCHANGE "api://AzureADTokenExchange"

/* A more special one behind the one that it is part of. */
static const struct cloud CLOUDS[] = {
	{ STR_INIT("public"), STR_INIT("login.microsoftonline.com"), STR_INIT("login.windows.net"),
	  STR_INIT(".dynamics.com"), STR_INIT(EXCHANGE) },
	{ STR_INIT("GCC"), STR_INIT("login.microsoftonline.com"), STR_INIT("login.windows.net"),
	  STR_INIT(".crm9.dynamics.com"), STR_INIT(EXCHANGE) },
	{ STR_INIT("GCC High"), STR_INIT("login.microsoftonline.us"), STR_INIT(""),
	  STR_INIT(".crm.microsoftdynamics.us"), STR_INIT(EXCHANGE "USGov") },
	{ STR_INIT("DoD"), STR_INIT("login.microsoftonline.us"), STR_INIT(""),
	  STR_INIT(".crm.appsplatform.us"), STR_INIT(EXCHANGE "USGov") },
	{ STR_INIT("China"), STR_INIT("login.chinacloudapi.cn"),
	  STR_INIT("login.partner.microsoftonline.cn"), STR_INIT(".dynamics.cn"),
	  STR_INIT(EXCHANGE "China") },
};

const struct cloud *cloud_of_login(struct str host)
{
	for (size_t i = 0; i < COUNT_OF(CLOUDS) && host.n > 0; i++) {
		if (str_eq_ascii_nocase(CLOUDS[i].login, host) ||
		    str_eq_ascii_nocase(CLOUDS[i].alias, host))
			return &CLOUDS[i];
	}
	return NULL;
}

const struct cloud *cloud_of_environment(struct str host)
{
	for (size_t i = COUNT_OF(CLOUDS); i-- > 0;) {
		size_t n = CLOUDS[i].suffix.n;

		if (host.n > n && str_eq_ascii_nocase(str_skip(host, host.n - n), CLOUDS[i].suffix))
			return &CLOUDS[i];
	}
	return NULL;
}

static bool same_cloud(const struct cloud *a, const struct cloud *b)
{
	return a && b && str_eq(a->login, b->login);
}

static struct str without_slash(struct str s)
{
	while (str_ends(s, S("/")))
		s.n--;
	return s;
}

/* ---- the challenge ---- */

/* key=value or key="value", to the next comma. */
static bool next_pair(struct str *rest, struct str *key, struct str *value)
{
	size_t equals = str_find_char(*rest, '=');
	size_t end;

	if (equals == STR_NONE)
		return false;
	*key = str_trim(str_sub(*rest, 0, equals));
	*rest = str_trim(str_skip(*rest, equals + 1));
	if (str_starts(*rest, S("\""))) {
		end = str_find_char(str_skip(*rest, 1), '"');
		*value = str_sub(str_skip(*rest, 1), 0, end);
		*rest = str_skip(*rest, end == STR_NONE ? rest->n : end + 2);
		end = str_find_char(*rest, ',');
	} else {
		end = str_find_char(*rest, ',');
		*value = str_trim(str_sub(*rest, 0, end));
	}
	*rest = end == STR_NONE ? S("") : str_skip(*rest, end + 1);
	return true;
}

/* https://host/tenant/oauth2/authorize */
static bool take_apart(struct arena *a, struct str uri, struct challenge *c)
{
	size_t at = str_find(uri, S("://"));
	size_t host_end;
	struct str path;

	if (at == STR_NONE)
		return false;
	host_end = at + 3 + profile_host(uri).n;
	path = str_skip(uri, host_end + 1);
	c->authority = str_lower_ascii(a, str_sub(uri, 0, host_end));
	c->tenant = str_dup(a, str_sub(path, 0, str_find_char(path, '/')));
	if (str_eq_ascii_nocase(c->tenant, S("common")))
		c->tenant = S("organizations");
	return profile_is_tenant(c->tenant);
}

bool challenge_read(struct arena *a, struct str header, struct challenge *out, struct err *e)
{
	struct str scheme = S("Bearer");
	struct str uri = S("");
	struct str resource = S("");
	struct str rest = str_skip(header, scheme.n);
	struct challenge c;

	if (!str_eq_ascii_nocase(str_sub(header, 0, scheme.n), scheme))
		return err_set(e, ERR_AUTH, "its challenge is not of the kind Bearer");
	for (struct str key, value; next_pair(&rest, &key, &value);) {
		if (str_eq_ascii_nocase(key, S("authorization_uri")))
			uri = value;
		if (str_eq_ascii_nocase(key, S("resource_id")))
			resource = value;
	}
	if (uri.n == 0 || resource.n == 0)
		return err_set(e, ERR_AUTH,
			       "its challenge has not both authorization_uri and resource_id");
	if (!str_is_plain(uri, LONGEST_URL) || !str_is_plain(resource, LONGEST_URL) ||
	    !take_apart(a, uri, &c))
		return err_set(e, ERR_AUTH, "its challenge names no authority with a tenant");
	if (!ask_may_send(c.authority, false))
		return err_set(e, ERR_AUTH,
			       "its challenge leads to an authority that is not https");
	c.resource = str_dup(a, without_slash(resource));
	*out = c;
	return true;
}

/* ---- asking the environment ---- */

static bool read_headers(struct arena *a, const struct ask_answer *r, struct challenge *out,
			 struct err *e)
{
	bool any = false;

	for (size_t i = 0; i < r->nheaders; i++) {
		if (!str_eq_ascii_nocase(r->headers[i].name, S("WWW-Authenticate")))
			continue;
		any = true;
		if (challenge_read(a, r->headers[i].value, out, e))
			return true;
	}
	if (!any)
		err_set(e, ERR_AUTH, "it refuses requests without saying who gives tokens");
	return false;
}

static bool ask_environment(struct asker *k, struct arena *a, const struct profile *p,
			    struct challenge *out, struct err *e)
{
	const struct http_header accept = { S("Accept"), S("application/json") };
	struct ask q = {
		.method = S("GET"),
		.url = str_fmt(a, "%.*s/api/data/v9.2/WhoAmI", STR_ARG(p->url)),
		.headers = &accept,
		.nheaders = 1,
	};
	struct ask_answer r;

	if (!ask_for(k, a, &q, &r, e))
		return false;
	if (r.status == 401)
		return read_headers(a, &r, out, e) || err_wrap(e, "%.*s", STR_ARG(p->url));
	if (r.status == 200)
		return err_set(
			e, ERR_AUTH,
			"%.*s answers without a sign-in, so that nobody says who gives tokens: "
			"sign in as none, or name authority and tenant",
			STR_ARG(p->url));
	if (r.status == 400 || r.status == 404)
		return err_set(e, ERR_NETWORK,
			       "%.*s is no environment: status %d where its Web API "
			       "should be",
			       STR_ARG(p->url), r.status);
	return err_set(e, ERR_NETWORK,
		       "%.*s does not say who gives tokens: it answered with status %d, not 401",
		       STR_ARG(p->url), r.status);
}

/* An environment has a second name, with .api behind the first part of its host. */
static bool same_environment(struct arena *a, struct str one, struct str other)
{
	struct str api = S(".api.");
	struct str names[] = { one, other };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		size_t at = str_find(names[i], api);

		if (at != STR_NONE && at == str_find_char(names[i], '.'))
			names[i] = str_fmt(a, "%.*s%.*s", STR_ARG(str_sub(names[i], 0, at)),
					   STR_ARG(str_skip(names[i], at + api.n - 1)));
	}
	return str_eq_ascii_nocase(names[0], names[1]);
}

/* What it says is believed only as far as it can do no harm. */
static bool check_challenge(struct arena *a, const struct profile *p, const struct challenge *c,
			    struct err *e)
{
	const struct cloud *said = cloud_of_login(profile_host(c->authority));
	struct str given = without_slash(p->authority);

	if (given.n > 0 && !str_eq_ascii_nocase(given, c->authority) &&
	    !same_cloud(cloud_of_login(profile_host(given)), said))
		return err_set(
			e, ERR_AUTH,
			"the profile names the authority %.*s, but %.*s belongs to %.*s: correct "
			"the authority, or leave it out",
			STR_ARG(profile_host(given)), STR_ARG(p->url),
			STR_ARG(profile_host(c->authority)));
	if (given.n == 0 && !said &&
	    !(profile_is_loopback(p->url) && profile_is_loopback(c->authority)))
		return err_set(
			e, ERR_AUTH,
			"%.*s sends us to %.*s, which is the authority of no cloud: if that is "
			"right, name it as the profile's authority",
			STR_ARG(p->url), STR_ARG(profile_host(c->authority)));
	if (p->resource.n == 0 && !same_environment(a, c->resource, p->url))
		return err_set(
			e, ERR_AUTH,
			"%.*s wants tokens for another resource, %.*s: if that is right, name "
			"it as the profile's resource",
			STR_ARG(p->url), STR_ARG(c->resource));
	return true;
}

/* The cloud of the authority and that of the environment, without asking anybody. */
static bool check_clouds(const struct profile *p, struct err *e)
{
	const struct cloud *here = cloud_of_environment(profile_host(p->url));
	const struct cloud *there = cloud_of_login(profile_host(p->authority));

	if (p->authority.n == 0 || !here || !there || same_cloud(here, there))
		return true;
	return err_set(
		e, ERR_AUTH,
		"the profile names the authority %.*s of the cloud \"%.*s\", but %.*s is in the "
		"cloud \"%.*s\", whose authority is %.*s",
		STR_ARG(profile_host(p->authority)), STR_ARG(there->name), STR_ARG(p->url),
		STR_ARG(here->name), STR_ARG(here->login));
}

bool authority_find(struct asker *k, struct arena *a, const struct profile *p,
		    struct authority *out, struct err *e)
{
	struct challenge c = { 0 };
	struct authority y;

	if (p->tenant.n > 0 && !profile_is_tenant(p->tenant))
		return err_set(e, ERR_USAGE, "the tenant is neither an id nor a domain name");
	if (!check_clouds(p, e))
		return false;
	if ((p->authority.n == 0 || p->tenant.n == 0) &&
	    (!ask_environment(k, a, p, &c, e) || !check_challenge(a, p, &c, e)))
		return false;
	y.base = without_slash(p->authority.n > 0 ? p->authority : c.authority);
	y.tenant = p->tenant.n > 0 ? p->tenant : c.tenant;
	y.resource = without_slash(p->resource.n > 0 ? p->resource : p->url);
	if (!ask_may_send(y.base, false))
		return err_set(e, ERR_USAGE, "the authority %.*s is not https",
			       STR_ARG(profile_host(y.base)));
	*out = y;
	return true;
}

struct str authority_endpoint(struct arena *a, const struct authority *y, const char *name)
{
	return str_fmt(a, "%.*s/%.*s/oauth2/v2.0/%s", STR_ARG(y->base), STR_ARG(y->tenant), name);
}

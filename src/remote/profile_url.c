/* SPDX-License-Identifier: MIT */
/*
 * The URL of an environment in its one form. What stands before a host may be a password, and what stands behind it a
 * token: no message repeats more of a URL than a host that was read.
 */
#include "remote/profile.h"

#include "base/banned.h"

#define HOST_MAX 253
#define HTTPS_PORT 443
#define HTTP_PORT 80

struct parts {
	bool secure;
	struct str host; /* with the brackets of an IPv6 address */
	uint64_t port;   /* 0: none */
	struct str path; /* and all behind it */
};

static bool take_scheme(struct str url, struct parts *p, struct err *e)
{
	size_t end = str_find(url, S("://"));
	struct str scheme = str_sub(url, 0, end == STR_NONE ? 0 : end);

	p->secure = str_eq_ascii_nocase(scheme, S("https"));
	if (!p->secure && !str_eq_ascii_nocase(scheme, S("http")))
		return err_set(e, ERR_USAGE,
			       "the URL of an environment begins with https://, as in "
			       "https://contoso.crm4.dynamics.com");
	return true;
}

struct str profile_host(struct str url)
{
	size_t scheme = str_find(url, S("://"));
	struct str rest = scheme == STR_NONE ? url : str_skip(url, scheme + 3);
	size_t n = 0;

	while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?' && rest.p[n] != '#')
		n++;
	return str_sub(rest, 0, n);
}

static bool is_letter_or_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_host(struct str s)
{
	bool six = s.n > 2 && s.p[0] == '[' && s.p[s.n - 1] == ']';

	if (six)
		s = str_sub(s, 1, s.n - 2);
	for (size_t i = 0; i < s.n; i++) {
		if (!is_letter_or_digit(s.p[i]) && s.p[i] != '.' && s.p[i] != (six ? ':' : '-'))
			return false;
	}
	return s.n > 0 && s.n <= HOST_MAX && (six || is_letter_or_digit(s.p[0]));
}

static bool take_host(struct str url, struct parts *p, struct err *e)
{
	struct str authority = profile_host(url);
	size_t bracket = str_find_char(authority, ']');
	size_t from = bracket == STR_NONE ? 0 : bracket;
	size_t colon = str_find_char(str_skip(authority, from), ':');

	if (str_find_char(authority, '@') != STR_NONE)
		return err_set(
			e, ERR_USAGE,
			"the URL of an environment has a user or a password before its host; "
			"how to sign in is told by \"ferry env add\"");
	p->host = str_sub(authority, 0, colon == STR_NONE ? authority.n : from + colon);
	p->port = 0;
	if (!is_host(p->host))
		return err_set(e, ERR_USAGE, "the URL of an environment has no proper host name");
	if (colon != STR_NONE && (!str_parse_u64(str_skip(authority, from + colon + 1), &p->port) ||
				  p->port < 1 || p->port > 65535))
		return err_set(e, ERR_USAGE,
			       "the port in the URL of %.*s is not a number up to 65535",
			       STR_ARG(p->host));
	p->path = str_skip(url, (size_t)(authority.p - url.p) + authority.n);
	return true;
}

/* Nothing, or /api/data/v9.2, which people copy from the settings of their environment. */
static bool is_root(struct str path)
{
	struct str rest = path;

	if (str_starts(rest, S("/api/data"))) {
		rest = str_skip(rest, S("/api/data").n);
		if (str_starts(rest, S("/v"))) {
			rest = str_skip(rest, 2);
			while (rest.n > 0 &&
			       ((rest.p[0] >= '0' && rest.p[0] <= '9') || rest.p[0] == '.'))
				rest = str_skip(rest, 1);
		}
	}
	return rest.n == 0 || str_eq(rest, S("/"));
}

static bool is_number_of_127(struct str host)
{
	struct str_splitter parts = str_splitter(host);
	unsigned n = 0;
	uint64_t number;

	for (struct str part; str_split(&parts, '.', &part); n++) {
		if (!str_parse_u64(part, &number) || number > 255 || (n == 0 && number != 127))
			return false;
	}
	return n == 4;
}

static bool is_loopback(struct str host)
{
	return str_eq_ascii_nocase(host, S("localhost")) || str_eq(host, S("[::1]")) ||
	       is_number_of_127(host);
}

static bool read_url(struct str text, struct parts *p, struct err *e)
{
	return take_scheme(text, p, e) && take_host(text, p, e);
}

bool profile_is_loopback(struct str url)
{
	struct parts p;
	struct err e;

	return read_url(url, &p, &e) && is_loopback(p.host);
}

bool profile_url(struct arena *a, struct str text, struct str *out, struct err *e)
{
	struct parts p;

	if (!read_url(str_trim(text), &p, e))
		return false;
	if (!p.secure && !is_loopback(p.host))
		return err_set(
			e, ERR_USAGE,
			"http://%.*s would send what it should keep to itself in the clear; write "
			"https:// (http is for this machine only)",
			STR_ARG(p.host));
	if (p.port == (p.secure ? HTTPS_PORT : HTTP_PORT))
		p.port = 0;
	struct str host = str_lower_ascii(a, p.host);
	struct str url =
		p.port ? str_fmt(a, "%s://%.*s:%u", p.secure ? "https" : "http", STR_ARG(host),
				 (unsigned)p.port)
		       : str_fmt(a, "%s://%.*s", p.secure ? "https" : "http", STR_ARG(host));

	if (!is_root(p.path))
		return err_set(e, ERR_USAGE,
			       "there is more behind the host in the URL of %.*s; write %.*s alone",
			       STR_ARG(p.host), STR_ARG(url));
	*out = url;
	return true;
}

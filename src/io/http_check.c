/* SPDX-License-Identifier: MIT */
/*
 * The one gate for text that becomes part of an HTTP request.
 */
#include "io/http_check.h"

#include <string.h>

#include "base/limits.h"

#include "base/banned.h"

static bool is_token(struct str s)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool word =
			(c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		if (!word && (c == '\0' || !strchr(others, c)))
			return false;
	}
	return s.n > 0;
}

/* RFC 9110 5.5: a tab is the only control character, and bytes above ASCII are the server's to read. */
bool http_is_header_value(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static bool is_set_here(struct str name)
{
	static const struct str names[] = {
		STR_INIT("Host"),
		STR_INIT("Connection"),
		STR_INIT("Expect"),
		STR_INIT("Content-Length"),
		STR_INIT("User-Agent"),
		STR_INIT("Transfer-Encoding"),
		STR_INIT("Accept-Encoding"),
	};

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (str_eq_ascii_nocase(name, names[i]))
			return true;
	}
	return false;
}

static bool check_header(const struct http_header *h, size_t number, struct err *e)
{
	if (!is_token(h->name))
		return err_set(e, ERR_INPUT, "the name of header %zu of a request is no token",
			       number);
	if (is_set_here(h->name))
		return err_set(e, ERR_INPUT, "the header %.*s of a request is not the caller's",
			       STR_ARG(h->name));
	if (!http_is_header_value(h->value))
		return err_set(e, ERR_INPUT,
			       "the header %.*s of a request contains a control character",
			       STR_ARG(h->name));
	return true;
}

/* The host and port of a URL that may be asked; false when it is none. */
static bool url_host(struct str url, struct str *out)
{
	struct str rest = str_skip(url, str_find(url, S("://")) + 3);
	struct str scheme = str_sub(url, 0, url.n - rest.n);
	size_t end = 0;

	for (size_t i = 0; i < url.n; i++) {
		unsigned char c = (unsigned char)url.p[i];

		if (c <= ' ' || c >= 0x7f || strchr("\\#\"<>", c))
			return false;
	}
	if (!str_eq_ascii_nocase(scheme, S("https://")) &&
	    !str_eq_ascii_nocase(scheme, S("http://")))
		return false;
	while (end < rest.n && rest.p[end] != '/' && rest.p[end] != '?')
		end++;
	*out = str_sub(rest, 0, end);
	return end > 0 && str_find_char(*out, '@') == STR_NONE;
}

bool http_check_request(const struct http_request *r, struct str *host, struct err *e)
{
	if (!is_token(r->method))
		return err_set(e, ERR_INPUT, "the method of a request is no token");
	if (r->url.n > LIMIT_URL)
		return err_set(e, ERR_INPUT, "a URL of %zu bytes is longer than %zu", r->url.n,
			       LIMIT_URL);
	if (!url_host(r->url, host))
		return err_set(e, ERR_INPUT,
			       "a request needs an absolute URL of http or https, encoded, "
			       "without user, password and fragment");
	for (size_t i = 0; i < r->nheaders; i++) {
		if (!check_header(&r->headers[i], i + 1, e))
			return false;
	}
	return true;
}

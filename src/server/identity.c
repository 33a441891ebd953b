/* SPDX-License-Identifier: MIT */
/*
 * Finding, comparing and releasing what identity_read.c made.
 */
#include "server/identity.h"

#include "base/banned.h"

struct identity identity_default(struct arena *a)
{
	struct identity i = { .token_lifetime = 3600,
			      .refresh_lifetime = (uint64_t)90 * 86400,
			      .code_lifetime = 600,
			      .device_lifetime = 900,
			      .device_interval = 5,
			      .clock_skew = 300 };
	struct application app = { .open = true };
	bool ok = guid_parse(S(IDENTITY_SAMPLE_CLIENT), &app.client);

	assert(ok);
	*VEC_PUSH(a, &app.redirects) = S("http://localhost");
	*VEC_PUSH(a, &app.redirects) = S(IDENTITY_SAMPLE_REDIRECT);
	*VEC_PUSH(a, &i.applications) = app;
	*VEC_PUSH(a, &i.accounts) = (struct account){ .name = S(IDENTITY_ADMINISTRATOR),
						      .user = S(IDENTITY_ADMINISTRATOR) };
	return i;
}

void identity_release(struct identity *i)
{
	for (size_t n = 0; n < i->applications.n; n++) {
		struct application *app = &i->applications.p[n];

		for (size_t k = 0; k < app->certificates.n; k++)
			crypto_key_release(&app->certificates.p[k].key);
		for (size_t k = 0; k < app->federated.n; k++)
			crypto_key_release(&app->federated.p[k].key);
	}
}

const struct application *identity_application(const struct identity *i, struct guid client)
{
	for (size_t n = 0; n < i->applications.n; n++) {
		if (guid_eq(i->applications.p[n].client, client))
			return &i->applications.p[n];
	}
	return NULL;
}

const struct account *identity_account(const struct identity *i, struct str name)
{
	for (size_t n = 0; n < i->accounts.n; n++) {
		if (str_eq_ascii_nocase(i->accounts.p[n].name, name))
			return &i->accounts.p[n];
	}
	return NULL;
}

const struct managed *identity_managed(const struct identity *i, struct guid client)
{
	for (size_t n = 0; n < i->managed.n; n++) {
		if (guid_eq(i->managed.p[n].client, client))
			return &i->managed.p[n];
	}
	return NULL;
}

bool identity_check_exposed(const struct identity *i, bool auto_approve, struct err *e)
{
	const char *who = NULL;

	if (auto_approve)
		return err_set(
			e, ERR_USAGE,
			"--auto-approve lets everybody in who reaches the server, and others "
			"can reach this address");
	if (i->managed.n > 0)
		who = "a managed identity, for which nothing has to be known";
	for (size_t n = 0; n < i->accounts.n; n++) {
		if (i->accounts.p[n].password.n == 0)
			who = "a user without a password";
	}
	return !who || err_set(e, ERR_USAGE,
			       "others can reach this address, and the identity file has %s", who);
}

/* http://localhost:1234/path without its port, in *host and *path; false for any other URL. */
static bool split_loopback(struct str url, struct str *host, struct str *path)
{
	struct str scheme = S("http://");
	size_t end = scheme.n;

	if (!str_starts(url, scheme))
		return false;
	while (end < url.n && str_find_char(S(":/?#"), url.p[end]) == STR_NONE)
		end++;
	*host = str_sub(url, scheme.n, end - scheme.n);
	if (end < url.n && url.p[end] == ':') {
		for (end++; end < url.n && url.p[end] >= '0' && url.p[end] <= '9';)
			end++;
	}
	*path = str_skip(url, end);
	if (path->n == 0)
		*path = S("/");
	return str_starts(*path, S("/")) &&
	       (str_eq(*host, S("localhost")) || str_eq(*host, S("127.0.0.1")));
}

bool identity_redirects(const struct application *app, struct str redirect)
{
	struct str host, path, known_host, known_path;
	bool loopback = split_loopback(redirect, &host, &path);

	for (size_t i = 0; i < app->redirects.n; i++) {
		struct str known = app->redirects.p[i];

		if (str_eq(known, redirect))
			return true;
		if (loopback && split_loopback(known, &known_host, &known_path) &&
		    str_eq(host, known_host) && str_eq(path, known_path))
			return true;
	}
	return false;
}

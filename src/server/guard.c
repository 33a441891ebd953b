/* SPDX-License-Identifier: MIT */
/*
 * Names are compared without regard to case, tokens in a time that does not tell where they differ.
 */
#include "server/guard.h"

#include <arpa/inet.h>
#include <string.h>

#include "io/crypto.h"

#include "base/banned.h"

bool guard_is_loopback(const char *address)
{
	struct str s = str_from(address);

	return str_eq(s, S("localhost")) || str_eq(s, S("::1")) || str_starts(s, S("127."));
}

static uint16_t usual_port(bool tls)
{
	return tls ? 443 : 80;
}

struct guard guard_make(struct arena *a, const char *address, uint16_t port, bool tls,
			const char *const *hosts, size_t nhosts, struct str token)
{
	bool v6 = str_find_char(str_from(address), ':') != STR_NONE;
	struct str bound = str_fmt(a, v6 ? "[%s]" : "%s", address);
	struct str own[] = { S("localhost"), S("127.0.0.1"), S("[::1]"), bound };
	struct guard g = { .token = token, .port = port, .tls = tls };

	for (size_t i = 0; i < COUNT_OF(own); i++)
		*VEC_PUSH(a, &g.names) = str_fmt(a, "%.*s:%u", STR_ARG(own[i]), port);
	/* the port that a URL need not tell */
	for (size_t i = 0; port == usual_port(tls) && i < COUNT_OF(own); i++)
		*VEC_PUSH(a, &g.names) = own[i];
	g.nown = g.names.n;
	for (size_t i = 0; i < nhosts; i++)
		*VEC_PUSH(a, &g.names) = str_from(hosts[i]);
	g.any_number = strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0;
	return g;
}

/* name:port; the port is the empty slice when there is none. */
static struct str name_of(struct str host, struct str *port)
{
	size_t end = host.n;

	while (end > 0 && host.p[end - 1] >= '0' && host.p[end - 1] <= '9')
		end--;
	if (end == 0 || end == host.n || host.p[end - 1] != ':') {
		*port = str_skip(host, host.n);
		return host;
	}
	*port = str_skip(host, end);
	return str_sub(host, 0, end - 1);
}

static bool is_number(struct str name)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;
	bool v6 = str_starts(name, S("[")) && str_ends(name, S("]"));

	if (v6)
		name = str_sub(name, 1, name.n - 2);
	if (name.n == 0 || name.n >= sizeof(text))
		return false;
	memcpy(text, name.p, name.n);
	text[name.n] = '\0';
	return inet_pton(v6 ? AF_INET6 : AF_INET, text, &address) == 1;
}

bool guard_knows(const struct guard *g, struct str host)
{
	struct str port;
	struct str name = name_of(host, &port);
	uint64_t n = usual_port(g->tls);

	for (size_t i = 0; i < g->names.n; i++) {
		struct str known = g->names.p[i];
		struct str known_port;
		bool any_port = i >= g->nown && str_eq(name_of(known, &known_port), known);

		if (str_eq_ascii_nocase(any_port ? name : host, known))
			return true;
	}
	if (!g->any_number || !is_number(name))
		return false;
	return (port.n == 0 || str_parse_u64(port, &n)) && n == g->port;
}

bool guard_host(const struct guard *g, const struct httpd_header *headers, size_t n,
		struct str *out)
{
	const struct str *host = NULL;

	for (size_t i = 0; i < n; i++) {
		if (!str_eq_ascii_nocase(headers[i].name, S("Host")))
			continue;
		if (host)
			return false;
		host = &headers[i].value;
	}
	if (!host || !guard_knows(g, *host))
		return false;
	*out = *host;
	return true;
}

bool guard_bearer(const struct httpd_header *headers, size_t n, struct str *out)
{
	struct str scheme = S("Bearer ");

	for (size_t i = 0; i < n; i++) {
		struct str value = headers[i].value;

		if (!str_eq_ascii_nocase(headers[i].name, S("Authorization")))
			continue;
		*out = str_trim(str_skip(value, scheme.n));
		return str_eq_ascii_nocase(str_sub(value, 0, scheme.n), scheme);
	}
	return false;
}

bool guard_token(const struct guard *g, struct str token)
{
	return g->token.n > 0 && crypto_same(g->token, token);
}

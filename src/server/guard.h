/* SPDX-License-Identifier: MIT */
/*
 * Who may ask: by the name under which the server was called, so that a web page cannot reach it by a name of
 * its own that points here, and by the token.
 */
#ifndef FERRY_SERVER_GUARD_H
#define FERRY_SERVER_GUARD_H

#include "base/vec.h"
#include "io/httpd.h"

struct guard {
	VEC(struct str) names; /* with or without a port */
	size_t nown;           /* of them that mean this port alone */
	bool any_number;       /* every address in numbers, as on 0.0.0.0 */
	bool tls;              /* https, whose usual port is another one */
	struct str token;      /* empty: none is needed */
	uint16_t port;
};

/* Only this machine can reach it. */
bool guard_is_loopback(const char *address);
/* `port` is the one that is listened on. Everything lives on the arena. */
struct guard guard_make(struct arena *a, const char *address, uint16_t port, bool tls,
			const char *const *hosts, size_t nhosts, struct str token);
/* The server may be called by this name, with or without a port. */
bool guard_knows(const struct guard *g, struct str host);
/* The Host header's value; false when there is none, several, or one that is not known. */
bool guard_host(const struct guard *g, const struct httpd_header *headers, size_t n,
		struct str *out);
/* The bearer token that was sent; false: none. */
bool guard_bearer(const struct httpd_header *headers, size_t n, struct str *out);
/* It is the guard's own token. */
bool guard_token(const struct guard *g, struct str token);

#endif

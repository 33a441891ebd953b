/* SPDX-License-Identifier: MIT */
/*
 * A local organization, served over HTTP to several clients at once. The only room with threads: one for all
 * connections (io/httpd.h), one for what happens later, and the workers.
 *
 * What was answered with success is in the file: a process that is killed loses nothing of it
 * (journal_mode=WAL with synchronous=NORMAL; only a machine without power can lose the last changes, and
 * never halves of them).
 */
#ifndef FERRY_SERVER_SERVER_H
#define FERRY_SERVER_SERVER_H

#include "base/sink.h"
#include "org/reality.h"

struct server;

struct server_options {
	const char *file;
	const char *address;  /* in numbers, or localhost */
	uint16_t port;        /* 0: any that is free */
	struct str token;     /* of the administrator; empty: everybody is he, unless there is */
	const char *identity; /* a file: who may sign in (identity.h); NULL: a default */
	bool auto_approve; /* nobody is asked who he is: the first user, or whom a client hints at */
	const char *tls_certificate, *tls_key; /* PEM files; NULL: no TLS */
	const char *const *hosts;
	size_t nhosts; /* names by which it may be called beside its own; with or without a port */
	struct reality_options reality; /* its seed is that of the headers' ids, too */
	bool seeded;
	struct sink *access_log; /* NULL: none */
};

/*
 * Answers from now on. Signals must be blocked, so that its threads do not get them. ERR_USAGE: an address
 * that others can reach needs a token.
 */
MUST_CHECK bool server_start(struct server **out, struct arena *a, const struct server_options *o,
			     struct err *e);
struct str server_url(const struct server *s); /* http://127.0.0.1:8080 */
/*
 * Ends within five seconds: requests are finished or cut off, the file holds everything alone again. Fine
 * for NULL.
 */
MUST_CHECK bool server_stop(struct server **s, struct err *e);

#endif

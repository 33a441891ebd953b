/* SPDX-License-Identifier: MIT */
/*
 * A connection is read until its head is whole. What is no GET of HTTP/1 is answered here and not given; the oldest connection
 * makes room when there are too many.
 */
#include "io/loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/datetime.h"
#include "base/limits.h"

#include "base/banned.h"

#define SEND_SECONDS 5

struct guest {
	int fd; /* -1: none */
	uint64_t since;
	size_t n;
	char head[LIMIT_LOOPBACK];
};

struct loopback {
	int fd;
	unsigned port;
	uint64_t count;
	struct guest *given;
	struct guest guests[LIMIT_LOOPBACK_CONNECTIONS];
};

/* What a redirect brings is worth a sign-in. */
static void leave(struct guest *g)
{
	if (g->fd >= 0)
		close(g->fd);
	g->fd = -1;
	explicit_bzero(g->head, g->n);
	g->n = 0;
}

bool loopback_open(struct loopback **out, struct arena *a, unsigned port, struct err *e)
{
	struct loopback *l = arena_new(a, struct loopback);
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr *generic = (struct sockaddr *)(void *)&at;
	socklen_t size = sizeof(at);
	int yes = 1;

	assert(port <= 65535);
	l->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0)
		return err_set(e, ERR_INTERNAL, "no socket: %s", strerror(errno));
	(void)setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(l->fd, generic, size) != 0 || listen(l->fd, LIMIT_LOOPBACK_CONNECTIONS) != 0 ||
	    getsockname(l->fd, generic, &size) != 0) {
		err_set(e, ERR_USAGE, "127.0.0.1:%u cannot be listened on: %s", port,
			strerror(errno));
		close(l->fd);
		return false;
	}
	l->port = ntohs(at.sin_port);
	for (size_t i = 0; i < COUNT_OF(l->guests); i++)
		l->guests[i].fd = -1;
	*out = l;
	return true;
}

void loopback_close(struct loopback **l)
{
	if (!*l)
		return;
	for (size_t i = 0; i < COUNT_OF((*l)->guests); i++)
		leave(&(*l)->guests[i]);
	close((*l)->fd);
	*l = NULL;
}

unsigned loopback_port(const struct loopback *l)
{
	return l->port;
}

/* ---- answers ---- */

static void send_all(int fd, struct str text)
{
	struct timeval patience = { .tv_sec = SEND_SECONDS };

	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	while (text.n > 0) {
		ssize_t n = send(fd, text.p, text.n, MSG_NOSIGNAL);

		/* a browser that went away misses its page */
		if (n <= 0)
			return;
		text = str_skip(text, (size_t)n);
	}
}

static void answer(struct guest *g, int status, struct str html)
{
	char head[400];
	int n = snprintf(head, sizeof(head),
			 "HTTP/1.1 %d %s\r\nContent-Type: text/html; charset=utf-8\r\n"
			 "Content-Length: %zu\r\nCache-Control: no-store\r\n"
			 "Content-Security-Policy: default-src 'none'\r\n"
			 "Referrer-Policy: no-referrer\r\nConnection: close\r\n\r\n",
			 status, status == 200 ? "OK" : "No", html.n);

	assert(n > 0 && (size_t)n < sizeof(head));
	send_all(g->fd, str_of(head, (size_t)n));
	send_all(g->fd, html);
	(void)shutdown(g->fd, SHUT_WR);
	leave(g);
}

void loopback_answer(struct loopback *l, int status, struct str html)
{
	assert(l->given);
	answer(l->given, status, html);
	l->given = NULL;
}

/* ---- requests ---- */

static void welcome(struct loopback *l)
{
	struct guest *room = &l->guests[0];
	int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	for (size_t i = 0; i < COUNT_OF(l->guests); i++) {
		struct guest *g = &l->guests[i];

		if (g->fd < 0) {
			room = g;
			break;
		}
		if (g->since < room->since)
			room = g;
	}
	leave(room);
	room->fd = fd;
	room->since = ++l->count;
}

/* The whole head is there: its target, or the empty slice when it is none that is given. */
static struct str target_of(struct str head)
{
	struct str line = str_sub(head, 0, str_find(head, S("\r\n")));
	struct str method = S("GET ");
	struct str target = str_skip(line, method.n);
	size_t end = str_find_char(target, ' ');

	if (!str_starts(line, method) || !str_starts(target, S("/")) || end == STR_NONE ||
	    !str_starts(str_skip(target, end), S(" HTTP/1.")))
		return S("");
	return str_sub(target, 0, end);
}

/* True: a request is to be given. */
static bool listen_to(struct guest *g, struct str *target)
{
	ssize_t n = recv(g->fd, g->head + g->n, sizeof(g->head) - g->n, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		leave(g);
		return false;
	}
	g->n += (size_t)n;

	struct str head = str_of(g->head, g->n);
	bool whole = str_find(head, S("\r\n\r\n")) != STR_NONE;

	if (!whole && g->n < sizeof(g->head))
		return false;
	*target = whole ? target_of(head) : S("");
	if (target->n > 0)
		return true;
	answer(g, 400,
	       S("<!doctype html><title>ferry</title><p>This is not what ferry waits "
		 "for."));
	return false;
}

/* Once; true: something came. */
static bool look(struct loopback *l, int64_t ms, struct str *target)
{
	struct pollfd at[LIMIT_LOOPBACK_CONNECTIONS + 1];
	nfds_t n = COUNT_OF(at);

	for (size_t i = 0; i < COUNT_OF(l->guests); i++)
		at[i] = (struct pollfd){ .fd = l->guests[i].fd, .events = POLLIN };
	at[n - 1] = (struct pollfd){ .fd = l->fd, .events = POLLIN };
	if (poll(at, n, (int)ms) <= 0)
		return false;
	for (size_t i = 0; i < COUNT_OF(l->guests); i++) {
		if (at[i].revents == 0 || !listen_to(&l->guests[i], target))
			continue;
		l->given = &l->guests[i];
		return true;
	}
	if (at[n - 1].revents != 0)
		welcome(l);
	return false;
}

bool loopback_next(struct loopback *l, unsigned ms, struct str *target)
{
	int64_t until = steady_ms() + ms;

	if (l->given)
		leave(l->given);
	l->given = NULL;
	for (int64_t left = ms; left >= 0; left = until - steady_ms()) {
		if (look(l, left, target))
			return true;
	}
	return false;
}

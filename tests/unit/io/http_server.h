/* SPDX-License-Identifier: MIT */
/*
 * An HTTP server that behaves as badly as the path of a request says, in a process of its own with one more
 * process for each connection. It counts connections and requests where the test can see them.
 */
#ifndef FERRY_TESTS_HTTP_SERVER_H
#define FERRY_TESTS_HTTP_SERVER_H

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"

struct http_counts {
	atomic_uint connections, requests;
};

struct http_server {
	uint16_t port;
	pid_t pid;
	struct http_counts *counts;
};

/* A request on a connection: its head and body as they came. */
struct served {
	int fd;
	unsigned number; /* on this connection */
	struct buf bytes;
	struct str path, body;
};

static void serve_text(const struct served *s, struct str text)
{
	while (text.n > 0) {
		ssize_t n = send(s->fd, text.p, text.n, MSG_NOSIGNAL);

		if (n <= 0)
			_exit(0);
		text = str_skip(text, (size_t)n);
	}
}

static void serve_body(const struct served *s, const char *status, struct str body)
{
	char head[200];
	int n = snprintf(head, sizeof(head), "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n", status,
			 body.n);

	serve_text(s, str_of(head, (size_t)n));
	serve_text(s, body);
}

static void serve_nothing_more(const struct served *s)
{
	char c;

	while (recv(s->fd, &c, 1, 0) > 0)
		continue;
	_exit(0);
}

static void serve_endless(const struct served *s, struct str head, struct str piece)
{
	serve_text(s, head);
	for (;;)
		serve_text(s, piece);
}

/* "ferry ferry ..." as `gzip` packs it: python3 -c 'import gzip; gzip.compress(b"ferry " * 20, mtime=0)' */
static const unsigned char gzipped[] = {
	0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x4b, 0x4b, 0x2d, 0x2a, 0xaa,
	0x54, 0x48, 0xa3, 0x3b, 0x09, 0x00, 0xe8, 0x49, 0x71, 0xfc, 0x78, 0x00, 0x00, 0x00,
};

static void serve_gzip(const struct served *s)
{
	serve_text(
		s,
		S("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"));

	char size[16];
	int n = snprintf(size, sizeof(size), "%zx\r\n", sizeof(gzipped));

	serve_text(s, str_of(size, (size_t)n));
	serve_text(s, str_of((const char *)gzipped, sizeof(gzipped)));
	serve_text(s, S("\r\n0\r\nX-Trailer: 1\r\n\r\n"));
}

/* 40 MiB of blanks, twice: python3 -c 'gzip.compress(gzip.compress(b" " * (40 << 20), 9, mtime=0), 9, mtime=0)' */
static const unsigned char bomb[] = {
	0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xed, 0xdc, 0x21, 0x52, 0x02,
	0x61, 0x18, 0x06, 0xe0, 0x9f, 0xdd, 0x0d, 0x0e, 0x01, 0x21, 0x38, 0x06, 0x03, 0x30, 0x63,
	0xf1, 0x04, 0x52, 0x98, 0xc1, 0x62, 0xc0, 0x62, 0x90, 0xcc, 0x70, 0x00, 0xcf, 0xe0, 0x3a,
	0x8c, 0xc9, 0x4c, 0xe3, 0x02, 0x1e, 0x80, 0x03, 0xd0, 0xb8, 0x01, 0x60, 0xf2, 0x00, 0x24,
	0x03, 0x09, 0x67, 0x9d, 0xdd, 0x5b, 0xf0, 0xef, 0xf3, 0xa4, 0x2f, 0xbf, 0xf1, 0x9d, 0x6f,
	0xde, 0xee, 0xe7, 0x45, 0x28, 0x25, 0xe9, 0x61, 0xfd, 0x5e, 0x1e, 0x79, 0x6f, 0xf1, 0x77,
	0x77, 0xfd, 0xd5, 0x0c, 0x00, 0x00, 0x00, 0x40, 0xe4, 0xf2, 0xfd, 0x3c, 0x6d, 0x94, 0x47,
	0xaf, 0xd8, 0x3e, 0x3e, 0x4f, 0x00, 0x00, 0x00, 0x80, 0xd8, 0xcd, 0x2e, 0x5b, 0x59, 0x55,
	0x0a, 0x9c, 0xa6, 0x37, 0x0f, 0xe2, 0x00, 0x00, 0x00, 0x80, 0xe8, 0x7d, 0x0c, 0x07, 0xed,
	0xea, 0x43, 0xe0, 0xf7, 0xed, 0x35, 0x13, 0x07, 0x00, 0x00, 0x00, 0x44, 0xef, 0xea, 0xf8,
	0x33, 0xaa, 0xba, 0x80, 0x4d, 0xb1, 0xea, 0xbc, 0xc8, 0x03, 0x00, 0x00, 0x00, 0xa2, 0xb7,
	0x33, 0x18, 0x00, 0x00, 0x00, 0x00, 0xb5, 0x62, 0x30, 0x00, 0x00, 0x00, 0x00, 0xea, 0xc5,
	0x60, 0x00, 0x00, 0x00, 0x00, 0xd4, 0x8b, 0xc1, 0x00, 0x00, 0x00, 0x00, 0xa8, 0x99, 0xef,
	0x79, 0x9a, 0x94, 0x5d, 0x40, 0xbf, 0x98, 0xde, 0xdf, 0x06, 0x00, 0x00, 0x00, 0x38, 0x17,
	0xcb, 0xec, 0xf8, 0x74, 0x18, 0x87, 0x90, 0x27, 0xff, 0x87, 0xdf, 0x7a, 0xa1, 0x56, 0x9f,
	0x00, 0x00,
};

static void serve_bomb(const struct served *s)
{
	char head[200];
	int n = snprintf(head, sizeof(head),
			 "HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\n"
			 "Content-Length: %zu\r\n\r\n",
			 sizeof(bomb));

	serve_text(s, str_of(head, (size_t)n));
	serve_text(s, str_of((const char *)bomb, sizeof(bomb)));
}

/* The paths that end the connection, or never answer. */
static void serve_badly(const struct served *s)
{
	static const char kib[1024];

	if (str_eq(s->path, S("/close")))
		_exit(0);
	if (str_eq(s->path, S("/second-closes")) && s->number == 2)
		_exit(0);
	if (str_eq(s->path, S("/hang")))
		serve_nothing_more(s);
	if (str_eq(s->path, S("/garbage")))
		serve_text(s, S("I do not speak HTTP\r\n\r\n"));
	if (str_eq(s->path, S("/interim-close")))
		serve_text(s, S("HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n"));
	if (str_eq(s->path, S("/cut-status")))
		serve_text(s, S("HTTP/1.1 20"));
	if (str_eq(s->path, S("/cut-headers")))
		serve_text(s, S("HTTP/1.1 201 Created\r\nX-One: 1\r\nX-Tw"));
	if (str_eq(s->path, S("/cut-body")))
		serve_text(s, S("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"));
	if (str_eq(s->path, S("/cut-chunk")))
		serve_text(s,
			   S("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"));
	if (str_eq(s->path, S("/endless-headers")))
		serve_endless(s, S("HTTP/1.1 200 OK\r\n"), S("X-More: of the same\r\n"));
	if (str_eq(s->path, S("/endless-line")))
		serve_endless(s, S("HTTP/1.1 200 OK\r\nX: "), S("and so on, "));
	if (str_eq(s->path, S("/endless-status")))
		serve_endless(s, S("HTTP/1.1 200 "), S("and so on, "));
	if (str_eq(s->path, S("/endless-body")))
		serve_endless(s, S("HTTP/1.1 200 OK\r\n\r\n"), str_of(kib, sizeof(kib)));
	if (!str_eq(s->path, S("/silent")))
		_exit(0);
	serve_text(s, S("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"));
	serve_nothing_more(s);
}

/* It wants to know the user first; then it answers, or breaks off when it was asked for /close. */
static void serve_as_proxy(const struct served *s)
{
	struct str credential = S("\r\nProxy-Authorization: Basic dXNlcjpzZWNyZXQ=\r\n");

	if (str_find(buf_str(&s->bytes), credential) == STR_NONE)
		serve_text(s, S("HTTP/1.1 407 Who is it\r\nProxy-Authenticate: Basic\r\n"
				"Content-Length: 3\r\n\r\nwho"));
	else if (str_ends(s->path, S("/close")))
		_exit(0);
	else
		serve_body(s, "200 OK", s->body);
}

static void serve(const struct served *s)
{
	if (str_eq(s->path, S("/echo"))) {
		serve_body(s, "200 OK", buf_str(&s->bytes));
	} else if (str_eq(s->path, S("/length"))) {
		char n[32];

		serve_body(s, "200 OK",
			   str_of(n, (size_t)snprintf(n, sizeof(n), "%zu", s->body.n)));
	} else if (str_starts(s->path, S("/ok")) ||
		   (str_eq(s->path, S("/second-closes")) && s->number != 2)) {
		serve_body(s, "200 OK", str_skip(s->path, 1));
	} else if (str_eq(s->path, S("/then-close"))) {
		/* its last bytes leave together with the end of the connection */
		struct str bye = S("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbye");

		(void)send(s->fd, bye.p, bye.n, MSG_NOSIGNAL | MSG_MORE);
		_exit(0);
	} else if (str_eq(s->path, S("/gzip"))) {
		serve_gzip(s);
	} else if (str_eq(s->path, S("/bomb"))) {
		serve_bomb(s);
	} else if (str_starts(s->path, S("wants-407.example"))) {
		serve_text(s, S("HTTP/1.1 407 Who is it\r\nProxy-Authenticate: Basic realm=x\r\n"
				"Content-Length: 0\r\n\r\n"));
	} else if (str_starts(s->path, S("http://"))) {
		serve_as_proxy(s);
	} else if (str_eq(s->path, S("/429"))) {
		serve_text(s, S("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\n"
				"Set-Cookie: ARRAffinity=1\r\nset-cookie: b=2\r\nEmpty:\r\n"
				"Folded: one\r\n  two\r\nContent-Length: 4\r\n\r\nslow"));
	} else if (str_eq(s->path, S("/302"))) {
		serve_text(s,
			   S("HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n"));
	} else if (str_eq(s->path, S("/interim"))) {
		serve_text(s, S("HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n"
				"HTTP/1.1 204 No Content\r\nX-Last: 1\r\n\r\n"));
	} else {
		serve_badly(s);
	}
}

/* False when the client has closed the connection. */
static bool read_more(struct served *s)
{
	char *p = buf_grow(&s->bytes, 64 * LIMIT_KIB);
	ssize_t n = recv(s->fd, p, 64 * LIMIT_KIB, 0);

	buf_truncate(&s->bytes, s->bytes.n - 64 * LIMIT_KIB + (size_t)(n > 0 ? n : 0));
	return n > 0;
}

static bool read_request(struct served *s)
{
	size_t end, length = 0;

	buf_clear(&s->bytes);
	for (end = STR_NONE; end == STR_NONE; end = str_find(buf_str(&s->bytes), S("\r\n\r\n"))) {
		if (!read_more(s))
			return false;
	}

	struct str head = str_sub(buf_str(&s->bytes), 0, end);
	struct str rest = str_skip(head, str_find(head, S("Content-Length: ")));
	uint64_t n;

	rest = str_skip(rest, sizeof("Content-Length: ") - 1);
	if (str_parse_u64(str_sub(rest, 0, str_find_char(rest, '\r')), &n))
		length = (size_t)n;
	while (s->bytes.n < end + 4 + length) {
		if (!read_more(s))
			return false;
	}
	head = buf_str(&s->bytes);
	s->path = str_skip(head, str_find_char(head, ' ') + 1);
	s->path = str_sub(s->path, 0, str_find_char(s->path, ' '));
	s->body = str_skip(head, end + 4);
	return true;
}

static void serve_connection(int fd, struct http_counts *counts)
{
	struct served s = { .fd = fd, .bytes = buf_make(0) };
	int yes = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));

	counts->connections++;
	while (read_request(&s)) {
		counts->requests++;
		s.number++;
		serve(&s);
	}
	_exit(0);
}

static void serve_all(int listening, struct http_counts *counts)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int fd = accept(listening, NULL, NULL);

		if (fd < 0)
			_exit(1);
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			close(listening);
			serve_connection(fd, counts);
		}
		close(fd);
	}
}

/* A port of the loopback address; `listening` is the caller's. */
static uint16_t take_port(int *listening)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);
	struct sockaddr *generic = (struct sockaddr *)(void *)&at;

	*listening = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(*listening, generic, size), 0);
	assert_int_equal(getsockname(*listening, generic, &size), 0);
	return ntohs(at.sin_port);
}

static struct http_server http_server_start(void)
{
	struct http_server s = { 0 };
	int listening;

	s.counts = (struct http_counts *)mmap(NULL, sizeof(*s.counts), PROT_READ | PROT_WRITE,
					      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(s.counts != MAP_FAILED);
	s.port = take_port(&listening);
	assert_int_equal(listen(listening, SOMAXCONN), 0);
	s.pid = fork();
	assert_true(s.pid >= 0);
	if (s.pid == 0)
		serve_all(listening, s.counts);
	close(listening);
	return s;
}

static void http_server_stop(const struct http_server *s)
{
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	munmap(s->counts, sizeof(*s->counts));
}

#endif

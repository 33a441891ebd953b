/* SPDX-License-Identifier: MIT */
/*
 * A server that gives the answers of a script, one for each request in the order in which they arrive, whatever the
 * connection; a process for each. What was asked, and when, stands where the test can see it.
 */
#ifndef FERRY_TESTS_SCRIPTED_SERVER_H
#define FERRY_TESTS_SCRIPTED_SERVER_H

#include <arpa/inet.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"

#define SCRIPT_STEPS 32
#define ASKED_SIZE 4096

struct scripted_step {
	const char *status;  /* "200 OK"; NULL: the connection ends */
	const char *headers; /* each with its line end; NULL: none */
	const char *body;
	size_t cut;  /* so many bytes of the body are missing */
	unsigned ms; /* before it answers */
};

struct scripted_asked {
	char text[ASKED_SIZE]; /* head and body */
	int64_t at;
};

struct scripted_log {
	atomic_uint requests, connections;
	struct scripted_asked asked[SCRIPT_STEPS];
};

struct scripted {
	uint16_t port;
	pid_t pid;
	struct scripted_log *log;
	const struct scripted_step *steps;
	size_t n; /* the last one again and again */
};

static int64_t scripted_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void scripted_send(int fd, struct str text)
{
	while (text.n > 0) {
		ssize_t n = send(fd, text.p, text.n, MSG_NOSIGNAL);

		if (n <= 0)
			_exit(0);
		text = str_skip(text, (size_t)n);
	}
}

static void scripted_answer(int fd, const struct scripted_step *step)
{
	struct timespec pause = { .tv_sec = step->ms / 1000,
				  .tv_nsec = (long)(step->ms % 1000) * 1000000L };
	struct str body = str_from(step->body);
	char head[2000];

	nanosleep(&pause, NULL);
	if (!step->status)
		_exit(0);

	int n = snprintf(head, sizeof(head), "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n",
			 step->status, step->headers ? step->headers : "", body.n);

	scripted_send(fd, str_of(head, (size_t)n));
	scripted_send(fd, str_sub(body, 0, body.n - step->cut));
	if (step->cut > 0)
		_exit(0);
}

/* One whole request; false: the client has closed. */
static bool scripted_read(int fd, struct buf *out)
{
	buf_clear(out);
	for (;;) {
		char *p = buf_grow(out, 64 * LIMIT_KIB);
		ssize_t n = recv(fd, p, 64 * LIMIT_KIB, 0);

		buf_truncate(out, out->n - 64 * LIMIT_KIB + (size_t)(n > 0 ? n : 0));
		if (n <= 0)
			return false;

		struct str text = buf_str(out), name = S("\r\nContent-Length: ");
		size_t end = str_find(text, S("\r\n\r\n")), at = str_find(text, name);
		uint64_t length = 0;

		if (end == STR_NONE)
			continue;
		if (at != STR_NONE && at < end) {
			struct str number = str_skip(text, at + name.n);

			if (!str_parse_u64(str_sub(number, 0, str_find_char(number, '\r')),
					   &length))
				_exit(1);
		}
		if (text.n >= end + 4 + length)
			return true;
	}
}

static void scripted_connection(const struct scripted *s, int fd)
{
	struct buf asked = buf_make(0);

	while (scripted_read(fd, &asked)) {
		unsigned i = atomic_fetch_add(&s->log->requests, 1);

		if (i < SCRIPT_STEPS) {
			size_t n = asked.n < ASKED_SIZE ? asked.n : ASKED_SIZE - 1;

			s->log->asked[i].at = scripted_now();
			memcpy(s->log->asked[i].text, asked.p, n);
		}
		scripted_answer(fd, &s->steps[i < s->n ? i : s->n - 1]);
	}
	_exit(0);
}

static void scripted_run(const struct scripted *s, int listening)
{
	signal(SIGCHLD, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		int fd = accept(listening, NULL, NULL);

		if (fd < 0)
			_exit(1);
		atomic_fetch_add(&s->log->connections, 1);
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			scripted_connection(s, fd);
		}
		close(fd);
	}
}

static struct scripted scripted_start(const struct scripted_step *steps, size_t n)
{
	struct scripted s = { .steps = steps, .n = n };
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(fd, 100), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	s.port = ntohs(address.sin_port);
	s.log = mmap(NULL, sizeof(*s.log), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	assert_true(s.log != MAP_FAILED);
	s.pid = fork();
	if (s.pid == 0)
		scripted_run(&s, fd);
	close(fd);
	return s;
}

static void scripted_stop(struct scripted *s)
{
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	munmap(s->log, sizeof(*s->log));
}

static struct str scripted_asked(const struct scripted *s, unsigned i)
{
	return str_from(s->log->asked[i].text);
}

#endif

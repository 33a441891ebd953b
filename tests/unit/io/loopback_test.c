/* SPDX-License-Identifier: MIT */
/*
 * Browsers and what they do at a port of this machine.
 */
#include "io/loopback.h"

#include "../base/expect.h"
#include "base/limits.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static struct arena arena;

static int reach(const struct loopback *l)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)loopback_port(l)),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)(void *)&at, sizeof(at)), 0);
	return fd;
}

static void say(int fd, struct str text)
{
	assert_int_equal(send(fd, text.p, text.n, MSG_NOSIGNAL), text.n);
}

static struct str hear(int fd)
{
	char *p = arena_array(&arena, char, 65536);
	size_t n = 0;

	for (ssize_t got = 1; got > 0 && n < 65536;) {
		got = recv(fd, p + n, 65536 - n, 0);
		n += got > 0 ? (size_t)got : 0;
	}
	close(fd);
	return str_of(p, n);
}

static struct loopback *open_any(void)
{
	struct loopback *l = NULL;
	struct err e;

	assert_true(loopback_open(&l, &arena, 0, &e));
	assert_true(loopback_port(l) > 0);
	return l;
}

static void requests_come_one_after_the_other_and_each_is_answered(void **state)
{
	DEFER(loopback_close) struct loopback *l = open_any();
	int one = reach(l), two = reach(l);
	struct str target;

	(void)state;
	say(one, S("GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n"));
	say(two, S("GET /two HTTP/1.0\r\n\r\n"));
	for (int i = 0; i < 2; i++) {
		assert_true(loopback_next(l, 5000, &target));
		loopback_answer(l, str_eq(target, S("/two")) ? 404 : 200, target);
	}

	struct str answer = hear(one);

	assert_true(str_starts(answer, S("HTTP/1.1 200 ")));
	assert_true(str_ends(answer, S("\r\n\r\n/a?b=c")));
	assert_true(str_starts(hear(two), S("HTTP/1.1 404 ")));
	assert_false(loopback_next(l, 0, &target));
}

static void connections_that_say_nothing_or_little_hinder_nobody(void **state)
{
	DEFER(loopback_close) struct loopback *l = open_any();
	int idle[LIMIT_LOOPBACK_CONNECTIONS + 5];
	struct str target;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(idle); i++) {
		idle[i] = reach(l);
		if (i % 2)
			say(idle[i], S("GET /half HTTP/1.1\r\nHo"));
		if (i % 5 == 0)
			(void)!loopback_next(l, 1, &target);
	}

	int last = reach(l);

	say(last, S("GET /last HT"));
	assert_false(loopback_next(l, 50, &target));
	say(last, S("TP/1.1\r\n\r\n"));
	assert_true(loopback_next(l, 5000, &target));
	expect_str(target, "/last");
	loopback_answer(l, 200, S("ok"));
	assert_true(str_ends(hear(last), S("ok")));
	for (size_t i = 0; i < COUNT_OF(idle); i++)
		close(idle[i]);
}

static void what_is_no_request_of_a_browser_is_turned_away(void **state)
{
	static const char *const wrong[] = {
		"POST / HTTP/1.1\r\n\r\n",
		"GET http://x/ HTTP/1.1\r\n\r\n",
		"GET /\r\n\r\n",
		"GET / HTTP/2\r\n\r\n",
		"\r\n\r\n",
		"\x16\x03\x01\r\n\r\n",
	};
	DEFER(loopback_close) struct loopback *l = open_any();
	struct str target;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		int fd = reach(l);

		say(fd, str_from(wrong[i]));
		assert_false(loopback_next(l, 100, &target));
		assert_true(str_starts(hear(fd), S("HTTP/1.1 400 ")));
	}

	int fd = reach(l);
	char *long_head = arena_array(&arena, char, LIMIT_LOOPBACK);

	memset(long_head, 'x', LIMIT_LOOPBACK);
	say(fd, str_of(long_head, LIMIT_LOOPBACK));
	assert_false(loopback_next(l, 100, &target));
	assert_true(str_starts(hear(fd), S("HTTP/1.1 400 ")));
}

static void a_port_that_is_taken_is_told(void **state)
{
	DEFER(loopback_close) struct loopback *l = open_any();
	struct loopback *other = NULL;
	struct err e;

	(void)state;
	assert_false(loopback_open(&other, &arena, loopback_port(l), &e));
	assert_int_equal(e.kind, ERR_USAGE);
	assert_non_null(strstr(e.msg, "127.0.0.1:"));
}

static int set_up(void **state)
{
	(void)state;
	arena = arena_make(0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_come_one_after_the_other_and_each_is_answered),
		cmocka_unit_test(connections_that_say_nothing_or_little_hinder_nobody),
		cmocka_unit_test(what_is_no_request_of_a_browser_is_turned_away),
		cmocka_unit_test(a_port_that_is_taken_is_told),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

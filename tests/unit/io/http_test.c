/* SPDX-License-Identifier: MIT */
/*
 * The HTTP client: requests arrive as they were given, answers as they were sent, many at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <time.h>

#include "http_client.h"

static void a_request_arrives_as_it_was_given(void **state)
{
	struct http_options o = usual();
	DEFER(http_close) struct http *h = client(&o);
	struct http_header headers[] = {
		{ S("Authorization"), S("Bearer abc") },
		{ S("X-Empty"), S("") },
		{ S("Content-Type"), S("application/json") },
	};
	struct http_request r = { .method = S("PATCH"),
				  .headers = headers,
				  .nheaders = COUNT_OF(headers),
				  .body = S("{\"a\":1}") };
	struct http_answer a;
	struct err e;

	(void)state;
	r.url = url_at("http", server.port, "/echo");
	assert_true(http_start(h, &r, 7, &e));
	assert_int_equal(http_in_flight(h), 1);
	assert_true(http_wait(h, WAIT_MS, &a));
	assert_int_equal(a.tag, 7);
	assert_int_equal(a.outcome, HTTP_ANSWERED);
	assert_int_equal(a.status, 200);

	struct str expected = str_fmt(&arena,
				      "PATCH /echo HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n"
				      "User-Agent: ferry/test\r\nAccept: */*\r\n"
				      "Accept-Encoding: gzip, br\r\nAuthorization: Bearer abc\r\n"
				      "X-Empty:\r\nContent-Type: application/json\r\n"
				      "Content-Length: 7\r\n\r\n{\"a\":1}",
				      server.port);

	assert_true(str_eq(a.body, expected));
}

/* The words of the request line, and of what frames the body. */
static void every_method_is_sent_as_such(void **state)
{
	struct http_options o = usual();
	DEFER(http_close) struct http *h = client(&o);
	static const struct {
		const char *method, *body;
		bool length;
	} cases[] = { { "GET", NULL, false },  { "POST", "x", true },   { "DELETE", NULL, false },
		      { "POST", NULL, true },  { "PATCH", NULL, true }, { "GET", NULL, false },
		      { "DELETE", "x", true }, { "PUT", "x", true },    { "GET", "x", true } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct http_answer a = call(h, cases[i].method, "/echo", cases[i].body);
		struct str line = str_fmt(&arena, "%s /echo HTTP/1.1\r\n", cases[i].method);

		assert_true(str_starts(a.body, line));
		assert_int_equal(str_find(a.body, S("Content-Length: ")) != STR_NONE,
				 cases[i].length);
		assert_true(str_find(a.body, S("Content-Type")) == STR_NONE);
		assert_true(str_ends(a.body, cases[i].body ? S("\r\n\r\nx") : S("\r\n\r\n")));
	}
	assert_int_equal(server.counts->connections, 1);
}

static void what_would_end_a_line_is_never_sent(void **state)
{
	struct http_options o = usual();
	DEFER(http_close) struct http *h = client(&o);
	struct http_header good = { S("A"), S("b") };
	struct http_header bad[] = {
		{ S("A"), S("b\r\nC: d") },
		{ S("A"), S("b\nC: d") },
		{ S("A"), S("b\0c") },
		{ S("A\r\nB"), S("c") },
		{ S("A: b"), S("c") },
		{ S(""), S("c") },
		{ S("A\0"), S("c") },
		{ S("content-length"), S("9") },
		{ S("HOST"), S("x") },
		{ S("A b"), S("secret") },
		{ S("Transfer-Encoding"), S("chunked") },
	};
	struct str urls[] = {
		S("http://127.0.0.1/a b"),       S("http://127.0.0.1/\r\nX: y"),
		S("http://127.0.0.1/\0"),        S("http://user:secret@127.0.0.1/"),
		S("ftp://127.0.0.1/"),           S("/accounts"),
		S("http://127.0.0.1/#fragment"), S("http:///accounts"),
		S("http://127.0.0.1/\xc3\xa9"),  S(""),
		S("file:///etc/passwd"),         S("http://127.0.0.1\\@example.org/"),
	};
	struct http_request r = { .method = S("GET"), .nheaders = 1 };
	struct err e;

	(void)state;
	r.url = url_at("http", server.port, "/ok");
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		r.headers = &bad[i];
		assert_false(http_start(h, &r, i, &e));
		assert_int_equal(e.kind, ERR_INPUT);
		assert_true(str_find(str_from(e.msg), S("secret")) == STR_NONE);
	}
	r.headers = &good;
	for (size_t i = 0; i < COUNT_OF(urls); i++) {
		r.url = urls[i];
		assert_false(http_start(h, &r, i, &e));
		assert_true(str_find(str_from(e.msg), S("secret")) == STR_NONE);
	}
	r.url = url_at("http", server.port, "/ok");
	r.method = S("GET /x HTTP/1.1\r\n");
	assert_false(http_start(h, &r, 1, &e));
	assert_int_equal(http_in_flight(h), 0);
	assert_int_equal(server.counts->connections, 0);
}

static void headers_come_in_order_with_their_duplicates(void **state)
{
	struct http_options o = usual();
	DEFER(http_close) struct http *h = client(&o);
	struct http_answer a = call(h, "GET", "/429", NULL);
	static const char *const expected[][2] = {
		{ "Retry-After", "7" },  { "Set-Cookie", "ARRAffinity=1" },
		{ "set-cookie", "b=2" }, { "Empty", "" },
		{ "Folded", "one two" }, { "Content-Length", "4" },
	};

	(void)state;
	assert_int_equal(a.outcome, HTTP_ANSWERED);
	assert_int_equal(a.status, 429);
	assert_true(same(a.body, "slow"));
	assert_int_equal(a.nheaders, COUNT_OF(expected));
	for (size_t i = 0; i < COUNT_OF(expected); i++) {
		assert_true(same(a.headers[i].name, expected[i][0]));
		assert_true(same(a.headers[i].value, expected[i][1]));
	}
	assert_true(same(*http_answer_header(&a, S("RETRY-after")), "7"));
	assert_null(http_answer_header(&a, S("Retry")));

	/* cookies are for others */
	a = call(h, "GET", "/echo", NULL);
	assert_true(str_find(a.body, S("ARRAffinity")) == STR_NONE);
}

static void interim_answers_are_not_the_answer(void **state)
{
	struct http_options o = usual();
	DEFER(http_close) struct http *h = client(&o);
	struct http_answer a = call(h, "GET", "/interim", NULL);

	(void)state;
	assert_int_equal(a.status, 204);
	assert_int_equal(a.nheaders, 1);
	assert_true(same(a.headers[0].name, "X-Last"));
}

static void redirects_are_answers(void **state)
{
	struct http_answer a = ask("GET", "/302");

	(void)state;
	assert_int_equal(a.outcome, HTTP_ANSWERED);
	assert_int_equal(a.status, 302);
	assert_int_equal(server.counts->requests, 1);
}

static void packed_bodies_are_unpacked_and_trailers_dropped(void **state)
{
	struct http_options o = usual();
	DEFER(http_close) struct http *h = client(&o);
	struct http_answer a = call(h, "GET", "/gzip", NULL);

	(void)state;
	assert_int_equal(a.body.n, 6 * 20);
	assert_true(str_starts(a.body, S("ferry ferry ")));
	assert_int_equal(a.nheaders, 2);
}

static void bodies_stream_into_a_sink_only_when_all_is_well(void **state)
{
	struct http_options o = usual();
	DEFER(http_close) struct http *h = client(&o);
	DEFER(buf_release) struct buf b = buf_make(0);
	struct buf_sink sink = buf_sink_make(&b);
	struct http_request r = { .method = S("GET"), .into = &sink.sink };
	struct http_answer a;
	struct err e;

	(void)state;
	r.url = url_at("http", server.port, "/ok-then");
	assert_true(http_start(h, &r, 1, &e));
	assert_true(http_wait(h, WAIT_MS, &a));
	assert_int_equal(a.body.n, 0);
	assert_true(same(buf_str(&b), "ok-then"));
	buf_clear(&b);
	r.url = url_at("http", server.port, "/429");
	assert_true(http_start(h, &r, 1, &e));
	assert_true(http_wait(h, WAIT_MS, &a));
	assert_true(same(a.body, "slow"));
	assert_int_equal(b.n, 0);
}

static void many_requests_are_answered_each_once(void **state)
{
	enum { AT_ONCE = 50, ALL = 1000 };
	struct http_options o = usual();
	DEFER(http_close) struct http *h = client(&o);
	static bool seen[ALL];
	struct http_answer a;
	uint64_t next = 0;
	char path[32];

	(void)state;
	for (unsigned done = 0; done < ALL; done++) {
		while (next < ALL && http_in_flight(h) < AT_ONCE) {
			snprintf(path, sizeof(path), "/ok%llu", (unsigned long long)next);
			start(h, "GET", path, S(""), next++);
		}
		assert_true(http_wait(h, WAIT_MS, &a));
		assert_int_equal(a.outcome, HTTP_ANSWERED);
		assert_false(seen[a.tag]);
		seen[a.tag] = true;
		assert_true(str_eq(a.body, str_fmt(&arena, "ok%llu", (unsigned long long)a.tag)));
	}
	assert_false(http_wait(h, 0, &a));
	assert_true(server.counts->connections <= AT_ONCE);
	assert_int_equal(server.counts->requests, ALL);
}

static void a_large_body_is_sent_whole(void **state)
{
	enum { SIZE = 20 << 20 };
	struct http_options o = usual();
	DEFER(http_close) struct http *h = client(&o);
	DEFER(buf_release) struct buf b = buf_make(0);
	struct http_answer a;

	(void)state;
	memset(buf_grow(&b, SIZE), 'x', SIZE);
	start(h, "POST", "/length", buf_str(&b), 1);
	assert_true(http_wait(h, WAIT_MS, &a));
	assert_true(same(a.body, "20971520"));
}

static void a_cancelled_request_ends_and_the_others_go_on(void **state)
{
	struct http_options o = usual();
	DEFER(http_close) struct http *h = client(&o);
	struct http_answer a;

	(void)state;
	start(h, "GET", "/hang", S(""), 1);
	assert_false(http_wait(h, 20, &a));
	start(h, "GET", "/ok", S(""), 2);
	http_cancel(h, 1);
	http_cancel(h, 99);
	assert_true(http_wait(h, WAIT_MS, &a));
	assert_int_equal(a.tag, 1);
	assert_int_equal(a.outcome, HTTP_CANCELLED);
	assert_int_equal(a.failure->kind, ERR_CANCELLED);
	assert_true(http_wait(h, WAIT_MS, &a));
	assert_int_equal(a.tag, 2);
	assert_int_equal(a.outcome, HTTP_ANSWERED);
	assert_int_equal(http_in_flight(h), 0);
}

static void requests_in_flight_may_be_left_behind(void **state)
{
	struct http_options o = usual();
	DEFER(http_close) struct http *h = client(&o);
	struct http_answer a;

	(void)state;
	start(h, "GET", "/hang", S(""), 1);
	start(h, "GET", "/ok", S(""), 2);
	assert_true(http_wait(h, WAIT_MS, &a));
	assert_int_equal(a.tag, 2);
}

static uint64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void a_wait_lasts_as_long_as_was_said_unless_something_ends(void **state)
{
	struct http_options o = usual();
	DEFER(http_close) struct http *h = client(&o);
	struct http_answer a;
	uint64_t began = clock_ms();

	(void)state;
	assert_false(http_wait(h, 30, &a));
	assert_true(clock_ms() - began >= 30);
	began = clock_ms();
	start(h, "GET", "/ok", S(""), 1);
	assert_true(http_wait(h, 60 * 60 * 1000, &a));
	assert_true(clock_ms() - began < WAIT_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_request_arrives_as_it_was_given),
		TEST(every_method_is_sent_as_such),
		TEST(what_would_end_a_line_is_never_sent),
		TEST(headers_come_in_order_with_their_duplicates),
		TEST(interim_answers_are_not_the_answer),
		TEST(redirects_are_answers),
		TEST(packed_bodies_are_unpacked_and_trailers_dropped),
		TEST(bodies_stream_into_a_sink_only_when_all_is_well),
		TEST(many_requests_are_answered_each_once),
		TEST(a_large_body_is_sent_whole),
		TEST(a_cancelled_request_ends_and_the_others_go_on),
		TEST(requests_in_flight_may_be_left_behind),
		TEST(a_wait_lasts_as_long_as_was_said_unless_something_ends),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

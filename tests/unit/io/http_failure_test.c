/* SPDX-License-Identifier: MIT */
/*
 * The HTTP client against a server that breaks off at every place: what the retries must know is told
 * truly, and nothing is sent twice that a server may have acted on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "http_client.h"

static void a_sink_that_fails_ends_its_request_with_its_error(void **state)
{
	struct http_options o = usual();
	DEFER(http_close) struct http *h = client(&o);
	DEFER(buf_release) struct buf b = buf_make(3);
	struct buf_sink sink = buf_sink_make(&b);
	struct http_request r = { .method = S("GET"), .into = &sink.sink };
	struct http_answer a;
	struct err e;

	(void)state;
	r.url = url_at("http", server.port, "/ok-then");
	assert_true(http_start(h, &r, 1, &e));
	assert_true(http_wait(h, WAIT_MS, &a));
	assert_int_equal(a.outcome, HTTP_SINK_FAILED);
	assert_int_equal(a.status, 200);
	assert_int_equal(a.failure->kind, ERR_INPUT);
	assert_int_equal(call(h, "GET", "/ok", NULL).outcome, HTTP_ANSWERED);
}

static void without_a_connection_nothing_was_sent(void **state)
{
	struct http_options o = usual();
	DEFER(http_close) struct http *h = client(&o);
	struct http_request r = { .method = S("POST"), .body = S("x") };
	struct http_answer a;
	struct err e;
	int fd;

	(void)state;
	r.url = url_at("http", take_port(&fd), "/"); /* where nobody listens */
	assert_true(http_start(h, &r, 1, &e));
	assert_true(http_wait(h, WAIT_MS, &a));
	close(fd);
	assert_int_equal(a.outcome, HTTP_NOT_SENT);
	assert_int_equal(a.status, 0);
	assert_int_equal(a.failure->kind, ERR_NETWORK);
	assert_true(says(&a, "127.0.0.1:"));
	assert_true(says(&a, " cannot be reached: "));
	assert_false(a.hopeless);
	assert_int_equal(a.why, HTTP_WHY_UNREACHED);

	r.url = S("http://no-such-host.invalid/");
	assert_true(http_start(h, &r, 1, &e));
	assert_true(http_wait(h, WAIT_MS, &a));
	assert_int_equal(a.outcome, HTTP_NOT_SENT);
	assert_int_equal(a.why, HTTP_WHY_UNREACHED);

	/* who is there and does not speak TLS */
	r.url = url_at("https", server.port, "/");
	assert_true(http_start(h, &r, 1, &e));
	assert_true(http_wait(h, WAIT_MS, &a));
	assert_int_equal(a.outcome, HTTP_NOT_SENT);
	assert_false(a.hopeless);
}

static void a_handshake_that_nobody_answers_ends_in_time(void **state)
{
	struct http_options o = usual();
	struct http_request r = { .method = S("POST"), .body = S("x") };
	struct http_answer a;
	struct err e;
	int fd;

	(void)state;
	o.connect_ms = 100;

	DEFER(http_close) struct http *h = client(&o);

	r.url = url_at("https", take_port(&fd), "/");
	assert_int_equal(listen(fd, 1), 0);
	assert_true(http_start(h, &r, 1, &e));
	assert_true(http_wait(h, WAIT_MS, &a));
	close(fd);
	assert_int_equal(a.outcome, HTTP_NOT_SENT);
}

static void what_broke_before_the_status_was_perhaps_done(void **state)
{
	static const char *const paths[] = { "/close", "/cut-status", "/interim-close",
					     "/garbage" };
	struct http_options o = usual();
	struct str text;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(paths); i++) {
		struct http_answer a = ask_with(&o, "POST", paths[i], "{}", &text);

		assert_int_equal(a.outcome, HTTP_PERHAPS_SENT);
		assert_int_equal(a.status, 0);
		assert_true(says(&a, " did not answer: "));
		assert_int_equal(ask("DELETE", paths[i]).outcome, HTTP_PERHAPS_SENT);
	}
	assert_int_equal(server.counts->requests, 2 * COUNT_OF(paths));
}

static void time_that_is_over_before_the_status_leaves_it_open(void **state)
{
	struct http_options o = usual();
	struct http_request r = { .method = S("POST"), .total_ms = 50 };
	DEFER(http_close) struct http *h = client(&o);
	struct http_answer a;
	struct err e;

	(void)state;
	r.url = url_at("http", server.port, "/hang");
	assert_true(http_start(h, &r, 1, &e));
	assert_true(http_wait(h, WAIT_MS, &a));
	assert_int_equal(a.outcome, HTTP_PERHAPS_SENT);
}

static void an_answer_that_breaks_off_keeps_its_status(void **state)
{
	static const struct {
		const char *path, *text;
		int status;
	} cases[] = {
		{ "/cut-headers", "", 201 },
		{ "/cut-body", "half", 200 },
		{ "/cut-chunk", "half", 200 },
	};
	struct http_options o = usual();
	struct str text;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct http_answer a = ask_with(&o, "POST", cases[i].path, "{}", &text);

		assert_int_equal(a.outcome, HTTP_ANSWER_BROKEN);
		assert_int_equal(a.status, cases[i].status);
		assert_true(same(text, cases[i].text));
		assert_true(says(&a, " broke off its answer (status 20"));
	}
}

static void silence_ends_an_answer(void **state)
{
	struct http_options o = usual();
	struct str text;

	(void)state;
	o.silence_seconds = 1;
	o.total_ms = 0;
	assert_int_equal(ask_with(&o, "GET", "/silent", NULL, &text).outcome, HTTP_ANSWER_BROKEN);
}

static void an_answer_over_the_limit_is_broken_off(void **state)
{
	struct http_options o = usual();
	struct http_request r = { .method = S("GET") };
	DEFER(http_close) struct http *h = client(&o);
	DEFER(buf_release) struct buf b = buf_make(0);
	struct buf_sink sink = buf_sink_make(&b);
	struct http_answer a = call(h, "GET", "/endless-body", NULL);
	struct err e;

	(void)state;
	assert_int_equal(a.outcome, HTTP_TOO_LARGE);
	assert_int_equal(a.status, 200);
	assert_true(says(&a, "more than 102400 bytes"));
	assert_true(a.body.n <= 100 * LIMIT_KIB);
	assert_int_equal(call(h, "GET", "/endless-headers", NULL).outcome, HTTP_TOO_LARGE);
	assert_int_equal(call(h, "GET", "/endless-line", NULL).outcome, HTTP_ANSWER_BROKEN);
	assert_int_equal(call(h, "GET", "/endless-status", NULL).outcome, HTTP_PERHAPS_SENT);

	r.url = url_at("http", server.port, "/endless-body");
	r.into = &sink.sink;
	assert_true(http_start(h, &r, 1, &e));
	assert_true(http_wait(h, WAIT_MS, &a));
	assert_int_equal(a.outcome, HTTP_TOO_LARGE);
	assert_true(b.n > 9 * LIMIT_MIB && b.n <= 10 * LIMIT_MIB);
}

static void a_connection_that_the_server_closed_meanwhile_is_replaced(void **state)
{
	struct http_options o = usual();
	DEFER(http_close) struct http *h = client(&o);

	(void)state;
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(call(h, "POST", "/then-close", "{}").outcome, HTTP_ANSWERED);
	assert_int_equal(server.counts->requests, 20);
	assert_int_equal(server.counts->connections, 20);
}

static void only_what_reads_is_sent_again_when_a_kept_connection_breaks(void **state)
{
	static const char *const writes[][2] = {
		{ "POST", "{}" }, { "POST", NULL }, { "DELETE", NULL }, { "PATCH", "{}" }
	};
	struct http_options o = usual();
	struct http_answer a;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(writes); i++) {
		DEFER(http_close) struct http *h = client(&o);

		server.counts->requests = 0;
		call(h, "GET", "/second-closes", NULL);
		a = call(h, writes[i][0], "/second-closes", writes[i][1]);
		assert_int_equal(a.outcome, HTTP_PERHAPS_SENT);
		assert_true(says(&a, "did not answer: the connection ended"));
		assert_int_equal(server.counts->requests, 2);
		assert_int_equal(call(h, "POST", "/ok", "{}").outcome, HTTP_ANSWERED);
	}

	DEFER(http_close) struct http *h = client(&o);

	server.counts->requests = 0;
	call(h, "GET", "/second-closes", NULL);
	assert_int_equal(call(h, "GET", "/second-closes", NULL).outcome, HTTP_ANSWERED);
	assert_int_equal(server.counts->requests, 3);
}

static struct http_answer through_proxy(const char *value, struct str *text)
{
	struct http_options o = usual();
	DEFER(http_close) struct http *h = client(&o);
	struct http_request r = { .method = S("POST"),
				  .url = S("https://host.example/"),
				  .body = S("x") };
	struct http_answer a;
	struct err e;

	setenv("https_proxy", value, 1);
	assert_true(http_start(h, &r, 1, &e));
	assert_true(http_wait(h, WAIT_MS, &a));
	unsetenv("https_proxy");
	*text = a.failure ? str_dup(&arena, str_from(a.failure->msg)) : S("");
	return a;
}

static void a_proxy_that_refuses_has_sent_nothing_on(void **state)
{
	struct str text;
	struct str to = url_at("http", server.port, "");
	struct http_answer a = through_proxy(str_cstr(&arena, to), &text);

	(void)state;
	assert_int_equal(a.outcome, HTTP_NOT_SENT);
	assert_int_equal(a.status, 0);
	assert_true(str_starts(text, S("host.example cannot be reached: ")));
	assert_int_equal(server.counts->requests, 1);
}

static void a_proxy_that_asks_who_it_is_is_told(void **state)
{
	struct http_options o = usual();
	DEFER(http_close) struct http *h = client(&o);
	struct http_request r = { .method = S("POST"), .body = S("{}") };
	struct http_answer a;
	struct err e;
	char proxy[100];

	(void)state;
	snprintf(proxy, sizeof(proxy), "http://user:secret@127.0.0.1:%u", server.port);
	setenv("http_proxy", proxy, 1);
	r.url = S("http://host.example/");
	assert_true(http_start(h, &r, 1, &e));
	assert_true(http_wait(h, WAIT_MS, &a));
	assert_int_equal(a.outcome, HTTP_ANSWERED);
	assert_int_equal(a.status, 200);
	assert_true(same(a.body, "{}"));
	assert_int_equal(a.nheaders, 1);
	r.url = S("http://host.example/close");
	assert_true(http_start(h, &r, 1, &e));
	assert_true(http_wait(h, WAIT_MS, &a));
	unsetenv("http_proxy");
	assert_int_equal(a.outcome, HTTP_PERHAPS_SENT);
	assert_int_equal(a.status, 0);
}

static void a_proxy_that_wants_another_password_is_hopeless(void **state)
{
	struct str text;
	struct str to = url_at("http", server.port, "");
	struct str proxy = str_fmt(&arena, "http://other:pa55word@%.*s", STR_ARG(str_skip(to, 7)));
	struct http_options o = usual();
	DEFER(http_close) struct http *h = client(&o);
	struct http_request r = { .method = S("POST"),
				  .url = S("https://wants-407.example/"),
				  .body = S("x") };
	struct http_answer a;
	struct err e;

	(void)state;
	setenv("https_proxy", str_cstr(&arena, proxy), 1);
	assert_true(http_start(h, &r, 1, &e));
	assert_true(http_wait(h, WAIT_MS, &a));
	unsetenv("https_proxy");
	text = str_from(a.failure->msg);
	assert_int_equal(a.outcome, HTTP_NOT_SENT);
	assert_int_equal(a.why, HTTP_WHY_PROXY);
	assert_true(a.hopeless);
	assert_true(str_find(text, S("name and password (status 407)")) != STR_NONE);
	assert_true(str_find(text, S("pa55word")) == STR_NONE);
}

static void a_proxys_credential_is_in_no_message(void **state)
{
	static const char *const values[] = {
		"http://user:secret@127.0.0.1:1",
		"gopher://user:secret@127.0.0.1:1",
		"http://user:secret@127.0.0.1:port",
		"http://user:secret@no-such-host.invalid",
		"user:secret",
		"http://user:secret",
		"user:secret/",
	};
	struct str text;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(values); i++) {
		assert_int_equal(through_proxy(values[i], &text).outcome, HTTP_NOT_SENT);
		assert_true(str_find(text, S("secret")) == STR_NONE);
	}
}

static void what_is_held_does_not_leave(void **state)
{
	struct http_options o = usual();
	DEFER(http_close) struct http *h = client(&o);
	static const char *const methods[] = { "GET", "POST" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(methods); i++) {
		http_hold(h, true);

		struct http_answer a = call(h, methods[i], "/ok", i > 0 ? "{}" : NULL);

		assert_int_equal(a.outcome, HTTP_NOT_SENT);
		assert_int_equal(a.why, HTTP_WHY_HELD);
		assert_false(a.hopeless);
		assert_int_equal(server.counts->requests, i);
		http_hold(h, false);
		assert_int_equal(call(h, methods[i], "/ok", NULL).outcome, HTTP_ANSWERED);
	}
}

static bool is_not_ours(void *context, unsigned connection, int status,
			const struct http_header *headers, size_t n)
{
	unsigned *last = context;

	assert_int_equal(status, 200);
	assert_true(n > 0 && headers[0].name.n > 0);
	assert_true(connection > 0);
	*last = connection;
	return false;
}

static void the_answer_to_another_request_is_none_and_ends_its_connection(void **state)
{
	struct http_options o = usual();
	DEFER(http_close) struct http *h = client(&o);
	unsigned first = 0, second = 0;
	struct http_request r = { .method = S("POST"),
				  .url = url_at("http", server.port, "/ok"),
				  .is_ours = is_not_ours,
				  .is_ours_context = &first };
	struct http_answer a;
	struct err e;

	(void)state;
	assert_true(http_start(h, &r, 1, &e));
	assert_true(http_wait(h, WAIT_MS, &a));
	assert_int_equal(a.outcome, HTTP_PERHAPS_SENT);
	assert_int_equal(a.status, 0);
	assert_int_equal(a.nheaders, 0);
	assert_int_equal(a.body.n, 0);
	assert_true(says(&a, "did not answer: what came is the answer to another request"));
	r.is_ours_context = &second;
	assert_true(http_start(h, &r, 1, &e));
	assert_true(http_wait(h, WAIT_MS, &a));
	assert_int_equal(server.counts->connections, 2);
	assert_true(first != second);
}

static void the_body_of_an_error_has_its_own_limit(void **state)
{
	struct http_options o = usual();
	struct str text;

	(void)state;
	o.error_max = 3;
	assert_int_equal(ask_with(&o, "GET", "/429", NULL, &text).outcome, HTTP_TOO_LARGE);
	assert_int_equal(ask_with(&o, "GET", "/ok-then", NULL, &text).outcome, HTTP_ANSWERED);
}

static void what_hardly_any_bytes_unpack_to_is_broken_off(void **state)
{
	struct http_options o = usual();
	struct str text;

	(void)state;
	o.collected_max = 100 * LIMIT_MIB;

	struct http_answer a = ask_with(&o, "GET", "/bomb", NULL, &text);

	assert_int_equal(a.outcome, HTTP_TOO_LARGE);
	assert_true(says(&a, "hardly any bytes"));
	assert_true(text.n < 17 * LIMIT_MIB);
}

static void certificates_that_cannot_be_read_are_told_at_once(void **state)
{
	struct http_options o = usual();
	struct http *h = NULL;
	struct err e;

	(void)state;
	o.ca_file = "no/such/file.pem";
	assert_false(http_open(&h, &arena, &o, &e));
	assert_int_equal(e.kind, ERR_USAGE);
	assert_null(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_sink_that_fails_ends_its_request_with_its_error),
		TEST(without_a_connection_nothing_was_sent),
		TEST(a_handshake_that_nobody_answers_ends_in_time),
		TEST(what_broke_before_the_status_was_perhaps_done),
		TEST(time_that_is_over_before_the_status_leaves_it_open),
		TEST(an_answer_that_breaks_off_keeps_its_status),
		TEST(silence_ends_an_answer),
		TEST(an_answer_over_the_limit_is_broken_off),
		TEST(a_connection_that_the_server_closed_meanwhile_is_replaced),
		TEST(only_what_reads_is_sent_again_when_a_kept_connection_breaks),
		TEST(a_proxy_that_refuses_has_sent_nothing_on),
		TEST(a_proxy_that_asks_who_it_is_is_told),
		TEST(a_proxy_that_wants_another_password_is_hopeless),
		TEST(a_proxys_credential_is_in_no_message),
		TEST(what_is_held_does_not_leave),
		TEST(the_answer_to_another_request_is_none_and_ends_its_connection),
		TEST(the_body_of_an_error_has_its_own_limit),
		TEST(what_hardly_any_bytes_unpack_to_is_broken_off),
		TEST(certificates_that_cannot_be_read_are_told_at_once),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the HTTP client share: a server for each program, a client with usual options, one
 * request and its answer.
 */
#ifndef FERRY_TESTS_HTTP_CLIENT_H
#define FERRY_TESTS_HTTP_CLIENT_H

#include <stdlib.h>

#include "http_server.h"
#include "io/http.h"

#define WAIT_MS 10000 /* far above what any of this takes */

static struct http_server server;
static struct arena arena;
static char url_text[200];

static inline struct http_options usual(void)
{
	return (struct http_options){
		.connections = 50,
		.connect_ms = 5000,
		.total_ms = 5000,
		.collected_max = 100 * LIMIT_KIB,
		.streamed_max = 10 * LIMIT_MIB,
		.user_agent = "ferry/test",
	};
}

static inline struct http *client(const struct http_options *o)
{
	struct http *h = NULL;
	struct err e;

	assert_true(http_open(&h, &arena, o, &e));
	return h;
}

static inline struct str url_at(const char *scheme, uint16_t port, const char *path)
{
	int n = snprintf(url_text, sizeof(url_text), "%s://127.0.0.1:%u%s", scheme, port, path);

	return str_of(url_text, (size_t)n);
}

static inline void start(struct http *h, const char *method, const char *path, struct str body,
			 uint64_t tag)
{
	struct http_request r = { .method = str_from(method), .body = body };
	struct err e;

	r.url = url_at("http", server.port, path);
	assert_true(http_start(h, &r, tag, &e));
}

static inline struct http_answer call(struct http *h, const char *method, const char *path,
				      const char *body)
{
	struct http_answer a;

	start(h, method, path, str_from(body), 1);
	assert_true(http_wait(h, WAIT_MS, &a));
	assert_int_equal(a.tag, 1);
	assert_int_equal(http_in_flight(h), 0);
	assert_int_equal(a.outcome == HTTP_ANSWERED, a.failure == NULL);
	return a;
}

static inline struct http_answer ask_with(const struct http_options *o, const char *method,
					  const char *path, const char *body, struct str *text)
{
	DEFER(http_close) struct http *h = client(o);
	struct http_answer a = call(h, method, path, body);

	*text = str_dup(&arena, a.body);
	a.headers = NULL; /* gone with the client */
	if (a.failure) {
		struct err *kept = arena_new(&arena, struct err);

		*kept = *a.failure;
		a.failure = kept;
	}
	return a;
}

static inline struct http_answer ask(const char *method, const char *path)
{
	struct http_options o = usual();
	struct str text;

	return ask_with(&o, method, path, NULL, &text);
}

static inline bool says(const struct http_answer *a, const char *words)
{
	return a->failure && str_find(str_from(a->failure->msg), str_from(words)) != STR_NONE;
}

static inline bool same(struct str s, const char *text)
{
	return str_eq(s, str_from(text));
}

static inline int set_up(void **state)
{
	static const char *const variables[] = { "http_proxy", "https_proxy", "HTTPS_PROXY",
						 "all_proxy",  "ALL_PROXY",   "no_proxy",
						 "NO_PROXY" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(variables); i++)
		unsetenv(variables[i]);
	server = http_server_start();
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	http_server_stop(&server);
	arena_release(&arena);
	return 0;
}

static inline int count_anew(void **state)
{
	(void)state;
	server.counts->connections = 0;
	server.counts->requests = 0;
	arena_reset(&arena);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup(name, count_anew)

#endif

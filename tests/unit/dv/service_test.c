/* SPDX-License-Identifier: MIT */
/*
 * What all services share, with a service that answers from memory.
 */
#include "dv/service.h"

#include "../base/expect.h"

struct echo {
	struct service service;
	bool refuse_submit, refuse_next;
	uint64_t tag;
	struct response answer;
};

static bool echo_submit(struct service *s, const struct request *r, uint64_t tag, struct err *e)
{
	struct echo *echo = CONTAINER_OF(s, struct echo, service);
	if (echo->refuse_submit)
		return err_set(e, ERR_NETWORK, "not sent");
	echo->tag = tag;
	echo->answer = (struct response){ .status = 200, .body = r->body };
	if (r->into) {
		echo->answer.body = (struct str){ 0 };
		return sink_write(r->into, r->body, e);
	}
	return true;
}

static bool echo_next(struct service *s, uint64_t *tag, struct response *out, struct err *e)
{
	struct echo *echo = CONTAINER_OF(s, struct echo, service);
	if (echo->refuse_next)
		return err_set(e, ERR_AUTH, "no answer");
	*tag = echo->tag;
	*out = echo->answer;
	return true;
}

static struct echo echo_make(void)
{
	return (struct echo){ .service = { echo_submit, echo_next, 1, "echo" } };
}

static void methods_have_their_names(void **state)
{
	(void)state;
	static const char *const names[] = { "GET", "POST", "PATCH", "PUT", "DELETE" };
	for (int i = 0; i < 5; i++) {
		enum method m = METHOD_GET;
		expect_str(method_name((enum method)i), names[i]);
		assert_true(method_parse(str_from(names[i]), &m));
		assert_int_equal(m, i);
	}
	enum method m = METHOD_PUT;
	assert_false(method_parse(S("get"), &m));
	assert_false(method_parse(S("HEAD"), &m));
	assert_false(method_parse(S(""), &m));
	assert_int_equal(m, METHOD_PUT);
}

static void headers_are_found_whatever_their_case(void **state)
{
	(void)state;
	const struct header headers[] = {
		{ S("Prefer"), S("first") },
		{ S("ETAG"), S("W/\"1\"") },
		{ S("prefer"), S("second") },
	};
	expect_str(*header_find(headers, 3, S("PREFER")), "first");
	expect_str(*header_find(headers, 3, S("etag")), "W/\"1\"");
	assert_null(header_find(headers, 3, S("Pref")));
	assert_null(header_find(NULL, 0, S("Prefer")));
}

static void one_request_gets_its_answer(void **state)
{
	(void)state;
	struct echo echo = echo_make();
	struct request r = { .method = METHOD_POST, .target = S("queues"), .body = S("{}") };
	struct response out;
	struct err e = { 0 };
	assert_true(service_call(&echo.service, &r, &out, &e));
	assert_int_equal(out.status, 200);
	expect_str(out.body, "{}");

	DEFER(buf_release) struct buf b = buf_make(0);
	struct buf_sink sink = buf_sink_make(&b);
	r.into = &sink.sink;
	assert_true(service_call(&echo.service, &r, &out, &e));
	expect_str(buf_str(&b), "{}");
	assert_int_equal(out.body.n, 0);
}

static void a_failure_leaves_the_answer_alone(void **state)
{
	(void)state;
	struct echo echo = echo_make();
	struct request r = { .target = S("queues") };
	struct response out = { .status = 7 };
	struct err e = { 0 };
	echo.refuse_submit = true;
	assert_false(service_call(&echo.service, &r, &out, &e));
	assert_int_equal(e.kind, ERR_NETWORK);
	echo.refuse_submit = false;
	echo.refuse_next = true;
	assert_false(service_call(&echo.service, &r, &out, &e));
	assert_int_equal(e.kind, ERR_AUTH);
	assert_int_equal(out.status, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(methods_have_their_names),
		cmocka_unit_test(headers_are_found_whatever_their_case),
		cmocka_unit_test(one_request_gets_its_answer),
		cmocka_unit_test(a_failure_leaves_the_answer_alone),
	};
	return cmocka_run_group_tests_name("service", tests, NULL, NULL);
}

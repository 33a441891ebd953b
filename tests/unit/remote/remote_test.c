/* SPDX-License-Identifier: MIT */
/*
 * A real environment as a service: what is asked, what is asked again, and what is told about what went wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/guid.h"
#include "remote/remote.h"

#include "remote_bed.h"

#include "base/banned.h"

/* ---- tests ---- */

static void a_request_has_the_headers_of_the_web_api(void **state)
{
	BED(b, { "204 No Content", NULL, NULL, 0, 0 });
	struct service *s = bed_open(&b);

	(void)state;
	call(s, &get_queues);
	call(s, &post_queue);

	struct str get = scripted_asked(&b.server, 0), post = scripted_asked(&b.server, 1);

	HAS(get, "GET /api/data/v9.2/queues?$filter=name%20eq%20'secret' HTTP/1.1\r\n");
	HAS(get, "\r\nAccept: application/json\r\n");
	HAS(get, "\r\nOData-MaxVersion: 4.0\r\nOData-Version: 4.0\r\n");
	HAS(get, "\r\nIf-None-Match: null\r\n");
	HAS(get, "\r\nAuthorization: Bearer " TOKEN_1 "\r\n");
	assert_false(has(get, "Content-Type"));
	assert_false(has(post, "If-None-Match"));
	HAS(post, "\r\nContent-Type: application/json; charset=utf-8\r\n");

	struct str name = S("x-ms-client-request-id: ");
	struct str one = str_sub(str_skip(get, str_find(get, name) + name.n), 0, 36);
	struct str other = str_sub(str_skip(post, str_find(post, name) + name.n), 0, 36);
	struct guid g;

	assert_true(guid_parse(one, &g));
	assert_true(guid_parse(other, &g));
	assert_false(str_eq(one, other));
	/* the connection is kept */
	assert_int_equal(b.server.log->connections, 1);
}

static void headers_of_a_request_go_before_ours(void **state)
{
	BED(b, { "204 No Content", "Set-Cookie: ARRAffinity=abc; path=/\r\n", NULL, 0, 0 });
	struct service *s = bed_open(&b);
	struct header headers[] = { { S("accept"), S("application/xml") },
				    { S("If-None-Match"), S("*") } };
	struct request r = get_queues;

	(void)state;
	r.headers = headers;
	r.nheaders = COUNT_OF(headers);
	call(s, &r);
	call(s, &r);
	for (unsigned i = 0; i < 2; i++) {
		struct str asked = scripted_asked(&b.server, i);

		HAS(asked, "\r\naccept: application/xml\r\n");
		HAS(asked, "\r\nIf-None-Match: *\r\n");
		assert_false(has(asked, "null"));
		assert_false(has(asked, "application/json"));
		/* no affinity */
		assert_false(has(asked, "Cookie"));
	}
}

static void who_is_impersonated_is_told(void **state)
{
	BED(b, { "204 No Content", NULL, NULL, 0, 0 });
	BED(c, { "204 No Content", NULL, NULL, 0, 0 });

	(void)state;
	b.profile.impersonate = S("10000000-0000-0000-0000-000000000001");
	call(bed_open(&b), &get_queues);
	HAS(scripted_asked(&b.server, 0),
	    "\r\nCallerObjectId: 10000000-0000-0000-0000-000000000001\r\n");
	c.profile.impersonate = S("user:10000000-0000-0000-0000-000000000002");
	call(bed_open(&c), &get_queues);
	HAS(scripted_asked(&c.server, 0),
	    "\r\nMSCRMCallerID: 10000000-0000-0000-0000-000000000002\r\n");
}

static void a_refused_token_is_renewed_once_for_all_and_the_requests_repeated(void **state)
{
	BED(b, { "401 Unauthorized", NULL, NULL, 0, 100 },
	    { "401 Unauthorized", NULL, NULL, 0, 100 }, { "401 Unauthorized", NULL, NULL, 0, 100 },
	    { "204 No Content", NULL, NULL, 0, 0 });
	struct service *s = bed_open(&b);
	struct err e;
	unsigned seen = 0;

	(void)state;
	for (uint64_t i = 0; i < 3; i++)
		assert_true(s->submit(s, &post_queue, i, &e));
	for (int i = 0; i < 3; i++) {
		struct response out;
		uint64_t tag;

		assert_true(s->next(s, &tag, &out, &e));
		assert_int_equal(out.status, 204);
		seen |= 1u << tag;
	}
	assert_int_equal(seen, 7);
	assert_int_equal(b.tokens.renewed, 1);
	assert_int_equal(remote_counts(b.remote).renewed, 1);
	assert_int_equal(b.server.log->requests, 6);
	HAS(scripted_asked(&b.server, 5), "Bearer " TOKEN_2);
}

static void a_second_refusal_ends_the_service(void **state)
{
	BED(b, { "401 Unauthorized",
		 "WWW-Authenticate: Bearer error=\"invalid_token\"\r\n"
		 "x-ms-service-request-id: 0f\r\n",
		 NULL, 0, 0 });
	struct service *s = bed_open(&b);
	struct err e = call_fails(s, &get_queues);
	struct response out;
	uint64_t tag;

	(void)state;
	assert_int_equal(e.kind, ERR_AUTH);
	HAS(str_from(e.msg), "GET queues: ");
	HAS(str_from(e.msg), "401");
	HAS(str_from(e.msg), "request id 0f");
	assert_false(has(str_from(e.msg), "eyJ"));
	assert_false(has(str_from(e.msg), "secret"));
	assert_int_equal(b.server.log->requests, 2);
	assert_false(s->next(s, &tag, &out, &e));
	assert_int_equal(e.kind, ERR_AUTH);
	assert_false(s->submit(s, &get_queues, 1, &e));
}

static void a_request_is_refused_again_while_others_are_let_in(void **state)
{
	BED(b, { "401 Unauthorized", NULL, NULL, 0, 200 }, { "204 No Content", NULL, NULL, 0, 300 },
	    { "401 Unauthorized", NULL, NULL, 0, 400 }, { "204 No Content", NULL, NULL, 0, 0 });
	struct service *s = bed_open(&b);
	struct err e;

	(void)state;
	for (uint64_t i = 0; i < 2; i++)
		assert_true(s->submit(s, &post_queue, i, &e));
	for (int i = 0; i < 2; i++) {
		struct response out;
		uint64_t tag;

		assert_true(s->next(s, &tag, &out, &e));
		assert_int_equal(out.status, 204);
	}
	assert_int_equal(b.tokens.renewed, 2);
	assert_int_equal(b.server.log->requests, 4);
}

static void who_did_not_sign_in_is_told_how_to(void **state)
{
	BED(b, { "401 Unauthorized", NULL, NULL, 0, 0 });

	(void)state;
	bed_open(&b);
	remote_close(&b.remote);
	b.options.tokens = NULL;

	struct err e;

	assert_true(remote_open(&b.remote, &arena, &b.options, &e));
	e = call_fails(remote_service(b.remote), &get_queues);
	assert_int_equal(e.kind, ERR_AUTH);
	HAS(str_from(e.msg), "none was used");
	HAS(str_from(e.msg), "ferry env add");
	assert_false(has(str_from(e.msg), "sign in again"));
}

static void a_token_that_cannot_be_renewed_says_why(void **state)
{
	BED(b, { "401 Unauthorized", NULL, NULL, 0, 0 });
	struct service *s = bed_open(&b);

	(void)state;
	b.tokens.refuses = true;

	struct err e = call_fails(s, &get_queues);

	assert_int_equal(e.kind, ERR_AUTH);
	assert_string_equal(e.msg, "the secret has expired");
	assert_int_equal(b.server.log->requests, 1);
}

static void a_missing_privilege_is_an_answer(void **state)
{
	BED(b, { "403 Forbidden", JSON, ERROR("0x80040220", "no"), 0, 0 });
	struct response a = call(bed_open(&b), &get_queues);

	(void)state;
	assert_int_equal(a.fate, FATE_ANSWERED);
	assert_int_equal(a.status, 403);
	assert_true(str_eq(a.body, S(ERROR("0x80040220", "no"))));
}

static void nothing_is_sent_while_the_service_asks_for_quiet(void **state)
{
	BED(b, { "204 No Content", NULL, NULL, 0, 0 }, { "204 No Content", NULL, NULL, 0, 300 },
	    { "429 Too Many Requests", JSON "Retry-After: 1\r\n", ERROR("0x80072322", "slow"), 0,
	      0 },
	    { "204 No Content", NULL, NULL, 0, 0 });
	struct service *s = bed_open(&b);
	struct response out;
	struct err e;
	uint64_t tag;

	(void)state;
	call(s, &post_queue);
	for (uint64_t i = 0; i < 6; i++)
		assert_true(s->submit(s, &post_queue, i, &e));
	for (int i = 0; i < 6; i++) {
		assert_true(s->next(s, &tag, &out, &e));
		assert_int_equal(out.status, 204);
	}
	assert_int_equal(remote_counts(b.remote).throttled, 1);
	assert_int_equal(b.server.log->requests, 8);

	/* those that were on their way when it was said are through within moments; all others came after it */
	int64_t said = b.server.log->asked[2].at;

	for (unsigned i = 3; i < 8; i++) {
		int64_t after = b.server.log->asked[i].at - said;

		assert_true(after < 250 || after >= 990);
	}
	assert_true(b.server.log->asked[7].at - said >= 990);
}

static void what_reads_is_asked_again(void **state)
{
	BED(b, { "503 Service Unavailable", NULL, NULL, 0, 0 }, { NULL, NULL, NULL, 0, 0 },
	    { "200 OK", JSON, "{\"value\":[]}", 0, 0 });
	struct response a = call(bed_open(&b), &get_queues);

	(void)state;
	assert_int_equal(a.status, 200);
	assert_true(str_eq(a.body, S("{\"value\":[]}")));
	/* a connection that was kept and is gone is another one's matter */
	assert_in_range(remote_counts(b.remote).retried, 1, 2);
	assert_int_equal(b.server.log->requests, 3);
}

static void a_write_whose_answer_was_lost_is_given_back(void **state)
{
	BED(b, { NULL, NULL, NULL, 0, 0 }, { "503 Service Unavailable", NULL, NULL, 0, 0 },
	    { "200 OK", JSON, "{\"a\":1234567}", 5, 0 }, { "200 OK", PAGE, "<html>", 0, 0 });
	static const char *const said[] = { "did not answer", "503", "broke off its answer",
					    "text/html" };
	struct service *s = bed_open(&b);

	(void)state;
	for (unsigned i = 0; i < COUNT_OF(said); i++) {
		struct response a = call(s, &post_queue);

		assert_int_equal(a.fate, FATE_UNKNOWN);
		assert_int_equal(a.status, 0);
		assert_non_null(a.failure);
		assert_int_equal(a.failure->kind, ERR_NETWORK);
		HAS(str_from(a.failure->msg), "POST queues: ");
		HAS(str_from(a.failure->msg), "127.0.0.1");
		HAS(str_from(a.failure->msg), "request id ");
		HAS(str_from(a.failure->msg), said[i]);
		assert_int_equal(b.server.log->requests, i + 1);
	}
}

/* ---- bodies ---- */

struct collected {
	struct buf_sink sink;
	struct buf buf;
	unsigned again;
};

static void collected_again(void *context)
{
	struct collected *c = context;

	c->again++;
	buf_clear(&c->buf);
}

static struct request into(struct collected *c)
{
	struct request r = get_queues;

	*c = (struct collected){ .buf = buf_make(0) };
	c->sink = buf_sink_make(&c->buf);
	r.into = &c->sink.sink;
	r.again = collected_again;
	r.again_context = c;
	return r;
}

static void a_body_that_broke_off_comes_again_from_its_start(void **state)
{
	BED(b, { "200 OK", JSON, "{\"value\":[{\"a\":1}]}", 5, 0 },
	    { "200 OK", JSON, "{\"value\":[{\"a\":", 0, 0 },
	    { "200 OK", JSON, "{\"value\":[{\"a\":1}]}", 0, 0 });
	struct collected c;
	struct request r = into(&c);
	struct response a = call(bed_open(&b), &r);

	(void)state;
	assert_int_equal(a.status, 200);
	assert_int_equal(a.body.n, 0);
	/* cut by the connection, then ended in the middle of a JSON */
	assert_int_equal(c.again, 2);
	assert_true(str_eq(buf_str(&c.buf), S("{\"value\":[{\"a\":1}]}")));
	buf_release(&c.buf);
}

static void a_body_that_cannot_come_again_is_not_asked_for_again(void **state)
{
	BED(b, { "200 OK", JSON, "{\"value\":[{\"a\":1}]}", 5, 0 });
	struct collected c;
	struct request r = into(&c);

	(void)state;
	r.again = NULL;

	struct response a = call(bed_open(&b), &r);

	assert_int_equal(a.fate, FATE_NOT_DONE);
	HAS(str_from(a.failure->msg), "broke off its answer");
	assert_int_equal(b.server.log->requests, 1);
	buf_release(&c.buf);
}

static void the_page_of_a_proxy_never_reaches_the_sink(void **state)
{
	BED(b, { "200 OK", PAGE, "<html>please sign in</html>", 0, 0 },
	    { "200 OK", JSON, "{}", 0, 0 });
	struct collected c;
	struct request r = into(&c);
	struct response a = call(bed_open(&b), &r);

	(void)state;
	assert_int_equal(a.status, 200);
	assert_int_equal(c.again, 0);
	assert_true(str_eq(buf_str(&c.buf), S("{}")));
	buf_release(&c.buf);
}

static void half_a_batch_is_no_answer(void **state)
{
	BED(b,
	    { "200 OK", "Content-Type: multipart/mixed; boundary=batch_x\r\n",
	      "--batch_x\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}\r\n", 0,
	      0 },
	    { "200 OK", "Content-Type: multipart/mixed; boundary=batch_x\r\n",
	      "--batch_x\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}\r\n"
	      "--batch_x--\r\n",
	      0, 0 });
	struct request r = {
		.method = METHOD_POST, .target = S("$batch"), .body = S("x"), .repeatable = true
	};
	struct response a = call(bed_open(&b), &r);

	(void)state;
	assert_int_equal(a.status, 200);
	assert_true(str_ends(a.body, S("--batch_x--\r\n")));
	assert_int_equal(b.server.log->requests, 2);
}

/* ---- the end ---- */

static void who_cancels_is_heard_soon(void **state)
{
	BED(b, { "204 No Content", NULL, NULL, 0, 5000 });
	int64_t at = scripted_now() + 300;

	(void)state;
	b.options.cancelled = cancelled_at;
	b.options.context = &at;

	struct err e = call_fails(bed_open(&b), &get_queues);

	assert_int_equal(e.kind, ERR_CANCELLED);
	assert_true(scripted_now() - at < 1000);
}

static void what_cannot_be_a_request_is_told_to_who_made_it(void **state)
{
	BED(b, { "204 No Content", NULL, NULL, 0, 0 });
	struct service *s = bed_open(&b);
	struct request r = get_queues;
	struct err e;

	(void)state;
	r.target = S("queues?a=b c\r\nX: y");
	assert_false(s->submit(s, &r, 1, &e));
	assert_int_equal(e.kind, ERR_INPUT);
	assert_int_equal(b.server.log->requests, 0);
}

static void width_follows_the_hint(void **state)
{
	BED(b, { "204 No Content", "x-ms-dop-hint: 12\r\n", NULL, 0, 0 });
	struct service *s = bed_open(&b);

	(void)state;
	assert_int_equal(s->width, 4);
	call(s, &get_queues);
	assert_int_equal(s->width, 12);
}

static void a_fixed_number_of_requests_is_never_passed(void **state)
{
	BED(b, { "204 No Content", "x-ms-dop-hint: 12\r\n", NULL, 0, 50 });
	struct service *s;
	struct response out;
	struct err e;
	uint64_t tag;

	(void)state;
	b.options.concurrency = 2;
	s = bed_open(&b);
	for (uint64_t i = 0; i < 10; i++)
		assert_true(s->submit(s, &get_queues, i, &e));
	for (int i = 0; i < 10; i++) {
		assert_true(s->next(s, &tag, &out, &e));
		assert_int_equal(s->width, 2);
	}
	assert_int_equal(b.server.log->connections, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_has_the_headers_of_the_web_api),
		cmocka_unit_test(headers_of_a_request_go_before_ours),
		cmocka_unit_test(who_is_impersonated_is_told),
		cmocka_unit_test(a_refused_token_is_renewed_once_for_all_and_the_requests_repeated),
		cmocka_unit_test(a_second_refusal_ends_the_service),
		cmocka_unit_test(a_request_is_refused_again_while_others_are_let_in),
		cmocka_unit_test(who_did_not_sign_in_is_told_how_to),
		cmocka_unit_test(a_token_that_cannot_be_renewed_says_why),
		cmocka_unit_test(a_missing_privilege_is_an_answer),
		cmocka_unit_test(nothing_is_sent_while_the_service_asks_for_quiet),
		cmocka_unit_test(what_reads_is_asked_again),
		cmocka_unit_test(a_write_whose_answer_was_lost_is_given_back),
		cmocka_unit_test(a_body_that_broke_off_comes_again_from_its_start),
		cmocka_unit_test(a_body_that_cannot_come_again_is_not_asked_for_again),
		cmocka_unit_test(the_page_of_a_proxy_never_reaches_the_sink),
		cmocka_unit_test(half_a_batch_is_no_answer),
		cmocka_unit_test(who_cancels_is_heard_soon),
		cmocka_unit_test(what_cannot_be_a_request_is_told_to_who_made_it),
		cmocka_unit_test(width_follows_the_hint),
		cmocka_unit_test(a_fixed_number_of_requests_is_never_passed),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

/* SPDX-License-Identifier: MIT */
/*
 * A real environment as a service: answers that are none, those of other requests, and who is not there at all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "remote/remote.h"

#include "remote_bed.h"

#include "base/banned.h"

static void an_answer_without_its_json_is_none(void **state)
{
	BED(b, { "200 OK", JSON, "", 0, 0 }, { "200 OK", JSON, "{}", 0, 0 },
	    { "200 OK", JSON, "", 0, 0 });
	struct service *s = bed_open(&b);

	(void)state;
	assert_true(str_eq(call(s, &get_queues).body, S("{}")));
	assert_int_equal(b.server.log->requests, 2);
	assert_int_equal(call(s, &post_queue).fate, FATE_UNKNOWN);
}

/* A proxy gives an answer twice: the second is not that of the next request. */
static void an_answer_that_came_before_is_not_taken_for_another_request(void **state)
{
	BED(b, { "204 No Content", "x-ms-service-request-id: 0a\r\n", NULL, 0, 0 });
	struct service *s = bed_open(&b);
	struct request other = get_queues;

	(void)state;
	assert_int_equal(call(s, &post_queue).fate, FATE_ANSWERED);

	struct response a = call(s, &post_queue);

	assert_int_equal(a.fate, FATE_UNKNOWN);
	HAS(str_from(a.failure->msg), "the answer to another request");
	/* over another connection it may be what it likes; what reads is asked for again */
	assert_int_equal(call(s, &get_queues).fate, FATE_ANSWERED);
	other.target = S("teams");
	assert_int_equal(call(s, &other).fate, FATE_ANSWERED);
	assert_int_equal(b.server.log->requests, 5);
	assert_int_equal(b.server.log->connections, 3);
	/* the same question may have the same answer */
	assert_int_equal(call(s, &other).fate, FATE_ANSWERED);
	assert_int_equal(b.server.log->requests, 6);
}

static void a_success_without_an_id_among_those_with_one_is_not_believed_at_once(void **state)
{
	BED(b, { "204 No Content", NULL, NULL, 0, 0 },
	    { "204 No Content", "x-ms-service-request-id: 0a\r\n", NULL, 0, 0 },
	    { "204 No Content", NULL, NULL, 0, 0 },
	    { "204 No Content", "REQ_ID: 0b\r\n", NULL, 0, 0 },
	    { "204 No Content", NULL, NULL, 0, 0 });
	struct service *s = bed_open(&b);

	(void)state;
	assert_int_equal(call(s, &post_queue).fate, FATE_ANSWERED);
	assert_int_equal(call(s, &post_queue).fate, FATE_ANSWERED);
	assert_int_equal(call(s, &post_queue).fate, FATE_UNKNOWN);
	assert_int_equal(call(s, &get_queues).fate, FATE_ANSWERED);
	assert_int_equal(b.server.log->requests, 4);
	/* what reads is asked again, and then it is how the service is */
	assert_int_equal(call(s, &get_queues).fate, FATE_ANSWERED);
	assert_int_equal(b.server.log->requests, 8);
}

static void a_failure_that_the_service_has_not_numbered_has_our_number(void **state)
{
	BED(b, { "500 Internal Server Error", JSON, ERROR("0x80040216", "no"), 0, 0 });
	struct response a = call(bed_open(&b), &get_queues);
	struct str name = S("x-ms-client-request-id: "), asked = scripted_asked(&b.server, 0);
	struct str ours = str_sub(str_skip(asked, str_find(asked, name) + name.n), 0, 36);
	struct err e;

	(void)state;
	assert_false(service_refused(&a, &e));
	HAS(str_from(e.msg), str_cstr(&arena, str_fmt(&arena, "(request id %.*s)", STR_ARG(ours))));
}

static void a_pause_of_no_time_is_no_reason_to_hurry(void **state)
{
	BED(b, { "429 Too Many Requests", "Retry-After: 0\r\n", NULL, 0, 0 },
	    { "429 Too Many Requests", "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", NULL, 0,
	      0 },
	    { "204 No Content", NULL, NULL, 0, 0 });

	(void)state;
	assert_int_equal(call(bed_open(&b), &post_queue).status, 204);
	assert_true(b.server.log->asked[1].at - b.server.log->asked[0].at >= 500);
	assert_true(b.server.log->asked[2].at - b.server.log->asked[1].at >= 500);
}

/* Ours may be wrong by hours. */
static void a_date_to_wait_for_is_read_by_the_clock_of_the_service(void **state)
{
	BED(b,
	    { "429 Too Many Requests",
	      "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
	      "Retry-After: Sun, 06 Nov 1994 08:49:39 GMT\r\n",
	      NULL, 0, 0 },
	    { "204 No Content", NULL, NULL, 0, 0 });

	(void)state;
	assert_int_equal(call(bed_open(&b), &post_queue).status, 204);
	assert_true(b.server.log->asked[1].at - b.server.log->asked[0].at >= 1990);
}

static void who_was_never_there_is_told_soon_and_who_was_is_waited_for(void **state)
{
	BED(b, { "204 No Content", "Connection: close\r\n", NULL, 0, 0 });
	BED(c, { "204 No Content", NULL, NULL, 0, 0 });
	int64_t began = scripted_now();
	int64_t at = began + 5000;

	(void)state;
	scripted_stop(&c.server);
	assert_int_equal(call_fails(bed_open(&c), &get_queues).kind, ERR_NETWORK);
	assert_in_range(scripted_now() - began, 700, 3500);

	b.options.cancelled = cancelled_at;
	b.options.context = &at;

	struct service *s = bed_open(&b);

	assert_int_equal(call(s, &get_queues).status, 204);
	scripted_stop(&b.server);
	assert_int_equal(call_fails(s, &get_queues).kind, ERR_CANCELLED);
	c.server = scripted_start(c_steps, 1);
	b.server = scripted_start(b_steps, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_without_its_json_is_none),
		cmocka_unit_test(an_answer_that_came_before_is_not_taken_for_another_request),
		cmocka_unit_test(
			a_success_without_an_id_among_those_with_one_is_not_believed_at_once),
		cmocka_unit_test(a_failure_that_the_service_has_not_numbered_has_our_number),
		cmocka_unit_test(a_pause_of_no_time_is_no_reason_to_hurry),
		cmocka_unit_test(a_date_to_wait_for_is_read_by_the_clock_of_the_service),
		cmocka_unit_test(who_was_never_there_is_told_soon_and_who_was_is_waited_for),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

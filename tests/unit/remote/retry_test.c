/* SPDX-License-Identifier: MIT */
/*
 * What is sent again: a table of what Microsoft's clients repeat, with writes that may have been done left to whoever sent
 * them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "remote/retry.h"

#include "base/banned.h"

static const struct request read_request = { .method = METHOD_GET };
static const struct request write_request = { .method = METHOD_POST };
static const struct request read_batch = { .method = METHOD_POST, .repeatable = true };

static enum verdict verdict_of(const struct request *r, enum http_outcome outcome, int status,
			       unsigned tries)
{
	struct retry_question q = {
		.request = r, .outcome = outcome, .status = status, .tries = tries
	};

	return retry_verdict(&q);
}

static void what_reads_is_asked_again_until_the_tries_are_used_up(void **state)
{
	static const int statuses[] = { 408, 502, 503, 504 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(statuses); i++) {
		assert_int_equal(verdict_of(&read_request, HTTP_ANSWERED, statuses[i], 1),
				 RETRY_AGAIN);
		assert_int_equal(verdict_of(&read_batch, HTTP_ANSWERED, statuses[i], 1),
				 RETRY_AGAIN);
		assert_int_equal(verdict_of(&read_request, HTTP_ANSWERED, statuses[i], RETRY_TRIES),
				 RETRY_NO);
	}
	assert_int_equal(verdict_of(&read_request, HTTP_PERHAPS_SENT, 0, 7), RETRY_AGAIN);
	assert_int_equal(verdict_of(&read_request, HTTP_ANSWER_BROKEN, 200, 7), RETRY_AGAIN);
	assert_int_equal(verdict_of(&read_request, HTTP_ANSWER_BROKEN, 200, 8), RETRY_NO);
}

static void a_write_that_may_have_been_done_is_left_to_its_sender(void **state)
{
	(void)state;
	assert_int_equal(verdict_of(&write_request, HTTP_ANSWERED, 503, 1), RETRY_CHECK);
	assert_int_equal(verdict_of(&write_request, HTTP_ANSWERED, 504, 1), RETRY_CHECK);
	assert_int_equal(verdict_of(&write_request, HTTP_PERHAPS_SENT, 0, 1), RETRY_CHECK);
	assert_int_equal(verdict_of(&write_request, HTTP_ANSWER_BROKEN, 204, 1), RETRY_CHECK);
}

static void what_was_certainly_not_done_is_sent_again_write_or_not(void **state)
{
	(void)state;
	assert_int_equal(verdict_of(&write_request, HTTP_NOT_SENT, 0, 1), RETRY_AGAIN);
	assert_int_equal(verdict_of(&write_request, HTTP_NOT_SENT, 0, RETRY_TRIES), RETRY_NO);
	/* throttled: as often as it takes */
	assert_int_equal(verdict_of(&write_request, HTTP_ANSWERED, 429, 100), RETRY_AGAIN);
	assert_int_equal(verdict_of(&read_request, HTTP_ANSWERED, 429, 100), RETRY_AGAIN);
}

static void an_answer_of_the_service_stands(void **state)
{
	static const int statuses[] = { 200, 204, 304, 400, 403, 404, 412, 413, 500, 501 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(statuses); i++) {
		assert_int_equal(verdict_of(&read_request, HTTP_ANSWERED, statuses[i], 1),
				 RETRY_NO);
		assert_int_equal(verdict_of(&write_request, HTTP_ANSWERED, statuses[i], 1),
				 RETRY_NO);
	}
}

static void a_page_of_a_proxy_is_no_answer_of_the_service(void **state)
{
	struct retry_question q = { .request = &read_request,
				    .outcome = HTTP_ANSWERED,
				    .status = 200,
				    .foreign = true,
				    .tries = 1 };

	(void)state;
	assert_int_equal(retry_verdict(&q), RETRY_AGAIN);
	q.request = &write_request;
	assert_int_equal(retry_verdict(&q), RETRY_CHECK);
}

static void what_will_fail_again_is_not_tried_again(void **state)
{
	struct retry_question q = {
		.request = &read_request, .outcome = HTTP_NOT_SENT, .hopeless = true, .tries = 1
	};

	(void)state;
	assert_int_equal(retry_verdict(&q), RETRY_BROKEN);
	assert_int_equal(verdict_of(&read_request, HTTP_TOO_LARGE, 200, 1), RETRY_BROKEN);
	assert_int_equal(verdict_of(&read_request, HTTP_SINK_FAILED, 200, 1), RETRY_BROKEN);
}

static void waits_double_up_to_half_a_minute_with_jitter(void **state)
{
	static const int64_t whole[] = { 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000 };
	struct rng rng = rng_from_seed(4);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(whole); i++) {
		int64_t least = INT64_MAX, most = 0;

		for (int k = 0; k < 1000; k++) {
			int64_t ms = retry_wait_ms((unsigned)i + 1, &rng);

			least = ms < least ? ms : least;
			most = ms > most ? ms : most;
		}
		assert_in_range(least, whole[i] / 2, whole[i] * 6 / 10);
		assert_in_range(most, whole[i] * 9 / 10, whole[i]);
	}
	assert_in_range(retry_wait_ms(4000000000u, &rng), 15000, 30000);
}

static void a_retry_after_is_seconds_or_a_date(void **state)
{
	/* date -u -d '1994-11-06 08:49:37' +%s */
	const int64_t at = 784111777;

	(void)state;
	assert_int_equal(retry_after_ms(S("30"), at), 30000);
	assert_int_equal(retry_after_ms(S(" 0 "), at), 0);
	assert_int_equal(retry_after_ms(S("Sun, 06 Nov 1994 08:49:37 GMT"), at - 12), 12000);
	assert_int_equal(retry_after_ms(S("Sun, 06 Nov 1994 08:49:37 GMT"), at + 12), 0);
	assert_int_equal(retry_after_ms(S("99999999"), at), RETRY_AFTER_MAX_MS);
	assert_int_equal(retry_after_ms(S("Sun, 06 Nov 2094 08:49:37 GMT"), at),
			 RETRY_AFTER_MAX_MS);
	assert_int_equal(retry_after_ms(S(""), at), -1);
	assert_int_equal(retry_after_ms(S("soon"), at), -1);
	assert_int_equal(retry_after_ms(S("-5"), at), -1);
	assert_int_equal(retry_after_ms(S("Sun, 06 Nov 1994 08:49:37 CET"), at), -1);
	assert_int_equal(retry_after_ms(S("Sun, 36 Nov 1994 08:49:37 GMT"), at), -1);
	assert_int_equal(retry_after_ms(S("Sun, 06 ovD 1994 08:49:37 GMT"), at), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_reads_is_asked_again_until_the_tries_are_used_up),
		cmocka_unit_test(a_write_that_may_have_been_done_is_left_to_its_sender),
		cmocka_unit_test(what_was_certainly_not_done_is_sent_again_write_or_not),
		cmocka_unit_test(an_answer_of_the_service_stands),
		cmocka_unit_test(a_page_of_a_proxy_is_no_answer_of_the_service),
		cmocka_unit_test(what_will_fail_again_is_not_tried_again),
		cmocka_unit_test(waits_double_up_to_half_a_minute_with_jitter),
		cmocka_unit_test(a_retry_after_is_seconds_or_a_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

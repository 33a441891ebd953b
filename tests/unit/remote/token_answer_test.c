/* SPDX-License-Identifier: MIT */
/*
 * Tokens in the forms in which endpoints and programs give them, and when they end.
 */
#include "remote/token_answer.h"

#include "../base/expect.h"

#define NOW 1800000000

static struct arena arena;

static struct token read_it(const char *text, int64_t theirs)
{
	struct token_moment at = { NOW, theirs };
	struct token t;
	struct err e;

	if (!token_of_text(&arena, str_from(text), &at, &t, &e))
		fail_msg("%s: %s", text, e.msg);
	return t;
}

static void refuse(const char *text)
{
	struct token_moment at = { NOW, 0 };
	struct token t;
	struct err e;

	if (token_of_text(&arena, str_from(text), &at, &t, &e))
		fail_msg("%s", text);
	assert_int_equal(e.kind, ERR_INPUT);
	assert_null(strstr(e.msg, "hush"));
}

static void a_lifetime_counts_from_the_answer_whatever_the_clock_says(void **state)
{
	struct token t = read_it("{\"access_token\":\"t\",\"expires_in\":3599,\"expires_on\":5,"
				 "\"refresh_token\":\"r\",\"token_type\":\"bearer\"}",
				 NOW - 100000);

	(void)state;
	expect_str(t.text, "t");
	expect_str(t.refresh, "r");
	assert_int_equal(t.expires, NOW + 3599);
	assert_int_equal(t.renew, NOW + 3599 - 300);
	/* as v1 and the metadata service write it */
	assert_int_equal(read_it("{\"access_token\":\"t\",\"expires_in\":\"60\"}", 0).expires,
			 NOW + 60);
}

static void a_short_life_is_renewed_at_its_half(void **state)
{
	(void)state;
	assert_int_equal(read_it("{\"access_token\":\"t\",\"expires_in\":600}", 0).renew,
			 NOW + 300);
	assert_int_equal(read_it("{\"access_token\":\"t\",\"expires_in\":601}", 0).renew,
			 NOW + 301);
	assert_int_equal(read_it("{\"access_token\":\"t\",\"expires_in\":10}", 0).renew, NOW + 5);
	assert_int_equal(read_it("{\"access_token\":\"t\",\"expires_in\":0}", 0).renew, NOW);
}

static void a_moment_is_taken_against_the_clock_of_who_tells_it(void **state)
{
	(void)state;
	assert_int_equal(
		read_it("{\"access_token\":\"t\",\"expires_on\":\"1800001000\"}", 0).expires,
		NOW + 1000);
	assert_int_equal(
		read_it("{\"access_token\":\"t\",\"expires_on\":1800001000}", NOW - 500).expires,
		NOW + 1500);
	/* 2027-01-15T08:20:00Z is 1800001200 */
	assert_int_equal(
		read_it("{\"accessToken\":\"t\",\"expiresOn\":\"2027-01-15T08:20:00Z\"}", 0)
			.expires,
		NOW + 1200);
	assert_int_equal(read_it("{\"accessToken\":\"t\",\"expiresOn\":"
				 "\"2027-01-15T09:20:00.000000+01:00\"}",
				 0)
				 .expires,
			 NOW + 1200);
	/* az also writes the number, and without a zone the text is no moment */
	assert_int_equal(
		read_it("{\"accessToken\":\"t\",\"expiresOn\":\"2020-01-01 00:00:00.000000\","
			"\"expires_on\":1800000900}",
			0)
			.expires,
		NOW + 900);
}

static void an_end_that_nobody_can_tell_is_unknown(void **state)
{
	static const char *const texts[] = {
		"opaque",
		"Bearer opaque",
		"{\"access_token\":\"t\"}",
		"{\"access_token\":\"t\",\"expires_in\":\"soon\"}",
		"{\"access_token\":\"t\",\"expires_in\":-1}",
		"{\"access_token\":\"t\",\"expires_on\":1700000000}",
		"{\"access_token\":\"t\",\"expires_in\":9223372036854775807}",
		"{\"access_token\":\"t\",\"expires_on\":9223372036854775807}",
		"{\"access_token\":\"t\",\"expiresOn\":\"2027-01-15 08:20:00.000000\"}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		assert_true(read_it(texts[i], 0).expires == INT64_MAX);
		assert_true(read_it(texts[i], 0).renew == INT64_MAX);
	}
}

/*
 * import base64, json; b = lambda d: base64.urlsafe_b64encode(json.dumps(d).encode()).rstrip(b"=").decode()
 * b({"alg": "RS256"}) + "." + b({"exp": ...}) + ".AAAA"
 */
static void a_token_tells_its_own_end(void **state)
{
	struct token later = read_it("eyJhbGciOiAiUlMyNTYifQ.eyJleHAiOiAxODAwMDAwNzAwfQ.AAAA", 0);
	struct token over = read_it("eyJhbGciOiAiUlMyNTYifQ.eyJleHAiOiAxNzAwMDAwMDAwfQ.AAAA", 0);

	(void)state;
	assert_int_equal(later.expires, NOW + 700);
	assert_int_equal(over.expires, NOW);
}

static void what_is_no_token_is_refused_without_being_repeated(void **state)
{
	static const char *const texts[] = {
		"",
		" ",
		"hush hush",
		"hush\nhush",
		"hush\x01",
		"h\xc3\xbcsh hush",
		"{",
		"{\"hush\": \"hush\"",
		"{\"access_token\":\"\"}",
		"{\"access_token\":7}",
		"{\"access_token\":\"hush\\r\\nX: y\"}",
		"{\"access_token\":\"hush\",\"token_type\":\"pop\"}",
		"{\"refresh_token\":\"hush\"}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		refuse(texts[i]);
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
		cmocka_unit_test(a_lifetime_counts_from_the_answer_whatever_the_clock_says),
		cmocka_unit_test(a_short_life_is_renewed_at_its_half),
		cmocka_unit_test(a_moment_is_taken_against_the_clock_of_who_tells_it),
		cmocka_unit_test(an_end_that_nobody_can_tell_is_unknown),
		cmocka_unit_test(a_token_tells_its_own_end),
		cmocka_unit_test(what_is_no_token_is_refused_without_being_repeated),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

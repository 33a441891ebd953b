/* SPDX-License-Identifier: MIT */
/*
 * What an authority refuses, told so that it helps, and without a word of what the authority said.
 */
#include "remote/sign_in_denial.h"

#include "../base/expect.h"

#define CORRELATION "0a1b2c3d-0000-4000-8000-00000000abcd"

static struct arena arena;

static const struct denial_context context = {
	.host = STR_INIT("login.example"),
	.client = STR_INIT("the-client"),
	.tenant = STR_INIT("the-tenant"),
	.resource = STR_INIT("https://org.example"),
	.certificate = STR_INIT("thumbprint AB"),
	.ahead = -900,
};

static struct err tell(const char *body)
{
	struct denial d;
	struct err e;

	assert_true(denial_read(&arena, str_from(body), &d));
	assert_false(denial_tell(&d, &context, &e));
	assert_int_equal(e.kind, ERR_AUTH);
	return e;
}

static void expect_in(const struct err *e, const char *text)
{
	if (!strstr(e->msg, text))
		fail_msg("no \"%s\" in: %s", text, e->msg);
}

static void common_refusals_say_what_to_do(void **state)
{
	static const struct {
		int number;
		const char *says, *helps;
	} cases[] = {
		{ 7000215, "secret is wrong", "not its id" },
		{ 7000222, "secret has expired", "make a new one" },
		{ 700027, "certificate", "thumbprint AB" },
		{ 700024, "valid time", "900 seconds behind" },
		{ 50034, "no such user", "check the account" },
		{ 700016, "no application", "client the-client, tenant the-tenant" },
		{ 65001, "consented", "the-client" },
		{ 53003, "conditional access", "administrator" },
		{ 90002, "no such tenant", "the-tenant" },
		{ 500011, "no such environment", "https://org.example" },
		{ 50076, "second factor", "sign in again" },
		{ 50079, "second factor", "browser" },
		{ 7000112, "disabled", "enable" },
		{ 50173, "revoked", "sign in again" },
		{ 700082, "not used", "sign in again" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct str body = str_fmt(
			&arena,
			"{\"error\":\"invalid_grant\",\"error_description\":\"AADSTS1: hush\","
			"\"error_codes\":[%d],\"correlation_id\":\"" CORRELATION "\"}",
			cases[i].number);
		struct err e = tell(str_cstr(&arena, body));

		expect_in(&e, cases[i].says);
		expect_in(&e, cases[i].helps);
		expect_in(&e, "login.example: ");
		expect_in(&e, "correlation id " CORRELATION);
		expect_in(&e, str_cstr(&arena, str_fmt(&arena, "AADSTS%d", cases[i].number)));
		assert_null(strstr(e.msg, "hush"));
	}
}

static void a_number_that_is_not_known_is_told_with_the_name_of_the_error(void **state)
{
	struct err e = tell("{\"error\":\"consent_required\",\"error_codes\":[123456789]}");

	(void)state;
	expect_in(&e, "AADSTS123456789");
	expect_in(&e, "consent");
	e = tell("{\"error\":\"something_else\"}");
	expect_in(&e, "something_else");
	e = tell(
		"{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: x. Trace ID: y "
		"Correlation ID: " CORRELATION " Timestamp: z\"}");
	expect_in(&e, "secret is wrong");
	expect_in(&e, CORRELATION);
}

static void nothing_of_a_strange_body_reaches_the_message(void **state)
{
	struct err e = tell("{\"error\":\"HUSH \\u001b[31m\",\"error_description\":\"hush\","
			    "\"error_codes\":[\"hush\"],\"correlation_id\":\"hush\"}");
	struct denial d;

	(void)state;
	assert_null(strstr(e.msg, "hush"));
	assert_null(strstr(e.msg, "HUSH"));
	assert_null(strchr(e.msg, 0x1b));
	assert_false(denial_read(&arena, S("<html>"), &d));
	assert_false(denial_read(&arena, S("{}"), &d));
	assert_false(denial_read(&arena, S("{\"error\":{\"code\":\"x\"}}"), &d));
	assert_false(denial_read(&arena, S(""), &d));
}

static void what_only_a_person_can_mend_is_known(void **state)
{
	static const char *const yes[] = { "invalid_grant", "interaction_required",
					   "login_required", "consent_required" };
	static const char *const no[] = { "invalid_client", "authorization_pending", "server_error",
					  "" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(yes); i++) {
		struct denial d = denial_of(&arena, str_from(yes[i]), S("AADSTS50173: x"));

		assert_true(denial_wants_person(&d));
		assert_int_equal(d.number, 50173);
	}
	for (size_t i = 0; i < COUNT_OF(no); i++) {
		struct denial d = denial_of(&arena, str_from(no[i]), S("AADSTS"));

		assert_false(denial_wants_person(&d));
		assert_int_equal(d.number, 0);
	}
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
		cmocka_unit_test(common_refusals_say_what_to_do),
		cmocka_unit_test(a_number_that_is_not_known_is_told_with_the_name_of_the_error),
		cmocka_unit_test(nothing_of_a_strange_body_reaches_the_message),
		cmocka_unit_test(what_only_a_person_can_mend_is_known),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

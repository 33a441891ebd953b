/* SPDX-License-Identifier: MIT */
/*
 * What a person reads of an error, and what a script sees of it: message, exit status, HTTP status.
 */
#include "base/err.h"

#include "expect.h"

static void setting_returns_false_and_fills_kind_code_and_message(void **state)
{
	struct err e = { .kind = ERR_ROWS, .code = 7 };

	(void)state;
	assert_false(err_set(&e, ERR_INPUT, "%s: %d rows", "data.xml", 3));
	assert_int_equal(e.kind, ERR_INPUT);
	assert_int_equal(e.code, 0);
	assert_string_equal(e.msg, "data.xml: 3 rows");
	assert_false(err_set_code(&e, ERR_NOT_FOUND, 0x80040217, "no such row"));
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	assert_int_equal(e.code, 0x80040217);
}

static void a_message_may_be_set_from_itself(void **state)
{
	struct err e;

	(void)state;
	err_set(&e, ERR_INPUT, "first");
	err_set(&e, e.kind, "second after %s and %s", e.msg, e.msg);
	assert_string_equal(e.msg, "second after first and first");
}

static void wrapping_puts_the_context_before_and_keeps_kind_and_code(void **state)
{
	struct err e;

	(void)state;
	err_set_code(&e, ERR_FORBIDDEN, 0x80040220, "privilege missing");
	assert_false(err_wrap(&e, "reading %s", "queue"));
	assert_false(err_wrap(&e, "while \"%s\"", e.msg));
	assert_string_equal(e.msg, "while \"reading queue: privilege missing\": reading queue: "
				   "privilege missing");
	assert_int_equal(e.kind, ERR_FORBIDDEN);
	assert_int_equal(e.code, 0x80040220);
}

static void a_message_that_just_fits_is_whole(void **state)
{
	struct err e;
	char text[sizeof(e.msg)];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	err_set(&e, ERR_INPUT, "%s", text);
	assert_string_equal(e.msg, text);
	err_set(&e, ERR_INPUT, "%sy", text);
	assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
	assert_string_equal(e.msg + sizeof(e.msg) - 5, "x...");
}

static void a_long_message_is_cut_between_characters(void **state)
{
	struct err e;
	char text[4096];

	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		memset(text, 'x', shift);
		for (size_t i = shift; i + 4 < sizeof(text); i += 4)
			memcpy(text + i, "\xf0\x9f\x92\x9a", 5);
		err_set(&e, ERR_INPUT, "%s", text);
		assert_true(str_is_utf8(str_from(e.msg)));
		assert_true(str_ends(str_from(e.msg), S("\x9a...")));
		assert_true(strlen(e.msg) > sizeof(e.msg) - 5 - 4);
	}
	err_wrap(&e, "%s", text);
	assert_true(str_is_utf8(str_from(e.msg)));
	assert_true(strlen(e.msg) < sizeof(e.msg));
}

static void a_long_message_keeps_its_context_when_wrapped(void **state)
{
	struct err e;
	char text[3000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	err_set(&e, ERR_INPUT, "%s", text);
	err_wrap(&e, "reading p.zip");
	assert_true(str_starts(str_from(e.msg), S("reading p.zip: xxx")));
	assert_true(str_ends(str_from(e.msg), S("xxx...")));
	assert_int_equal(strlen(e.msg), sizeof(e.msg) - 1);
}

static void exit_statuses_are_those_of_the_manual(void **state)
{
	(void)state;
	assert_int_equal(err_exit_status(ERR_NONE), 0);
	assert_int_equal(err_exit_status(ERR_ROWS), 1);
	assert_int_equal(err_exit_status(ERR_USAGE), 2);
	assert_int_equal(err_exit_status(ERR_AUTH), 3);
	assert_int_equal(err_exit_status(ERR_NETWORK), 4);
	assert_int_equal(err_exit_status(ERR_INPUT), 5);
	assert_int_equal(err_exit_status(ERR_CONFLICT), 6);
	assert_int_equal(err_exit_status(ERR_STALE), 7);
	assert_int_equal(err_exit_status(ERR_CANCELLED), 8);
	assert_int_equal(err_exit_status(ERR_INTERNAL), 9);
	assert_int_equal(err_exit_status(ERR_FORBIDDEN), 3);
	assert_int_equal(err_exit_status(ERR_NOT_FOUND), 4);
	assert_int_equal(err_exit_status(ERR_UNSUPPORTED), 4);
}

static void http_statuses_are_those_of_the_kinds(void **state)
{
	(void)state;
	assert_int_equal(err_http_status(ERR_BAD_REQUEST), 400);
	assert_int_equal(err_http_status(ERR_FORBIDDEN), 403);
	assert_int_equal(err_http_status(ERR_NOT_FOUND), 404);
	assert_int_equal(err_http_status(ERR_NOT_ALLOWED), 405);
	assert_int_equal(err_http_status(ERR_PRECONDITION), 412);
	assert_int_equal(err_http_status(ERR_TOO_LARGE), 413);
	assert_int_equal(err_http_status(ERR_UNSUPPORTED), 501);
	assert_int_equal(err_http_status(ERR_INPUT), 500);
	assert_int_equal(err_http_status(ERR_INTERNAL), 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(setting_returns_false_and_fills_kind_code_and_message),
		cmocka_unit_test(a_message_may_be_set_from_itself),
		cmocka_unit_test(wrapping_puts_the_context_before_and_keeps_kind_and_code),
		cmocka_unit_test(a_message_that_just_fits_is_whole),
		cmocka_unit_test(a_long_message_is_cut_between_characters),
		cmocka_unit_test(a_long_message_keeps_its_context_when_wrapped),
		cmocka_unit_test(exit_statuses_are_those_of_the_manual),
		cmocka_unit_test(http_statuses_are_those_of_the_kinds),
	};

	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}

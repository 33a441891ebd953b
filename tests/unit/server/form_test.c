/* SPDX-License-Identifier: MIT */
/*
 * Forms: names, values, escapes, and what is none.
 */
#include "server/form.h"

#include "../base/expect.h"
#include "base/limits.h"

static struct arena arena;

static void fields_are_decoded(void **state)
{
	struct form f;

	(void)state;
	assert_true(form_read(&arena, S("a=1+2%2B&b=&c&&d=x=y&%C3%BC=%e2%82%ac"), &f));
	assert_int_equal(f.fields.n, 5);
	assert_false(f.repeated);
	expect_str(form_get(&f, S("a")), "1 2+");
	expect_str(form_get(&f, S("b")), "");
	expect_str(form_get(&f, S("c")), "");
	expect_str(form_get(&f, S("d")), "x=y");
	expect_str(form_get(&f, S("\xc3\xbc")), "\xe2\x82\xac");
	expect_str(form_get(&f, S("e")), "");
	assert_true(form_read(&arena, S(""), &f));
	assert_int_equal(f.fields.n, 0);
}

static void a_name_that_comes_twice_is_told(void **state)
{
	struct form f;

	(void)state;
	assert_true(form_read(&arena, S("a=1&%61=2"), &f));
	assert_true(f.repeated);
	expect_str(form_get(&f, S("a")), "1");
}

static void what_cannot_be_read_is_refused(void **state)
{
	static const char *const bad[] = { "a=%", "a=%1", "a=%zz", "%=1", "a=%00", "a=%ff" };
	struct str many = S("");
	struct form f;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(form_read(&arena, str_from(bad[i]), &f));
	for (int i = 0; i <= LIMIT_URL_OPTIONS; i++)
		many = str_fmt(&arena, "%.*s&a%d=1", STR_ARG(many), i);
	assert_false(form_read(&arena, many, &f));
}

static void what_is_added_is_read_again(void **state)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	struct form f;

	(void)state;
	form_add(&b, S("a b"), S("1&2=3+4%"));
	form_add(&b, S("\xc3\xbc"), S(""));
	assert_true(form_read(&arena, buf_str(&b), &f));
	expect_str(form_get(&f, S("a b")), "1&2=3+4%");
	assert_int_equal(f.fields.n, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_decoded),
		cmocka_unit_test(a_name_that_comes_twice_is_told),
		cmocka_unit_test(what_cannot_be_read_is_refused),
		cmocka_unit_test(what_is_added_is_read_again),
	};

	arena = arena_make(0);

	int failures = cmocka_run_group_tests_name("form", tests, NULL, NULL);

	arena_release(&arena);
	return failures;
}

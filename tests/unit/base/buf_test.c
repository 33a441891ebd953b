/* SPDX-License-Identifier: MIT */
/*
 * The growing buffer, above all at its maximum.
 */
#include "base/buf.h"

#include "expect.h"

static void what_is_added_stands_in_order(void **state)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	(void)state;
	expect_str(buf_str(&b), "");
	buf_add(&b, S("a"));
	buf_add(&b, (struct str){ 0 });
	buf_add_char(&b, 'b');
	buf_add_fmt(&b, "-%d-%s", 42, "x");
	memcpy(buf_grow(&b, 3), "end", 3);
	expect_str(buf_str(&b), "ab-42-xend");
	buf_truncate(&b, 2);
	expect_str(buf_str(&b), "ab");
	buf_add_fmt(&b, "%s", "");
	expect_str(buf_str(&b), "ab");
}

static void formatted_text_of_any_length_is_whole(void **state)
{
	(void)state;
	for (int width = 1; width < 1200; width += 7) {
		DEFER(buf_release) struct buf b = buf_make(0);

		buf_add_fmt(&b, "<%*d>", width, 5);
		buf_add_fmt(&b, "<%*d>", width, 6);
		assert_int_equal(b.n, 2 * ((size_t)width + 2));
		assert_true(str_ends(buf_str(&b), S("6>")));
		assert_int_equal(str_find(buf_str(&b), S("5><")), width);
	}
}

static void a_buffer_holds_exactly_its_maximum(void **state)
{
	DEFER(buf_release) struct buf b = buf_make(10);
	struct err e;

	(void)state;
	buf_add(&b, S("01234"));
	buf_add_fmt(&b, "%s", "56789");
	assert_true(buf_check(&b, "the name", &e));
	expect_str(buf_str(&b), "0123456789");
	buf_add_char(&b, 'x');
	assert_false(buf_check(&b, "the name", &e));
	assert_int_equal(e.kind, ERR_INPUT);
	assert_string_equal(e.msg, "the name is larger than 10 bytes");
	expect_str(buf_str(&b), "0123456789");
}

static void once_full_nothing_more_is_added_until_cleared(void **state)
{
	DEFER(buf_release) struct buf b = buf_make(10);
	struct err e;

	(void)state;
	buf_add(&b, S("abc"));
	buf_add_fmt(&b, "%s", "01234567");
	assert_true(b.full);
	buf_add_char(&b, 'x');
	buf_add(&b, S("y"));
	buf_add_fmt(&b, "z");
	buf_add_code_point(&b, 'p');
	assert_null(buf_grow(&b, 1));
	expect_str(buf_str(&b), "abc");
	buf_clear(&b);
	assert_true(buf_check(&b, "it", &e));
	buf_add_char(&b, 'n');
	expect_str(buf_str(&b), "n");
}

static void sizes_that_overflow_make_it_full(void **state)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	(void)state;
	buf_add_char(&b, 'a');
	assert_null(buf_grow(&b, SIZE_MAX));
	assert_true(b.full);
}

static void code_points_become_utf8(void **state)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	(void)state;
	static const uint32_t points[] = { 0x41,   0x7f,    0x80,    0x7ff,   0x800,
					   0xffff, 0x10000, 0x1f49a, 0x10ffff };

	for (size_t i = 0; i < COUNT_OF(points); i++)
		buf_add_code_point(&b, points[i]);
	expect_str(buf_str(&b), "A\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80"
				"\xf0\x9f\x92\x9a\xf4\x8f\xbf\xbf");
}

static void a_released_buffer_can_be_used_again(void **state)
{
	struct buf b = buf_make(4);

	(void)state;
	buf_add(&b, S("12345"));
	buf_release(&b);
	buf_release(&b);
	buf_add(&b, S("1234"));
	expect_str(buf_str(&b), "1234");
	buf_add(&b, S("5"));
	assert_true(b.full);
	buf_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_added_stands_in_order),
		cmocka_unit_test(formatted_text_of_any_length_is_whole),
		cmocka_unit_test(a_buffer_holds_exactly_its_maximum),
		cmocka_unit_test(once_full_nothing_more_is_added_until_cleared),
		cmocka_unit_test(sizes_that_overflow_make_it_full),
		cmocka_unit_test(code_points_become_utf8),
		cmocka_unit_test(a_released_buffer_can_be_used_again),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}

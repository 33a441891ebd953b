/* SPDX-License-Identifier: MIT */
/*
 * Slices: finding, cutting, numbers and UTF-8.
 */
#include "base/str.h"

#include <math.h>

#include "expect.h"

static const struct str nothing;

static void slices_compare_by_bytes_shorter_first(void **state)
{
	(void)state;
	assert_true(str_eq(S(""), nothing));
	assert_true(str_eq(str_of("a\0b", 3), str_of("a\0b", 3)));
	assert_false(str_eq(S("a"), S("A")));
	assert_true(str_eq_ascii_nocase(S("Queue_1"), S("qUEUE_1")));
	assert_false(str_eq_ascii_nocase(S("\xc3\x84"), S("\xc3\xa4")));
	assert_false(str_eq_ascii_nocase(S("@["), S("`{")));
	assert_true(str_cmp(S("ab"), S("abc")) < 0);
	assert_true(str_cmp(S("b"), S("abc")) > 0);
	assert_true(str_cmp(S("\xff"), S("a")) > 0);
	assert_int_equal(str_cmp(nothing, S("")), 0);
}

static void beginnings_ends_and_places_are_found(void **state)
{
	(void)state;
	assert_true(str_starts(S("abc"), S("ab")));
	assert_true(str_starts(S("abc"), nothing));
	assert_false(str_starts(S("a"), S("ab")));
	assert_true(str_ends(S("a.zip"), S(".zip")));
	assert_false(str_ends(S("zip"), S(".zip")));
	assert_int_equal(str_find(S("abcabc"), S("ca")), 2);
	assert_int_equal(str_find(S("abc"), S("")), 0);
	assert_int_equal(str_find(nothing, S("a")), STR_NONE);
	assert_int_equal(str_find(S("abc"), S("abcd")), STR_NONE);
	assert_int_equal(str_find_char(S("a=b"), '='), 1);
	assert_int_equal(str_find_char(nothing, '='), STR_NONE);
}

static void cutting_beyond_the_end_gives_what_is_there(void **state)
{
	(void)state;
	expect_str(str_sub(S("abcdef"), 2, 3), "cde");
	expect_str(str_sub(S("abcdef"), 4, SIZE_MAX), "ef");
	expect_str(str_sub(S("abcdef"), 7, 1), "");
	expect_str(str_skip(S("abc"), 1), "bc");
	expect_str(str_skip(S("abc"), SIZE_MAX), "");
	expect_str(str_skip(nothing, 3), "");
	expect_str(str_trim(S(" \t\r\n\v\fa b \n")), "a b");
	expect_str(str_trim(S(" \t")), "");
	expect_str(str_trim(S("\xc2\xa0x")), "\xc2\xa0x");
	expect_str(str_from(NULL), "");
}

static void splitting_gives_every_part_also_empty_ones(void **state)
{
	static const struct {
		const char *text;
		const char *parts[4];
	} cases[] = {
		{ "", { NULL } },
		{ "a", { "a" } },
		{ "a,", { "a", "" } },
		{ ",", { "", "" } },
		{ "a,,b", { "a", "", "b" } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct str_splitter sp = str_splitter(str_from(cases[i].text));
		struct str part;
		size_t n = 0;

		while (str_split(&sp, ',', &part))
			expect_str(part, cases[i].parts[n++]);
		assert_null(cases[i].parts[n]);
	}
}

static void copies_are_of_the_arena_and_end_as_promised(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	char text[] = "Abc";
	struct str copy = str_dup(&a, str_from(text));
	const char *cstr = str_cstr(&a, str_of(text, 2));

	(void)state;
	text[0] = 'x';
	expect_str(copy, "Abc");
	assert_string_equal(cstr, "Ab");
	assert_string_equal(str_cstr(&a, nothing), "");
	expect_str(str_dup(&a, nothing), "");
	expect_str(str_fmt(&a, "%.*s-%d", STR_ARG(copy), 7), "Abc-7");
	expect_str(str_fmt(&a, "%.*s", STR_ARG(nothing)), "");
	expect_str(str_lower_ascii(&a, S("ABC-\xc3\x84z")), "abc-\xc3\x84z");
	expect_str(str_from_i64(&a, 0), "0");
	expect_str(str_from_i64(&a, -1204), "-1204");
	expect_str(str_from_i64(&a, INT64_MIN), "-9223372036854775808");
	expect_str(str_from_i64(&a, INT64_MAX), "9223372036854775807");
	assert_int_equal(str_fmt(&a, "%5000d", 1).n, 5000);
}

static void whole_numbers_are_read_to_the_edge_of_their_range(void **state)
{
	static const struct {
		const char *text;
		int64_t want;
	} good[] = {
		{ "0", 0 },
		{ "-0", 0 },
		{ "+7", 7 },
		{ "007", 7 },
		{ "-1", -1 },
		{ "9223372036854775807", INT64_MAX },
		{ "-9223372036854775808", INT64_MIN },
	};
	static const char *const bad[] = {
		"",
		"-",
		"+",
		" 1",
		"1 ",
		"1.0",
		"0x10",
		"1e3",
		"--1",
		"+-1",
		"1,0",
		"\xd9\xa1",
		"9223372036854775808",
		"-9223372036854775809",
		"99999999999999999999999999",
	};
	int64_t v = 5;
	uint64_t u = 5;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		assert_false(str_parse_i64(str_from(bad[i]), &v));
		assert_int_equal(v, 5);
	}
	for (size_t i = 0; i < COUNT_OF(good); i++) {
		assert_true(str_parse_i64(str_from(good[i].text), &v));
		assert_true(v == good[i].want);
	}
	assert_false(str_parse_u64(S("-1"), &u));
	assert_false(str_parse_u64(S("18446744073709551616"), &u));
	assert_int_equal(u, 5);
	assert_true(str_parse_u64(S("18446744073709551615"), &u));
	assert_true(u == UINT64_MAX);
}

static void floating_point_numbers_have_one_notation(void **state)
{
	static const char *const bad[] = { "",       ".",     ".5",    "5.",    "1e",
					   "1e+",    "e5",    "0x1p3", "inf",   "nan",
					   " 1",     "1 ",    "1,5",   "1.5.2", "1e400",
					   "-1e400", "1e1.5", "--1",   "1_000" };
	double v = 5;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		assert_false(str_parse_double(str_from(bad[i]), &v));
		assert_true(fabs(v - 5) <= 0);
	}
	assert_true(str_parse_double(S("-1789.4"), &v));
	assert_true(fabs(v - -1789.4) <= 0);
	assert_true(str_parse_double(S("+1E+21"), &v));
	assert_true(fabs(v - 1e21) <= 0);
	assert_true(str_parse_double(S("5e-324"), &v));
	assert_true(v > 0);
	assert_true(str_parse_double(S("1e-400"), &v));
	assert_true(fabs(v) <= 0);
}

static void an_endless_number_is_refused_and_a_long_one_read(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct str longest = str_fmt(&a, "%.1074f", 5e-324);
	double v = 0;

	(void)state;
	assert_true(str_parse_double(longest, &v));
	assert_true(v > 0);
	assert_false(str_parse_double(str_fmt(&a, "%05000d", 1), &v));
}

static void only_well_formed_utf8_is_accepted(void **state)
{
	static const char *const good[] = {
		"",
		"plain ascii of more than eight bytes",
		"\xc2\x80\xdf\xbf",
		"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf",
		"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
	};
	static const char *const bad[] = {
		"\x80",             /* continues nothing */
		"\xc0\xaf",         /* overlong */
		"\xc1\xbf",         /* overlong */
		"\xe0\x9f\xbf",     /* overlong */
		"\xf0\x8f\xbf\xbf", /* overlong */
		"\xed\xa0\x80",     /* surrogate */
		"\xed\xbf\xbf",     /* surrogate */
		"\xf4\x90\x80\x80", /* above U+10FFFF */
		"\xf5\x80\x80\x80",
		"\xff",
		"\xc3",
		"\xe2\x82",
		"\xf0\x9f\x92",
		"\xe2\x28\xa1",
		"\xf0\x9f\x92\x28",
		"12345678\xc3(",
		"1234567\xc3",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_true(str_is_utf8(str_from(good[i])));
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(str_is_utf8(str_from(bad[i])));
}

static void code_points_are_read_one_after_the_other(void **state)
{
	struct str s = S("A\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\x9a");
	static const uint32_t want[] = { 'A', 0xe9, 0x20ac, 0x1f49a };
	size_t pos = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(want); i++)
		assert_int_equal(str_next_code_point(s, &pos), want[i]);
	assert_int_equal(pos, s.n);
}

static void plain_text_changes_no_terminal(void **state)
{
	(void)state;
	assert_true(str_is_plain(S("https://a.example/b?c=~!"), 24));
	assert_false(str_is_plain(S("https://a.example/b?c=~!"), 23));
	assert_false(str_is_plain(S(""), 10));
	assert_false(str_is_plain(S("a b"), 10));
	assert_false(str_is_plain(S("a\033[2J"), 10));
	assert_false(str_is_plain(S("a\177"), 10));
	assert_false(str_is_plain(S("\303\244"), 10));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slices_compare_by_bytes_shorter_first),
		cmocka_unit_test(beginnings_ends_and_places_are_found),
		cmocka_unit_test(cutting_beyond_the_end_gives_what_is_there),
		cmocka_unit_test(splitting_gives_every_part_also_empty_ones),
		cmocka_unit_test(copies_are_of_the_arena_and_end_as_promised),
		cmocka_unit_test(whole_numbers_are_read_to_the_edge_of_their_range),
		cmocka_unit_test(floating_point_numbers_have_one_notation),
		cmocka_unit_test(an_endless_number_is_refused_and_a_long_one_read),
		cmocka_unit_test(only_well_formed_utf8_is_accepted),
		cmocka_unit_test(code_points_are_read_one_after_the_other),
		cmocka_unit_test(plain_text_changes_no_terminal),
	};

	return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * Names of files in the git-friendly folder.
 */
#include "dv/folder_name.h"

#include "shared.h"

#define ID1 "0123abcd-0000-4000-8000-000000000001"
#define ID2 "0123abcd-0000-4000-8000-000000000002"

static struct guid guid_of(const char *text)
{
	struct guid g = { 0 };

	assert_true(guid_parse(str_from(text), &g));
	return g;
}

static void letters_and_digits_of_any_script_stay(void **state)
{
	static const struct {
		const char *name, *safe;
	} cases[] = {
		{ "Chat EU", "Chat-EU" },
		{ "  a / b\\c:d*?\"<>|  ", "a-b-c-d" },
		{ "..", "" },
		{ "x. ", "x" },
		{ "\xc3\x89t\xc3\xa9 & co", "\xc3\x89t\xc3\xa9-co" },
		{ "\xe6\x97\xa5\xe6\x9c\xac 1", "\xe6\x97\xa5\xe6\x9c\xac-1" },
		{ "\xf0\x9f\x92\x9a heart", "heart" },
		{ "a\xe2\x80\xaegnp.exe", "a-gnp-exe" }, /* right-to-left override */
		{ "tab\there", "tab-here" },
		{ "", "" },
	};
	DEFER(arena_release) struct arena a = arena_make(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		expect_str(folder_safe(&a, str_from(cases[i].name), "", 60), cases[i].safe);
}

static void a_name_is_cut_between_characters(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);

	(void)state;
	expect_str(folder_safe(&a, S("ab\xc3\xa9"), "", 3), "ab");
	expect_str(folder_safe(&a, S("ab\xc3\xa9"), "", 4), "ab\xc3\xa9");
	expect_str(folder_safe(&a, S("ab  c"), "", 3), "ab");
	expect_str(folder_safe(&a, S("a_b"), "_", 3), "a_b");
}

static void a_stem_has_the_short_id_and_the_whole_one_where_two_are_alike(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(stems_release) struct stems s = { 0 };

	(void)state;
	expect_str(stem_next(&s, &a, S("One"), guid_of(ID1)), "One-0123abcd");
	expect_str(stem_next(&s, &a, S("ONE"), guid_of(ID2)), "ONE-" ID2);
	expect_str(stem_next(&s, &a, S(""), guid_of("ffffffff-0000-4000-8000-000000000001")),
		   "ffffffff");
	/* the same row again, and again */
	expect_str(stem_next(&s, &a, S("One"), guid_of(ID1)), "One-" ID1);
	expect_str(stem_next(&s, &a, S("One"), guid_of(ID1)), "One-" ID1 "-n5");
	stems_release(&s);
	expect_str(stem_next(&s, &a, S("One"), guid_of(ID2)), "One-0123abcd");
}

static void no_stem_is_longer_than_the_limit(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(stems_release) struct stems s = { 0 };
	char name[400];

	(void)state;
	memset(name, 'x', sizeof(name));
	for (int i = 0; i < 3; i++) {
		struct str stem = stem_next(&s, &a, str_of(name, sizeof(name)), guid_of(ID1));

		assert_true(stem.n <= FOLDER_STEM_MAX);
	}
}

static void a_set_knows_what_was_put(void **state)
{
	struct number_set s = { 0 };

	(void)state;
	for (uint64_t i = 0; i < 5000; i++)
		assert_true(number_set_put(&s, i * i));
	for (uint64_t i = 0; i < 5000; i++)
		assert_false(number_set_put(&s, i * i));
	assert_true(number_set_put(&s, 2));
	number_set_release(&s);
}

static void only_names_inside_the_folder_are_plain(void **state)
{
	static const char *const bad[] = { "",       ".",    "..",  ".git", "a/b", "../a",
					   "/etc/x", "a\\b", "c:x", "a\nb", "\xff" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(folder_is_plain_name(str_from(bad[i])));
	assert_true(folder_is_plain_name(S("\xc3\x89t\xc3\xa9-0123abcd.body.txt")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_and_digits_of_any_script_stay),
		cmocka_unit_test(a_name_is_cut_between_characters),
		cmocka_unit_test(a_stem_has_the_short_id_and_the_whole_one_where_two_are_alike),
		cmocka_unit_test(no_stem_is_longer_than_the_limit),
		cmocka_unit_test(a_set_knows_what_was_put),
		cmocka_unit_test(only_names_inside_the_folder_are_plain),
	};

	return cmocka_run_group_tests_name("folder_name", tests, NULL, NULL);
}

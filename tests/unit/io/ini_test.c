/* SPDX-License-Identifier: MIT */
/*
 * Settings as INI text: what is read, what is refused with its line, and what a change leaves alone.
 */
#include "io/ini.h"

#include "../base/expect.h"
#include "base/limits.h"

static struct arena arena;

static const char profiles[] =
	"# profiles of ferry\n"
	"\n"
	"default = test\n"
	"\n"
	"# where we try things\n"
	"[test]\n"
	"url = https://test.example\n"
	"  auth=device-code\n"
	"; asked for in March\n"
	"command = az x ; true # all of this\n"
	"# batch = 5\n"
	"\n"
	"# the real one\n"
	"# be careful\n"
	"[contoso production, customer service hub, Europe \xc3\xa9, number 1]\n"
	"url = https://a.example?x=y\n"
	"\n"
	"[empty]\n"
	"\n"
	"# the end\n";

static struct ini parse(const char *text)
{
	struct ini ini = { 0 };
	struct err e = { 0 };

	if (!ini_parse(&arena, str_from(text), "f", &ini, &e))
		fail_msg("%s", e.msg);
	return ini;
}

static void every_setting_is_read_with_its_section_and_line(void **state)
{
	static const struct {
		const char *section, *key, *value;
		unsigned line;
	} want[] = {
		{ "", "default", "test", 3 },
		{ "test", "", "", 6 },
		{ "test", "url", "https://test.example", 7 },
		{ "test", "auth", "device-code", 8 },
		{ "test", "command", "az x ; true # all of this", 10 },
		{ "contoso production, customer service hub, Europe \xc3\xa9, number 1", "", "",
		  15 },
		{ "contoso production, customer service hub, Europe \xc3\xa9, number 1", "url",
		  "https://a.example?x=y", 16 },
		{ "empty", "", "", 18 },
	};
	struct ini ini = parse(profiles);

	(void)state;
	assert_int_equal(ini.n, COUNT_OF(want));
	for (size_t i = 0; i < COUNT_OF(want); i++) {
		expect_str(ini.lines[i].section, want[i].section);
		expect_str(ini.lines[i].key, want[i].key);
		expect_str(ini.lines[i].value, want[i].value);
		assert_int_equal(ini.lines[i].line, want[i].line);
	}
}

static void a_setting_is_found_by_section_and_key(void **state)
{
	struct ini ini = parse(profiles);

	(void)state;
	expect_str(ini_get(&ini, S("test"), S("auth"))->value, "device-code");
	expect_str(ini_get(&ini, S(""), S("default"))->value, "test");
	assert_null(ini_get(&ini, S("test"), S("Auth")));
	assert_null(ini_get(&ini, S("Test"), S("auth")));
	assert_true(ini_has(&ini, S("empty")));
	assert_false(ini_has(&ini, S("other")));
	assert_false(ini_has(&ini, S("")));
}

static void line_ends_and_marks_of_other_systems_are_read(void **state)
{
	struct ini ini = parse("\xef\xbb\xbf[a]\r\nk = v\r\n\r\nlast=");

	(void)state;
	assert_int_equal(ini.n, 3);
	expect_str(ini.lines[0].section, "a");
	expect_str(ini.lines[1].value, "v");
	expect_str(ini.lines[2].key, "last");
	expect_str(ini.lines[2].value, "");
	assert_int_equal(parse("").n, 0);
	assert_int_equal(parse("\n# x").n, 0);
}

static void what_is_wrong_is_told_with_its_line(void **state)
{
	static const struct {
		struct str text;
		const char *message;
	} cases[] = {
		{ STR_INIT("[a]\nword\n"), "f:2: the line is no comment, no [section] and no key" },
		{ STR_INIT("[a] b\n"), "f:1: the line is no heading" },
		{ STR_INIT("[a\n"), "f:1: the line is no heading" },
		{ STR_INIT("[]\n"), "f:1: the line is no heading" },
		{ STR_INIT("["), "f:1: the line is no heading" },
		{ STR_INIT("[a[b]\n"), "f:1: the line is no heading" },
		{ STR_INIT("\n= v\n"), "f:2: the line has a key of other characters" },
		{ STR_INIT("a b = v\n"), "f:1: the line has a key of other characters" },
		{ STR_INIT("[a]\nk=1\n[b]\nk=2\n[a]\n"),
		  "f:5: the section a is on line 1 already" },
		{ STR_INIT("[a]\nk=1\n[b]\nk=2\n\nk=3\n"), "f:6: the key k is on line 4 already" },
		{ STR_INIT("k = a\0b\n"), "f:1: the line is no UTF-8 text, or has control" },
		{ STR_INIT("k = a\rb\n"), "f:1: the line is no UTF-8 text, or has control" },
		{ STR_INIT("#\nk = \xff\n"), "f:2: the line is no UTF-8 text, or has control" },
	};
	struct ini ini = { 0 };
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_false(ini_parse(&arena, cases[i].text, "f", &ini, &e));
		assert_int_equal(e.kind, ERR_INPUT);
		expect_str(str_sub(str_from(e.msg), 0, strlen(cases[i].message)), cases[i].message);
		assert_int_equal(ini.n, 0);
	}
}

static void a_file_beyond_the_limit_is_refused(void **state)
{
	char *p = arena_array(&arena, char, LIMIT_INI + 1);
	struct ini ini;
	struct err e;

	(void)state;
	memset(p, '\n', LIMIT_INI + 1);
	assert_true(ini_parse(&arena, str_of(p, LIMIT_INI), "f", &ini, &e));
	assert_false(ini_parse(&arena, str_of(p, LIMIT_INI + 1), "f", &ini, &e));
}

static struct str put(const char *text, const char *section, const struct ini_pair *pairs, size_t n)
{
	struct str out = S("");
	struct err e = { 0 };

	if (!ini_put(&arena, str_from(text), "f", str_from(section), pairs, n, &out, &e))
		fail_msg("%s", e.msg);
	return out;
}

static struct str without(const char *text, const char *section)
{
	struct str out = S("");
	struct err e = { 0 };

	if (!ini_remove(&arena, str_from(text), "f", str_from(section), &out, &e))
		fail_msg("%s", e.msg);
	return out;
}

static void a_new_section_stands_at_the_end(void **state)
{
	static const struct ini_pair pairs[] = { { STR_INIT("url"), STR_INIT("https://x") },
						 { STR_INIT("note"), STR_INIT("") } };

	(void)state;
	expect_str(put("", "x", pairs, 2), "[x]\nurl = https://x\nnote =\n");
	expect_str(put("# top", "x", pairs, 1), "# top\n\n[x]\nurl = https://x\n");
	expect_str(put("[a]\nk=1\n\n", "x", pairs, 1), "[a]\nk=1\n\n[x]\nurl = https://x\n");
	expect_str(put("\xef\xbb\xbf", "x", NULL, 0), "\xef\xbb\xbf[x]\n");

	struct str all = put(profiles, "x", pairs, 2);

	assert_true(str_starts(all, str_from(profiles)));
	expect_str(str_skip(all, sizeof(profiles) - 1), "\n[x]\nurl = https://x\nnote =\n");
}

static void a_section_that_is_there_keeps_place_and_comments(void **state)
{
	static const struct ini_pair pairs[] = { { STR_INIT("new"), STR_INIT("1") },
						 { STR_INIT("b"), STR_INIT("2") },
						 { STR_INIT("c"), STR_INIT("3") } };

	(void)state;
	expect_str(put("[x]\na=1\n# about b\n  b=2\nc=4\n\n# about y\n[y]\nb=5\n", "x", pairs, 3),
		   "[x]\n# about b\n  b=2\nc = 3\nnew = 1\n\n# about y\n[y]\nb=5\n");
	expect_str(put("[y]\n[x]", "x", pairs, 1), "[y]\n[x]\nnew = 1\n");
	expect_str(put("[x]\na=1\n# about y\n[y]\n", "x", NULL, 0), "[x]\n# about y\n[y]\n");
	expect_str(put("[x]\nb = 2", "x", pairs + 1, 1), "[x]\nb = 2\n");
}

static void a_removed_section_takes_only_its_own_comments_along(void **state)
{
	(void)state;
	expect_str(without(profiles, "test"),
		   "# profiles of ferry\n\ndefault = test\n\n# the real one\n# be careful\n"
		   "[contoso production, customer service hub, Europe \xc3\xa9, number 1]\n"
		   "url = https://a.example?x=y\n\n[empty]\n\n# the end\n");
	expect_str(without(profiles, "no such"), profiles);
	expect_str(without("[a]\nk=1\n# of b\n[b]\nk=2\n# of b too\n", "b"), "[a]\nk=1\n");
	expect_str(without("[a]\nk=1\n# of b\n[b]\nk=2\n", "a"), "# of b\n[b]\nk=2\n");
	expect_str(without("[a]", "a"), "");
	expect_str(without("[a]\n\n# the end\n", "a"), "# the end\n");
	expect_str(without("k = 1\n", ""), "k = 1\n");
}

static void what_was_put_and_removed_leaves_the_text_as_it_was(void **state)
{
	static const struct ini_pair pair = { STR_INIT("k"), STR_INIT("v") };
	static const char text[] = "# top\n\n[a]\nk=1\n\n";
	struct str with = put(text, "x y", &pair, 1);

	(void)state;
	expect_str(without(str_cstr(&arena, with), "x y"), text);
}

static void what_could_not_be_read_back_is_not_written(void **state)
{
	static const struct {
		struct str section;
		struct ini_pair pair;
	} cases[] = {
		{ STR_INIT(""), { STR_INIT("k"), STR_INIT("v") } },
		{ STR_INIT(" x"), { STR_INIT("k"), STR_INIT("v") } },
		{ STR_INIT("x]\n[y"), { STR_INIT("k"), STR_INIT("v") } },
		{ STR_INIT("x\n"), { STR_INIT("k"), STR_INIT("v") } },
		{ STR_INIT("x"), { STR_INIT(""), STR_INIT("v") } },
		{ STR_INIT("x"), { STR_INIT("#k"), STR_INIT("v") } },
		{ STR_INIT("x"), { STR_INIT("k=k"), STR_INIT("v") } },
		{ STR_INIT("x"), { STR_INIT("k"), STR_INIT("v\n[y]") } },
		{ STR_INIT("x"), { STR_INIT("k"), STR_INIT("v\r") } },
		{ STR_INIT("x"), { STR_INIT("k"), STR_INIT("v\0") } },
		{ STR_INIT("x"), { STR_INIT("k"), STR_INIT(" v") } },
		{ STR_INIT("x"), { STR_INIT("k"), STR_INIT("\xff") } },
	};
	static const struct ini_pair twice[] = { { STR_INIT("k"), STR_INIT("1") },
						 { STR_INIT("k"), STR_INIT("2") } };
	struct str out = S("as it was");
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_false(ini_put(&arena, S("[a]\n"), "f", cases[i].section, &cases[i].pair, 1,
				     &out, &e));
		assert_int_equal(e.kind, ERR_INPUT);
	}
	assert_false(ini_put(&arena, S(""), "f", S("x"), twice, 2, &out, &e));
	assert_false(ini_put(&arena, S("wrong"), "f", S("x"), twice, 1, &out, &e));
	assert_false(ini_remove(&arena, S("wrong"), "f", S("x"), &out, &e));
	expect_str(out, "as it was");
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
		cmocka_unit_test(every_setting_is_read_with_its_section_and_line),
		cmocka_unit_test(a_setting_is_found_by_section_and_key),
		cmocka_unit_test(line_ends_and_marks_of_other_systems_are_read),
		cmocka_unit_test(what_is_wrong_is_told_with_its_line),
		cmocka_unit_test(a_file_beyond_the_limit_is_refused),
		cmocka_unit_test(a_new_section_stands_at_the_end),
		cmocka_unit_test(a_section_that_is_there_keeps_place_and_comments),
		cmocka_unit_test(a_removed_section_takes_only_its_own_comments_along),
		cmocka_unit_test(what_was_put_and_removed_leaves_the_text_as_it_was),
		cmocka_unit_test(what_could_not_be_read_back_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, tear_down);
}

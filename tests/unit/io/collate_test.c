/* SPDX-License-Identifier: MIT */
/*
 * Text comparison as the platform does it: facts/webapi.md 4.7 says which languages tell accents apart.
 */
#include "io/collate.h"

#include "../base/expect.h"
#include "base/buf.h"
#include "base/rng.h"

struct language {
	struct arena arena;
	struct collate *c;
};

static void language_close(struct language *l)
{
	collate_close(&l->c);
	arena_release(&l->arena);
}

static struct language language(int lcid)
{
	struct language l = { .arena = arena_make(0) };
	struct err e;

	assert_true(collate_open(&l.c, &l.arena, lcid, &e));
	return l;
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static void expect_order(int lcid, const char *a, const char *b, int want)
{
	DEFER(language_close) struct language l = language(lcid);

	if (sign(collate_compare(l.c, str_from(a), str_from(b))) != want ||
	    sign(collate_compare(l.c, str_from(b), str_from(a))) != -want)
		fail_msg("%d: \"%s\" and \"%s\"", lcid, a, b);
}

static void case_never_counts(void **state)
{
	(void)state;
	expect_order(1033, "Contoso", "cONTOSO", 0);
	expect_order(1053, "Ärende", "äRENDE", 0);
	expect_order(1049, "ОЧЕРЕДЬ", "очередь", 0);
}

static void accents_count_only_in_some_languages(void **state)
{
	static const int insensitive[] = { 1033, 1031, 1036, 1040, 1043, 1045, 1049, 3082 };
	static const int sensitive[] = { 1035, 1048, 1050, 1051, 1053, 1058, 1061,
					 1062, 1063, 1069, 1086, 1087, 2074 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(insensitive); i++)
		expect_order(insensitive[i], "cafe", "café", 0);
	for (size_t i = 0; i < COUNT_OF(sensitive); i++)
		expect_order(sensitive[i], "cafe", "café", -1);
	expect_order(1053, "cafe\xcc\x81", "café", 0); /* composed or not */
}

static void punctuation_and_inner_blanks_count_but_trailing_blanks_do_not(void **state)
{
	(void)state;
	expect_order(1033, "a-b", "ab", -1);
	expect_order(1033, "a b", "ab", -1);
	expect_order(1033, "ab   ", "ab", 0);
	expect_order(1033, "é ", "E", 0);
	expect_order(1033, " ab", "ab", -1);
	expect_order(1033, "", "   ", 0);
}

static void words_stand_in_the_order_of_a_dictionary(void **state)
{
	static const char *const words[] = { "", "1", "10", "2", "a", "B", "c", "Été", "f", "Zoo" };

	(void)state;
	for (size_t i = 0; i + 1 < COUNT_OF(words); i++)
		expect_order(1033, words[i], words[i + 1], -1);
}

static void languages_have_letters_of_their_own(void **state)
{
	(void)state;
	expect_order(1030, "Aarhus", "Zoo", 1); /* Danish: aa is å, the last letter */
	expect_order(1033, "Aarhus", "Zoo", -1);
	expect_order(1029, "chata", "hora", 1); /* Czech: ch stands behind h */
	expect_order(1033, "chata", "hora", -1);
	expect_order(1055, "I", "i", -1); /* Turkish: other letters */
}

static void an_unknown_language_compares_as_the_root(void **state)
{
	(void)state;
	expect_order(0, "cafe", "CAFÉ", 0);
	expect_order(-5, "a", "b", -1);
	expect_order(99999, "a", "B", -1);
}

/* U+00AD counts for nothing, but keeps ICU's full comparison from being skipped. */
static void the_short_way_for_ascii_gives_what_icu_gives(void **state)
{
	DEFER(language_close) struct language l = language(1033);
	struct rng rng = rng_from_seed(1);

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char a[16];
		char b[16];
		size_t na = rng_next(&rng) % 6;
		size_t nb = rng_next(&rng) % 6;

		for (size_t i = 0; i < sizeof(a); i++) {
			a[i] = (char)(0x21 + rng_next(&rng) % 94);
			b[i] = rng_next(&rng) % 2 ? a[i] : (char)(0x21 + rng_next(&rng) % 94);
		}
		int short_way = sign(collate_compare(l.c, str_of(a, na), str_of(b, nb)));

		memcpy(a + na, "\xc2\xad", 2);
		memcpy(b + nb, "\xc2\xad", 2);
		int full = sign(collate_compare(l.c, str_of(a, na + 2), str_of(b, nb + 2)));

		if (short_way != full)
			fail_msg("\"%.*s\" \"%.*s\"", (int)na, a, (int)nb, b);
	}
}

static void expect_like(int lcid, const char *text, const char *pattern, bool want)
{
	DEFER(language_close) struct language l = language(lcid);

	if (collate_like(l.c, str_from(text), str_from(pattern)) != want)
		fail_msg("%d: \"%s\" like \"%s\" is not %s", lcid, text, pattern,
			 want ? "true" : "false");
}

static void like_knows_runs_and_single_characters(void **state)
{
	static const struct {
		const char *text, *pattern;
		bool want;
	} cases[] = {
		{ "", "", true },
		{ "a", "", false },
		{ "", "%", true },
		{ "", "%%", true },
		{ "", "_", false },
		{ "abc", "abc", true },
		{ "abc", "ABC", true },
		{ "abc", "ab", false },
		{ "abc", "abcd", false },
		{ "abc", "a%", true },
		{ "abc", "%c", true },
		{ "abc", "%b%", true },
		{ "abc", "a_c", true },
		{ "abc", "___", true },
		{ "abc", "__", false },
		{ "abc", "%_", true },
		{ "abc", "_%_%_%_", false },
		{ "aab", "%ab", true },
		{ "mississippi", "m%iss%ip%i", true },
		{ "mississippi", "m%iss%ip%x", false },
		{ "abc ", "abc", false },
		{ "abc", "abc ", false },
		{ "é", "_", true },
		{ "e\xcc\x81", "_", true },
		{ "💚x", "_x", true },
		{ "a\nb", "a_b", true },
		{ "https://x/%7ac4292b-5de3-ed11-a7c6-00224805c6d4",
		  "%7AC4292B-5DE3-ED11-A7C6-00224805C6D4%", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		expect_like(1033, cases[i].text, cases[i].pattern, cases[i].want);
}

static void like_knows_sets(void **state)
{
	static const struct {
		const char *text, *pattern;
		bool want;
	} cases[] = {
		{ "b", "[abc]", true },    { "B", "[a-c]", true },     { "d", "[a-c]", false },
		{ "dx", "[^a-c]x", true }, { "bx", "[^a-c]x", false }, { "x", "[^a-c]x", false },
		{ "50%", "50[%]", true },  { "500", "50[%]", false },  { "a_b", "a[_]b", true },
		{ "axb", "a[_]b", false }, { "[x]", "[[]x]", true },   { "x", "[[]x]", false },
		{ "-", "[a-]", true },     { "b", "[a-]", false },     { "-", "[-a]", true },
		{ "^", "[a^]", true },     { "a", "[a", false },       { "[a", "[a", false },
		{ "", "[]", false },       { "x", "[]", false },       { "5", "[0-9]", true },
		{ "éa", "[d-f]a", true },  { "xé", "%[é]", true },     { "5é", "[0-9]e", true },
		{ "a[b", "a[[]b", true },  { "abc", "%[x]%", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		expect_like(1033, cases[i].text, cases[i].pattern, cases[i].want);
}

static void like_takes_accents_as_the_language_does(void **state)
{
	(void)state;
	expect_like(1033, "cafe", "café", true);
	expect_like(1033, "CAFÉ", "%fe", true);
	expect_like(1053, "cafe", "café", false);
	expect_like(1053, "CAFÉ", "café", true);
	expect_like(1053, "cafe\xcc\x81", "café", true);
	expect_like(1053, "CAFE", "caf_", true);
	expect_like(1030, "aab", "a%", true); /* character by character */
}

static void bytes_that_are_not_utf8_match_nothing(void **state)
{
	(void)state;
	expect_like(1033, "\xff", "%", false);
	expect_like(1033, "a", "\xc3", false);
}

static void many_wildcards_do_not_take_for_ever(void **state)
{
	DEFER(language_close) struct language l = language(1033);
	DEFER(buf_release) struct buf text = buf_make(0);

	(void)state;
	for (int i = 0; i < 20000; i++)
		buf_add_char(&text, 'a');
	assert_false(collate_like(l.c, buf_str(&text), S("%a%a%a%a%a%a%a%a%a%a%a%a%a%a%ab")));
	assert_false(collate_like(l.c, buf_str(&text), S("%é%a%a%a%a%a%a%a%a%a%a%a%a%a%ab")));
	buf_add_char(&text, 'b');
	assert_true(collate_like(l.c, buf_str(&text), S("%a%a%a%a%a%a%a%a%a%a%a%a%a%a%ab")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_never_counts),
		cmocka_unit_test(accents_count_only_in_some_languages),
		cmocka_unit_test(punctuation_and_inner_blanks_count_but_trailing_blanks_do_not),
		cmocka_unit_test(words_stand_in_the_order_of_a_dictionary),
		cmocka_unit_test(languages_have_letters_of_their_own),
		cmocka_unit_test(an_unknown_language_compares_as_the_root),
		cmocka_unit_test(the_short_way_for_ascii_gives_what_icu_gives),
		cmocka_unit_test(like_knows_runs_and_single_characters),
		cmocka_unit_test(like_knows_sets),
		cmocka_unit_test(like_takes_accents_as_the_language_does),
		cmocka_unit_test(bytes_that_are_not_utf8_match_nothing),
		cmocka_unit_test(many_wildcards_do_not_take_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * What a value is, by looking at it.
 */
#include "dv/folder_kind.h"

#include "shared.h"

static void texts_are_recognised(void **state)
{
	static const struct {
		const char *column, *text, *kind;
	} cases[] = {
		{ "x", "<?xml version=\"1.0\"?>\n<a><b/></a>\n", "xml" },
		{ "x", "<fetch><entity name=\"a\"/></fetch>", "xml" },
		{ "x", "<fetch><entity name=\"a\"/>", "txt" },
		{ "x", "<p>one</p><p>two", "html" },
		{ "x", "<!DOCTYPE html><html></html>", "html" },
		{ "x", "<pre><p/></pre>", "xml" },
		{ "x", "{\"a\": [1, 2]}", "json" },
		{ "x", "[]", "json" },
		{ "x", "{not json}", "txt" },
		{ "x", "<div>{% include 'a' %}</div>", "liquid" },
		{ "adx_customcss", "body { }", "css" },
		{ "adx_customjavascript", "var a = 1;", "js" },
		{ "x", "a letter\nto you", "txt" },
		{ "x", "", "txt" },
	};
	DEFER(arena_release) struct arena a = arena_make(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(
			folder_text_kind(&a, str_from(cases[i].column), str_from(cases[i].text)),
			cases[i].kind);
}

static void bytes_are_recognised_by_how_they_begin(void **state)
{
	static const struct {
		struct str bytes;
		const char *kind;
	} cases[] = {
		{ STR_INIT("\x89PNG\r\n\x1a\n...."), "png" },
		{ STR_INIT("\xff\xd8\xff\xe0...."), "jpg" },
		{ STR_INIT("GIF89a...."), "gif" },
		{ STR_INIT("%PDF-1.7"), "pdf" },
		{ STR_INIT("PK\x03\x04...."), "zip" },
		{ STR_INIT("RIFF....WEBPVP8 "), "webp" },
		{ STR_INIT("a letter"), "txt" },
		{ STR_INIT("\x01\x02"), "bin" },
		{ STR_INIT("\xff\xfe"), "bin" },
		{ STR_INIT(""), "bin" },
	};
	DEFER(arena_release) struct arena a = arena_make(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(folder_bytes_kind(&a, S("x"), cases[i].bytes), cases[i].kind);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_recognised),
		cmocka_unit_test(bytes_are_recognised_by_how_they_begin),
	};

	return cmocka_run_group_tests_name("folder_kind", tests, NULL, NULL);
}

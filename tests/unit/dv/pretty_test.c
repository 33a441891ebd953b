/* SPDX-License-Identifier: MIT */
/*
 * XML and JSON laid out. What is insignificant is what the standards say (XML 1.0 2.11, 3.1; RFC 8259 4).
 */
#include "dv/pretty.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/buf.h"

static void expect_print(const char *text, enum pretty_kind kind, const char *want)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct str out;

	assert_int_equal(pretty_print(&a, str_from(text), &out), kind);
	if (!str_eq(out, str_from(want))) {
		print_error("got \"%.*s\", want \"%s\"\n", STR_ARG(out), want);
		fail();
	}
}

static void expect_equal(const char *x, const char *y, bool want)
{
	DEFER(arena_release) struct arena a = arena_make(0);

	if (pretty_equal(&a, str_from(x), str_from(y)) != want) {
		print_error("\"%s\" and \"%s\"\n", x, y);
		fail();
	}
}

static void xml_gets_one_tag_per_line(void **state)
{
	(void)state;
	expect_print("<a><b x=\"1\"/><c>t</c></a>", PRETTY_XML,
		     "<a>\n  <b x=\"1\" />\n  <c>t</c>\n</a>");
	expect_print("\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-16\"?>\r\n<a/>", PRETTY_XML,
		     "<a />");
}

static void json_gets_one_item_per_line(void **state)
{
	(void)state;
	expect_print("{\"b\":[1,2.50],\"a\":null}", PRETTY_JSON,
		     "{\n  \"a\": null,\n  \"b\": [\n    1,\n    2.50\n  ]\n}");
}

static void all_else_is_text(void **state)
{
	static const char *const texts[] = {
		"",      "plain",     "{ not json", "<p>html<br></p>",  "<div> <b>x</b> </div>",
		"<a><b", "[1,2] and", "{\"a\":1}}", "<!DOCTYPE a><a/>",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		expect_print(texts[i], PRETTY_TEXT, texts[i]);
	expect_print("a\r\nb\rc\n", PRETTY_TEXT, "a\nb\nc\n");
}

static void layout_makes_no_difference(void **state)
{
	(void)state;
	expect_equal("<a><b x='1' y='2'/></a>", "<a>\r\n\t<b y=\"2\" x=\"1\"></b>\r\n</a>\r\n",
		     true);
	expect_equal("<?xml version=\"1.0\"?><a/>", "<a></a>", true);
	expect_equal("<a>&lt;&#65;</a>", "<a><![CDATA[<A]]></a>", true);
	expect_equal("{\"a\":1,\"b\":[true]}", "{ \"b\" : [ true ],\n \"a\" : 1 }", true);
	expect_equal("{\"a\":\"\\u0041\"}", "{\"a\":\"A\"}", true);
	expect_equal("x\r\ny", "x\ny", true);
}

static void what_says_something_else_is_different(void **state)
{
	(void)state;
	expect_equal("<a x=\"1\"/>", "<a x=\"2\"/>", false);
	expect_equal("<a> </a>", "<a></a>", false);
	expect_equal("<a>x <b>y</b></a>", "<a>x<b>y</b></a>", false);
	expect_equal("<t><b>x</b>tail</t>", "<t>\n  <b>x</b>tail</t>", false);
	expect_equal("<p><b>x</b> <i>y</i></p>", "<p><b>x</b><i>y</i></p>", false);
	expect_equal("[1,2]", "[2,1]", false);
	expect_equal("{\"a\":1}", "{\"a\":\"1\"}", false);
	expect_equal("{\"a\":1}", "<a/>", false);
	expect_equal(" x", "x", false);
	expect_equal("x", "x\n", false);
}

/* Text, and soon. */
static void hostile_texts_are_compared_as_text(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(buf_release) struct buf deep = buf_make(0);
	DEFER(buf_release) struct buf wide = buf_make(0);
	struct str out;

	(void)state;
	for (int i = 0; i < 500000; i++)
		buf_add_char(&deep, '[');
	assert_int_equal(pretty_print(&a, buf_str(&deep), &out), PRETTY_TEXT);
	buf_clear(&deep);
	for (int i = 0; i < 100000; i++)
		buf_add(&deep, S("<a>"));
	assert_int_equal(pretty_print(&a, buf_str(&deep), &out), PRETTY_TEXT);
	buf_add(&wide, S("[0"));
	for (int i = 0; i < 500000; i++)
		buf_add(&wide, S(",0"));
	buf_add(&wide, S("]"));
	assert_int_equal(pretty_print(&a, buf_str(&wide), &out), PRETTY_TEXT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(xml_gets_one_tag_per_line),
		cmocka_unit_test(json_gets_one_item_per_line),
		cmocka_unit_test(all_else_is_text),
		cmocka_unit_test(layout_makes_no_difference),
		cmocka_unit_test(what_says_something_else_is_different),
		cmocka_unit_test(hostile_texts_are_compared_as_text),
	};

	return cmocka_run_group_tests_name("pretty", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * JSON documents: what is JSON by RFC 8259 is read with its numbers as written, everything else is refused
 * with its place.
 */
#include "io/json.h"

#include "../base/expect.h"
#include "base/limits.h"

static void expect_same(const char *text, const char *want)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(buf_release) struct buf out = buf_make(0);
	struct buf_sink sink = buf_sink_make(&out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	struct json v;
	struct err e;

	if (!json_parse(&a, str_from(text), "t", &v, &e))
		fail_msg("%s: %s", text, e.msg);
	json_tree(&w, &v);
	assert_true(json_writer_finish(&w, &e));
	expect_str(buf_str(&out), want);
}

static void expect_refused(struct str text, const char *want)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct json v = { .kind = JSON_BOOL, .n = 77 };
	struct err e = { 0 };

	if (json_parse(&a, text, "t", &v, &e))
		fail_msg("\"%.*s\" was taken", STR_ARG(text));
	assert_int_equal(e.kind, ERR_INPUT);
	assert_int_equal(v.n, 77);
	if (!str_starts(str_from(e.msg), str_from(want)))
		expect_str(str_from(e.msg), want);
}

static void every_kind_of_value_is_read(void **state)
{
	(void)state;
	expect_same(" { \"a\" : [ 1 , \"x\" , true , false , null , { } , [ ] ] } \r\n\t",
		    "{\"a\":[1,\"x\",true,false,null,{},[]]}");
	expect_same("null", "null");
	expect_same("\"\"", "\"\"");
	expect_same("7", "7");
	expect_same("7 ", "7");
}

static void numbers_keep_their_text(void **state)
{
	(void)state;
	expect_same("[0,-1,1.50,11.5000000000,1e5,1E+2,-0.0,0.1e-7,123456789.123456789012345678]",
		    "[0,-1,1.50,11.5000000000,1e5,1E+2,-0.0,0.1e-7,123456789.123456789012345678]");
	expect_same("[9223372036854775807,-9223372036854775808]",
		    "[9223372036854775807,-9223372036854775808]");
}

static void integers_beyond_64_bits_are_refused(void **state)
{
	(void)state;
	expect_refused(S("9223372036854775808"), "t:1:1: an integer beyond 64 bits");
	expect_refused(S("[1,-9223372036854775809]"), "t:1:4: an integer beyond 64 bits");
	expect_refused(S("{\"a\":123456789012345678901234567890}"),
		       "t:1:6: an integer beyond 64 bits");
}

static void what_is_no_json_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		" ",
		"{",
		"[1,]",
		"{\"a\":1,}",
		"[1 2]",
		"[,1]",
		"{a:1}",
		"{'a':1}",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\" 1}",
		"1 2",
		"{} x",
		"[NaN]",
		"Infinity",
		"-Infinity",
		"01",
		"-01",
		"1.",
		".5",
		"1e",
		"1e+",
		"-",
		"+1",
		"0x10",
		"True",
		"nul",
		"nulll",
		"\"a",
		"\"\\x\"",
		"\"\\u12g4\"",
		"\"\\u12\"",
		"\"a\tb\"",
		"\"a\nb\"",
		"[1]]",
		"// c\n1",
		"/* c */1",
		"\v1",
		"\"a\"\"b\"",
		"{\"a\":1 \"b\":2}",
		"{1:2}",
		"[\"a\":1]",
		"\xef\xbb\xbf{}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		expect_refused(str_from(texts[i]), "t:");
	expect_refused(S("1\0"), "t:");
	expect_refused(S("\"\0\""), "t:");
}

static void the_place_of_an_error_is_named(void **state)
{
	(void)state;
	expect_refused(S("{\n  \"a\": 1,\n  \"b\": x\n}"), "t:3:8: unexpected character");
	expect_refused(S("{\n  \"a\": 1,\n}"), "t:3:1: ");
}

static void bytes_that_are_not_utf8_are_refused(void **state)
{
	(void)state;
	expect_refused(S("\"\xc0\x80\""), "t: the JSON is not UTF-8");
	expect_refused(S("\"\xed\xa0\x80\""), "t: the JSON is not UTF-8");
	expect_refused(S("\"\xff\""), "t: the JSON is not UTF-8");
}

static void escapes_are_decoded(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct json v;
	struct err e;

	(void)state;
	assert_true(json_parse(&a, S("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\udc9a\\u0000x\""),
			       "t", &v, &e));
	assert_true(str_eq(v.text, S("\"\\/\b\f\n\r\té💚\0x")));
}

static void half_a_surrogate_pair_becomes_the_replacement_character(void **state)
{
	(void)state;
	expect_same(
		"[\"a\\ud83d\",\"\\ud83dx\",\"\\udc9a\",\"\\ud83d\\ud83d\"]",
		"[\"a\xef\xbf\xbd\",\"\xef\xbf\xbdx\",\"\xef\xbf\xbd\",\"\xef\xbf\xbd\xef\xbf\xbd\"]");
}

static void repeated_names_are_refused(void **state)
{
	(void)state;
	expect_refused(S("{\"a\":1,\"b\":{\"a\":2},\"a\":3}"),
		       "t:1:1: the object that begins here has two members \"a\"");
	expect_refused(S("[{\"\\u0061\":1,\"a\":1}]"),
		       "t:1:2: the object that begins here has two members");
	expect_refused(S("{\"a\\u0000b\":1}"), "t:1:12: a name holds the character U+0000");
	expect_same("[{\"a\":\":\"},{\"a\":\"\\\":\"}]", "[{\"a\":\":\"},{\"a\":\"\\\":\"}]");
}

static void members_keep_their_order(void **state)
{
	(void)state;
	expect_same("{\"z\":1,\"a\":2,\"m\":3,\"\":4,\"Z\":5}",
		    "{\"z\":1,\"a\":2,\"m\":3,\"\":4,\"Z\":5}");
}

static void depth_is_limited(void **state)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	(void)state;
	for (int i = 0; i < LIMIT_JSON_DEPTH; i++)
		buf_add_char(&b, '[');
	buf_add(&b, S("1"));
	for (int i = 0; i < LIMIT_JSON_DEPTH; i++)
		buf_add_char(&b, ']');
	buf_add_char(&b, '\0');
	expect_same(b.p, b.p);
	buf_clear(&b);
	for (int i = 0; i < 1000000; i++)
		buf_add_char(&b, '[');
	expect_refused(buf_str(&b), "t:1:65: arrays and objects are too deep");
}

static void members_are_found_and_read_by_kind(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct json v;
	struct err e;

	(void)state;
	assert_true(json_parse(&a,
			       S("{\"s\":\"x\",\"i\":-5,\"d\":1.5,\"t\":true,\"f\":false,"
				 "\"n\":null}"),
			       "t", &v, &e));
	expect_str(json_text(&v, S("s")), "x");
	expect_str(json_text(&v, S("i")), "");
	expect_str(json_text(&v, S("none")), "");
	assert_int_equal(json_int(&v, S("i"), 9), -5);
	assert_int_equal(json_int(&v, S("d"), 9), 9);
	assert_int_equal(json_int(&v, S("s"), 9), 9);
	assert_true(json_flag(&v, S("t")));
	assert_false(json_flag(&v, S("f")));
	assert_false(json_flag(&v, S("s")));
	assert_int_equal(json_get(&v, S("n"))->kind, JSON_NULL);
	assert_null(json_get(&v, S("S")));
	assert_null(json_get(NULL, S("s")));
	assert_null(json_get(json_get(&v, S("s")), S("s")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_value_is_read),
		cmocka_unit_test(numbers_keep_their_text),
		cmocka_unit_test(integers_beyond_64_bits_are_refused),
		cmocka_unit_test(what_is_no_json_is_refused),
		cmocka_unit_test(the_place_of_an_error_is_named),
		cmocka_unit_test(bytes_that_are_not_utf8_are_refused),
		cmocka_unit_test(escapes_are_decoded),
		cmocka_unit_test(half_a_surrogate_pair_becomes_the_replacement_character),
		cmocka_unit_test(repeated_names_are_refused),
		cmocka_unit_test(members_keep_their_order),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(members_are_found_and_read_by_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

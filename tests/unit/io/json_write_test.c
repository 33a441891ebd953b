/* SPDX-License-Identifier: MIT */
/*
 * Writing JSON: compact for machines, two blanks per level for people, and every byte of a text escaped so
 * that any reader gives it back.
 */
#include "io/json.h"

#include "../base/expect.h"

static void write_sample(struct json_writer *w)
{
	json_object(w);
	json_key(w, S("a"));
	json_array(w);
	json_i64(w, INT64_MIN);
	json_num(w, S("1.50"));
	json_bool(w, true);
	json_bool(w, false);
	json_null(w);
	json_raw(w, S("{\"raw\":1}"));
	json_array_end(w);
	json_key(w, S("b"));
	json_object(w);
	json_object_end(w);
	json_key(w, S("c"));
	json_array(w);
	json_array_end(w);
	json_key(w, S("d"));
	json_str(w, S("x"));
	json_object_end(w);
}

static void expect_sample(bool pretty, const char *want)
{
	DEFER(buf_release) struct buf out = buf_make(0);
	struct buf_sink sink = buf_sink_make(&out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	struct err e;

	w.pretty = pretty;
	write_sample(&w);
	assert_true(json_writer_finish(&w, &e));
	expect_str(buf_str(&out), want);
}

static void compact_json_has_no_white_space(void **state)
{
	(void)state;
	expect_sample(false,
		      "{\"a\":[-9223372036854775808,1.50,true,false,null,{\"raw\":1}],\"b\":{},"
		      "\"c\":[],\"d\":\"x\"}");
}

static void pretty_json_is_indented_by_two_blanks(void **state)
{
	(void)state;
	expect_sample(true, "{\n"
			    "  \"a\": [\n"
			    "    -9223372036854775808,\n"
			    "    1.50,\n"
			    "    true,\n"
			    "    false,\n"
			    "    null,\n"
			    "    {\"raw\":1}\n"
			    "  ],\n"
			    "  \"b\": {},\n"
			    "  \"c\": [],\n"
			    "  \"d\": \"x\"\n"
			    "}");
}

static void texts_and_names_are_escaped(void **state)
{
	DEFER(buf_release) struct buf out = buf_make(0);
	struct buf_sink sink = buf_sink_make(&out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	struct err e;

	(void)state;
	json_object(&w);
	json_key(&w, S("\"\n"));
	json_str(&w, S("\"\\/\b\f\n\r\t\x01\x7f\0é💚<>&'"));
	json_object_end(&w);
	assert_true(json_writer_finish(&w, &e));
	expect_str(
		buf_str(&out),
		"{\"\\\"\\n\":\"\\\"\\\\/\\u0008\\u000c\\n\\r\\t\\u0001\\u007f\\u0000é💚<>&'\"}");
}

static bool refuse(struct sink *s, struct str bytes, struct err *e)
{
	(void)s, (void)bytes;
	return err_set(e, ERR_NETWORK, "gone");
}

static void the_first_error_of_the_sink_sticks(void **state)
{
	struct sink sink = { refuse };
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink);
	struct err e = { 0 };

	(void)state;
	json_array(&w);
	for (int i = 0; i < 100000; i++)
		json_str(&w, S("0123456789"));
	assert_true(w.buf.cap < 300000);
	json_array_end(&w);
	assert_false(json_writer_finish(&w, &e));
	assert_int_equal(e.kind, ERR_NETWORK);
	expect_str(str_from(e.msg), "gone");
}

static void what_is_written_is_read_again(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(buf_release) struct buf out = buf_make(0);
	struct buf_sink sink = buf_sink_make(&out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	char all[0x7f + 1];
	struct json v;
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (char)i;
	w.pretty = true;
	json_array(&w);
	json_str(&w, str_of(all, sizeof(all)));
	write_sample(&w);
	json_array_end(&w);
	assert_true(json_writer_finish(&w, &e));
	assert_true(json_parse(&a, buf_str(&out), "t", &v, &e));
	assert_true(str_eq(v.items[0].text, str_of(all, sizeof(all))));
	expect_str(json_text(&v.items[1], S("d")), "x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compact_json_has_no_white_space),
		cmocka_unit_test(pretty_json_is_indented_by_two_blanks),
		cmocka_unit_test(texts_and_names_are_escaped),
		cmocka_unit_test(the_first_error_of_the_sink_sticks),
		cmocka_unit_test(what_is_written_is_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

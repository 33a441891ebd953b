/* SPDX-License-Identifier: MIT */
/*
 * Answers with many rows: the same rows and the same envelope wherever the chunks end.
 */
#include "io/json.h"

#include "../base/expect.h"
#include "base/limits.h"

struct reading {
	struct buf rows; /* each as JSON, one per line */
	int stop_at;     /* the row that the reader refuses; 0: none */
};

static void add_json(struct buf *out, const struct json *v)
{
	struct buf_sink sink = buf_sink_make(out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	struct err e;

	json_tree(&w, v);
	assert_true(json_writer_finish(&w, &e));
}

static bool take_row(void *context, const struct json *row, struct err *e)
{
	struct reading *r = context;

	if (r->stop_at > 0 && --r->stop_at == 0)
		return err_set(e, ERR_CONFLICT, "stop");
	add_json(&r->rows, row);
	buf_add_char(&r->rows, '\n');
	return true;
}

/* Rows, then "=" and the envelope, or "!" and the error. */
static void read_all(struct buf *out, struct str text, size_t step, int stop_at)
{
	DEFER(arena_release) struct arena page = arena_make(0);
	DEFER(arena_release) struct arena a = arena_make(0);
	struct reading reading = { buf_make(0), stop_at };
	DEFER(json_rows_release) struct json_rows r =
		json_rows_make(&page, "t", take_row, &reading);
	struct json envelope;
	struct err e;
	bool fine = true;

	for (size_t i = 0; fine && i < text.n; i += step) {
		fine = sink_write(&r.sink, str_sub(text, i, step), &e);
		assert_int_equal(page.used, 0);
	}
	fine = fine && json_rows_finish(&r, &a, &envelope, &e);
	buf_add(out, buf_str(&reading.rows));
	buf_release(&reading.rows);
	buf_add_char(out, fine ? '=' : '!');
	if (fine)
		add_json(out, &envelope);
	else
		buf_add(out, str_from(e.msg));
}

static void expect_rows(const char *text, const char *want)
{
	for (size_t step = 1; step < 100; step = step < 10 ? step + 1 : step * 3) {
		DEFER(buf_release) struct buf got = buf_make(0);

		read_all(&got, str_from(text), step, 0);
		expect_str(buf_str(&got), want);
	}
}

static void rows_come_one_by_one_and_the_rest_is_the_envelope(void **state)
{
	(void)state;
	expect_rows(
		" {\"@odata.context\":\"c\", \"value\" : [ {\"a\":1} ,\n{\"a\":\"]},[\\\"\"}\t] , "
		"\"@odata.nextLink\":\"n\"} ",
		"{\"a\":1}\n{\"a\":\"]},[\\\"\"}\n={\"@odata.context\":\"c\",\"value\":[],"
		"\"@odata.nextLink\":\"n\"}");
}

static void rows_may_be_of_any_kind(void **state)
{
	(void)state;
	expect_rows(
		"{\"value\":[1,-2.50,\"x\",\"\\\\\",\"\\\"]\",true,null,[],{},[[1],{\"b\":[2]}]]}",
		"1\n-2.50\n\"x\"\n\"\\\\\"\n\"\\\"]\"\ntrue\nnull\n[]\n{}\n[[1],{\"b\":[2]}]\n"
		"={\"value\":[]}");
}

static void no_rows_are_fine(void **state)
{
	(void)state;
	expect_rows("{\"value\":[ ]}", "={\"value\":[]}");
	expect_rows("{\"value\":\"x\",\"b\":[1]}", "={\"value\":\"x\",\"b\":[1]}");
	expect_rows("{}", "={}");
	expect_rows("[{\"value\":[1]}]", "=[{\"value\":[1]}]");
	expect_rows(" 5", "=5");
}

static void only_value_of_the_outermost_object_holds_rows(void **state)
{
	(void)state;
	expect_rows(
		"{\"a\":{\"value\":[1]},\"b\":\"value\",\"c\":[2],\"value\":[3],\"d\":{\"value\":[4]}}",
		"3\n={\"a\":{\"value\":[1]},\"b\":\"value\",\"c\":[2],\"value\":[],\"d\":{\"value\":[4]}}");
	expect_rows("{\"valuevaluevaluevaluevalue\":[1],\"xvalue\":[2],\"\":[3]}",
		    "={\"valuevaluevaluevaluevalue\":[1],\"xvalue\":[2],\"\":[3]}");
}

static void damaged_answers_are_refused(void **state)
{
	(void)state;
	expect_rows("{\"value\":[1,]}", "1\n!t: the JSON is damaged behind row 1");
	expect_rows("{\"value\":[,1]}", "!t: the JSON is damaged behind row 0");
	expect_rows("{\"value\":[{} {}]}", "{}\n!t: the JSON is damaged behind row 1");
	expect_rows("{\"value\":[1 2]}", "1\n!t: the JSON is damaged behind row 1");
	expect_rows("{\"value\":[1}", "1\n!t: the JSON is damaged behind row 1");
	expect_rows("{\"value\":[1,x]}", "1\n!row 2: t:1:1: unexpected character");
	expect_rows("{\"value\":[{\"a\":1,\"a\":2}]}",
		    "!row 1: t:1:1: the object that begins here has two members \"a\"");
	expect_rows("{\"value\":[1],\"value\":[2]}",
		    "1\n2\n!t:1:1: the object that begins here has two members \"value\"");
	expect_rows("{\"value\":[1]}}", "1\n!t:1:13: unexpected character behind the end");
}

static void an_answer_that_is_cut_off_anywhere_is_refused(void **state)
{
	struct str whole = S("{\"c\":1,\"value\":[{\"a\":\"x\"},2,\"y\"],\"d\":2}");

	(void)state;
	for (size_t n = 0; n < whole.n; n++) {
		DEFER(buf_release) struct buf got = buf_make(0);

		read_all(&got, str_sub(whole, 0, n), 7, 0);
		assert_true(str_find_char(buf_str(&got), '!') != STR_NONE);
	}
}

static void an_error_of_the_reader_stops_the_reading(void **state)
{
	DEFER(buf_release) struct buf got = buf_make(0);

	(void)state;
	read_all(&got, S("{\"value\":[1,2,3]}"), 100, 2);
	expect_str(buf_str(&got), "1\n!stop");
}

static void an_envelope_beyond_its_limit_is_refused(void **state)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	DEFER(buf_release) struct buf got = buf_make(0);

	(void)state;
	buf_add(&b, S("{\"a\":\""));
	for (size_t i = 0; i < LIMIT_JSON_ENVELOPE / 8; i++)
		buf_add(&b, S("12345678"));
	buf_add(&b, S("\"}"));
	read_all(&got, buf_str(&b), 10000, 0);
	expect_str(buf_str(&got), "!t is larger than 4194304 bytes");
}

static bool ignore_row(void *context, const struct json *row, struct err *e)
{
	(void)context, (void)row, (void)e;
	return true;
}

static void memory_does_not_grow_with_the_number_of_rows(void **state)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	DEFER(arena_release) struct arena page = arena_make(0);
	DEFER(json_rows_release) struct json_rows r = json_rows_make(&page, "t", ignore_row, NULL);
	struct err e;

	(void)state;
	buf_add(&b, S("{\"value\":[1"));
	for (int i = 0; i < 20000; i++)
		buf_add(&b, S(",{\"a\":\"some text\",\"b\":[1,2,3]}"));
	assert_true(sink_write(&r.sink, buf_str(&b), &e));
	assert_int_equal(r.rows, 20001);
	assert_true(page.peak < 2000);
	assert_true(r.text.cap < 2000 && r.envelope.cap < 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_come_one_by_one_and_the_rest_is_the_envelope),
		cmocka_unit_test(rows_may_be_of_any_kind),
		cmocka_unit_test(no_rows_are_fine),
		cmocka_unit_test(only_value_of_the_outermost_object_holds_rows),
		cmocka_unit_test(damaged_answers_are_refused),
		cmocka_unit_test(an_answer_that_is_cut_off_anywhere_is_refused),
		cmocka_unit_test(an_error_of_the_reader_stops_the_reading),
		cmocka_unit_test(an_envelope_beyond_its_limit_is_refused),
		cmocka_unit_test(memory_does_not_grow_with_the_number_of_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

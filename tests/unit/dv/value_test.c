/* SPDX-License-Identifier: MIT */
/*
 * Values and their columns. The JSON forms are those of the Web API (facts/webapi.md 2.6).
 */
#include "dv/value.h"

#include "shared.h"

static struct option kinds[] = { { .value = 1 }, { .value = 2 }, { .value = 192350000 } };

static struct column column(enum column_type type)
{
	return (struct column){ .name = S("c"), .type = type, .precision = -1 };
}

struct adaption {
	struct column c;
	const char *text;
	const char *stored; /* NULL: null */
	const char *error;
};

static void check_adaptions(const struct adaption *cases, size_t n)
{
	DEFER(arena_release) struct arena a = arena_make(0);

	for (size_t i = 0; i < n; i++) {
		struct value v = { .kind = VALUE_TEXT, .text = str_from(cases[i].text) };
		struct err e = { 0 };
		bool done = value_adapt(&a, &cases[i].c, &v, &e);

		if (cases[i].error) {
			assert_false(done);
			assert_string_equal(e.msg, cases[i].error);
			expect_str(v.text, cases[i].text);
			continue;
		}
		if (!done)
			fail_msg("%s: %s", cases[i].text, e.msg);
		assert_int_equal(v.kind, cases[i].stored ? VALUE_TEXT : VALUE_NULL);
		if (cases[i].stored)
			expect_str(v.text, cases[i].stored);
	}
}

static void dates_follow_the_columns_behavior(void **state)
{
	struct column local = column(COLUMN_DATETIME);
	struct column date = column(COLUMN_DATETIME);
	struct column clock = column(COLUMN_DATETIME);

	(void)state;
	date.behavior = DATE_ONLY;
	clock.behavior = DATE_ZONE_INDEPENDENT;

	const struct adaption cases[] = {
		{ local, "2022-12-02T22:00:00Z", "2022-12-02T22:00:00Z", NULL },
		{ local, "2019-04-04T19:22:50", "2019-04-04T19:22:50Z", NULL },
		{ local, "2022-12-02", "2022-12-02T00:00:00Z", NULL },
		{ local, "2022-12-02T23:30:00-01:00", "2022-12-03T00:30:00Z", NULL },
		{ date, "1978-02-12T00:00:00", "1978-02-12", NULL },
		{ date, "1978-02-12T23:59:59Z", "1978-02-12", NULL },
		{ date, "1978-02-12", "1978-02-12", NULL },
		{ clock, "2022-12-02T22:00:00Z", "2022-12-02T22:00:00", NULL },
		{ clock, "2022-12-02T22:00:00", "2022-12-02T22:00:00", NULL },
		{ clock, "2022-12-02", "2022-12-02T00:00:00", NULL },
		{ local, "1752-12-31T00:00:00Z", NULL,
		  "1752-12-31T00:00:00Z is before the year 1753, the first that is stored" },
		{ local, "1753-01-01T00:00:00Z", "1753-01-01T00:00:00Z", NULL },
		{ local, "soon", NULL, "\"soon\" is not a date" },
	};

	check_adaptions(cases, COUNT_OF(cases));
}

static void numbers_keep_to_the_columns_range(void **state)
{
	struct column whole = column(COLUMN_INTEGER);
	struct column free = column(COLUMN_INTEGER);
	struct column decimal = column(COLUMN_DECIMAL);
	struct column money = column(COLUMN_MONEY);
	struct column real = column(COLUMN_DOUBLE);

	(void)state;
	whole.has_min = whole.has_max = true;
	whole.min = S("-1500");
	whole.max = S("1500");
	decimal.has_min = decimal.has_max = true;
	decimal.min = S("0.000000000001");
	decimal.max = S("100");
	decimal.precision = 2;
	real.has_max = true;
	real.max = S("90");

	const struct adaption cases[] = {
		{ whole, "1500", "1500", NULL },
		{ whole, "1501", NULL, "1501 is more than 1500" },
		{ whole, "-1501", NULL, "-1501 is less than -1500" },
		{ free, "2147483648", NULL,
		  "2147483648 is out of range, from -2147483648 to 2147483647" },
		{ free, "12.0", NULL, "\"12.0\" is not a whole number" },
		{ column(COLUMN_BIGINT), "2147483648", "2147483648", NULL },
		{ decimal, "1.5000", "1.50", NULL },
		{ decimal, "1.5", "1.5", NULL },
		{ decimal, "1.005", "1.01", NULL },
		{ decimal, "100.001", "100.00", NULL },
		{ decimal, "100.01", NULL, "100.01 is more than 100" },
		{ decimal, "0", NULL, "0 is less than 0.000000000001" },
		{ money, "11.5000000000", "11.5000000000", NULL },
		{ real, "90", "90", NULL },
		{ real, "90.001", NULL, "90.001 is more than 90" },
		{ real, "1e300", NULL, "1E+300 is more than 90" },
	};

	check_adaptions(cases, COUNT_OF(cases));
}

static void choices_have_to_be_known_when_the_column_tells(void **state)
{
	struct column pick = column(COLUMN_PICKLIST);
	struct column many = column(COLUMN_MULTISELECT);
	struct column status = column(COLUMN_STATUS);

	(void)state;
	pick.options = many.options = status.options = kinds;
	pick.noptions = many.noptions = status.noptions = COUNT_OF(kinds);

	const struct adaption cases[] = {
		{ pick, "192350000", "192350000", NULL },
		{ pick, "3", NULL, "3 is none of the column's 3 choices" },
		{ status, "3", NULL, "3 is none of the column's 3 choices" },
		{ column(COLUMN_PICKLIST), "3", "3", NULL },
		{ many, "2, 1 ,2", "1,2", NULL },
		{ many, "1,5", NULL, "5 is none of the column's 3 choices" },
		{ many, "[-1,-1]", NULL, NULL },
	};

	check_adaptions(cases, COUNT_OF(cases));
}

static void texts_are_measured_in_utf16(void **state)
{
	struct column name = column(COLUMN_STRING);

	(void)state;
	name.max_length = 4;

	const struct adaption cases[] = {
		{ name, "abcd", "abcd", NULL },
		{ name, "abcde", NULL, "\"abcde\" is 5 characters long, the column holds 4" },
		{ name, "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9",
		  NULL },
		{ name, "\xf0\x9f\x92\x9a\xf0\x9f\x92\x9a", "\xf0\x9f\x92\x9a\xf0\x9f\x92\x9a",
		  NULL },
		{ name, "\xf0\x9f\x92\x9a\xf0\x9f\x92\x9az", NULL,
		  "\"\xf0\x9f\x92\x9a\xf0\x9f\x92\x9az\" is 5 characters long, the column holds 4" },
		{ name, "", NULL, NULL },
		{ column(COLUMN_MEMO), "any length", "any length", NULL },
	};

	check_adaptions(cases, COUNT_OF(cases));
}

static void the_rest_of_the_types_is_normalised(void **state)
{
	const struct adaption cases[] = {
		{ column(COLUMN_BOOLEAN), "True", "1", NULL },
		{ column(COLUMN_BOOLEAN), "0", "0", NULL },
		{ column(COLUMN_MANAGED), "false", "0", NULL },
		{ column(COLUMN_GUID), "{EC54A81A-584B-EF11-A317-0022480BD0F0}",
		  "ec54a81a-584b-ef11-a317-0022480bd0f0", NULL },
		{ column(COLUMN_VIRTUAL), "x", NULL,
		  "a column of this type holds nothing that can be written" },
	};

	(void)state;
	check_adaptions(cases, COUNT_OF(cases));
}

static void references_point_where_the_column_does(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct str targets[] = { STR_INIT("account"), STR_INIT("contact") };
	struct column customer = column(COLUMN_CUSTOMER);
	struct column text = column(COLUMN_STRING);
	struct value v = { .kind = VALUE_REF,
			   .text = S("EC54A81A-584B-EF11-A317-0022480BD0F0"),
			   .table = S("contact"),
			   .name = S("Ann") };
	struct err e = { 0 };

	(void)state;
	customer.targets = targets;
	customer.ntargets = 2;
	assert_true(value_adapt(&a, &customer, &v, &e));
	expect_str(v.text, "ec54a81a-584b-ef11-a317-0022480bd0f0");
	expect_str(v.name, "Ann");
	assert_false(value_adapt(&a, &text, &v, &e));
	v.table = S("queue");
	assert_false(value_adapt(&a, &customer, &v, &e));
	assert_string_equal(e.msg,
			    "a reference to queue, but the column points to account and others");

	struct value id = { .kind = VALUE_TEXT, .text = v.text };

	assert_true(value_adapt(&a, &customer, &id, &e));
	assert_int_equal(id.kind, VALUE_REF);
}

static void more_than_150_choices_are_refused(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(buf_release) struct buf b = buf_make(0);
	struct column many = column(COLUMN_MULTISELECT);
	struct err e = { 0 };

	(void)state;
	for (int i = 0; i < 150; i++)
		buf_add_fmt(&b, i == 0 ? "%d" : ",%d", i);

	struct value v = { .kind = VALUE_TEXT, .text = buf_str(&b) };

	assert_true(value_adapt(&a, &many, &v, &e));
	buf_add(&b, S(",150"));
	v.text = buf_str(&b);
	assert_false(value_adapt(&a, &many, &v, &e));
	assert_string_equal(e.msg, "more than 150 choices in one value");
}

static bool equal(const struct column *c, const char *x, const char *y)
{
	struct value a = { .kind = x ? VALUE_TEXT : VALUE_NULL, .text = str_from(x) };
	struct value b = { .kind = y ? VALUE_TEXT : VALUE_NULL, .text = str_from(y) };
	bool same = value_equal(c, &a, &b);

	assert_int_equal(same, value_equal(c, &b, &a));
	return same;
}

static void equality_is_of_what_is_meant(void **state)
{
	struct column text = column(COLUMN_MEMO);
	struct column decimal = column(COLUMN_DECIMAL);
	struct column money = column(COLUMN_MONEY);
	struct column coarse = column(COLUMN_DECIMAL);
	struct column real = column(COLUMN_DOUBLE);
	struct column many = column(COLUMN_MULTISELECT);
	struct column moment = column(COLUMN_DATETIME);
	struct column whole = column(COLUMN_INTEGER);
	struct column day = column(COLUMN_DATETIME);
	struct column clock = column(COLUMN_DATETIME);

	(void)state;
	coarse.precision = 2;
	day.behavior = DATE_ONLY;
	clock.behavior = DATE_ZONE_INDEPENDENT;
	assert_true(equal(&text, "a\r\nb\rc", "a\nb\nc"));
	assert_true(equal(&text, "a\r", "a\n"));
	assert_false(equal(&text, "a\r\n", "a\n\n"));
	assert_false(equal(&text, "a", "A"));
	assert_false(equal(&text, "a", "a "));
	assert_true(equal(&text, "", NULL));
	assert_true(equal(&text, NULL, NULL));
	assert_false(equal(&text, "a", NULL));
	assert_true(equal(&decimal, "1.0000000000", "1"));
	assert_false(equal(&decimal, "1.0000000001", "1"));
	assert_true(equal(&decimal, "1.00000000001", "1"));
	assert_true(equal(&coarse, "1.005", "1.01"));
	assert_false(equal(&coarse, "1.004", "1.01"));
	assert_true(equal(&money, "11.5000000000", "11.5"));
	assert_true(equal(&money, "11.50001", "11.5"));
	assert_false(equal(&money, "11.5001", "11.5"));
	assert_true(equal(&real, "1E+21", "1000000000000000000000"));
	assert_false(equal(&real, "1.5", "1.6"));
	assert_true(equal(&many, "2,1", "1,2"));
	assert_false(equal(&many, "1", "1,2"));
	assert_true(equal(&moment, "2022-12-02T22:00:00.5Z", "2022-12-02T22:00:00Z"));
	assert_false(equal(&moment, "2022-12-02T22:00:01Z", "2022-12-02T22:00:00Z"));
	assert_true(equal(&day, "2022-12-02", "2022-12-02T23:59:59"));
	assert_false(equal(&day, "2022-12-02", "2022-12-03"));
	assert_true(equal(&clock, "2022-12-02T22:00:00", "2022-12-02T22:00:00Z"));
	assert_false(equal(&clock, "2022-12-02T22:00:00", "2022-12-02T23:00:00"));
	assert_true(equal(&whole, "5", "5"));
	assert_false(equal(&whole, "5", "6"));
}

static void references_are_equal_by_id_and_by_table_when_told(void **state)
{
	struct column c = column(COLUMN_LOOKUP);
	struct value x = { .kind = VALUE_REF, .text = S("1"), .table = S("queue"), .name = S("A") };
	struct value y = { .kind = VALUE_REF, .text = S("1"), .name = S("B") };
	struct value absent = { .kind = VALUE_ABSENT };

	(void)state;
	assert_true(value_equal(&c, &x, &y));
	y.table = S("team");
	assert_false(value_equal(&c, &x, &y));
	y.table = S("queue");
	y.text = S("2");
	assert_false(value_equal(&c, &x, &y));
	assert_false(value_equal(&c, &absent, &absent));
	assert_true(value_is_empty(&absent));
}

struct wire {
	enum column_type type;
	enum date_behavior behavior;
	const char *json;
	const char *stored; /* NULL: null */
	const char *back;   /* NULL: as json */
};

static struct str to_json(struct arena *a, const struct column *c, const struct value *v)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	struct buf_sink sink = buf_sink_make(&b);
	struct json_writer w = json_writer_make(&sink.sink);
	struct err e = { 0 };

	value_to_json(&w, c, v);
	assert_true(json_writer_finish(&w, &e));
	json_writer_release(&w);
	return str_dup(a, buf_str(&b));
}

static void json_is_read_and_written_as_the_web_api_does(void **state)
{
	static const struct wire cases[] = {
		{ COLUMN_STRING, 0, "\"a \\\"b\\\"\"", "a \"b\"", NULL },
		{ COLUMN_STRING, 0, "\"\"", NULL, "null" },
		{ COLUMN_STRING, 0, "null", NULL, NULL },
		{ COLUMN_INTEGER, 0, "-5", "-5", NULL },
		{ COLUMN_BIGINT, 0, "9007199254740993", "9007199254740993", NULL },
		{ COLUMN_BIGINT, 0, "\"9007199254740993\"", "9007199254740993",
		  "9007199254740993" },
		{ COLUMN_DECIMAL, 0, "1.0000000000", "1.0000000000", NULL },
		{ COLUMN_MONEY, 0, "500.0000", "500.0000", NULL },
		{ COLUMN_DOUBLE, 0, "1789.40", "1789.4", "1789.4" },
		{ COLUMN_BOOLEAN, 0, "true", "1", NULL },
		{ COLUMN_BOOLEAN, 0, "false", "0", NULL },
		{ COLUMN_PICKLIST, 0, "192350000", "192350000", NULL },
		{ COLUMN_MULTISELECT, 0, "\"100000001,100000000\"", "100000000,100000001",
		  "\"100000000,100000001\"" },
		{ COLUMN_MULTISELECT, 0, "\"1, 9\"", "1,9", "\"1,9\"" },
		{ COLUMN_DATETIME, DATE_USER_LOCAL, "\"2023-04-07T21:59:01Z\"",
		  "2023-04-07T21:59:01Z", NULL },
		{ COLUMN_DATETIME, DATE_ONLY, "\"2019-04-29\"", "2019-04-29", NULL },
		{ COLUMN_DATETIME, DATE_ZONE_INDEPENDENT, "\"2023-04-07T21:59:01Z\"",
		  "2023-04-07T21:59:01", NULL },
		{ COLUMN_GUID, 0, "\"EC54A81A-584B-EF11-A317-0022480BD0F0\"",
		  "ec54a81a-584b-ef11-a317-0022480bd0f0",
		  "\"ec54a81a-584b-ef11-a317-0022480bd0f0\"" },
		{ COLUMN_LOOKUP, 0, "\"ec54a81a-584b-ef11-a317-0022480bd0f0\"",
		  "ec54a81a-584b-ef11-a317-0022480bd0f0", NULL },
		{ COLUMN_IMAGE, 0, "\"AAECAw==\"", "AAECAw==", NULL },
		{ COLUMN_MANAGED, 0,
		  "{\"Value\":true,\"CanBeChanged\":true,\"ManagedPropertyLogicalName\":\"c\"}",
		  "1", NULL },
	};
	DEFER(arena_release) struct arena a = arena_make(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct column c = column(cases[i].type);
		struct json v;
		struct value out = { 0 };
		struct err e = { 0 };

		c.behavior = cases[i].behavior;
		if (!json_parse(&a, str_from(cases[i].json), "value", &v, &e) ||
		    !value_from_json(&a, &c, &v, &out, &e))
			fail_msg("%s: %s", cases[i].json, e.msg);
		if (!cases[i].stored)
			assert_int_equal(out.kind, VALUE_NULL);
		else
			expect_str(out.text, cases[i].stored);
		expect_str(to_json(&a, &c, &out), cases[i].back ? cases[i].back : cases[i].json);
	}
}

static void json_of_another_kind_is_refused(void **state)
{
	static const struct wire cases[] = {
		{ COLUMN_STRING, 0, "5", NULL, "a number where a value of StringType has to be" },
		{ COLUMN_INTEGER, 0, "\"5\"", NULL,
		  "a text where a value of IntegerType has to be" },
		{ COLUMN_INTEGER, 0, "5.5", NULL, "\"5.5\" is not a whole number" },
		{ COLUMN_BOOLEAN, 0, "1", NULL, "a number where a value of BooleanType has to be" },
		{ COLUMN_DATETIME, 0, "\"soon\"", NULL, "\"soon\" is not a date" },
		{ COLUMN_LOOKUP, 0, "{}", NULL, "an object where a value of LookupType has to be" },
		{ COLUMN_MANAGED, 0, "{\"Value\":1}", NULL,
		  "a number where a value of ManagedPropertyType has to be" },
	};
	DEFER(arena_release) struct arena a = arena_make(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct column c = column(cases[i].type);
		struct json v;
		struct value out;
		struct err e = { 0 };

		assert_true(json_parse(&a, str_from(cases[i].json), "value", &v, &e));
		assert_false(value_from_json(&a, &c, &v, &out, &e));
		assert_int_equal(e.kind, ERR_INPUT);
		assert_string_equal(e.msg, cases[i].back);
	}
}

static void a_property_that_is_not_there_is_absent(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct column c = column(COLUMN_STRING);
	struct value v = { .kind = VALUE_TEXT };
	struct err e = { 0 };

	(void)state;
	assert_true(value_from_json(&a, &c, NULL, &v, &e));
	assert_int_equal(v.kind, VALUE_ABSENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates_follow_the_columns_behavior),
		cmocka_unit_test(numbers_keep_to_the_columns_range),
		cmocka_unit_test(choices_have_to_be_known_when_the_column_tells),
		cmocka_unit_test(texts_are_measured_in_utf16),
		cmocka_unit_test(the_rest_of_the_types_is_normalised),
		cmocka_unit_test(references_point_where_the_column_does),
		cmocka_unit_test(more_than_150_choices_are_refused),
		cmocka_unit_test(equality_is_of_what_is_meant),
		cmocka_unit_test(references_are_equal_by_id_and_by_table_when_told),
		cmocka_unit_test(json_is_read_and_written_as_the_web_api_does),
		cmocka_unit_test(json_of_another_kind_is_refused),
		cmocka_unit_test(a_property_that_is_not_there_is_absent),
	};

	return cmocka_run_group_tests_name("value", tests, NULL, NULL);
}

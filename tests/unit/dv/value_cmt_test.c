/* SPDX-License-Identifier: MIT */
/*
 * Values in CMT's files: forms seen in real packages (facts/cmt-format.md 3.4, 3.5, 5.5).
 */
#include "dv/value.h"

#include "shared.h"

static void types_have_cmts_words(void **state)
{
	static const char *const words[] = {
		"string",         "number",          "bigint",    "decimal",
		"float",          "money",           "bool",      "datetime",
		"optionsetvalue", "state",           "status",    "optionsetvaluecollection",
		"owner",          "entityreference", "partylist", "guid",
		"imagedata",      "filedata",        "unknown",
	};
	static const char *const others[] = {
		"String", "lookup", "customer", "integer", "memo", ""
	};
	enum cmt_type t;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		assert_true(cmt_type_parse(str_from(words[i]), &t));
		expect_str(cmt_type_word(t), words[i]);
	}
	for (size_t i = 0; i < COUNT_OF(others); i++)
		assert_false(cmt_type_parse(str_from(others[i]), &t));
	expect_str(cmt_type_word(cmt_type_of(COLUMN_MEMO)), "string");
	expect_str(cmt_type_word(cmt_type_of(COLUMN_ENTITY_NAME)), "string");
	expect_str(cmt_type_word(cmt_type_of(COLUMN_CUSTOMER)), "entityreference");
	expect_str(cmt_type_word(cmt_type_of(COLUMN_OWNER)), "owner");
	expect_str(cmt_type_word(cmt_type_of(COLUMN_DOUBLE)), "float");
	expect_str(cmt_type_word(cmt_type_of(COLUMN_PICKLIST)), "optionsetvalue");
	expect_str(cmt_type_word(cmt_type_of(COLUMN_MULTISELECT)), "optionsetvaluecollection");
}

struct form {
	enum cmt_type type;
	const char *text;
	const char *stored; /* NULL: null */
};

static void every_form_of_a_real_package_is_read(void **state)
{
	static const struct form cases[] = {
		{ CMT_BOOL, "True", "1" },
		{ CMT_BOOL, "false", "0" },
		{ CMT_BOOL, "FALSE", "0" },
		{ CMT_BOOL, "1", "1" },
		{ CMT_BOOL, "0", "0" },
		{ CMT_NUMBER, "-1", "-1" },
		{ CMT_NUMBER, "+07", "7" },
		{ CMT_NUMBER, " 5 ", "5" },
		{ CMT_NUMBER, "-2147483648", "-2147483648" },
		{ CMT_BIGINT, "9223372036854775807", "9223372036854775807" },
		{ CMT_OPTION, "192350000", "192350000" },
		{ CMT_STATE, "0", "0" },
		{ CMT_STATUS, "-1", "-1" },
		{ CMT_DECIMAL, "1.0000000000", "1.0000000000" },
		{ CMT_DECIMAL, "-1.5E-3", "-0.0015" },
		{ CMT_MONEY, "11.5000000000", "11.5000000000" },
		{ CMT_FLOAT, "1789.40", "1789.4" },
		{ CMT_FLOAT, "1.125", "1.125" },
		{ CMT_FLOAT, "1e3", "1000" },
		{ CMT_DATETIME, "2022-12-02T22:00:00.0000000Z", "2022-12-02T22:00:00Z" },
		{ CMT_DATETIME, "2022-12-02T22:00:00.1230000Z", "2022-12-02T22:00:00.123Z" },
		{ CMT_DATETIME, "1978-02-12T00:00:00.0000000", "1978-02-12T00:00:00" },
		{ CMT_DATETIME, "2022-12-02T22:00:00+02:00", "2022-12-02T20:00:00Z" },
		{ CMT_DATETIME, "2022-12-02", "2022-12-02" },
		{ CMT_DATETIME, "4/4/2019 7:22:50 PM", "2019-04-04T19:22:50" },
		{ CMT_DATETIME, "4/4/2019 12:00:00 AM", "2019-04-04T00:00:00" },
		{ CMT_OPTIONS, "[-1,494280001,494280000,-1]", "494280000,494280001" },
		{ CMT_OPTIONS, "[-1,-1]", NULL },
		{ CMT_OPTIONS, "9, 1,9", "1,9" },
		{ CMT_OPTIONS, "[-1,-1,5,-1]", "-1,5" },
		{ CMT_GUID, "{EC54A81A-584B-EF11-A317-0022480BD0F0}",
		  "ec54a81a-584b-ef11-a317-0022480bd0f0" },
		{ CMT_STRING,
		  "City &amp; Light &lt;x&gt; caf&#233; &quot;q&quot; it&#39;s &#128154;",
		  "City & Light <x> caf\xc3\xa9 \"q\" it's \xf0\x9f\x92\x9a" },
		{ CMT_STRING, "&amp;nbsp; & &bogus;", "&nbsp; & &bogus;" },
		{ CMT_STRING, " a\r\n\tb ", " a\r\n\tb " },
		{ CMT_STRING, "", NULL },
		{ CMT_NUMBER, "", NULL },
		{ CMT_IMAGE, "AAECAw==", "AAECAw==" },
		{ CMT_FILE, "EC54A81A-584B-EF11-A317-0022480BD0F0",
		  "ec54a81a-584b-ef11-a317-0022480bd0f0" },
	};
	DEFER(arena_release) struct arena a = arena_make(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct value v = { 0 };
		struct err e = { 0 };

		if (!value_from_cmt(&a, cases[i].type, str_from(cases[i].text), &v, &e))
			fail_msg("%s: %s", cases[i].text, e.msg);
		assert_int_equal(v.kind, cases[i].stored ? VALUE_TEXT : VALUE_NULL);
		if (cases[i].stored)
			expect_str(v.text, cases[i].stored);
	}
}

static void references_become_ids(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct value v = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_true(
		value_from_cmt(&a, CMT_OWNER, S("EC54A81A-584B-EF11-A317-0022480BD0F0"), &v, &e));
	assert_int_equal(v.kind, VALUE_REF);
	expect_str(v.text, "ec54a81a-584b-ef11-a317-0022480bd0f0");
	expect_str(v.table, "");
	assert_true(value_from_cmt(&a, CMT_REFERENCE, S(""), &v, &e));
	assert_int_equal(v.kind, VALUE_NULL);
}

static void party_lists_and_unknown_types_are_not_carried(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct value v = { 0 };
	struct err e = { 0 };

	(void)state;
	assert_true(value_from_cmt(&a, CMT_PARTYLIST, S(""), &v, &e));
	assert_int_equal(v.kind, VALUE_ABSENT);
	assert_true(value_from_cmt(&a, CMT_UNKNOWN, S("x"), &v, &e));
	assert_int_equal(v.kind, VALUE_ABSENT);
}

static void text_that_does_not_fit_its_type_is_named(void **state)
{
	static const struct form cases[] = {
		{ CMT_NUMBER, "abc", "\"abc\" is not a whole number" },
		{ CMT_NUMBER, "1.0", "\"1.0\" is not a whole number" },
		{ CMT_NUMBER, "2147483648",
		  "2147483648 is out of the range of a whole number of 32 bits" },
		{ CMT_BOOL, "yes", "\"yes\" is not true or false" },
		{ CMT_DECIMAL, "1,5", "\"1,5\" is not a decimal number" },
		{ CMT_FLOAT, "NaN", "\"NaN\" is not a number" },
		{ CMT_DATETIME, "2022-13-01", "\"2022-13-01\" is not a date" },
		{ CMT_DATETIME, "29/08/2019 17:48:29", "\"29/08/2019 17:48:29\" is not a date" },
		{ CMT_OPTIONS, "[-1,a,-1]", "\"[-1,a,-1]\" is not a list of choices like 1,2" },
		{ CMT_GUID, "ec54a81a", "\"ec54a81a\" is not a GUID" },
		{ CMT_IMAGE, "AAE", "\"AAE\" is not base64" },
		{ CMT_NUMBER,
		  "123456789 123456789 123456789 123456789 123456789 12345678\xc3\xa9\xc3\xa9",
		  "\"123456789 123456789 123456789 123456789 123456789 12345678\xc3\xa9...\" "
		  "is not a whole number" },
		{ CMT_NUMBER, "123456789 123456789 123456789 123456789 123456789 123456789\xc3\xa9",
		  "\"123456789 123456789 123456789 123456789 123456789 123456789...\" "
		  "is not a whole number" },
		{ CMT_NUMBER, "a\nb", "\"a b\" is not a whole number" },
	};
	DEFER(arena_release) struct arena a = arena_make(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct value v;
		struct err e = { 0 };

		assert_false(value_from_cmt(&a, cases[i].type, str_from(cases[i].text), &v, &e));
		assert_int_equal(e.kind, ERR_INPUT);
		assert_string_equal(e.msg, cases[i].stored);
	}
}

static void values_are_written_as_cmt_does(void **state)
{
	static const struct form cases[] = {
		{ CMT_BOOL, "True", "1" },
		{ CMT_BOOL, "False", "0" },
		{ CMT_NUMBER, "-1", "-1" },
		{ CMT_DECIMAL, "1.0000000000", "1.0000000000" },
		{ CMT_FLOAT, "1789.4", "1789.4" },
		{ CMT_DATETIME, "2022-12-02T22:00:00.0000000Z", "2022-12-02T22:00:00Z" },
		{ CMT_DATETIME, "2022-12-02T22:00:00.1230000Z", "2022-12-02T22:00:00.123Z" },
		{ CMT_DATETIME, "1978-02-12T00:00:00.0000000", "1978-02-12T00:00:00" },
		{ CMT_DATETIME, "1978-02-12T00:00:00.0000000", "1978-02-12" },
		{ CMT_OPTIONS, "[-1,494280000,494280001,-1]", "494280000,494280001" },
		{ CMT_STRING, "a &amp; b &lt;&gt; &quot;&#39; caf&#233; \xc4\x8d &#128154;",
		  "a & b <> \"' caf\xc3\xa9 \xc4\x8d \xf0\x9f\x92\x9a" },
		{ CMT_STRING, "tab\there\r\nline", "tab\there\r\nline" },
		{ CMT_GUID, "ec54a81a-584b-ef11-a317-0022480bd0f0",
		  "ec54a81a-584b-ef11-a317-0022480bd0f0" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		DEFER(buf_release) struct buf b = buf_make(0);
		struct value v = { .kind = VALUE_TEXT, .text = str_from(cases[i].stored) };

		value_to_cmt(&b, cases[i].type, &v);
		expect_str(buf_str(&b), cases[i].text);
	}
}

static void characters_that_xml_cannot_hold_survive(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(buf_release) struct buf b = buf_make(0);
	struct value v = { .kind = VALUE_TEXT, .text = S("a\x01z\xef\xbf\xbf&") };
	struct value back;
	struct err e = { 0 };

	(void)state;
	value_to_cmt(&b, CMT_STRING, &v);
	expect_str(buf_str(&b), "a&#1;z&#65535;&amp;");
	assert_true(value_from_cmt(&a, CMT_STRING, buf_str(&b), &back, &e));
	assert_true(str_eq(back.text, v.text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_have_cmts_words),
		cmocka_unit_test(every_form_of_a_real_package_is_read),
		cmocka_unit_test(references_become_ids),
		cmocka_unit_test(party_lists_and_unknown_types_are_not_carried),
		cmocka_unit_test(text_that_does_not_fit_its_type_is_named),
		cmocka_unit_test(values_are_written_as_cmt_does),
		cmocka_unit_test(characters_that_xml_cannot_hold_survive),
	};

	return cmocka_run_group_tests_name("value_cmt", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * Each value of a document is found on the line on which it begins.
 */
#include "io/json_line.h"

#include "../base/expect.h"

static struct arena arena;

/* Lines are counted from 1, as an editor does. */
static const char *const LINES[] = {
	"",
	"{\"a\": [1,",
	"  -2.5e3, \"x,\\\"]}:\\\\\",",
	"  {",
	"  },  null],",
	"  \"b\" : ",
	"    true, \"c:\\n\": {\"d\": \"e\",",
	"\t\"f\"\t:\t\"{[\" }, \"g\": false",
	"}",
};

static struct str document(void)
{
	struct str s = S("");

	for (size_t i = 0; i < COUNT_OF(LINES); i++)
		s = str_fmt(&arena, "%.*s%s\n", STR_ARG(s), LINES[i]);
	return s;
}

static void every_value_is_on_its_line(void **state)
{
	struct str text = document();
	struct json root;
	struct err e;

	(void)state;
	assert_true(json_parse(&arena, text, "x", &root, &e));

	const struct json *a = json_get(&root, S("a"));
	const struct json *c = json_get(&root, S("c:\n"));

	assert_int_equal(json_line(text, &root, &root), 2);
	assert_int_equal(json_line(text, &root, a), 2);
	assert_int_equal(json_line(text, &root, &a->items[0]), 2);
	assert_int_equal(json_line(text, &root, &a->items[1]), 3);
	assert_int_equal(json_line(text, &root, &a->items[2]), 3);
	assert_int_equal(json_line(text, &root, &a->items[3]), 4);
	assert_int_equal(json_line(text, &root, &a->items[4]), 5);
	assert_int_equal(json_line(text, &root, json_get(&root, S("b"))), 7);
	assert_int_equal(json_line(text, &root, c), 7);
	assert_int_equal(json_line(text, &root, json_get(c, S("d"))), 7);
	assert_int_equal(json_line(text, &root, json_get(c, S("f"))), 8);
	assert_int_equal(json_line(text, &root, json_get(&root, S("g"))), 8);
}

static void a_document_may_be_one_value_and_a_stranger_is_nowhere(void **state)
{
	struct json root, other = { .kind = JSON_NULL };
	struct err e;

	(void)state;
	assert_true(json_parse(&arena, S("\n\n \"x\""), "x", &root, &e));
	assert_int_equal(json_line(S("\n\n \"x\""), &root, &root), 3);
	assert_int_equal(json_line(S("\n\n \"x\""), &root, &other), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_value_is_on_its_line),
		cmocka_unit_test(a_document_may_be_one_value_and_a_stranger_is_nowhere),
	};

	arena = arena_make(0);

	int failures = cmocka_run_group_tests_name("json_line", tests, NULL, NULL);

	arena_release(&arena);
	return failures;
}

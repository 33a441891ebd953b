/* SPDX-License-Identifier: MIT */
/*
 * The root of the service lists what can be asked for.
 */
#include "served.h"

static void the_root_lists_every_entity_set_by_name(void **state)
{
	struct served *s = *state;

	expect_status(s, ask(s, METHOD_GET, "", NULL), 200);

	const struct json *body = answer_json(s);
	const struct json *sets = json_get(body, S("value"));
	struct str last = S("");
	bool accounts = false;

	assert_true(str_eq(json_text(body, S("@odata.context")), S(ORG_ROOT "$metadata")));
	assert_non_null(sets);
	for (size_t i = 0; i < sets->n; i++) {
		struct str name = json_text(&sets->items[i], S("name"));

		assert_true(str_cmp(last, name) < 0);
		assert_true(str_eq(json_text(&sets->items[i], S("kind")), S("EntitySet")));
		assert_true(str_eq(json_text(&sets->items[i], S("url")), name));
		accounts = accounts || str_eq(name, S("accounts"));
		last = name;
	}
	assert_true(accounts);
}

static void every_set_that_is_listed_can_be_read(void **state)
{
	struct served *s = *state;

	expect_status(s, ask(s, METHOD_GET, "/", NULL), 200);

	const struct json *sets = json_get(answer_json(s), S("value"));

	for (size_t i = 0; i < sets->n; i++) {
		struct str name = json_text(&sets->items[i], S("name"));
		struct str url = str_fmt(&s->arena, "%.*s(00000000-0000-4000-8000-000000000099)",
					 STR_ARG(name));

		/* no such row, but such a set; rules come with their calendars alone */
		if (str_eq(name, S("calendarrules")))
			expect_code(s, ask_str(s, METHOD_GET, url, NULL), 400, "0x80040800");
		else
			expect_code(s, ask_str(s, METHOD_GET, url, NULL), 404, "0x80040217");
	}
}

static void the_root_takes_no_options_and_no_writes(void **state)
{
	struct served *s = *state;

	assert_true(ask(s, METHOD_GET, "?$top=1", NULL) >= 400);
	assert_true(ask(s, METHOD_POST, "", "{}") >= 400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_root_lists_every_entity_set_by_name,
						served_setup, served_teardown),
		cmocka_unit_test_setup_teardown(every_set_that_is_listed_can_be_read, served_setup,
						served_teardown),
		cmocka_unit_test_setup_teardown(the_root_takes_no_options_and_no_writes,
						served_setup, served_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

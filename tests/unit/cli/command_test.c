/* SPDX-License-Identifier: MIT */
/*
 * Finding commands by their words.
 */
#include "cli/command.h"

#include "expect.h"

static const struct command create = { .name = "org create" };
static const struct command reset = { .name = "org reset" };
static const struct command export = { .name = "export" };
static const struct command secret = { .name = "man", .hidden = true };
static const struct command *const all[] = { &create, &reset, &export, &secret, NULL };

static const struct command *find(const char *first, const char *second, size_t *used,
				  struct err *e)
{
	struct str words[] = { str_from(first), str_from(second) };

	*used = 99;
	return command_find(all, words, second ? 2 : 1, used, e);
}

static void commands_are_found_by_one_word_or_two(void **state)
{
	struct err e;
	size_t used;

	(void)state;
	assert_ptr_equal(find("export", "--from", &used, &e), &export);
	assert_int_equal(used, 1);
	assert_ptr_equal(find("org", "reset", &used, &e), &reset);
	assert_int_equal(used, 2);
	assert_ptr_equal(find("man", NULL, &used, &e), &secret);
}

static void what_is_not_there_is_explained(void **state)
{
	struct err e;
	size_t used;

	(void)state;
	assert_null(find("org", NULL, &used, &e));
	assert_string_equal(e.msg, "org needs one of: create, reset");
	assert_null(find("org", "--seed", &used, &e));
	assert_string_equal(e.msg, "org needs one of: create, reset");
	assert_null(find("org", "make", &used, &e));
	assert_string_equal(e.msg, "no command \"org make\"; org knows: create, reset");
	assert_null(find("exprt", NULL, &used, &e));
	assert_string_equal(e.msg, "no command \"exprt\"; did you mean \"export\"?");
	assert_null(find("--xyz", NULL, &used, &e));
	assert_string_equal(e.msg, "no command \"--xyz\"; \"ferry help\" lists them");
	assert_int_equal(e.kind, ERR_USAGE);
}

static void a_family_is_the_first_word_of_two(void **state)
{
	(void)state;
	assert_true(command_is_family(all, S("org")));
	assert_false(command_is_family(all, S("export")));
	assert_false(command_is_family(all, S("or")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_are_found_by_one_word_or_two),
		cmocka_unit_test(what_is_not_there_is_explained),
		cmocka_unit_test(a_family_is_the_first_word_of_two),
	};

	return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}

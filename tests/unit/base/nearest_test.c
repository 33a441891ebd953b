/* SPDX-License-Identifier: MIT */
/*
 * What a person probably meant.
 */
#include "base/nearest.h"

#include "expect.h"

static const char *meant(const char *word)
{
	static const char *const words[] = { "export",  "import", "org create", "schema",
					     "dry-run", "from",   "to",         "help" };
	struct nearest n = nearest_to(str_from(word));

	for (size_t i = 0; i < COUNT_OF(words); i++)
		nearest_offer(&n, words[i]);
	return n.best;
}

static void one_slip_is_understood(void **state)
{
	(void)state;
	assert_string_equal(meant("exprot"), "export");
	assert_string_equal(meant("exort"), "export");
	assert_string_equal(meant("expoort"), "export");
	assert_string_equal(meant("form"), "from");
	assert_string_equal(meant("dry_run"), "dry-run");
	assert_string_equal(meant("shcema"), "schema");
}

static void the_start_of_a_word_is_understood(void **state)
{
	(void)state;
	assert_string_equal(meant("org"), "org create");
	assert_string_equal(meant("imp"), "import");
}

static void something_else_is_not_guessed(void **state)
{
	char longer[1000];

	(void)state;
	memset(longer, 'a', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	assert_null(meant("migrate"));
	assert_null(meant("x"));
	assert_null(meant(""));
	assert_null(meant(longer));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_slip_is_understood),
		cmocka_unit_test(the_start_of_a_word_is_understood),
		cmocka_unit_test(something_else_is_not_guessed),
	};

	return cmocka_run_group_tests_name("nearest", tests, NULL, NULL);
}

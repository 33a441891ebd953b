/* SPDX-License-Identifier: MIT */
/*
 * Environment references.
 */
#include "cli/env.h"

#include "expect.h"

static void expect_refused(const char *reference, const char *message)
{
	struct env env;
	struct err e;

	assert_false(env_parse(&env, "--to", reference, &e));
	assert_int_equal(e.kind, ERR_USAGE);
	assert_string_equal(e.msg, message);
}

static void a_local_organization_is_a_file(void **state)
{
	struct env env;
	struct err e;

	(void)state;
	assert_true(env_parse(&env, "--to", "local:some folder/a.db", &e));
	assert_string_equal(env.path, "some folder/a.db");
	assert_string_equal(env.reference, "local:some folder/a.db");
}

static void what_cannot_be_reached_is_refused_as_wrong_use(void **state)
{
	(void)state;
	expect_refused(
		"https://contoso.crm4.dynamics.com",
		"--to https://contoso.crm4.dynamics.com: this ferry reaches local organizations "
		"only, not yet those on a server; write local:FILE");
	expect_refused("contoso",
		       "--to contoso: there is no profile of that name; write local:FILE");
	expect_refused("local:", "--to local:: the file is missing; write local:FILE");
}

static void a_bare_file_name_is_understood_but_not_taken(void **state)
{
	DEFER(folder_remove) struct folder f = folder_make();
	const char *path = in_folder(&f, "a.db");

	(void)state;
	make_file(path);
	expect_refused(path,
		       str_fmt(&f.arena, "--to %s: a file; did you mean local:%s?", path, path).p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_local_organization_is_a_file),
		cmocka_unit_test(what_cannot_be_reached_is_refused_as_wrong_use),
		cmocka_unit_test(a_bare_file_name_is_understood_but_not_taken),
	};

	return cmocka_run_group_tests_name("env", tests, NULL, NULL);
}

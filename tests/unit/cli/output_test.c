/* SPDX-License-Identifier: MIT */
/*
 * What may be replaced, and what never.
 */
#include "cli/output.h"

#include "expect.h"

static struct err error;

static void nothing_there_is_fine(void **state)
{
	DEFER(folder_remove) struct folder f = folder_make();

	(void)state;
	assert_true(output_package(in_folder(&f, "a.zip"), false, &error));
	assert_true(output_package(in_folder(&f, "a"), false, &error));
	assert_true(output_file(in_folder(&f, "a.run"), false, &error));
}

static void what_is_there_is_replaced_only_when_asked(void **state)
{
	DEFER(folder_remove) struct folder f = folder_make();
	const char *zip = in_folder(&f, "a.zip");

	(void)state;
	make_file(zip);
	assert_false(output_package(zip, false, &error));
	assert_int_equal(error.kind, ERR_USAGE);
	assert_non_null(strstr(error.msg, "a.zip exists already; --overwrite replaces it"));
	assert_true(output_package(zip, true, &error));
	assert_false(output_file(zip, false, &error));
	assert_true(output_file(zip, true, &error));
}

static void a_folder_is_replaced_only_if_it_is_a_package_or_empty(void **state)
{
	DEFER(folder_remove) struct folder f = folder_make();
	const char *folder = in_folder(&f, "pkg");

	(void)state;
	assert_true(file_make_directory(folder, 0700, &error));
	assert_false(output_package(folder, false, &error));
	assert_true(output_package(folder, true, &error));
	make_file(in_folder(&f, "pkg/letter.txt"));
	assert_false(output_package(folder, true, &error));
	assert_int_equal(error.kind, ERR_USAGE);
	assert_non_null(strstr(error.msg, "holds other things than a package"));
	make_file(in_folder(&f, "pkg/data_schema.xml"));
	assert_true(output_package(folder, true, &error));
}

static void a_folder_and_a_file_do_not_replace_each_other(void **state)
{
	DEFER(folder_remove) struct folder f = folder_make();

	(void)state;
	make_file(in_folder(&f, "file"));
	assert_false(output_package(in_folder(&f, "file"), true, &error));
	assert_true(file_make_directory(in_folder(&f, "b.zip"), 0700, &error));
	assert_false(output_package(in_folder(&f, "b.zip"), true, &error));
	assert_false(output_file(in_folder(&f, "b.zip"), true, &error));
	assert_int_equal(error.kind, ERR_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_there_is_fine),
		cmocka_unit_test(what_is_there_is_replaced_only_when_asked),
		cmocka_unit_test(a_folder_is_replaced_only_if_it_is_a_package_or_empty),
		cmocka_unit_test(a_folder_and_a_file_do_not_replace_each_other),
	};

	return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}

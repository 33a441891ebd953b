/* SPDX-License-Identifier: MIT */
/*
 * What may be replaced, and what never.
 */
#include "cli/output.h"

#include "expect.h"

static struct err error;

static void write_file(const char *path, const void *bytes, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void nothing_there_is_fine(void **state)
{
	DEFER(folder_remove) struct folder f = folder_make();

	(void)state;
	assert_true(output_package(in_folder(&f, "a.zip"), false, &error));
	assert_true(output_package(in_folder(&f, "a"), false, &error));
	assert_true(output_run(in_folder(&f, "a.run"), false, &error));
}

static void what_is_there_is_replaced_only_when_asked(void **state)
{
	DEFER(folder_remove) struct folder f = folder_make();
	const char *zip = in_folder(&f, "a.zip");

	(void)state;
	write_file(zip, "PK\003\004", 4);
	assert_false(output_package(zip, false, &error));
	assert_int_equal(error.kind, ERR_USAGE);
	assert_non_null(strstr(error.msg, "a.zip exists already; --overwrite replaces it"));
	assert_true(output_package(zip, true, &error));
	assert_false(output_run(zip, false, &error));
	assert_int_equal(error.kind, ERR_USAGE);
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
	assert_false(output_run(in_folder(&f, "b.zip"), true, &error));
	assert_int_equal(error.kind, ERR_USAGE);
}

static void only_what_is_of_the_same_kind_is_replaced(void **state)
{
	/* The head of an SQLite file: its name, and the application's number at byte 68. */
	unsigned char head[100] = "SQLite format 3";
	static const unsigned char run[] = { 0x66, 0x72, 0x72, 0x80 };
	DEFER(folder_remove) struct folder f = folder_make();
	const char *path = in_folder(&f, "a.run");

	(void)state;
	write_file(path, head, sizeof(head));
	assert_false(output_run(path, true, &error));
	assert_int_equal(error.kind, ERR_USAGE);
	assert_non_null(strstr(error.msg, "not a run file"));
	memcpy(head + 68, run, sizeof(run));
	write_file(path, head, sizeof(head));
	assert_true(output_run(path, true, &error));
	write_file(in_folder(&f, "letter.zip"), "dear", 4);
	assert_false(output_package(in_folder(&f, "letter.zip"), true, &error));
	assert_non_null(strstr(error.msg, "not a zip file"));
}

static void the_folder_of_an_output_has_to_be_there(void **state)
{
	DEFER(folder_remove) struct folder f = folder_make();

	(void)state;
	assert_false(output_package(in_folder(&f, "no/a.zip"), false, &error));
	assert_int_equal(error.kind, ERR_USAGE);
	assert_non_null(strstr(error.msg, "there is no folder"));
	assert_false(output_package(in_folder(&f, "no/a/"), false, &error));
	assert_false(output_run(in_folder(&f, "no/a.run"), false, &error));
	assert_true(output_package("a.zip", false, &error));
	assert_true(output_package(in_folder(&f, "a/"), false, &error));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_there_is_fine),
		cmocka_unit_test(what_is_there_is_replaced_only_when_asked),
		cmocka_unit_test(a_folder_is_replaced_only_if_it_is_a_package_or_empty),
		cmocka_unit_test(a_folder_and_a_file_do_not_replace_each_other),
		cmocka_unit_test(only_what_is_of_the_same_kind_is_replaced),
		cmocka_unit_test(the_folder_of_an_output_has_to_be_there),
	};

	return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}

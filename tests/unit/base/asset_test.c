/* SPDX-License-Identifier: MIT */
/*
 * The files within the program: whole, found by name, sorted.
 */
#include "base/asset.h"

#include "expect.h"

#include "base/file.h"

static void assets_are_the_files_of_the_project(void **state)
{
	const char *root = getenv("FERRY_SOURCE_ROOT");
	DEFER(arena_release) struct arena a = arena_make(0);
	size_t n;
	const struct asset *all = asset_all(&n);

	(void)state;
	if (!root)
		skip();
	assert_true(n > 70);
	for (size_t i = 0; i < n; i++) {
		struct str path = str_fmt(&a, "%s/%.*s", root, STR_ARG(all[i].name));
		struct str bytes;
		struct err e;

		assert_true(file_read(&a, str_cstr(&a, path), 0x1000000, &bytes, &e));
		assert_true(str_eq(bytes, all[i].bytes));
	}
}

static void assets_are_found_by_their_exact_name(void **state)
{
	size_t n;
	const struct asset *all = asset_all(&n);
	struct str bytes = S("untouched");

	(void)state;
	for (size_t i = 0; i < n; i++) {
		assert_true(i == 0 || str_cmp(all[i - 1].name, all[i].name) < 0);
		assert_true(asset_find(all[i].name, &bytes));
		assert_ptr_equal(bytes.p, all[i].bytes.p);
	}
	bytes = S("untouched");
	assert_false(asset_find(S("metadata/queue"), &bytes));
	assert_false(asset_find(S("metadata/Queue.json"), &bytes));
	assert_false(asset_find(S(""), &bytes));
	assert_false(asset_find(S("zzz"), &bytes));
	expect_str(bytes, "untouched");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(assets_are_the_files_of_the_project),
		cmocka_unit_test(assets_are_found_by_their_exact_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * Where run files stand and which are kept.
 */
#include "cli/runs.h"

#include <sys/stat.h>

#include "expect.h"

static struct err error;
static struct rng rng;

static struct datetime noon(int day)
{
	struct datetime d = { 0 };

	assert_true(datetime_from_civil(
		(struct civil){ .year = 2026, .month = 3, .day = day, .hour = 12, .second = 7 },
		&d));
	return d;
}

static const char *path_at(struct folder *f, int day)
{
	const char *path = NULL;

	assert_true(runs_path(&f->arena, variable, noon(day), &rng, &path, &error));
	return path;
}

static void the_name_tells_the_time_and_the_folder_is_private(void **state)
{
	DEFER(folder_remove) struct folder f = folder_make();
	const char *const state_home[] = { "XDG_STATE_HOME", f.path, "HOME", "/nowhere", NULL };
	const char *start = in_folder(&f, "ferry/runs/20260305T120007Z-");
	struct stat st;

	(void)state;
	variables = state_home;
	rng = rng_from_seed(1);
	const char *path = path_at(&f, 5);

	assert_memory_equal(path, start, strlen(start));
	assert_int_equal(strlen(path), strlen(start) + strlen("01234567.run"));
	assert_int_equal(stat(in_folder(&f, "ferry/runs"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_string_not_equal(path, path_at(&f, 5));
	variables = NULL;
}

static void a_relative_state_folder_does_not_count(void **state)
{
	DEFER(folder_remove) struct folder f = folder_make();
	const char *const home[] = { "XDG_STATE_HOME", "relative", "HOME", f.path, NULL };
	const char *path = NULL;

	(void)state;
	variables = home;
	assert_memory_equal(path_at(&f, 5), in_folder(&f, ".local/state/ferry/runs/"),
			    strlen(f.path) + strlen("/.local/state/ferry/runs/"));
	variables = NULL;
	assert_false(runs_path(&f.arena, variable, noon(5), &rng, &path, &error));
	assert_int_equal(error.kind, ERR_USAGE);
	assert_non_null(strstr(error.msg, "--out"));
}

static void the_last_twenty_remain_and_nothing_else_is_touched(void **state)
{
	DEFER(folder_remove) struct folder f = folder_make();
	const char *const state_home[] = { "XDG_STATE_HOME", f.path, NULL };
	const char *paths[25];

	(void)state;
	variables = state_home;
	for (int i = 0; i < 25; i++) {
		paths[i] = path_at(&f, i + 1);
		make_file(paths[i]);
	}
	make_file(in_folder(&f, "ferry/runs/letter.txt"));
	make_file(in_folder(&f, "ferry/runs/20200101T000000Z-mine.run"));
	assert_true(runs_prune(paths[24], &error));
	for (int i = 0; i < 25; i++)
		assert_true(file_exists(paths[i]) == (i >= 5));
	assert_true(file_exists(in_folder(&f, "ferry/runs/letter.txt")));
	assert_true(file_exists(in_folder(&f, "ferry/runs/20200101T000000Z-mine.run")));
	variables = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_name_tells_the_time_and_the_folder_is_private),
		cmocka_unit_test(a_relative_state_folder_does_not_count),
		cmocka_unit_test(the_last_twenty_remain_and_nothing_else_is_touched),
	};

	return cmocka_run_group_tests_name("runs", tests, NULL, NULL);
}

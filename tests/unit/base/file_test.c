/* SPDX-License-Identifier: MIT */
/*
 * Files: what a person finds on disk after each call, also after one that failed. Each test has a
 * directory of its own.
 */
#include "base/file.h"

#include <dirent.h>
#include <sys/stat.h>

#include "expect.h"

#include "../folder.h"

struct place {
	struct arena arena;
	char dir[64];
};

static int make_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	if (!p)
		return -1;
	*state = p;
	return test_folder(p->dir, sizeof(p->dir)) ? 0 : -1;
}

static int remove_place(void **state)
{
	struct place *p = *state;
	struct err e;
	bool removed = file_remove(p->dir, &e) && !file_exists(p->dir);

	arena_release(&p->arena);
	free(p);
	return removed ? 0 : -1;
}

static const char *in(struct place *p, const char *name)
{
	return str_fmt(&p->arena, "%s/%s", p->dir, name).p;
}

static void put(const char *path, const char *text)
{
	DEFER(file_sink_close) struct file_sink f = { .fd = -1 };
	struct err e;

	assert_true(file_sink_open(&f, path, 0600, &e));
	assert_true(sink_write(&f.sink, str_from(text), &e));
	assert_true(file_sink_finish(&f, &e));
}

static void expect_content(struct place *p, const char *path, const char *want)
{
	struct str got;
	struct err e;

	assert_true(file_read(&p->arena, path, 1000, &got, &e));
	expect_str(got, want);
}

static size_t count_entries(const char *path)
{
	DIR *d = opendir(path);
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static void what_was_written_is_read(void **state)
{
	struct place *p = *state;
	const char *path = in(p, "a");
	struct stat st;
	uint64_t size = 0;
	struct err e;

	assert_false(file_exists(path));
	put(path, "some text");
	assert_true(file_exists(path));
	assert_false(file_is_directory(path));
	assert_true(file_is_directory(p->dir));
	expect_content(p, path, "some text");
	assert_true(file_size(path, &size, &e));
	assert_int_equal(size, 9);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void a_file_up_to_the_maximum_is_read_and_a_larger_one_refused(void **state)
{
	struct place *p = *state;
	const char *path = in(p, "a");
	struct str got = S("untouched");
	struct err e;

	put(path, "12345");
	assert_false(file_read(&p->arena, path, 4, &got, &e));
	assert_int_equal(e.kind, ERR_INPUT);
	assert_string_equal(e.msg, str_fmt(&p->arena, "%s: larger than 4 bytes", path).p);
	expect_str(got, "untouched");
	assert_true(file_read(&p->arena, path, 5, &got, &e));
	expect_str(got, "12345");
	put(in(p, "empty"), "");
	assert_true(file_read(&p->arena, in(p, "empty"), 0, &got, &e));
	expect_str(got, "");
}

static void a_missing_or_unreadable_input_is_named(void **state)
{
	struct place *p = *state;
	const char *path = in(p, "none");
	struct file_source f = { .fd = -1 };
	struct str got;
	uint64_t size;
	struct err e;

	assert_false(file_read(&p->arena, path, 10, &got, &e));
	assert_int_equal(e.kind, ERR_INPUT);
	assert_string_equal(
		e.msg, str_fmt(&p->arena, "%s: cannot open: no such file or directory", path).p);
	assert_false(file_source_open(&f, path, &e));
	assert_int_equal(f.fd, -1);
	assert_false(file_size(path, &size, &e));
	assert_int_equal(e.kind, ERR_INPUT);
	assert_false(file_read(&p->arena, p->dir, 10, &got, &e));
	assert_int_equal(e.kind, ERR_INPUT);
	assert_string_equal(e.msg, str_fmt(&p->arena, "%s: cannot read: is a directory", p->dir).p);
}

static void a_source_reads_to_the_end(void **state)
{
	struct place *p = *state;
	DEFER(file_source_close) struct file_source f = { .fd = -1 };
	char text[4];
	size_t got;
	struct err e;

	put(in(p, "a"), "abcdef");
	assert_true(file_source_open(&f, in(p, "a"), &e));
	assert_true(f.source.read(&f.source, text, 4, &got, &e));
	expect_str(str_of(text, got), "abcd");
	assert_true(f.source.read(&f.source, text, 4, &got, &e));
	expect_str(str_of(text, got), "ef");
	assert_true(f.source.read(&f.source, text, 4, &got, &e));
	assert_int_equal(got, 0);
}

static void an_existing_output_is_refused_and_unharmed(void **state)
{
	struct place *p = *state;
	struct file_sink f = { .fd = -1 };
	struct err e;

	put(in(p, "a"), "old");
	assert_false(file_sink_open(&f, in(p, "a"), 0600, &e));
	assert_int_equal(e.kind, ERR_USAGE);
	assert_int_equal(f.fd, -1);
	expect_content(p, in(p, "a"), "old");
	assert_false(file_sink_open(&f, in(p, "none/a"), 0600, &e));
	assert_int_equal(e.kind, ERR_USAGE);
}

static void a_full_disk_is_told_with_the_path(void **state)
{
	struct place *p = *state;
	DEFER(file_sink_close) struct file_sink f = { .fd = -1 };
	const char *path = in(p, "a");
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct err e;

	assert_true(full >= 0);
	assert_true(file_sink_open(&f, path, 0600, &e));
	assert_true(dup2(full, f.fd) >= 0);
	close(full);
	assert_false(sink_write(&f.sink, S("x"), &e));
	assert_int_equal(e.kind, ERR_INTERNAL);
	assert_string_equal(
		e.msg, str_fmt(&p->arena, "%s: cannot write: no space left on device", path).p);
}

static void directories_are_made_with_their_parents(void **state)
{
	struct place *p = *state;
	struct err e;

	assert_true(file_make_directory(in(p, "a/b//c/"), 0700, &e));
	assert_true(file_is_directory(in(p, "a/b/c")));
	assert_true(file_make_directory(in(p, "a/b/c"), 0700, &e));
	put(in(p, "file"), "");
	assert_false(file_make_directory(in(p, "file/x"), 0700, &e));
	assert_int_equal(e.kind, ERR_USAGE);
	assert_false(file_make_directory(in(p, "file"), 0700, &e));
	assert_false(file_make_directory("", 0700, &e));
	assert_false(file_make_directory(str_fmt(&p->arena, "%05000d", 1).p, 0700, &e));
}

static void removing_takes_a_whole_tree_but_follows_no_link(void **state)
{
	struct place *p = *state;
	struct err e;

	assert_true(file_make_directory(in(p, "keep"), 0700, &e));
	put(in(p, "keep/file"), "kept");
	assert_true(file_make_directory(in(p, "tree/sub"), 0700, &e));
	put(in(p, "tree/sub/x"), "");
	assert_int_equal(symlink(in(p, "keep"), in(p, "tree/link")), 0);
	assert_int_equal(symlink(in(p, "keep"), in(p, "link")), 0);
	assert_int_equal(symlink(in(p, "nowhere"), in(p, "dangling")), 0);
	assert_true(file_remove(in(p, "tree"), &e));
	assert_true(file_remove(in(p, "link"), &e));
	assert_true(file_remove(in(p, "dangling"), &e));
	assert_true(file_remove(in(p, "never-was"), &e));
	assert_int_equal(count_entries(p->dir), 1);
	expect_content(p, in(p, "keep/file"), "kept");
}

static void a_temporary_name_is_beside_its_destination(void **state)
{
	struct place *p = *state;
	struct arena *a = &p->arena;
	const char *name = file_temp_name(a, "/x/y/out.zip");

	assert_true(str_starts(str_from(name), S("/x/y/.out.zip.")));
	assert_true(str_ends(str_from(name), S(".part")));
	assert_string_not_equal(name, file_temp_name(a, "/x/y/out.zip"));
	assert_true(str_starts(str_from(file_temp_name(a, "out")), S(".out.")));
	assert_true(str_starts(str_from(file_temp_name(a, "x/out//")), S("x/.out.")));
	assert_true(str_starts(str_from(file_temp_name(a, "/out")), S("/.out.")));
	put(file_temp_name(a, in(p, str_fmt(a, "%0255d", 1).p)), "the longest name there is");
	assert_int_equal(count_entries(p->dir), 1);
}

static void a_committed_file_replaces_the_old_one(void **state)
{
	struct place *p = *state;
	const char *path = in(p, "a");
	struct err e;

	for (int round = 0; round < 2; round++) {
		const char *temp = file_temp_name(&p->arena, path);
		const char *text = round == 0 ? "first" : "second";

		put(temp, text);
		assert_true(file_commit(temp, path, &e));
		expect_content(p, path, text);
		assert_int_equal(count_entries(p->dir), 1);
	}
}

static const char *make_tree(struct place *p, const char *destination, const char *name)
{
	const char *temp = file_temp_name(&p->arena, destination);
	struct err e;

	assert_true(file_make_directory(temp, 0700, &e));
	put(str_fmt(&p->arena, "%s/%s", temp, name).p, name);
	return temp;
}

static void a_committed_directory_replaces_the_old_one_as_a_whole(void **state)
{
	struct place *p = *state;
	const char *path = in(p, "out/");
	struct err e;

	assert_true(file_commit(make_tree(p, path, "one"), path, &e));
	expect_content(p, in(p, "out/one"), "one");
	assert_true(file_commit(make_tree(p, path, "two"), path, &e));
	expect_content(p, in(p, "out/two"), "two");
	assert_false(file_exists(in(p, "out/one")));
	assert_int_equal(count_entries(p->dir), 1);
}

static void a_file_and_a_directory_replace_each_other(void **state)
{
	struct place *p = *state;
	const char *path = in(p, "out");
	const char *temp = file_temp_name(&p->arena, path);
	struct err e;

	assert_true(file_commit(make_tree(p, path, "one"), path, &e));
	put(temp, "file");
	assert_true(file_commit(temp, path, &e));
	expect_content(p, path, "file");
	assert_true(file_commit(make_tree(p, path, "two"), path, &e));
	expect_content(p, in(p, "out/two"), "two");
	assert_int_equal(count_entries(p->dir), 1);
}

static void a_commit_that_fails_leaves_the_old_one(void **state)
{
	struct place *p = *state;
	const char *path = in(p, "out");
	struct err e;

	assert_true(file_commit(make_tree(p, path, "one"), path, &e));
	assert_false(file_commit(in(p, "never-was"), path, &e));
	expect_content(p, in(p, "out/one"), "one");
	assert_int_equal(count_entries(p->dir), 1);
}

int main(void)
{
#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)
	const struct CMUnitTest tests[] = {
		IN_PLACE(what_was_written_is_read),
		IN_PLACE(a_file_up_to_the_maximum_is_read_and_a_larger_one_refused),
		IN_PLACE(a_missing_or_unreadable_input_is_named),
		IN_PLACE(a_source_reads_to_the_end),
		IN_PLACE(an_existing_output_is_refused_and_unharmed),
		IN_PLACE(a_full_disk_is_told_with_the_path),
		IN_PLACE(directories_are_made_with_their_parents),
		IN_PLACE(removing_takes_a_whole_tree_but_follows_no_link),
		IN_PLACE(a_temporary_name_is_beside_its_destination),
		IN_PLACE(a_committed_file_replaces_the_old_one),
		IN_PLACE(a_committed_directory_replaces_the_old_one_as_a_whole),
		IN_PLACE(a_file_and_a_directory_replace_each_other),
		IN_PLACE(a_commit_that_fails_leaves_the_old_one),
	};

	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}

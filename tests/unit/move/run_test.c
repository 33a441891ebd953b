/* SPDX-License-Identifier: MIT */
/*
 * The run file: sides, links, maps, references, keys. What must be on disk is looked at through the file's
 * bytes (https://www.sqlite.org/fileformat.html) or a second connection.
 */
#include "move/run.h"
#include "move/run_map.h"
#include "move/run_reference.h"

#include <sys/stat.h>

#include "fixture.h"

#include "base/file.h"

static void put(struct run *r, enum side side, uint32_t tab, uint32_t n, const char *cells)
{
	struct run_row row = { .id = id(n), .origin = id(n + 1000), .cells = str_from(cells) };
	struct err e;
	bool fresh;

	OK(run_put_row(r, side, tab, &row, &fresh, &e));
	assert_true(fresh);
}

static const char *new_path(struct arena *a)
{
	const char *tmp = getenv("TMPDIR");
	struct str path = str_fmt(a, "%s/ferry-run-test-%d.run", tmp ? tmp : "/tmp", (int)getpid());
	struct err e;

	OK(file_remove(path.p, &e));
	return path.p;
}

static void a_run_file_is_private_and_says_what_it_is(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(run_close) struct run r = { 0 };
	const char *path = new_path(&a);
	struct stat st;
	struct str bytes;
	struct err e;

	(void)state;
	OK(run_create(&r, &a, path, &e));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	OK(file_read(&a, path, 1 << 20, &bytes, &e));
	assert_memory_equal(bytes.p + 68, "\x66\x72\x72\x80", 4);
	assert_false(r.temporary);
	OK(file_remove(path, &e));
}

static void an_existing_file_is_refused_and_stays(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(run_close) struct run r = { 0 };
	const char *path = new_path(&a);
	struct file_sink f;
	struct str bytes;
	struct err e;

	(void)state;
	OK(file_sink_open(&f, path, 0600, &e));
	OK(sink_write(&f.sink, S("mine"), &e));
	OK(file_sink_finish(&f, &e));
	FAILS(run_create(&r, &a, path, &e), ERR_USAGE, "exists already");
	OK(file_read(&a, path, 100, &bytes, &e));
	expect_str(bytes, "mine");
	OK(file_remove(path, &e));
}

static int64_t rows_on_disk(struct arena *a, const char *path)
{
	DEFER(db_close) struct db *db = NULL;
	struct stmt *st;
	struct err e;
	bool row;

	OK(db_open(&db, a, path, DB_READ, &e));
	OK(db_prepare(db, S("SELECT count(*) FROM row"), &st, &e));
	OK(stmt_step(st, &row, &e));
	return stmt_i64(st, 0);
}

static void what_was_committed_is_on_disk_and_nothing_else(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct run r = { 0 };
	const char *path = new_path(&a);
	struct err e;

	(void)state;
	OK(run_create(&r, &a, path, &e));
	put(&r, SIDE_SOURCE, 0, 1, "a");
	OK(run_commit(&r, &e));
	put(&r, SIDE_SOURCE, 0, 2, "b");
	run_close(&r);
	assert_int_equal(rows_on_disk(&a, path), 1);
	OK(file_remove(path, &e));
}

/* The order that SQL Server's documentation gives for uniqueidentifier: the last group counts first. */
static void rows_come_in_the_order_of_the_platform(void **state)
{
	static const char *const ordered[] = {
		"ffffffff-ffff-ffff-ffff-000000000001", "00000001-0000-0000-0100-000000000002",
		"00000000-0000-0001-0000-010000000000", "02000000-0000-0001-0000-010000000000",
		"00000000-0100-0001-0000-010000000000", "00000000-0000-0000-0001-010000000000",
	};
	struct world *w = *state;
	struct err e;

	for (size_t i = COUNT_OF(ordered); i-- > 0;) {
		struct run_row row = { .cells = S("x") };
		bool fresh;
		assert_true(guid_parse(str_from(ordered[i]), &row.id));
		OK(run_put_row(&w->run, SIDE_TARGET, 3, &row, &fresh, &e));
	}
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	OK(run_rows(&w->run, SIDE_TARGET, 3, &c, &e));
	for (size_t i = 0; i <= COUNT_OF(ordered); i++) {
		struct run_row row;
		bool more;
		OK(run_next_row(&c, &row, &more, &e));
		assert_int_equal(more, i < COUNT_OF(ordered));
		if (more)
			expect_str(guid_text(&w->a, row.id), ordered[i]);
	}
}

static void a_second_row_with_the_same_id_changes_nothing(void **state)
{
	struct world *w = *state;
	struct run_row row = { .id = id(1), .origin = id(9), .version = S("v"), .cells = S("old") };
	struct err e;
	bool fresh, found;
	uint64_t n;

	OK(run_put_row(&w->run, SIDE_SOURCE, 0, &row, &fresh, &e));
	assert_true(fresh);
	row.cells = S("new");
	OK(run_put_row(&w->run, SIDE_SOURCE, 0, &row, &fresh, &e));
	assert_false(fresh);
	OK(run_put_row(&w->run, SIDE_SOURCE, 1, &row, &fresh, &e));
	assert_true(fresh);
	OK(run_get_row(&w->run, SIDE_SOURCE, 0, id(1), &row, &found, &e));
	assert_true(found);
	expect_str(row.cells, "old");
	expect_str(row.version, "v");
	assert_id(row.origin, 9);
	OK(run_get_row(&w->run, SIDE_TARGET, 0, id(1), &row, &found, &e));
	assert_false(found);
	OK(run_count_rows(&w->run, SIDE_SOURCE, 0, &n, &e));
	assert_int_equal(n, 1);
}

static void a_row_stays_readable_until_the_same_side_is_asked_again(void **state)
{
	struct world *w = *state;
	struct run_row source, target;
	struct err e;
	bool found;

	put(&w->run, SIDE_SOURCE, 0, 1, "source");
	put(&w->run, SIDE_TARGET, 0, 1, "target");
	OK(run_get_row(&w->run, SIDE_SOURCE, 0, id(1), &source, &found, &e));
	OK(run_get_row(&w->run, SIDE_TARGET, 0, id(1), &target, &found, &e));
	put(&w->run, SIDE_SOURCE, 0, 2, "more");
	OK(run_commit(&w->run, &e));
	expect_str(source.cells, "source");
	expect_str(target.cells, "target");
}

/* Side by side, so that rows would be met if the cursor walked the table and not its index. */
static void a_walk_over_a_side_does_not_see_rows_put_into_others(void **state)
{
	struct world *w = *state;
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	struct err e;
	uint32_t n = 0;
	bool more = true;

	for (uint32_t i = 0; i < 3000; i++)
		put(&w->run, SIDE_SOURCE, 0, i * 2, "0123456789012345678901234567890123456789");
	OK(run_rows(&w->run, SIDE_SOURCE, 0, &c, &e));
	for (;;) {
		struct run_row row;
		OK(run_next_row(&c, &row, &more, &e));
		if (!more)
			break;
		assert_id(row.id, n * 2);
		put(&w->run, SIDE_TARGET, 0, n, "x");
		put(&w->run, SIDE_WANTED, 0, n * 2 + 1, "0123456789012345678901234567890123456789");
		put(&w->run, SIDE_SOURCE, 1, n * 2 + 1, "y");
		if (n % 500 == 0)
			OK(run_commit(&w->run, &e));
		expect_str(row.cells, "0123456789012345678901234567890123456789");
		n++;
	}
	assert_int_equal(n, 3000);
}

static void clearing_a_side_leaves_the_others(void **state)
{
	struct world *w = *state;
	struct err e;
	uint64_t n;
	bool found;

	put(&w->run, SIDE_AFTER, 0, 1, "a");
	put(&w->run, SIDE_TARGET, 0, 1, "a");
	OK(run_put_link(&w->run, SIDE_AFTER, 0, id(1), id(2), &e));
	OK(run_put_link(&w->run, SIDE_TARGET, 0, id(1), id(2), &e));
	OK(run_clear_side(&w->run, SIDE_AFTER, &e));
	OK(run_count_rows(&w->run, SIDE_AFTER, 0, &n, &e));
	assert_int_equal(n, 0);
	OK(run_count_rows(&w->run, SIDE_TARGET, 0, &n, &e));
	assert_int_equal(n, 1);
	OK(run_has_link(&w->run, SIDE_AFTER, 0, id(1), id(2), &found, &e));
	assert_false(found);
	OK(run_has_link(&w->run, SIDE_TARGET, 0, id(1), id(2), &found, &e));
	assert_true(found);
}

static void links_are_sorted_and_each_is_kept_once(void **state)
{
	static const uint32_t pairs[][2] = { { 2, 1 }, { 1, 9 }, { 1, 3 }, { 2, 1 }, { 1, 200 } };
	static const uint32_t want[][2] = { { 1, 3 }, { 1, 9 }, { 1, 200 }, { 2, 1 } };
	struct world *w = *state;
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	struct guid source, target;
	struct err e;
	uint64_t n;
	bool more;

	for (size_t i = 0; i < COUNT_OF(pairs); i++)
		OK(run_put_link(&w->run, SIDE_SOURCE, 4, id(pairs[i][0]), id(pairs[i][1]), &e));
	OK(run_put_link(&w->run, SIDE_SOURCE, 5, id(1), id(1), &e));
	OK(run_count_links(&w->run, SIDE_SOURCE, 4, &n, &e));
	assert_int_equal(n, COUNT_OF(want));
	OK(run_links(&w->run, SIDE_SOURCE, 4, &c, &e));
	for (size_t i = 0; i < COUNT_OF(want); i++) {
		OK(run_next_link(&c, &source, &target, &more, &e));
		assert_true(more);
		assert_id(source, want[i][0]);
		assert_id(target, want[i][1]);
	}
	OK(run_next_link(&c, &source, &target, &more, &e));
	assert_false(more);
}

static void an_id_is_mapped_per_table_and_back(void **state)
{
	struct world *w = *state;
	struct guid g = { 0 };
	struct err e;
	bool found;

	OK(run_put_map(&w->run, S("queue"), id(1), id(11), S("name"), &e));
	OK(run_put_map(&w->run, S("team"), id(1), id(12), S("name"), &e));
	OK(run_put_map(&w->run, S("team"), id(2), id(13), S("name"), &e));
	OK(run_get_map(&w->run, S("queue"), id(1), &g, &found, &e));
	assert_true(found);
	assert_id(g, 11);
	OK(run_get_map(&w->run, S("role"), id(1), &g, &found, &e));
	assert_false(found);
	OK(run_get_map_back(&w->run, S("team"), id(12), &g, &found, &e));
	assert_true(found);
	assert_id(g, 1);
	OK(run_get_map_back(&w->run, S("team"), id(11), &g, &found, &e));
	assert_false(found);
}

static void an_id_in_a_text_is_mapped_only_if_all_tables_agree(void **state)
{
	struct world *w = *state;
	struct guid g = { 0 };
	struct err e;
	bool found;

	OK(run_put_map(&w->run, S("a"), id(1), id(11), S(""), &e));
	OK(run_put_map(&w->run, S("b"), id(1), id(11), S(""), &e));
	OK(run_put_map(&w->run, S("a"), id(2), id(21), S(""), &e));
	OK(run_put_map(&w->run, S("b"), id(2), id(22), S(""), &e));
	OK(run_get_map_any(&w->run, id(1), &g, &found, &e));
	assert_true(found);
	assert_id(g, 11);
	OK(run_get_map_any(&w->run, id(2), &g, &found, &e));
	assert_false(found);
	OK(run_get_map_any(&w->run, id(3), &g, &found, &e));
	assert_false(found);
}

static void references_are_open_until_they_are_mapped(void **state)
{
	struct world *w = *state;
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	struct guid g;
	struct str label, *names;
	struct err e;
	bool more;
	size_t n;

	OK(run_put_reference(&w->run, S("team"), id(2), S(""), &e));
	OK(run_put_reference(&w->run, S("team"), id(2), S("Second"), &e));
	OK(run_put_reference(&w->run, S("team"), id(2), S("Other"), &e));
	OK(run_put_reference(&w->run, S("team"), id(1), S("First"), &e));
	OK(run_put_reference(&w->run, S("queue"), id(2), S(""), &e));
	OK(run_put_map(&w->run, S("team"), id(1), id(1), S("same id"), &e));
	OK(run_put_map(&w->run, S("queue"), id(1), id(1), S("same id"), &e));
	OK(run_reference_tables(&w->run, &w->a, &names, &n, &e));
	assert_int_equal(n, 2);
	expect_str(names[0], "queue");
	expect_str(names[1], "team");
	OK(run_open_references(&w->run, str_dup(&w->a, S("team")), &c, &e));
	OK(run_next_reference(&c, &g, &label, &more, &e));
	assert_true(more);
	assert_id(g, 2);
	expect_str(label, "Second");
	OK(run_next_reference(&c, &g, &label, &more, &e));
	assert_false(more);
}

static void keys_are_exact_and_counted(void **state)
{
	struct world *w = *state;
	struct guid ids[2] = { { { 0 } } };
	struct err e;
	size_t n;

	for (uint32_t i = 3; i > 0; i--) {
		OK(run_put_keyed(&w->run, 0, 7, S("key"), id(i), &e));
		OK(run_put_keyed(&w->run, 0, 7, S("key"), id(i), &e));
	}
	OK(run_put_keyed(&w->run, 0, 7, S("Key"), id(4), &e));
	OK(run_get_keyed(&w->run, 0, 7, S("key"), ids, &n, &e));
	assert_int_equal(n, 3);
	assert_id(ids[0], 1);
	assert_id(ids[1], 2);
	OK(run_get_keyed(&w->run, 0, 7, S("Key"), ids, &n, &e));
	assert_int_equal(n, 1);
	assert_id(ids[0], 4);
	OK(run_get_keyed(&w->run, 0, 8, S("key"), ids, &n, &e));
	assert_int_equal(n, 0);
	OK(run_get_keyed(&w->run, 1, 7, S("key"), ids, &n, &e));
	assert_int_equal(n, 0);
}

static void keys_of_several_rows_are_listed(void **state)
{
	struct world *w = *state;
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	struct guid ids[4];
	struct err e;
	struct str key;
	bool more;
	size_t n;

	for (uint32_t i = 5; i > 0; i--)
		OK(run_put_keyed(&w->run, 0, 7, S("many"), id(i), &e));
	OK(run_put_keyed(&w->run, 0, 7, S("one"), id(1), &e));
	OK(run_put_keyed(&w->run, 0, 8, S("one"), id(2), &e));
	OK(run_list_keyed(&w->run, 0, 7, S("many"), ids, COUNT_OF(ids), &n, &e));
	assert_int_equal(n, 5);
	assert_id(ids[3], 4);
	OK(run_has_keyed(&w->run, 0, 7, S("many"), id(5), &more, &e));
	assert_true(more);
	OK(run_has_keyed(&w->run, 0, 7, S("one"), id(2), &more, &e));
	assert_false(more);
	OK(run_shared_keys(&w->run, 0, 7, &c, &e));
	OK(run_next_shared_key(&c, &key, &more, &e));
	assert_true(more);
	assert_true(str_eq(key, S("many")));
	OK(run_next_shared_key(&c, &key, &more, &e));
	assert_false(more);
	run_cursor_close(&c);
	OK(run_clear_keyed(&w->run, &e));
	OK(run_get_keyed(&w->run, 0, 7, S("many"), ids, &n, &e));
	assert_int_equal(n, 0);
}

static void source_rows_that_share_a_target_row_are_listed(void **state)
{
	struct world *w = *state;
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	DEFER(run_cursor_close) struct run_cursor sources = { 0 };
	struct guid g;
	struct err e;
	struct str how;
	bool more;

	OK(run_put_map(&w->run, S("team"), id(2), id(9), S("its id"), &e));
	OK(run_put_map(&w->run, S("team"), id(1), id(9), S("name"), &e));
	OK(run_put_map(&w->run, S("team"), id(3), id(8), S("name"), &e));
	OK(run_put_map(&w->run, S("queue"), id(4), id(8), S("name"), &e));
	OK(run_shared_targets(&w->run, S("team"), &c, &e));
	OK(run_next_shared_target(&c, &g, &more, &e));
	assert_true(more);
	assert_id(g, 9);
	OK(run_map_sources(&w->run, S("team"), g, &sources, &e));
	OK(run_next_map_source(&sources, &g, &how, &more, &e));
	assert_true(more);
	assert_id(g, 1);
	assert_true(str_eq(how, S("name")));
	OK(run_next_map_source(&sources, &g, &how, &more, &e));
	assert_id(g, 2);
	OK(run_next_map_source(&sources, &g, &how, &more, &e));
	assert_false(more);
	OK(run_next_shared_target(&c, &g, &more, &e));
	assert_false(more);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_file_is_private_and_says_what_it_is),
		cmocka_unit_test(an_existing_file_is_refused_and_stays),
		cmocka_unit_test(what_was_committed_is_on_disk_and_nothing_else),
		WITH_WORLD(rows_come_in_the_order_of_the_platform),
		WITH_WORLD(a_second_row_with_the_same_id_changes_nothing),
		WITH_WORLD(a_row_stays_readable_until_the_same_side_is_asked_again),
		WITH_WORLD(a_walk_over_a_side_does_not_see_rows_put_into_others),
		WITH_WORLD(clearing_a_side_leaves_the_others),
		WITH_WORLD(links_are_sorted_and_each_is_kept_once),
		WITH_WORLD(an_id_is_mapped_per_table_and_back),
		WITH_WORLD(an_id_in_a_text_is_mapped_only_if_all_tables_agree),
		WITH_WORLD(references_are_open_until_they_are_mapped),
		WITH_WORLD(keys_are_exact_and_counted),
		WITH_WORLD(keys_of_several_rows_are_listed),
		WITH_WORLD(source_rows_that_share_a_target_row_are_listed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

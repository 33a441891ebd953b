/* SPDX-License-Identifier: MIT */
/*
 * SQLite: what opening does and does not do to a file, values that come back as they were bound, and errors that
 * callers tell apart.
 */
#include "io/db.h"

#include <dirent.h>
#include <sys/stat.h>

#include "../base/expect.h"
#include "base/buf.h"
#include "base/file.h"

#include "../folder.h"

struct place {
	struct arena arena;
	char dir[64];
	const char *path;
	struct err e;
};

static int make_place(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	if (!p)
		return -1;
	*state = p;
	if (!test_folder(p->dir, sizeof(p->dir)))
		return -1;
	p->path = str_cstr(&p->arena, str_fmt(&p->arena, "%s/a.db", p->dir));
	return 0;
}

static int remove_place(void **state)
{
	struct place *p = *state;
	bool removed = file_remove(p->dir, &p->e);

	arena_release(&p->arena);
	free(p);
	return removed ? 0 : -1;
}

static void put_file(struct place *p, struct str bytes)
{
	DEFER(file_sink_close) struct file_sink f = { .fd = -1 };

	assert_true(file_remove(p->path, &p->e));
	assert_true(file_sink_open(&f, p->path, 0600, &p->e));
	assert_true(sink_write(&f.sink, bytes, &p->e));
	assert_true(file_sink_finish(&f, &p->e));
}

static struct str get_file(struct place *p)
{
	struct str s;

	assert_true(file_read(&p->arena, p->path, (size_t)1 << 30, &s, &p->e));
	return s;
}

static struct db *open_db(struct place *p, enum db_mode mode)
{
	struct db *db = NULL;

	if (!db_open(&db, &p->arena, p->path, mode, &p->e))
		fail_msg("%s", p->e.msg);
	return db;
}

static void run(struct place *p, struct db *db, const char *sql)
{
	if (!db_exec(db, sql, &p->e))
		fail_msg("%s", p->e.msg);
}

/* The first column of the first row. */
static struct str first(struct place *p, struct db *db, const char *sql)
{
	DEFER(stmt_close) struct stmt *st = NULL;
	bool row = false;

	if (!db_prepare(db, str_from(sql), &st, &p->e) || !stmt_step(st, &row, &p->e))
		fail_msg("%s", p->e.msg);
	return row ? str_dup(&p->arena, stmt_str(st, 0)) : S("(none)");
}

static void make_sample(struct place *p)
{
	DEFER(db_close) struct db *db = open_db(p, DB_CREATE);

	run(p, db,
	    "CREATE TABLE t (a TEXT PRIMARY KEY, b INT NOT NULL CHECK (b < 10)) STRICT;"
	    "INSERT INTO t VALUES ('x', 1)");
}

static void a_new_file_is_private_and_never_replaces_another(void **state)
{
	struct place *p = *state;
	struct db *db = NULL;
	struct stat st;

	make_sample(p);
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_false(db_open(&db, &p->arena, p->path, DB_CREATE, &p->e));
	assert_int_equal(p->e.kind, ERR_USAGE);
	assert_true(str_ends(str_from(p->e.msg), S("a.db: exists already")));
}

static void reading_changes_nothing(void **state)
{
	struct place *p = *state;
	DEFER(db_close) struct db *db = NULL;
	size_t entries = 0;

	make_sample(p);
	struct str before = get_file(p);

	db = open_db(p, DB_READ);
	expect_str(first(p, db, "SELECT a FROM t"), "x");
	assert_false(db_exec(db, "INSERT INTO t VALUES ('y', 1)", &p->e));
	assert_true(str_ends(str_from(p->e.msg), S("a.db: the file cannot be written")));
	assert_true(str_eq(before, get_file(p)));
	DIR *dir = opendir(p->dir);

	while (readdir(dir))
		entries++;
	closedir(dir);
	assert_int_equal(entries, 3); /* with . and .. */
}

static void what_is_no_database_is_refused(void **state)
{
	struct place *p = *state;
	struct db *db = NULL;
	char garbage[5000];

	for (int mode = DB_READ; mode <= DB_WRITE; mode++) {
		assert_true(file_remove(p->path, &p->e));
		assert_false(db_open(&db, &p->arena, p->path, (enum db_mode)mode, &p->e));
		assert_int_equal(p->e.kind, ERR_INPUT);
		assert_false(file_exists(p->path));
		memset(garbage, 'x', sizeof(garbage));
		put_file(p, str_of(garbage, sizeof(garbage)));
		assert_false(db_open(&db, &p->arena, p->path, (enum db_mode)mode, &p->e));
		assert_int_equal(p->e.kind, ERR_INPUT);
		assert_true(str_ends(str_from(p->e.msg), S("a.db: not a database")));
		assert_false(db_open(&db, &p->arena, p->dir, (enum db_mode)mode, &p->e));
		assert_int_equal(p->e.kind, ERR_INPUT);
	}
}

static void a_damaged_database_is_an_error_of_the_input(void **state)
{
	struct place *p = *state;
	DEFER(db_close) struct db *db = NULL;

	make_sample(p);
	struct str file = get_file(p);
	char *bytes = arena_array(&p->arena, char, file.n);

	memcpy(bytes, file.p, file.n);
	memset(bytes + 4096, 0xee, file.n - 4096);
	put_file(p, str_of(bytes, file.n));
	db = open_db(p, DB_READ);
	assert_false(db_exec(db, "SELECT * FROM t", &p->e));
	assert_int_equal(p->e.kind, ERR_INPUT);
	assert_true(str_find(str_from(p->e.msg), S("the database is damaged")) != STR_NONE);
}

static void a_colon_in_front_of_a_name_means_nothing(void **state)
{
	struct place *p = *state;
	char here[4096];
	struct db *db = NULL;

	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(chdir(p->dir), 0);
	bool opened = db_open(&db, &p->arena, ":memory:", DB_CREATE, &p->e);

	db_close(&db);
	assert_true(opened && file_exists(":memory:"));
	assert_int_equal(chdir(here), 0);
}

static void values_come_back_as_they_were_bound(void **state)
{
	struct place *p = *state;
	DEFER(db_close) struct db *db = open_db(p, DB_MEMORY);
	DEFER(stmt_close) struct stmt *st = NULL;
	struct str null = { 0 };
	bool row = false;

	assert_true(db_prepare(db, S("SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 ;  "), &st, &p->e));
	stmt_bind_str(st, 1, S("a\0'é"));
	stmt_bind_str(st, 2, null);
	stmt_bind_blob(st, 3, S("\0\xff"));
	stmt_bind_blob(st, 4, null);
	stmt_bind_i64(st, 5, INT64_MIN);
	stmt_bind_double(st, 6, 0.1);
	stmt_bind_null(st, 7);
	assert_true(stmt_step(st, &row, &p->e) && row);
	assert_int_equal(stmt_columns(st), 7);
	assert_true(str_eq(stmt_str(st, 0), S("a\0'é")));
	assert_true(!stmt_is_null(st, 1) && stmt_str(st, 1).n == 0);
	assert_true(str_eq(stmt_str(st, 2), S("\0\xff")));
	assert_true(!stmt_is_null(st, 3) && stmt_str(st, 3).n == 0);
	assert_true(stmt_is_int(st, 4) && stmt_i64(st, 4) == INT64_MIN);
	assert_true(!stmt_is_int(st, 5) && stmt_double(st, 5) == 0.1);
	assert_true(stmt_is_null(st, 6) && stmt_str(st, 6).n == 0);
	assert_true(stmt_step(st, &row, &p->e) && !row);
	assert_true(stmt_step(st, &row, &p->e) && row); /* it was reset by itself */
}

static void a_statement_can_be_run_again_with_other_values(void **state)
{
	struct place *p = *state;
	DEFER(db_close) struct db *db = open_db(p, DB_MEMORY);
	DEFER(stmt_close) struct stmt *st = NULL;

	run(p, db, "CREATE TABLE t (a, b)");
	assert_true(db_prepare(db, S("INSERT INTO t VALUES (?, ?)"), &st, &p->e));
	stmt_bind_i64(st, 2, 7);
	for (int i = 0; i < 3; i++) {
		stmt_bind_i64(st, 1, i);
		assert_true(stmt_run(st, &p->e));
		assert_int_equal(db_changes(db), 1);
		assert_int_equal(db_last_rowid(db), i + 1);
	}
	expect_str(first(p, db, "SELECT group_concat(a || b) FROM t"), "07,17,27");
}

static void broken_constraints_are_told_apart(void **state)
{
	struct place *p = *state;
	DEFER(db_close) struct db *db = NULL;
	DEFER(stmt_close) struct stmt *st = NULL;

	make_sample(p);
	db = open_db(p, DB_WRITE);
	assert_true(db_prepare(db, S("INSERT INTO t VALUES (?, ?)"), &st, &p->e));
	stmt_bind_str(st, 1, S("x"));
	stmt_bind_i64(st, 2, 1);
	assert_false(stmt_run(st, &p->e));
	assert_int_equal(p->e.kind, ERR_INTERNAL);
	assert_int_equal(p->e.code, DB_UNIQUE);
	stmt_bind_str(st, 1, S("y"));
	stmt_bind_i64(st, 2, 11);
	assert_false(stmt_run(st, &p->e));
	assert_int_equal(p->e.code, DB_CONSTRAINT);
	stmt_bind_null(st, 2);
	assert_false(stmt_run(st, &p->e));
	assert_int_equal(p->e.code, DB_CONSTRAINT);
	stmt_bind_i64(st, 2, 2);
	assert_true(stmt_run(st, &p->e));
	assert_false(db_exec(db, "SELECT nothing FROM t", &p->e));
	assert_int_equal(p->e.kind, ERR_INTERNAL);
	assert_int_equal(p->e.code, 0);
}

static void transactions_are_all_or_nothing(void **state)
{
	struct place *p = *state;
	DEFER(db_close) struct db *db = open_db(p, DB_CREATE);

	run(p, db, "CREATE TABLE t (a)");
	db_rollback(db);
	assert_true(db_begin(db, &p->e) && db_in_transaction(db));
	run(p, db, "INSERT INTO t VALUES (1)");
	db_rollback(db);
	assert_false(db_in_transaction(db));
	expect_str(first(p, db, "SELECT count(*) FROM t"), "0");
	assert_true(db_begin(db, &p->e));
	run(p, db, "INSERT INTO t VALUES (1)");
	assert_true(db_savepoint(db, "s", &p->e));
	run(p, db, "INSERT INTO t VALUES (2)");
	db_rollback_to(db, "s");
	assert_false(db_release(db, "s", &p->e)); /* it is gone */
	assert_true(db_savepoint(db, "s", &p->e));
	run(p, db, "INSERT INTO t VALUES (3)");
	assert_true(db_release(db, "s", &p->e));
	assert_true(db_commit(db, &p->e));
	expect_str(first(p, db, "SELECT group_concat(a) FROM t"), "1,3");
}

static void closing_rolls_back_and_finalizes_what_is_left(void **state)
{
	struct place *p = *state;
	struct db *db = NULL;
	struct stmt *st = NULL;
	bool row = false;

	make_sample(p);
	db = open_db(p, DB_WRITE);
	assert_true(db_begin(db, &p->e));
	run(p, db, "INSERT INTO t VALUES ('y', 1)");
	assert_true(db_prepare(db, S("SELECT * FROM t"), &st, &p->e));
	assert_true(stmt_step(st, &row, &p->e) && row);
	db_close(&db);
	assert_null(db);
	db_close(&db);
	db = open_db(p, DB_READ);
	expect_str(first(p, db, "SELECT count(*) FROM t"), "1");
	db_close(&db);
}

static void memory_does_not_grow_with_the_number_of_statements(void **state)
{
	struct place *p = *state;
	DEFER(db_close) struct db *db = open_db(p, DB_MEMORY);
	size_t used = 0;

	for (int i = 0; i < 1000; i++) {
		DEFER(stmt_close) struct stmt *st = NULL;

		assert_true(db_prepare(db, S("SELECT 1"), &st, &p->e));
		if (i == 0)
			used = p->arena.used;
	}
	assert_int_equal(p->arena.used, used);
}

static void identifiers_are_quoted(void **state)
{
	struct place *p = *state;
	DEFER(db_close) struct db *db = open_db(p, DB_MEMORY);
	DEFER(buf_release) struct buf sql = buf_make(0);

	buf_add(&sql, S("SELECT 1 AS "));
	db_quote(&sql, S("a\"; DROP TABLE \"é"));
	expect_str(buf_str(&sql), "SELECT 1 AS \"a\"\"; DROP TABLE \"\"é\"");
	buf_add_char(&sql, '\0');
	run(p, db, sql.p);
}

static void texts_are_quoted(void **state)
{
	struct place *p = *state;
	DEFER(db_close) struct db *db = open_db(p, DB_MEMORY);
	DEFER(buf_release) struct buf sql = buf_make(0);

	buf_add(&sql, S("SELECT "));
	db_literal(&sql, S("it's \"'; DROP TABLE t; --"));
	expect_str(buf_str(&sql), "SELECT 'it''s \"''; DROP TABLE t; --'");
	buf_add_char(&sql, '\0');
	run(p, db, sql.p);
}

static void misspelt_columns_are_not_taken_for_texts(void **state)
{
	struct place *p = *state;
	DEFER(db_close) struct db *db = open_db(p, DB_MEMORY);

	assert_false(db_exec(db, "SELECT \"nothing\"", &p->e));
	assert_false(db_exec(db, "SELECT load_extension('x')", &p->e));
}

static void large_queries_are_taken(void **state)
{
	struct place *p = *state;
	DEFER(db_close) struct db *db = open_db(p, DB_MEMORY);
	DEFER(buf_release) struct buf sql = buf_make(0);
	DEFER(stmt_close) struct stmt *st = NULL;
	bool row = false;

	buf_add(&sql, S("SELECT 5 IN (?"));
	for (int i = 1; i < 32766; i++)
		buf_add(&sql, S(",?"));
	buf_add(&sql, S(") /*"));
	for (int i = 0; i < 100000; i++)
		buf_add(&sql, S("0123456789"));
	buf_add(&sql, S("*/"));
	assert_true(db_prepare(db, buf_str(&sql), &st, &p->e));
	stmt_bind_i64(st, 32766, 5);
	assert_true(stmt_step(st, &row, &p->e) && row);
	assert_int_equal(stmt_i64(st, 0), 1);
}

static int backwards(void *context, struct str a, struct str b)
{
	(*(int *)context)++;
	return str_cmp(b, a);
}

static bool starts(void *context, struct str a, struct str b)
{
	(*(int *)context)++;
	return str_starts(a, b);
}

static void collations_and_predicates_of_ours_work_in_queries_only(void **state)
{
	struct place *p = *state;
	DEFER(db_close) struct db *db = open_db(p, DB_MEMORY);
	int calls = 0;

	assert_true(db_add_collation(db, "back", backwards, &calls, &p->e));
	assert_true(db_add_predicate(db, "starts", starts, &calls, &p->e));
	run(p, db,
	    "CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('aa'), ('b'), ('ab'), (NULL), ('')");
	expect_str(first(p, db,
			 "SELECT group_concat(a) FROM (SELECT a FROM t WHERE a <> ''"
			 " ORDER BY a COLLATE back)"),
		   "b,ab,aa");
	expect_str(first(p, db, "SELECT group_concat(a) FROM t WHERE starts(a, 'a')"), "aa,ab");
	expect_str(first(p, db, "SELECT starts(NULL, 'a') IS NULL AND starts('a', NULL) IS NULL"),
		   "1");
	assert_true(calls > 3);
	run(p, db, "CREATE VIEW v AS SELECT starts('a', 'a')");
	assert_false(db_exec(db, "SELECT * FROM v", &p->e));
}

static struct str journal(struct place *p, struct db *db)
{
	return first(p, db, "PRAGMA journal_mode");
}

static void a_shared_file_is_read_while_it_is_written_and_settles_at_the_end(void **state)
{
	struct place *p = *state;
	DEFER(db_close) struct db *made = open_db(p, DB_CREATE);

	run(p, made, "CREATE TABLE t (a)");
	db_close(&made);

	DEFER(db_close) struct db *one = open_db(p, DB_SHARED);

	expect_str(journal(p, one), "delete");
	assert_true(db_share(one, &p->e));
	expect_str(journal(p, one), "wal");

	DEFER(db_close) struct db *two = open_db(p, DB_SHARED);

	assert_true(db_share(two, &p->e));
	assert_true(db_begin(one, &p->e));
	run(p, one, "INSERT INTO t VALUES (1)");
	expect_str(first(p, two, "SELECT count(*) FROM t"), "0");
	assert_true(db_commit(one, &p->e));
	expect_str(first(p, two, "SELECT count(*) FROM t"), "1");

	/* who comes later writes it as it is */
	DEFER(db_close) struct db *guest = open_db(p, DB_WRITE);

	expect_str(journal(p, guest), "wal");
	run(p, guest, "INSERT INTO t VALUES (2)");
	db_close(&one);
	db_close(&two);
	db_close(&guest);

	DEFER(db_close) struct db *last = open_db(p, DB_WRITE);

	expect_str(journal(p, last), "delete");
	expect_str(first(p, last, "SELECT count(*) FROM t"), "2");
}

static void count_in(void *context)
{
	int *inside = context;

	assert_int_equal(++*inside, 1);
}

static void count_out(void *context)
{
	int *inside = context;

	assert_int_equal(--*inside, 0);
}

static void whoever_writes_goes_through_the_gate_and_leaves_it(void **state)
{
	struct place *p = *state;
	DEFER(db_close) struct db *db = open_db(p, DB_CREATE);
	int inside = 0;
	struct db_gate gate = { count_in, count_out, &inside };

	db_set_gate(db, &gate);
	assert_true(db_begin(db, &p->e));
	assert_int_equal(inside, 1);
	run(p, db, "CREATE TABLE t (a)");
	assert_true(db_commit(db, &p->e));
	assert_int_equal(inside, 0);
	assert_true(db_begin(db, &p->e));
	db_rollback(db);
	db_rollback(db);
	assert_int_equal(inside, 0);
	assert_true(db_begin_read(db, &p->e));
	assert_int_equal(inside, 0);
	db_rollback(db);
	/* what SQLite has undone by itself cannot be committed */
	assert_true(db_begin(db, &p->e));
	run(p, db, "ROLLBACK");
	assert_false(db_commit(db, &p->e));
	db_rollback(db);
	assert_int_equal(inside, 0);
	/* and what does not begin is not inside */
	run(p, db, "BEGIN");
	assert_false(db_begin(db, &p->e));
	assert_int_equal(inside, 0);
	db_rollback(db);
}

static bool count_to(struct place *p, struct db *db, const char *sql)
{
	DEFER(stmt_close) struct stmt *st = NULL;
	bool row;

	return db_prepare(db, str_from(sql), &st, &p->e) && stmt_step(st, &row, &p->e);
}

static void a_query_that_takes_too_many_steps_ends(void **state)
{
	static const char counting[] =
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "
		"SELECT count(*) FROM n";
	struct place *p = *state;
	DEFER(db_close) struct db *db = open_db(p, DB_MEMORY);

	assert_true(count_to(p, db, counting));
	db_limit(db, 100000);
	assert_false(count_to(p, db, counting));
	assert_int_equal(p->e.kind, ERR_BAD_REQUEST);
	assert_int_equal(p->e.code, DB_TOO_LONG);
	/* all together take them, whatever each of them takes */
	assert_false(count_to(p, db, counting));
	db_limit(db, 100000000);
	assert_true(count_to(p, db, counting));
	db_limit(db, 0);
	for (int i = 0; i < 3; i++)
		assert_true(count_to(p, db, counting));
}

static void a_query_that_is_nested_too_deep_is_told_from_a_wrong_one(void **state)
{
	struct place *p = *state;
	DEFER(db_close) struct db *db = open_db(p, DB_MEMORY);
	DEFER(buf_release) struct buf sql = buf_make(0);

	buf_add(&sql, S("SELECT "));
	for (int i = 0; i < 200; i++)
		buf_add(&sql, S("1 + ("));
	buf_add(&sql, S("1"));
	for (int i = 0; i < 200; i++)
		buf_add(&sql, S(")"));
	buf_add_char(&sql, 0);
	assert_false(count_to(p, db, sql.p));
	assert_int_equal(p->e.kind, ERR_BAD_REQUEST);
	assert_int_equal(p->e.code, DB_TOO_COMPLEX);
	assert_false(count_to(p, db, "SELECT nothing"));
	assert_int_equal(p->e.kind, ERR_INTERNAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(f) cmocka_unit_test_setup_teardown(f, make_place, remove_place)
		CASE(a_new_file_is_private_and_never_replaces_another),
		CASE(reading_changes_nothing),
		CASE(what_is_no_database_is_refused),
		CASE(a_damaged_database_is_an_error_of_the_input),
		CASE(a_colon_in_front_of_a_name_means_nothing),
		CASE(values_come_back_as_they_were_bound),
		CASE(a_statement_can_be_run_again_with_other_values),
		CASE(broken_constraints_are_told_apart),
		CASE(transactions_are_all_or_nothing),
		CASE(closing_rolls_back_and_finalizes_what_is_left),
		CASE(memory_does_not_grow_with_the_number_of_statements),
		CASE(identifiers_are_quoted),
		CASE(texts_are_quoted),
		CASE(misspelt_columns_are_not_taken_for_texts),
		CASE(large_queries_are_taken),
		CASE(collations_and_predicates_of_ours_work_in_queries_only),
		CASE(a_shared_file_is_read_while_it_is_written_and_settles_at_the_end),
		CASE(whoever_writes_goes_through_the_gate_and_leaves_it),
		CASE(a_query_that_takes_too_many_steps_ends),
		CASE(a_query_that_is_nested_too_deep_is_told_from_a_wrong_one),
#undef CASE
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

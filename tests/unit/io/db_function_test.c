/* SPDX-License-Identifier: MIT */
/*
 * Functions and aggregates of ours inside SQLite: what they are given, what they give, and where they may
 * stand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "io/db_function.h"

static struct arena arena;
static struct db *db;

static void must(bool ok, const struct err *e)
{
	if (!ok)
		fail_msg("%s", e->msg);
}

static void expect(const char *sql, const char *result)
{
	DEFER(stmt_close) struct stmt *st = NULL;
	struct err e;
	bool row;

	must(db_prepare(db, str_from(sql), &st, &e), &e);
	must(stmt_step(st, &row, &e), &e);
	assert_true(row);
	if (!str_eq(stmt_is_null(st, 0) ? S("NULL") : stmt_str(st, 0), str_from(result)))
		fail_msg("%s: %.*s", sql, STR_ARG(stmt_str(st, 0)));
}

/* "i12", "r1.5", "tabc", "n": what an argument is. */
static void kind_of(void *context, const struct db_value *args, struct db_value *out)
{
	static const char kinds[] = { [DB_VALUE_NULL] = 'n',
				      [DB_VALUE_INTEGER] = 'i',
				      [DB_VALUE_REAL] = 'r',
				      [DB_VALUE_TEXT] = 't' };
	int *calls = context;
	size_t n = args[0].kind == DB_VALUE_NULL ? 0 : args[0].text.n;

	(*calls)++;
	assert_true(n + 1 < sizeof(out->room));
	out->room[0] = kinds[args[0].kind];
	if (n > 0)
		memcpy(out->room + 1, args[0].text.p, n);
	out->text = str_of(out->room, n + 1);
	out->kind = DB_VALUE_TEXT;
}

static void add(void *context, const struct db_value *args, struct db_value *out)
{
	(void)context;
	if (args[0].kind == DB_VALUE_REAL) {
		out->kind = DB_VALUE_REAL;
		out->real = args[0].real + args[1].real;
	} else if (args[0].kind == DB_VALUE_INTEGER) {
		out->kind = DB_VALUE_INTEGER;
		out->integer = args[0].integer + args[1].integer;
	}
}

struct longest {
	int64_t size, rows;
};

static void step(void *state, const struct db_value *args)
{
	struct longest *l = state;

	l->rows++;
	if (args[0].kind != DB_VALUE_NULL && (int64_t)args[0].text.n > l->size)
		l->size = (int64_t)args[0].text.n;
}

static void finish(const void *state, struct db_value *out)
{
	const struct longest *l = state;

	if (!l)
		return;
	out->kind = DB_VALUE_INTEGER;
	out->integer = l->size * 100 + l->rows;
}

static int calls;

static int setup(void **state)
{
	static const struct db_aggregate longest = { 1, sizeof(struct longest), step, finish };
	struct err e;

	(void)state;
	arena = arena_make(0);
	must(db_open(&db, &arena, NULL, DB_MEMORY, &e), &e);
	must(db_add_function(db, "kind_of", 1, kind_of, &calls, &e), &e);
	must(db_add_function(db, "plus", 2, add, NULL, &e), &e);
	must(db_add_aggregate(db, "longest", &longest, &e), &e);
	must(db_exec(db,
		     "CREATE TABLE t (g, a);"
		     "INSERT INTO t VALUES (1, 'x'), (1, 'xyz'), (2, NULL), (2, 'xy')",
		     &e),
	     &e);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	db_close(&db);
	arena_release(&arena);
	return 0;
}

static void functions_see_what_their_arguments_are(void **state)
{
	(void)state;
	calls = 0;
	expect("SELECT kind_of(12)", "i12");
	expect("SELECT kind_of(1.5)", "r1.5");
	expect("SELECT kind_of('abc')", "tabc");
	expect("SELECT kind_of('')", "t");
	expect("SELECT kind_of(NULL)", "n");
	assert_int_equal(calls, 5);
	expect("SELECT plus(40, 2)", "42");
	expect("SELECT typeof(plus(1.5, 2))", "real");
	expect("SELECT plus('a', 'b')", "NULL");
}

static void aggregates_have_a_state_of_their_own_per_group(void **state)
{
	(void)state;
	expect("SELECT group_concat(l) FROM (SELECT longest(a) AS l FROM t GROUP BY g)", "302,202");
	expect("SELECT longest(a) FROM t", "304");
	expect("SELECT longest(a) FROM t WHERE g = 3", "NULL");
}

static void no_schema_can_use_them(void **state)
{
	struct err e;

	(void)state;
	must(db_exec(db, "CREATE VIEW v AS SELECT plus(1, 2)", &e), &e);
	assert_false(db_exec(db, "SELECT * FROM v", &e));
	must(db_exec(db, "CREATE VIEW w AS SELECT longest(a) FROM t", &e), &e);
	assert_false(db_exec(db, "SELECT * FROM w", &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_see_what_their_arguments_are),
		cmocka_unit_test(aggregates_have_a_state_of_their_own_per_group),
		cmocka_unit_test(no_schema_can_use_them),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

/* SPDX-License-Identifier: MIT */
/*
 * Autonumber columns: texts after their formats, each number once.
 */
#include "org/auto_number.h"

#include "organization.h"

/* The table's name column gets the format. */
static void with_format(struct organization *o, const char *format)
{
	DEFER(stmt_close) struct stmt *st = NULL;

	store_close(&o->store);

	DEFER(db_close) struct db *db = NULL;

	expect_ok(o, db_open(&db, &o->arena, o->path, DB_WRITE, &o->e));
	expect_ok(o, db_prepare(db,
				S("update ferry_table set definition = json_set(definition, "
				  "'$.attributes[' || (select key from json_each(definition, "
				  "'$.attributes') where json_extract(value, '$.logicalName') = "
				  "'accountnumber') || '].autoNumberFormat', ?1) "
				  "where name = 'account'"),
				&st, &o->e));
	stmt_bind_str(st, 1, str_from(format));
	expect_ok(o, stmt_run(st, &o->e));
	stmt_close(&st);
	db_close(&db);
	expect_ok(o, store_open(&o->store, &o->arena, o->path, true, &o->e));
}

static const char *made(struct organization *o, const char *body)
{
	char text[GUID_TEXT_SIZE];
	struct guid id;

	expect_ok(o, create(o, "account", body, &id));

	struct str sql =
		str_fmt(&o->arena, "select accountnumber from account where accountid = '%.*s'",
			STR_ARG(guid_format(id, text)));

	return query(o, str_cstr(&o->arena, sql));
}

static void numbers_go_up_from_a_thousand(void **state)
{
	struct organization *o = *state;

	with_format(o, "W-{SEQNUM:6}");
	assert_string_equal(made(o, "{}"), "W-001000");
	assert_string_equal(made(o, "{}"), "W-001001");
	assert_string_equal(made(o, "{\"accountnumber\":\"own\"}"), "own");
	assert_string_equal(made(o, "{\"accountnumber\":null}"), "(null)");
	assert_string_equal(made(o, "{}"), "W-001002");
}

static void a_seed_says_which_number_is_next(void **state)
{
	struct organization *o = *state;

	with_format(o, "{SEQNUM:2}");
	expect_ok(o, db_begin(o->store.db, &o->e));
	expect_ok(o, auto_number_seed(&o->store, S("account"), S("accountnumber"), 7, &o->e));
	expect_ok(o, db_commit(o->store.db, &o->e));
	assert_string_equal(made(o, "{}"), "07");
	assert_string_equal(made(o, "{}"), "08");
}

static void a_format_has_dates_and_letters_by_chance(void **state)
{
	struct organization *o = *state;
	const char *text;

	/* the clock of a seeded organization: 2025-01-01T00:00:00Z */
	with_format(o, "{DATETIMEUTC:yyyyMMddhhmm}-{RANDSTRING:6}");
	text = made(o, "{}");
	assert_int_equal(strlen(text), 19);
	assert_int_equal(strncmp(text, "202501011200-", 13), 0);
	assert_int_equal(strspn(text + 13, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"), 6);
	with_format(o, "{x}-{SEQNUM");
	assert_string_equal(made(o, "{}"), "{x}-{SEQNUM");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, organization_setup, organization_teardown)
	const struct CMUnitTest tests[] = {
		TEST(numbers_go_up_from_a_thousand),
		TEST(a_seed_says_which_number_is_next),
		TEST(a_format_has_dates_and_letters_by_chance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

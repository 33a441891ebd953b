/* SPDX-License-Identifier: MIT */
/*
 * What is disputed about conditions can be chosen (org/variants.h), and what the caller's settings do. The
 * operators themselves are tests/cases/fetchxml's.
 */
#include "organization.h"

#include "base/limits.h"
#include "org/bind.h"
#include "org/sql_function.h"
#include "org/sqlgen.h"

#define ID(n) "00000000-0000-4000-8000-00000000000" n

static int setup(void **state)
{
	static const char rows[] =
		"insert into account(accountid, versionnumber, name, numberofemployees, "
		"lastonholdtime) values"
		"('" ID("1") "', 1, 'a', 1, '2025-01-01T00:00:00Z'),"
			     "('" ID("2") "', 1, 'b', 2, '2024-12-31T23:00:00Z'),"
					  "('" ID("3") "', 1, null, null, null)";

	if (organization_setup(state) != 0)
		return -1;

	struct organization *o = *state;

	expect_ok(o, db_exec(o->store.db, rows, &o->e));
	expect_ok(o, sql_register(&o->store, &o->e));
	o->store.caller = o->store.admin;
	return 0;
}

/* The last digits of the ids that the condition finds. */
static const char *found(struct organization *o, const char *condition)
{
	DEFER(stmt_close) struct stmt *st = NULL;
	DEFER(buf_release) struct buf ids = buf_make(0);
	DEFER(sql_release) struct sql sql = sql_make(&o->arena);
	struct str text = str_fmt(&o->arena,
				  "<fetch><entity name='account'><attribute name='accountid'/>"
				  "<filter><condition %s</filter></entity></fetch>",
				  condition);
	struct query *q;
	struct fetch f;

	expect_ok(o, fetch_parse(&o->arena, text, "q", 1, &f, &o->e));
	expect_ok(o, bind_fetch(&o->store, &o->arena, table_of(o, "account"), &f, &q, &o->e));
	sql_query(&sql, q);
	expect_ok(o, sql_prepare(&sql, o->store.db, &st, &o->e));
	for (;;) {
		bool row;

		expect_ok(o, stmt_step(st, &row, &o->e));
		if (!row)
			break;
		buf_add(&ids, str_skip(stmt_str(st, q->columns.p[0].at), 35));
	}
	return str_cstr(&o->arena, buf_str(&ids));
}

#define NE "attribute='numberofemployees' operator='ne' value='1'/>"
#define NOT_LIKE "attribute='name' operator='not-like' value='a%'/>"
#define NOT_USER "attribute='createdby' operator='ne-userid'/>"

static void negations_take_or_drop_rows_without_a_value(void **state)
{
	struct organization *o = *state;

	assert_string_equal(found(o, NE), "23");
	assert_string_equal(found(o, NOT_LIKE), "23");
	assert_string_equal(found(o, NOT_USER), "123");
	o->store.variants.negations = NEGATIONS_DROP_NULL;
	assert_string_equal(found(o, NE), "2");
	assert_string_equal(found(o, NOT_LIKE), "2");
	assert_string_equal(found(o, NOT_USER), "");
	/* these say what they mean with null in any case */
	assert_string_equal(found(o, "attribute='name' operator='not-null'/>"), "12");
	assert_string_equal(found(o, "attribute='name' operator='ne' value=''/>"), "12");
	assert_string_equal(found(o, "attribute='name' operator='eq' value=''/>"), "3");
}

static void an_empty_text_is_null_or_a_text_that_no_row_has(void **state)
{
	struct organization *o = *state;

	assert_string_equal(found(o, "attribute='name' operator='eq' value=''/>"), "3");
	assert_string_equal(found(o, "attribute='name' operator='ne' value=''/>"), "12");
	o->store.variants.empty_text = EMPTY_TEXT_IS_NO_TEXT;
	assert_string_equal(found(o, "attribute='name' operator='eq' value=''/>"), "");
	assert_string_equal(found(o, "attribute='name' operator='ne' value=''/>"), "123");
	o->store.variants.negations = NEGATIONS_DROP_NULL;
	assert_string_equal(found(o, "attribute='name' operator='ne' value=''/>"), "12");
}

#define AT_MIDNIGHT "attribute='lastonholdtime' operator='eq' value='2025-01-01'/>"

static void a_time_without_zone_is_utc_or_the_callers(void **state)
{
	struct organization *o = *state;

	/* a caller in Berlin */
	expect_ok(o, db_exec(o->store.db,
			     "insert into usersettings(systemuserid, versionnumber, timezonecode) "
			     "values('" ADMIN "', 1, 110)",
			     &o->e));
	assert_string_equal(found(o, AT_MIDNIGHT), "1");
	o->store.variants.bare_time = BARE_TIME_IS_LOCAL;
	assert_string_equal(found(o, AT_MIDNIGHT), "2");
	/* a zone that is told is told */
	assert_string_equal(found(o, "attribute='lastonholdtime' operator='eq' "
				     "value='2025-01-01T00:00:00Z'/>"),
			    "1");
}

#define FISCAL_YEAR "attribute='lastonholdtime' operator='in-fiscal-year' value='2025'/>"

static void a_fiscal_year_is_named_by_its_first_or_its_last_day(void **state)
{
	struct organization *o = *state;

	expect_ok(o, db_exec(o->store.db,
			     "update organization set fiscalcalendarstart = "
			     "'2024-07-01T00:00:00Z', fiscalperiodtype = 2002",
			     &o->e));
	assert_string_equal(found(o, FISCAL_YEAR), "");
	o->store.variants.fiscal_year = FISCAL_YEAR_OF_END;
	assert_string_equal(found(o, FISCAL_YEAR), "12");
	/* the second quarter of that year ends with 2024 */
	assert_string_equal(found(o, "attribute='lastonholdtime' "
				     "operator='in-fiscal-period-and-year'><value>2</value>"
				     "<value>2025</value></condition>"),
			    "2");
}

#define YESTERDAY "attribute='lastonholdtime' operator='yesterday'/>"

/* The organization's clock stands at midnight of 1 January 2025. */
static void settings_that_make_no_sense_are_as_if_unset(void **state)
{
	struct organization *o = *state;

	assert_string_equal(found(o, YESTERDAY), "2");
	expect_ok(o, db_exec(o->store.db,
			     "insert into usersettings(systemuserid, versionnumber, timezonecode) "
			     "values('" ADMIN "', 1, 4711);"
			     "update organization set fiscalcalendarstart = 'soon', "
			     "fiscalperiodtype = 77",
			     &o->e));
	assert_string_equal(found(o, YESTERDAY), "2");
	/* calendar years in quarters */
	assert_string_equal(found(o, "attribute='lastonholdtime' operator='in-fiscal-period' "
				     "value='1'/>"),
			    "1");
	assert_string_equal(found(o, "attribute='lastonholdtime' operator='in-fiscal-period' "
				     "value='4'/>"),
			    "2");
}

/* That day is a Wednesday. */
static void a_week_begins_on_sunday_or_on_monday(void **state)
{
	struct organization *o = *state;

	expect_ok(o, db_exec(o->store.db,
			     "update account set lastonholdtime = '2024-12-29T12:00:00Z' "
			     "where accountid = '" ID("1") "'",
			     &o->e));
	assert_string_equal(found(o, "attribute='lastonholdtime' operator='this-week'/>"), "12");
	o->store.variants.first_day = WEEK_FROM_MONDAY;
	assert_string_equal(found(o, "attribute='lastonholdtime' operator='this-week'/>"), "2");
	assert_string_equal(found(o, "attribute='lastonholdtime' operator='last-week'/>"), "1");
}

#define NEXT_DAY "attribute='lastonholdtime' operator='next-x-days' value='1'/>"
#define LAST_HOURS "attribute='lastonholdtime' operator='last-x-hours' value='1'/>"

static void days_that_come_are_whole_or_end_at_this_time_of_the_day(void **state)
{
	struct organization *o = *state;

	expect_ok(o, db_exec(o->store.db,
			     "update account set lastonholdtime = '2025-01-02T12:00:00Z' "
			     "where accountid = '" ID("1") "'",
			     &o->e));
	assert_string_equal(found(o, NEXT_DAY), "1");
	assert_string_equal(found(o, LAST_HOURS), "2");
	o->store.variants.window = WINDOW_TO_THE_MOMENT;
	assert_string_equal(found(o, NEXT_DAY), "");
	assert_string_equal(found(o, LAST_HOURS), "2");
}

static void a_caller_whom_nobody_knows_has_nothing(void **state)
{
	struct organization *o = *state;

	o->store.caller = guid_of(ID("9"));
	assert_string_equal(found(o, "attribute='ownerid' operator='eq-useroruserteams'/>"), "");
	assert_string_equal(found(o, "attribute='owningbusinessunit' operator='eq-businessid'/>"),
			    "");
	assert_string_equal(found(o, YESTERDAY), "2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(negations_take_or_drop_rows_without_a_value, setup,
						organization_teardown),
		cmocka_unit_test_setup_teardown(an_empty_text_is_null_or_a_text_that_no_row_has,
						setup, organization_teardown),
		cmocka_unit_test_setup_teardown(a_week_begins_on_sunday_or_on_monday, setup,
						organization_teardown),
		cmocka_unit_test_setup_teardown(
			days_that_come_are_whole_or_end_at_this_time_of_the_day, setup,
			organization_teardown),
		cmocka_unit_test_setup_teardown(a_time_without_zone_is_utc_or_the_callers, setup,
						organization_teardown),
		cmocka_unit_test_setup_teardown(a_fiscal_year_is_named_by_its_first_or_its_last_day,
						setup, organization_teardown),
		cmocka_unit_test_setup_teardown(settings_that_make_no_sense_are_as_if_unset, setup,
						organization_teardown),
		cmocka_unit_test_setup_teardown(a_caller_whom_nobody_knows_has_nothing, setup,
						organization_teardown),
	};

	return cmocka_run_group_tests_name("bind_filter", tests, NULL, NULL);
}

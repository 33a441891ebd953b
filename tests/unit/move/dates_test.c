/* SPDX-License-Identifier: MIT */
/*
 * Dates that move with the day of the import: how far, which of them, and what becomes of them the next time.
 */
#include "move/dates.h"

#include "engine.h"

#define WEDNESDAY "2025-01-01T00:00:00.0000000Z" /* the export of every package here */

static const char *moved(const char *timestamp, const char *now, enum date_mode mode,
			 const char *stored)
{
	static struct arena a;
	struct dates d = { 0 };
	const char *why = dates_make(str_from(timestamp), str_from(now), &d);

	if (why)
		fail_msg("%s", why);
	arena_release(&a);
	a = arena_make(0);
	return str_cstr(&a, dates_move(&d, &a, mode, str_from(stored)));
}

static void a_relative_date_moves_by_whole_weeks(void **state)
{
	(void)state;
	/* 19 and a half days later: two weeks */
	assert_string_equal(moved(WEDNESDAY, "2025-01-20T12:00:00Z", DATE_MODE_RELATIVE,
				  "2025-01-03T10:30:00Z"),
			    "2025-01-17T10:30:00Z");
	assert_string_equal(moved(WEDNESDAY, "2025-01-07T23:59:59Z", DATE_MODE_RELATIVE,
				  "2025-01-03T10:30:00Z"),
			    "2025-01-03T10:30:00Z");
	assert_string_equal(moved(WEDNESDAY, "2025-01-08T00:00:00Z", DATE_MODE_RELATIVE,
				  "2025-01-03T10:30:00Z"),
			    "2025-01-10T10:30:00Z");
}

static void a_daily_date_moves_by_whole_days_and_keeps_its_form(void **state)
{
	(void)state;
	assert_string_equal(
		moved(WEDNESDAY, "2025-01-20T12:00:00Z", DATE_MODE_RELATIVE_DAILY, "1999-12-25"),
		"2000-01-13");
	assert_string_equal(moved(WEDNESDAY, "2025-01-20T12:00:00Z", DATE_MODE_RELATIVE_DAILY,
				  "2024-02-28T08:00:00"),
			    "2024-03-18T08:00:00");
}

static void a_date_never_moves_back_and_an_absolute_one_not_at_all(void **state)
{
	(void)state;
	assert_string_equal(
		moved(WEDNESDAY, "2024-06-01T00:00:00Z", DATE_MODE_RELATIVE, "2025-01-03"),
		"2025-01-03");
	assert_string_equal(
		moved(WEDNESDAY, "2026-06-01T00:00:00Z", DATE_MODE_ABSOLUTE, "2025-01-03"),
		"2025-01-03");
}

static void both_forms_of_a_timestamp_are_read_and_others_are_told(void **state)
{
	struct dates d;

	(void)state;
	assert_string_equal(moved("4/5/2019 8:59:23 AM", "2019-04-20T00:00:00Z", DATE_MODE_RELATIVE,
				  "2019-04-01"),
			    "2019-04-15");
	assert_non_null(dates_make(S("29/08/2019 17:48:29"), S("2020-01-01"), &d));
	assert_non_null(dates_make(S(""), S("2020-01-01"), &d));
	assert_non_null(dates_make(S(WEDNESDAY), S(""), &d));
}

static enum date_mode mode_of(const char *root, const char *field, const char *type)
{
	struct arena a = arena_make(0);
	struct schema s;
	struct err e;
	struct str text = str_fmt(&a,
				  "<entities%s><entity name=\"t\" primaryidfield=\"tid\"><fields>"
				  "<field name=\"f\" type=\"%s\"%s/></fields></entity></entities>",
				  root, type, field);

	if (!schema_read(&a, text, "s.xml", &s, &e))
		fail_msg("%s", e.msg);

	enum date_mode mode = dates_mode(&s, &s.entities[0].fields[0]);

	assert_int_equal(dates_any(&s), mode != DATE_MODE_ABSOLUTE);
	arena_release(&a);
	return mode;
}

static void the_field_wins_over_the_schema_both_ways(void **state)
{
	(void)state;
	assert_int_equal(mode_of("", "", "datetime"), DATE_MODE_ABSOLUTE);
	assert_int_equal(mode_of(" dateMode=\"relative\"", "", "datetime"), DATE_MODE_RELATIVE);
	assert_int_equal(mode_of(" dateMode=\"relativeDaily\"", "", "datetime"),
			 DATE_MODE_RELATIVE_DAILY);
	assert_int_equal(mode_of(" dateMode=\"relative\"", " dateMode=\"absolute\"", "datetime"),
			 DATE_MODE_ABSOLUTE);
	assert_int_equal(mode_of("", " dateMode=\"relative\"", "datetime"), DATE_MODE_RELATIVE);
	assert_int_equal(mode_of(" dateMode=\"relative\"", "", "string"), DATE_MODE_ABSOLUTE);
}

#define CONTACT                                                                                    \
	ENTITY("contact", "contactid",                                                             \
	       TEXT("lastname") FIELD(                                                             \
		       "birthdate",                                                                \
		       "datetime") "<field name=\"anniversary\" type=\"datetime\" dateMode=\"relative\"/>")
#define CONTACT_ROW(name)                                                                          \
	ROWS("contact",                                                                            \
	     ROW(ID("01"), IS("lastname", name) IS("birthdate", "1980-05-05T00:00:00.0000000")     \
				   IS("anniversary", "2025-01-03T00:00:00.0000000")))
#define SHOW "SELECT lastname, birthdate, anniversary FROM contact"

/* Else every import would write, and the last one would win. */
static void a_row_that_is_there_keeps_its_moved_dates(void **state)
{
	struct engine *w = *state;

	w->options.decisions.now = S("2025-01-20T12:00:00Z");
	import(w, CONTACT, CONTACT_ROW("a"));
	succeeded(w);
	nothing_told(w);
	target_has(w, SHOW, "a|1980-05-05|2025-01-17");

	w->options.decisions.now = S("2025-03-20T12:00:00Z");
	import(w, CONTACT, CONTACT_ROW("a"));
	succeeded(w);
	rows_are(w, "contact", "read 1: 1 unchanged");
	import(w, CONTACT, CONTACT_ROW("b"));
	succeeded(w);
	rows_are(w, "contact", "read 1: 1 updated");
	target_has(w, SHOW, "b|1980-05-05|2025-01-17");
}

static void without_a_moment_dates_stay_and_that_is_told_once(void **state)
{
	struct engine *w = *state;

	import(w, CONTACT, CONTACT_ROW("a"));
	assert_true(w->ok);
	told(w, "warning ", "relative dates are taken as they are");
	target_has(w, SHOW, "a|1980-05-05|2025-01-03");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_relative_date_moves_by_whole_weeks),
		cmocka_unit_test(a_daily_date_moves_by_whole_days_and_keeps_its_form),
		cmocka_unit_test(a_date_never_moves_back_and_an_absolute_one_not_at_all),
		cmocka_unit_test(both_forms_of_a_timestamp_are_read_and_others_are_told),
		cmocka_unit_test(the_field_wins_over_the_schema_both_ways),
		WITH_ENGINE(a_row_that_is_there_keeps_its_moved_dates),
		WITH_ENGINE(without_a_moment_dates_stay_and_that_is_told_once),
	};

	return RUN_ENGINE_TESTS(tests);
}

/* SPDX-License-Identifier: MIT */
/*
 * Time zones. The instants are those of the zones' laws, as Python's zoneinfo gives them too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "io/zone.h"

static struct datetime at(const char *text)
{
	enum datetime_zone zone;
	struct datetime d;

	assert_true(datetime_parse_iso(str_from(text), &d, &zone));
	return d;
}

static void expect_moment(struct datetime got, const char *wanted)
{
	char text[DATETIME_TEXT_SIZE];
	struct str s = datetime_format_iso(got, text);

	/* without the Z: what is expected may be a wall clock */
	if (!str_eq(str_sub(s, 0, s.n - 1), str_from(wanted)))
		fail_msg("%.*s instead of %s", STR_ARG(s), wanted);
}

struct pair {
	const char *zone, *utc, *local;
};

static void check(const struct pair *p, bool there, bool back)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(zone_close) struct zone *z = NULL;
	struct err e;

	if (!zone_open(&z, &a, p->zone, &e))
		fail_msg("%s", e.msg);
	if (there)
		expect_moment(zone_to_local(z, at(p->utc)), p->local);
	if (back)
		expect_moment(zone_to_utc(z, at(p->local)), p->utc);
}

static void clocks_are_converted_both_ways(void **state)
{
	static const struct pair pairs[] = {
		{ "Etc/UTC", "2025-05-14T10:37:42", "2025-05-14T10:37:42" },
		{ "Europe/Berlin", "2025-01-15T12:00:00", "2025-01-15T13:00:00" },
		{ "Europe/Berlin", "2025-07-15T12:00:00", "2025-07-15T14:00:00" },
		{ "America/Los_Angeles", "2025-01-15T07:59:59", "2025-01-14T23:59:59" },
		{ "Asia/Kolkata", "2025-05-14T18:30:00", "2025-05-15T00:00:00" },
		{ "Asia/Kathmandu", "2025-05-14T18:15:00", "2025-05-15T00:00:00" },
		{ "Pacific/Auckland", "2025-12-31T11:00:00", "2026-01-01T00:00:00" },
		/* the last second before and the first after the change */
		{ "Europe/Berlin", "2025-03-30T00:59:59", "2025-03-30T01:59:59" },
		{ "Europe/Berlin", "2025-03-30T01:00:00", "2025-03-30T03:00:00" },
		{ "Europe/Berlin", "2025-10-26T01:59:59.5", "2025-10-26T02:59:59.5" },
		/* in the years of other laws */
		{ "Europe/Berlin", "1970-07-01T11:00:00", "1970-07-01T12:00:00" },
		{ "Europe/Berlin", "2100-07-01T10:00:00", "2100-07-01T12:00:00" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(pairs); i++)
		/* of 02:59:59.5 in October there are two */
		check(&pairs[i], true, i != 9);
}

static void a_time_that_comes_twice_is_the_first(void **state)
{
	static const struct pair pair = { "Europe/Berlin", "2025-10-26T00:30:00",
					  "2025-10-26T02:30:00" };

	(void)state;
	check(&pair, true, true);
}

static void a_day_whose_midnight_is_skipped_begins_with_its_first_instant(void **state)
{
	/* Brazil's clocks went from 00:00 to 01:00 on 4 November 2018 */
	static const struct pair skipped = { "America/Sao_Paulo", "2018-11-04T03:00:00",
					     "2018-11-04T00:00:00" };
	static const struct pair first = { "America/Sao_Paulo", "2018-11-04T03:00:00",
					   "2018-11-04T01:00:00" };

	(void)state;
	check(&skipped, false, true);
	check(&first, true, true);
}

static void the_calendar_is_not_left(void **state)
{
	static const struct pair first = { "America/Los_Angeles", "0001-01-01T00:00:00",
					   "0001-01-01T00:00:00" };
	static const struct pair last = { "Asia/Tokyo", "9999-12-31T20:00:00",
					  "9999-12-31T23:59:59.9999999" };

	(void)state;
	check(&first, true, false);
	check(&last, true, false);
}

static void an_unknown_zone_is_refused(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	static const char *const names[] = {
		"", "Nowhere/Atall", "92",
		("a name that is far too long for the name of any time "
		 "zone that there is")
	};
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct zone *z = NULL;

		assert_false(zone_open(&z, &a, names[i], &e));
		assert_null(z);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clocks_are_converted_both_ways),
		cmocka_unit_test(a_time_that_comes_twice_is_the_first),
		cmocka_unit_test(a_day_whose_midnight_is_skipped_begins_with_its_first_instant),
		cmocka_unit_test(the_calendar_is_not_left),
		cmocka_unit_test(an_unknown_zone_is_refused),
	};

	return cmocka_run_group_tests_name("zone", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * Dataverse's numbers of time zones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "io/zone.h"
#include "dv/zone_code.h"

/* facts/webapi.md 6: the time zones that everybody knows by their number */
static void well_known_numbers_are_known(void **state)
{
	(void)state;
	assert_string_equal(zone_code_name(ZONE_CODE_UTC), "Etc/UTC");
	assert_string_equal(zone_code_name(85), "Europe/London");
	assert_string_equal(zone_code_name(110), "Europe/Berlin");
	assert_string_equal(zone_code_name(4), "America/Los_Angeles");
	assert_string_equal(zone_code_name(35), "America/New_York");
	assert_null(zone_code_name(-1));
	assert_null(zone_code_name(13));
	assert_null(zone_code_name(INT64_MAX));
}

static void every_number_is_a_zone_that_can_be_opened(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	size_t n = 0;

	(void)state;
	for (int64_t code = 0; code < 1000; code++) {
		DEFER(zone_close) struct zone *z = NULL;
		const char *name = zone_code_name(code);
		struct err e;

		if (!name)
			continue;
		if (!zone_open(&z, &a, name, &e))
			fail_msg("%s", e.msg);
		n++;
	}
	assert_int_equal(n, 133); /* rows of the documentation's table */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(well_known_numbers_are_known),
		cmocka_unit_test(every_number_is_a_zone_that_can_be_opened),
	};

	return cmocka_run_group_tests_name("zone_code", tests, NULL, NULL);
}

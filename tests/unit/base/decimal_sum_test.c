/* SPDX-License-Identifier: MIT */
/*
 * Exact sums; the expected values are those of Python's decimal module.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/decimal_sum.h"

static void expect(const struct decimal_sum *sum, int64_t divisor, unsigned scale, bool cut,
		   const char *text)
{
	char out[DECIMAL_SUM_SIZE];
	struct str got = decimal_sum_text(sum, divisor, scale, cut, out);

	if (!str_eq(got, str_from(text)))
		fail_msg("%.*s instead of %s", STR_ARG(got), text);
}

static void add(struct decimal_sum *sum, const char *text)
{
	assert_true(decimal_sum_add(sum, str_from(text)));
}

static void sums_are_exact(void **state)
{
	struct decimal_sum sum = { 0 };

	(void)state;
	expect(&sum, 1, 0, false, "0");
	expect(&sum, 1, 2, false, "0.00");
	add(&sum, "0.1");
	add(&sum, "0.2");
	expect(&sum, 1, sum.scale, false, "0.3");
	add(&sum, "922337203685477.5807");
	add(&sum, "922337203685477.5807");
	expect(&sum, 1, sum.scale, false, "1844674407370955.4614");
	add(&sum, "-1844674407370956.0000000001");
	expect(&sum, 1, sum.scale, false, "-0.5386000001");
	expect(&sum, 1, 9, false, "-0.538600000");
	expect(&sum, 1, 0, false, "-1");
	expect(&sum, 1, 0, true, "0");
	assert_int_equal(sum.n, 5);
}

static void borrows_go_through_many_digits(void **state)
{
	struct decimal_sum sum = { 0 };

	(void)state;
	add(&sum, "1000000000000000000000000000000");
	add(&sum, "-0.000000000000000000000000000001");
	expect(&sum, 1, 30, false, "999999999999999999999999999999.999999999999999999999999999999");
	expect(&sum, 1, 3, false, "1000000000000000000000000000000.000");
	expect(&sum, 1, 3, true, "999999999999999999999999999999.999");
}

static void averages_are_rounded_half_away_from_zero(void **state)
{
	struct decimal_sum sum = { 0 };

	(void)state;
	add(&sum, "1199.51");
	expect(&sum, 3, 9, false, "399.836666667");
	expect(&sum, 8, 3, false, "149.939");
	expect(&sum, 8, 2, true, "149.93");
	add(&sum, "-2399.02");
	expect(&sum, 3, 9, false, "-399.836666667");
	expect(&sum, 2, 2, false, "-599.76");
	expect(&sum, 2, 0, true, "-599");
}

static void what_is_no_number_is_not_added(void **state)
{
	static const char *const wrong[] = {
		"", "-", ".5", "1e3", "1.2.3", "0x1", "1 ", "+1", "a"
	};
	struct decimal_sum sum = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		if (decimal_sum_add(&sum, str_from(wrong[i])))
			fail_msg("\"%s\" was added", wrong[i]);
	}
	assert_int_equal(sum.n, 0);
	expect(&sum, 1, 0, false, "0");
}

static void milliards_of_additions_would_fit(void **state)
{
	struct decimal_sum sum = { 0 };

	(void)state;
	for (int i = 0; i < 50000; i++)
		add(&sum, "999999999999999999999.9999999999");
	expect(&sum, 1, 10, false, "49999999999999999999999999.9999950000");
	expect(&sum, 50000, 10, false, "999999999999999999999.9999999999");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_are_exact),
		cmocka_unit_test(borrows_go_through_many_digits),
		cmocka_unit_test(averages_are_rounded_half_away_from_zero),
		cmocka_unit_test(what_is_no_number_is_not_added),
		cmocka_unit_test(milliards_of_additions_would_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

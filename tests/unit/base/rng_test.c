/* SPDX-License-Identifier: MIT */
/*
 * Random numbers. Expected values: the published algorithms (splitmix64, xoshiro256**) written again
 * in Python.
 */
#include "base/rng.h"

#include "expect.h"

static void a_seed_gives_the_published_numbers(void **state)
{
	struct rng r = rng_from_seed(0);

	(void)state;
	assert_true(rng_next(&r) == UINT64_C(0x99ec5f36cb75f2b4));
	assert_true(rng_next(&r) == UINT64_C(0xbf6e1f784956452a));
	assert_true(rng_next(&r) == UINT64_C(0x1a5f849d4933e6e0));
	r = rng_from_seed(42);
	assert_true(rng_next(&r) == UINT64_C(0x15780b2e0c2ec716));
	for (int i = 2; i < 1000; i++)
		rng_next(&r);
	assert_true(rng_next(&r) == UINT64_C(0x8de5848c61ab8968));
}

static void filled_bytes_are_the_numbers_lowest_byte_first(void **state)
{
	static const unsigned char want[10] = { 0xb4, 0xf2, 0x75, 0xcb, 0x36,
						0x5f, 0xec, 0x99, 0x2a, 0x45 };
	struct rng r = rng_from_seed(0);
	unsigned char got[11] = { 0 };

	(void)state;
	rng_fill(&r, got, 10);
	assert_memory_equal(got, want, 10);
	assert_int_equal(got[10], 0);
}

static void the_system_never_gives_the_same_twice(void **state)
{
	struct rng a = rng_from_system();
	struct rng b = rng_from_system();

	(void)state;
	assert_memory_not_equal(&a, &b, sizeof(a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_seed_gives_the_published_numbers),
		cmocka_unit_test(filled_bytes_are_the_numbers_lowest_byte_first),
		cmocka_unit_test(the_system_never_gives_the_same_twice),
	};

	return cmocka_run_group_tests_name("rng", tests, NULL, NULL);
}

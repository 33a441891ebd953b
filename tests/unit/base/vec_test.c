/* SPDX-License-Identifier: MIT */
/*
 * Growing arrays.
 */
#include "base/vec.h"

#include "expect.h"

struct pair {
	uint32_t number;
	char letter;
};

static void pushing_keeps_every_element_in_order(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	VEC(struct pair) v = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 10000; i++)
		*VEC_PUSH(&a, &v) = (struct pair){ i, 'x' };
	assert_int_equal(v.n, 10000);
	for (uint32_t i = 0; i < 10000; i++) {
		assert_int_equal(v.p[i].number, i);
		assert_int_equal(v.p[i].letter, 'x');
	}
}

static void a_new_element_is_zeroed_even_over_an_old_one(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	VEC(uint64_t) v = { 0 };

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 100; i++) {
			uint64_t *p = VEC_PUSH(&a, &v);

			assert_int_equal(*p, 0);
			*p = UINT64_MAX;
		}
		v.n = 0;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pushing_keeps_every_element_in_order),
		cmocka_unit_test(a_new_element_is_zeroed_even_over_an_old_one),
	};

	return cmocka_run_group_tests_name("vec", tests, NULL, NULL);
}

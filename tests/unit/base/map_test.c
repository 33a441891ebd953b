/* SPDX-License-Identifier: MIT */
/*
 * From keys to indexes, and the hash that may be stored. Expected hashes: CPython 3.11, whose hash of
 * bytes is SipHash-1-3 too, with PYTHONHASHSEED=0.
 */
#include "base/map.h"

#include "expect.h"

static void what_was_put_is_found_and_nothing_else(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct map m = map_make(&a);
	uint32_t index = 77;

	(void)state;
	assert_false(map_get(&m, S("none"), &index));
	for (uint32_t i = 0; i < 20000; i++) {
		uint32_t value = i;

		assert_true(map_put(&m, str_fmt(&a, "key%u", i), &value));
		assert_int_equal(value, i);
	}
	for (uint32_t i = 0; i < 20000; i++) {
		assert_true(map_get(&m, str_fmt(&a, "key%u", i), &index));
		assert_int_equal(index, i);
	}
	index = 77;
	assert_false(map_get(&m, S("key20000"), &index));
	assert_false(map_get(&m, S("key"), &index));
	assert_false(map_get(&m, S(""), &index));
	assert_int_equal(index, 77);
	assert_int_equal(m.n, 20000);
}

static void a_second_put_keeps_and_tells_the_first_index(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct map m = map_make(&a);
	uint32_t index = 1;

	(void)state;
	assert_true(map_put(&m, S("queue"), &index));
	index = 2;
	assert_false(map_put(&m, S("queue"), &index));
	assert_int_equal(index, 1);
	assert_int_equal(m.n, 1);
}

static void keys_may_be_empty_or_hold_any_byte(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct map m = map_make(&a);
	uint32_t index;

	(void)state;
	index = 1;
	assert_true(map_put(&m, str_of(NULL, 0), &index));
	index = 2;
	assert_true(map_put(&m, str_of("\0", 1), &index));
	index = 3;
	assert_true(map_put(&m, str_of("\0\0", 2), &index));
	assert_true(map_get(&m, S(""), &index));
	assert_int_equal(index, 1);
	assert_true(map_get(&m, str_of("\0\0", 2), &index));
	assert_int_equal(index, 3);
}

static void hashes_are_those_of_another_implementation(void **state)
{
	char bytes[16];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)i;
	assert_true(hash_bytes(S("a")) == UINT64_C(0x407448d2b89b1813));
	assert_true(hash_bytes(S("contact")) == UINT64_C(0x414d047e665c7112));
	assert_true(hash_bytes(S("1234567")) == UINT64_C(0xa33d651594fdae81));
	assert_true(hash_bytes(S("12345678")) == UINT64_C(0x3489982430560a87));
	assert_true(hash_bytes(str_of(bytes, 16)) == UINT64_C(0x8972188433a5c5b7));
#define FOX "the quick brown fox jumps over the lazy dog"
	assert_true(hash_bytes(S(FOX FOX FOX)) == UINT64_C(0xb790ea4dec30c6d5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_put_is_found_and_nothing_else),
		cmocka_unit_test(a_second_put_keeps_and_tells_the_first_index),
		cmocka_unit_test(keys_may_be_empty_or_hold_any_byte),
		cmocka_unit_test(hashes_are_those_of_another_implementation),
	};

	return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}

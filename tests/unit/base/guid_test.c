/* SPDX-License-Identifier: MIT */
/*
 * GUIDs as people, files and SQL Server write and order them. The order's expected values come from
 * .NET's System.Data.SqlTypes.SqlGuid.
 */
#include "base/guid.h"

#include "expect.h"

static struct guid parsed(const char *text)
{
	struct guid g;

	assert_true(guid_parse(str_from(text), &g));
	return g;
}

static void any_case_and_one_pair_of_braces_are_read(void **state)
{
	static const uint8_t bytes[16] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
					   0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10 };
	static const char *const texts[] = { "01234567-89ab-cdef-fedc-ba9876543210",
					     "01234567-89AB-CDEF-FEDC-BA9876543210",
					     "{01234567-89ab-CDEF-fedc-ba9876543210}" };
	char out[GUID_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct guid g = parsed(texts[i]);

		assert_memory_equal(g.b, bytes, 16);
		expect_str(guid_format(g, out), texts[0]);
		assert_int_equal(strlen(out), 36);
	}
}

static void what_is_not_a_guid_is_refused_and_changes_nothing(void **state)
{
	static const char *const texts[] = {
		"",
		"{}",
		"01234567-89ab-cdef-fedc-ba987654321",
		"01234567-89ab-cdef-fedc-ba98765432100",
		"01234567-89ab-cdef-fedc-ba987654321g",
		"0123456789abcdeffedcba9876543210",
		"{01234567-89ab-cdef-fedc-ba9876543210",
		"01234567-89ab-cdef-fedc-ba9876543210}",
		"{{1234567-89ab-cdef-fedc-ba9876543210}}",
		"(01234567-89ab-cdef-fedc-ba9876543210)",
		" 01234567-89ab-cdef-fedc-ba9876543210",
		"01234567-89ab-cdef-fedc_ba9876543210",
		"012345678-9ab-cdef-fedc-ba9876543210",
	};
	struct guid g = { { 1, 2, 3 } };
	struct guid before = g;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_false(guid_parse(str_from(texts[i]), &g));
	assert_true(guid_eq(g, before));
}

static void only_zeros_are_null(void **state)
{
	(void)state;
	assert_true(guid_is_null(parsed("00000000-0000-0000-0000-000000000000")));
	assert_false(guid_is_null(parsed("00000000-0000-0000-0000-000000000001")));
}

static void rows_come_in_the_order_of_sql_server(void **state)
{
	/* each pair as SqlGuid.CompareTo orders it */
	static const struct {
		const char *a, *b;
		int order;
	} cases[] = {
		{ "d05e5931-88f0-b349-fa39-9780e5c3dc17", "d05e3d31-39f0-b349-fa39-9780e5c3dc17",
		  1 },
		{ "35ad59a9-86d8-9323-e68c-15fdd86fe907", "35ad59a9-860b-9323-e68c-15fdd86fd507",
		  1 },
		{ "57ef199b-e605-0a5f-0823-2d76658e30d7", "57ef199b-e6db-755f-0823-2d76658e30d7",
		  -1 },
		{ "6dccb665-9a23-76a7-d9d4-4a42d07dce8f", "6dccb618-9a23-76a7-d9d4-0b42d07dce8f",
		  1 },
	};
	/* the classic demonstration: one byte set, smallest first */
	static const char *const ascending[] = {
		"01000000-0000-0000-0000-000000000000", "00010000-0000-0000-0000-000000000000",
		"00000100-0000-0000-0000-000000000000", "00000001-0000-0000-0000-000000000000",
		"00000000-0100-0000-0000-000000000000", "00000000-0001-0000-0000-000000000000",
		"00000000-0000-0100-0000-000000000000", "00000000-0000-0001-0000-000000000000",
		"00000000-0000-0000-0001-000000000000", "00000000-0000-0000-0100-000000000000",
		"00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000100",
		"00000000-0000-0000-0000-000000010000", "00000000-0000-0000-0000-000001000000",
		"00000000-0000-0000-0000-000100000000", "00000000-0000-0000-0000-010000000000",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int order = guid_cmp_sql(parsed(cases[i].a), parsed(cases[i].b));

		assert_int_equal((order > 0) - (order < 0), cases[i].order);
	}
	for (size_t i = 0; i + 1 < COUNT_OF(ascending); i++)
		assert_true(guid_cmp_sql(parsed(ascending[i]), parsed(ascending[i + 1])) < 0);
	assert_int_equal(guid_cmp_sql(parsed(ascending[3]), parsed(ascending[3])), 0);
}

static void the_sort_key_can_be_undone(void **state)
{
	struct guid g = parsed("00010203-0405-0607-0809-0a0b0c0d0e0f");
	static const uint8_t key[16] = { 10, 11, 12, 13, 14, 15, 8, 9, 7, 6, 5, 4, 3, 2, 1, 0 };

	(void)state;
	assert_memory_equal(guid_sql_key(g).b, key, 16);
	assert_true(guid_eq(guid_from_sql_key(guid_sql_key(g)), g));
}

static void a_random_guid_is_of_version_4_and_repeatable(void **state)
{
	struct rng r = rng_from_seed(5);
	struct rng again = rng_from_seed(5);

	(void)state;
	for (int i = 0; i < 100; i++) {
		struct guid g = guid_random(&r);

		assert_int_equal(g.b[6] >> 4, 4);
		assert_int_equal(g.b[8] >> 6, 2);
		assert_true(guid_eq(g, guid_random(&again)));
	}
}

#define G1 "11111111-1111-1111-1111-111111111111"
#define G2 "abcdefab-2222-2222-2222-ABCDEFABCDEF"

static void guids_are_found_in_text_and_nowhere_else(void **state)
{
	struct str text = S("id={" G1 "},x" G2 "/" G1 "0 -" G1 " " G1 "-\n" G2 "," G1);
	static const size_t want[] = { 4, 43, 194, 231 };
	size_t pos = 0;
	size_t at = 0;
	struct guid g;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(want); i++) {
		assert_true(guid_scan(text, &pos, &at, &g));
		assert_int_equal(at, want[i]);
		assert_int_equal(pos, at + 36);
		assert_true(guid_eq(g, parsed(i % 3 == 0 ? G1 : G2)));
	}
	assert_false(guid_scan(text, &pos, &at, &g));
	assert_int_equal(pos, text.n);
	assert_int_equal(at, 231);
}

static void a_search_does_not_begin_inside_a_longer_number(void **state)
{
	struct str text = S("0" G1);
	size_t pos = 1;
	size_t at = 99;
	struct guid g;

	(void)state;
	assert_false(guid_scan(text, &pos, &at, &g));
	assert_int_equal(pos, 1);
	assert_int_equal(at, 99);
	pos = 0;
	assert_false(guid_scan(S(""), &pos, &at, &g));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_case_and_one_pair_of_braces_are_read),
		cmocka_unit_test(what_is_not_a_guid_is_refused_and_changes_nothing),
		cmocka_unit_test(only_zeros_are_null),
		cmocka_unit_test(rows_come_in_the_order_of_sql_server),
		cmocka_unit_test(the_sort_key_can_be_undone),
		cmocka_unit_test(a_random_guid_is_of_version_4_and_repeatable),
		cmocka_unit_test(guids_are_found_in_text_and_nowhere_else),
		cmocka_unit_test(a_search_does_not_begin_inside_a_longer_number),
	};

	return cmocka_run_group_tests_name("guid", tests, NULL, NULL);
}

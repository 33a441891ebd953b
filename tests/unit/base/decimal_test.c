/* SPDX-License-Identifier: MIT */
/*
 * Exact decimals and the text of doubles. The doubles' texts are what .NET 10 prints for
 * ToString("R", InvariantCulture), but for two: there .NET prints a text that reads back as another
 * number, and Python's repr is the reference.
 */
#include "base/decimal.h"

#include <math.h>

#include "expect.h"

static void numbers_come_in_their_normal_form(void **state)
{
	static const char *const cases[][2] = {
		{ "0", "0" },
		{ "-0", "0" },
		{ "-0.00", "0.00" },
		{ "+5", "5" },
		{ "007", "7" },
		{ "-007.50", "-7.50" },
		{ ".5", "0.5" },
		{ "-.5", "-0.5" },
		{ "5.", "5" },
		{ "1.0000000000", "1.0000000000" },
		{ "1e3", "1000" },
		{ "1.5E3", "1500" },
		{ "1.5e1", "15" },
		{ "1.50e1", "15.0" },
		{ "1.2345e2", "123.45" },
		{ "12e-3", "0.012" },
		{ "-12e-1", "-1.2" },
		{ "0e5", "0" },
		{ "0e-3", "0.000" },
		{ "0.00e1", "0.0" },
		{ "00012.30", "12.30" },
		{ "0.001e3", "1" },
		{ "0.001e2", "0.1" },
		{ "1e+2", "100" },
		{ "79228162514264337593543950335", "79228162514264337593543950335" },
		{ "0e999999999999999999999999", "0" },
	};
	DEFER(arena_release) struct arena a = arena_make(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct str out;

		assert_true(decimal_parse(&a, str_from(cases[i][0]), &out));
		expect_str(out, cases[i][1]);
	}
}

static void what_is_no_number_is_refused(void **state)
{
	static const char *const bad[] = { "",
					   ".",
					   "-",
					   "+",
					   "-.",
					   "e5",
					   "1e",
					   "1e+",
					   "1 ",
					   " 1",
					   "1,5",
					   "1.2.3",
					   "0x1",
					   "abc",
					   "--1",
					   "1e1.5",
					   "NaN",
					   "1e200",
					   "1e-200",
					   "1e99999999999999999999",
					   "1e-99999999999999999999" };
	DEFER(arena_release) struct arena a = arena_make(0);
	struct str out = S("untouched");

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(decimal_parse(&a, str_from(bad[i]), &out));
	expect_str(out, "untouched");
}

static void two_hundred_digits_are_the_most(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct str out;

	(void)state;
	assert_true(decimal_parse(&a, S("1e199"), &out));
	assert_int_equal(out.n, 200);
	assert_true(decimal_parse(&a, S("1e-199"), &out));
	assert_int_equal(out.n, 201);
	assert_true(decimal_parse(&a, str_fmt(&a, "%05000d", 7), &out));
	expect_str(out, "7");
}

static void order_is_by_value_not_by_text(void **state)
{
	static const char *const ascending[] = { "-10.5", "-10", "-9.99", "-0.01", "0",    "0.001",
						 "0.01",  "1",   "1.001", "9",     "10.5", "100" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ascending); i++) {
		for (size_t k = 0; k < COUNT_OF(ascending); k++) {
			int order = decimal_cmp(str_from(ascending[i]), str_from(ascending[k]));

			assert_int_equal((order > 0) - (order < 0), (i > k) - (i < k));
		}
	}
	assert_int_equal(decimal_cmp(S("1.0"), S("1.00")), 0);
	assert_int_equal(decimal_cmp(S("1"), S("1.000")), 0);
	assert_int_equal(decimal_cmp(S("0.00"), S("0")), 0);
	assert_int_equal(decimal_cmp(S("-1.10"), S("-1.1")), 0);
}

static void halves_are_rounded_away_from_zero(void **state)
{
	static const struct {
		const char *d;
		unsigned scale;
		const char *want;
	} cases[] = {
		{ "1.25", 1, "1.3" },      { "1.24", 1, "1.2" },      { "-1.25", 1, "-1.3" },
		{ "1.5", 0, "2" },         { "2.5", 0, "3" },         { "-2.5", 0, "-3" },
		{ "0.4", 0, "0" },         { "-0.4", 0, "0" },        { "-0.5", 0, "-1" },
		{ "-0.04", 1, "0.0" },     { "9.99", 1, "10.0" },     { "99.5", 0, "100" },
		{ "-99.95", 1, "-100.0" }, { "0.999", 2, "1.00" },    { "1.2", 5, "1.2" },
		{ "12", 0, "12" },         { "1.2499999", 1, "1.2" }, { "199.99", 0, "200" },
	};
	DEFER(arena_release) struct arena a = arena_make(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		expect_str(decimal_round(&a, str_from(cases[i].d), cases[i].scale), cases[i].want);
}

static void scale_is_padded_rounded_and_stripped(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);

	(void)state;
	expect_str(decimal_rescale(&a, S("1"), 4), "1.0000");
	expect_str(decimal_rescale(&a, S("11.5"), 10), "11.5000000000");
	expect_str(decimal_rescale(&a, S("-1.005"), 2), "-1.01");
	expect_str(decimal_rescale(&a, S("5"), 0), "5");
	expect_str(decimal_strip(&a, S("1.500")), "1.5");
	expect_str(decimal_strip(&a, S("100.00")), "100");
	expect_str(decimal_strip(&a, S("100")), "100");
	expect_str(decimal_strip(&a, S("0.00")), "0");
	assert_int_equal(decimal_scale(S("1.500")), 3);
	assert_int_equal(decimal_scale(S("15")), 0);
}

static const struct {
	double v;
	const char *text;
} doubles[] = {
	{ 0.0, "0" },
	{ -0.0, "-0" },
	{ 1000, "1000" },
	{ 1789.4, "1789.4" },
	{ 1.125, "1.125" },
	{ -1, "-1" },
	{ 0.1 + 0.2, "0.30000000000000004" },
	{ 1e14, "100000000000000" },
	{ 1e15, "1000000000000000" },
	{ 1e16, "10000000000000000" },
	{ 1e17, "1E+17" },
	{ 999999999999999, "999999999999999" },
	{ 9999999999999998, "9999999999999998" },
	{ 123456789012345680, "1.2345678901234568E+17" },
	{ 1e20, "1E+20" },
	{ 1e21, "1E+21" },
	{ 1e22, "1E+22" },
	{ 1e23, "1E+23" },
	{ 0.01, "0.01" },
	{ 0.0001, "0.0001" },
	{ 0.00001, "1E-05" },
	{ -0.00001, "-1E-05" },
	{ 0.00012345, "0.00012345" },
	{ 0.000012345, "1.2345E-05" },
	{ 9.99e-5, "9.99E-05" },
	{ 1e-100, "1E-100" },
	{ 5e-324, "5E-324" },
	{ 2.2250738585072014e-308, "2.2250738585072014E-308" },
	{ 1.7976931348623157e308, "1.7976931348623157E+308" },
	{ -1.7976931348623157e308, "-1.7976931348623157E+308" },
	{ 3.141592653589793, "3.141592653589793" },
	{ 123456.789, "123456.789" },
	{ 9007199254740993.0, "9007199254740992" },
	/* powers of two, where the nearest short text lies in the narrower gap below */
	{ 0x1p-1017, "7.120236347223045E-307" },
	{ 0x1p-1007, "7.291122019556398E-304" },
	/* here .NET's text is another number */
	{ 0x1p-25, "2.9802322387695312E-08" },
	{ 0x1p-958, "4.1045368012983762E-289" },
};

static void doubles_are_written_as_dotnet_does(void **state)
{
	char out[DOUBLE_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(doubles); i++) {
		struct str s = double_format(doubles[i].v, out);

		expect_str(s, doubles[i].text);
		assert_int_equal(out[s.n], '\0');
	}
	expect_str(double_format((double)NAN, out), "NaN");
	expect_str(double_format((double)INFINITY, out), "Infinity");
	expect_str(double_format(-(double)INFINITY, out), "-Infinity");
}

static void every_double_reads_back_as_itself(void **state)
{
	char out[DOUBLE_TEXT_SIZE];
	uint64_t bits = 1;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		double v, back = 0;

		bits = bits * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		memcpy(&v, &bits, sizeof(v));
		if (!isfinite(v))
			continue;
		assert_true(str_parse_double(double_format(v, out), &back));
		assert_memory_equal(&back, &v, sizeof(v));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_come_in_their_normal_form),
		cmocka_unit_test(what_is_no_number_is_refused),
		cmocka_unit_test(two_hundred_digits_are_the_most),
		cmocka_unit_test(order_is_by_value_not_by_text),
		cmocka_unit_test(halves_are_rounded_away_from_zero),
		cmocka_unit_test(scale_is_padded_rounded_and_stripped),
		cmocka_unit_test(doubles_are_written_as_dotnet_does),
		cmocka_unit_test(every_double_reads_back_as_itself),
	};

	return cmocka_run_group_tests_name("decimal", tests, NULL, NULL);
}

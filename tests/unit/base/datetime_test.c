/* SPDX-License-Identifier: MIT */
/*
 * Moments and their text forms. Expected ticks and weekdays come from Python's datetime; texts from
 * facts/cmt-format.md 3.4 and from .NET.
 */
#include "base/datetime.h"

#include "expect.h"

static const struct {
	const char *text;
	int64_t ticks;
	int weekday;
} moments[] = {
	{ "0001-01-01T00:00:00", INT64_C(-621355968000000000), 1 },
	{ "1969-12-31T23:59:59", INT64_C(-10000000), 3 },
	{ "1978-02-12T00:00:00", INT64_C(2560896000000000), 0 },
	{ "2000-02-29T12:00:00", INT64_C(9518256000000000), 2 },
	{ "2019-04-04T19:22:50", INT64_C(15544057700000000), 4 },
	{ "2022-12-02T22:00:00", INT64_C(16700184000000000), 5 },
	{ "2023-04-07T21:59:01", INT64_C(16809047410000000), 5 },
	{ "9999-12-31T23:59:59", INT64_C(2534023007990000000), 5 },
};

static int64_t parsed(const char *text)
{
	struct datetime d = { -1 };
	enum datetime_zone zone;

	assert_true(datetime_parse_iso(str_from(text), &d, &zone));
	return d.ticks;
}

static void moments_have_the_ticks_and_weekdays_of_the_calendar(void **state)
{
	char out[DATETIME_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(moments); i++) {
		struct datetime d = { moments[i].ticks };
		struct str o = datetime_format_o(d, false, out);

		assert_true(parsed(moments[i].text) == d.ticks);
		assert_int_equal(datetime_weekday(d), moments[i].weekday);
		expect_str(str_sub(o, 0, 19), moments[i].text);
		expect_str(str_skip(o, 19), ".0000000");
	}
}

static void every_day_of_the_calendar_survives_there_and_back(void **state)
{
	struct datetime first = { INT64_C(-621355968000000000) };

	(void)state;
	for (int64_t day = 0; day < 3652059; day += 13) {
		struct datetime d = { first.ticks + day * DATETIME_DAY + DATETIME_DAY - 1 };
		struct datetime back = { 0 };

		assert_true(datetime_from_civil(datetime_to_civil(d), &back));
		assert_true(back.ticks == d.ticks);
	}
}

static void days_that_do_not_exist_are_refused(void **state)
{
	static const struct civil bad[] = {
		{ 0, 1, 1, 0, 0, 0, 0 },     { 10000, 1, 1, 0, 0, 0, 0 },
		{ 2023, 0, 1, 0, 0, 0, 0 },  { 2023, 13, 1, 0, 0, 0, 0 },
		{ 2023, 2, 29, 0, 0, 0, 0 }, { 1900, 2, 29, 0, 0, 0, 0 },
		{ 2023, 4, 31, 0, 0, 0, 0 }, { 2023, 1, 0, 0, 0, 0, 0 },
		{ 2023, 1, 1, 24, 0, 0, 0 }, { 2023, 1, 1, 0, 60, 0, 0 },
		{ 2023, 1, 1, 0, 0, 60, 0 }, { 2023, 1, 1, 0, 0, 0, 10000000 },
		{ 2023, 1, 1, -1, 0, 0, 0 }, { 2023, 1, 1, 0, 0, 0, -1 },
		{ -1, 1, 1, 0, 0, 0, 0 },    { 2023, 1, 1, 0, -1, 0, 0 },
	};
	struct datetime d = { 5 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(datetime_from_civil(bad[i], &d));
	assert_int_equal(d.ticks, 5);
	assert_true(datetime_from_civil((struct civil){ 2000, 2, 29, 23, 59, 59, 9999999 }, &d));
}

static void iso_dates_tell_their_zone(void **state)
{
	static const struct {
		const char *text, *same;
		enum datetime_zone zone;
	} cases[] = {
		{ "2023-04-07", "2023-04-07T00:00:00", DATETIME_NO_ZONE },
		{ "2023-04-07 21:59", "2023-04-07T21:59:00", DATETIME_NO_ZONE },
		{ "2023-04-07T21:59:01Z", "2023-04-07T21:59:01", DATETIME_UTC },
		{ "2023-04-07T21:59Z", "2023-04-07T21:59:00", DATETIME_UTC },
		{ "2023-04-07T21:59:01+02:00", "2023-04-07T19:59:01", DATETIME_OFFSET },
		{ "2023-04-07T21:59:01.5-05:30", "2023-04-08T03:29:01.5", DATETIME_OFFSET },
		{ "2023-04-07T21:59:01+00:00", "2023-04-07T21:59:01", DATETIME_OFFSET },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct datetime d;
		enum datetime_zone zone;

		assert_true(datetime_parse_iso(str_from(cases[i].text), &d, &zone));
		assert_int_equal(zone, cases[i].zone);
		assert_true(d.ticks == parsed(cases[i].same));
	}
}

static void fractions_are_ticks_rounded_down(void **state)
{
	int64_t second = parsed("2023-04-07T21:59:01");

	(void)state;
	assert_int_equal(parsed("2023-04-07T21:59:01.1") - second, 1000000);
	assert_int_equal(parsed("2023-04-07T21:59:01.0000001") - second, 1);
	assert_int_equal(parsed("2023-04-07T21:59:01.123456789") - second, 1234567);
	assert_int_equal(parsed("2023-04-07T21:59:01.999999999") - second, 9999999);
	assert_int_equal(parsed("2023-04-07T21:59:01.00000009Z") - second, 0);
}

static void other_iso_texts_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"2023",
		"2023-04",
		"23-04-07",
		"2023-4-7",
		"2023-04-07T",
		"2023-04-07Z",
		"2023-04-07T21",
		"2023-04-07T2:59",
		"2023-04-07T21:59:",
		"2023-04-07T21:59:01.",
		"2023-04-07T21:59:01.1234567890",
		"2023-04-07T21:59.5",
		"2023-04-07T21:59:01z",
		"2023-04-07T21:59:01ZZ",
		"2023-04-07T21:59:01 Z",
		"2023-04-07T21:59:01+2:00",
		"2023-04-07T21:59:01+0200",
		"2023-04-07T21:59:01+24:00",
		"2023-04-07T21:59:01+02:60",
		"2023-04-07T21:59:01+02:00x",
		"2023-02-29",
		"2023-04-07T24:00:00",
		"2023-04-07T21:59:60",
		" 2023-04-07",
		"2023-04-07 ",
		"2023/04/07",
		"+2023-04-07",
		"0000-01-01",
		"0001-01-01T00:00:00+00:01",
		"9999-12-31T23:59:59-00:01",
	};
	struct datetime d = { 5 };
	enum datetime_zone zone = DATETIME_UTC;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(datetime_parse_iso(str_from(bad[i]), &d, &zone));
	assert_int_equal(d.ticks, 5);
	assert_int_equal(zone, DATETIME_UTC);
}

static void the_old_form_of_dates_is_read(void **state)
{
	static const struct {
		const char *text, *same;
	} cases[] = {
		{ "4/4/2019 7:22:50 PM", "2019-04-04T19:22:50" },
		{ "4/4/2019 6:00:00 AM", "2019-04-04T06:00:00" },
		{ "12/31/2019 12:00:00 AM", "2019-12-31T00:00:00" },
		{ "12/31/2019 12:00:00 PM", "2019-12-31T12:00:00" },
		{ "04/04/2019 07:22:50 PM", "2019-04-04T19:22:50" },
		{ "2/29/2000", "2000-02-29T00:00:00" },
	};
	static const char *const bad[] = {
		"",
		"4/4/2019 ",
		"4/4/2019 0:00:00 AM",
		"4/4/2019 13:00:00 PM",
		"4/4/2019 7:22:50",
		"4/4/2019 7:22:50PM",
		"4/4/2019 7:22:50 PM ",
		"13/1/2019",
		"2/29/2019",
		"4-4-2019",
		"4/4/19",
		"4.4.2019",
		"4/4/2019 7:22:5 PM",
		"4/4/2019 7:22:50 XM",
		"2019/4/4",
	};
	struct datetime d = { 5 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(datetime_parse_us(str_from(bad[i]), &d));
	assert_int_equal(d.ticks, 5);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_true(datetime_parse_us(str_from(cases[i].text), &d));
		assert_true(d.ticks == parsed(cases[i].same));
	}
}

static void each_text_form_is_laid_out_as_its_readers_expect(void **state)
{
	struct datetime whole = { parsed("2022-12-02T22:00:00") };
	struct datetime part = { parsed("2022-12-02T22:00:00.0450000") };
	struct datetime early = { parsed("0033-04-03T15:00:00.9999999") };
	char out[DATETIME_TEXT_SIZE];

	(void)state;
	expect_str(datetime_format_o(whole, true, out), "2022-12-02T22:00:00.0000000Z");
	expect_str(datetime_format_o(early, false, out), "0033-04-03T15:00:00.9999999");
	expect_str(datetime_format_iso(whole, out), "2022-12-02T22:00:00Z");
	expect_str(datetime_format_iso(part, out), "2022-12-02T22:00:00.045Z");
	expect_str(datetime_format_iso(early, out), "0033-04-03T15:00:00.9999999Z");
	expect_str(datetime_format_date(part, out), "2022-12-02");
	assert_int_equal(strlen(out), 10);
}

static void adding_months_keeps_to_the_month_and_the_calendar(void **state)
{
	static const struct {
		const char *from;
		int months;
		const char *to;
	} cases[] = {
		{ "2023-01-31T10:00:00", 1, "2023-02-28T10:00:00" },
		{ "2024-01-31", 1, "2024-02-29" },
		{ "2024-02-29", 12, "2025-02-28" },
		{ "2024-03-31", -1, "2024-02-29" },
		{ "2023-12-15", 1, "2024-01-15" },
		{ "2024-01-15", -1, "2023-12-15" },
		{ "1970-01-01", -12, "1969-01-01" },
		{ "2024-01-15", 0, "2024-01-15" },
		{ "9999-06-15", 2147483647, "9999-12-15" },
		{ "0001-06-15", -2147483647, "0001-01-15" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct datetime d = { parsed(cases[i].from) };

		assert_true(datetime_add_months(d, cases[i].months).ticks == parsed(cases[i].to));
	}
}

static void nothing_is_beyond_the_calendar(void **state)
{
	struct datetime first = { parsed("0001-01-01") };
	struct datetime last = { parsed("9999-12-31T23:59:59.9999999") };
	struct datetime day = { parsed("2024-02-28") };

	(void)state;
	assert_true(datetime_add(day, DATETIME_DAY).ticks == parsed("2024-02-29"));
	assert_true(datetime_add(day, -2 * DATETIME_DAY).ticks == parsed("2024-02-26"));
	assert_true(datetime_add(day, INT64_MAX).ticks == last.ticks);
	assert_true(datetime_add(day, INT64_MIN).ticks == first.ticks);
	assert_true(datetime_add(last, 1).ticks == last.ticks);
	assert_true(datetime_add(first, -1).ticks == first.ticks);
}

static void the_clock_is_of_this_century(void **state)
{
	int year = datetime_to_civil(datetime_now()).year;

	(void)state;
	assert_in_range(year, 2024, 2099);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moments_have_the_ticks_and_weekdays_of_the_calendar),
		cmocka_unit_test(every_day_of_the_calendar_survives_there_and_back),
		cmocka_unit_test(days_that_do_not_exist_are_refused),
		cmocka_unit_test(iso_dates_tell_their_zone),
		cmocka_unit_test(fractions_are_ticks_rounded_down),
		cmocka_unit_test(other_iso_texts_are_refused),
		cmocka_unit_test(the_old_form_of_dates_is_read),
		cmocka_unit_test(each_text_form_is_laid_out_as_its_readers_expect),
		cmocka_unit_test(adding_months_keeps_to_the_month_and_the_calendar),
		cmocka_unit_test(nothing_is_beyond_the_calendar),
		cmocka_unit_test(the_clock_is_of_this_century),
	};

	return cmocka_run_group_tests_name("datetime", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * Calendars: the rules that come with one, and the actions that write them. Expected values come from the
 * documentation of the actions and from what was seen on the platform (facts/webapi.md 6).
 */
#include "served.h"

#include "org/behaviours.h"

#define CALENDAR "00000000-0000-4000-8000-0000000000c1"
#define OTHER "00000000-0000-4000-8000-0000000000c2"
#define HEAD "{\"CalendarId\":\"" CALENDAR "\",\"EntityLogicalName\":\"bookableresource\","
#define BERLIN HEAD "\"TimeZoneCode\":110,"
#define RULE(from, to, type)                                                                       \
	"{\"StartTime\":\"2021-06-16T" from ":00.000Z\",\"EndTime\":\"2021-06-16T" to              \
	":00.000Z\",\"Effort\":1,\"WorkHourType\":" type "}"
#define WEEKLY(days) ",\"RecurrencePattern\":\"FREQ=WEEKLY;INTERVAL=1;BYDAY=" days "\""
#define PARTS(rules, more) "\"RulesAndRecurrences\":[{\"Rules\":[" rules "]" more "}]}"

static int setup(void **state)
{
	if (served_setup(state) != 0)
		return -1;

	struct served *s = *state;

	expect_status(s,
		      ask(s, METHOD_POST, "calendars",
			  "{\"calendarid\":\"" CALENDAR "\",\"name\":\"Tim\"}"),
		      204);
	return 0;
}

/* {"<name>":"<text as a JSON string>"} */
static int act(struct served *s, const char *action, const char *name, const char *text)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	struct buf_sink sink = buf_sink_make(&b);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);

	json_object(&w);
	json_key(&w, str_from(name));
	json_str(&w, str_from(text));
	json_object_end(&w);
	served_must(s, json_writer_finish(&w, &s->e));
	return ask(s, METHOD_POST, action, str_cstr(&s->arena, buf_str(&b)));
}

static int save(struct served *s, const char *info)
{
	return act(s, "msdyn_SaveCalendar", "CalendarEventInfo", info);
}

/* The i-th id of the answer's InnerCalendarIds, which is an array inside a string. */
static const char *inner_id(struct served *s, size_t i)
{
	struct json ids;

	served_must(s, json_parse(&s->arena, json_text(answer_json(s), S("InnerCalendarIds")),
				  "ids", &ids, &s->e));
	assert_int_equal(ids.kind, JSON_ARRAY);
	assert_true(i < ids.n);
	return str_cstr(&s->arena, ids.items[i].text);
}

static const char *save_ok(struct served *s, const char *info)
{
	expect_status(s, save(s, info), 200);
	return inner_id(s, 0);
}

static const struct json *rules_of(struct served *s, const char *calendar)
{
	expect_status(s,
		      ask_str(s, METHOD_GET,
			      str_fmt(&s->arena, "calendars(%s)?$expand=calendar_calendar_rules",
				      calendar),
			      NULL),
		      200);
	return json_get(answer_json(s), S("calendar_calendar_rules"));
}

static int compare_texts(const void *x, const void *y)
{
	return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

/* The values of a property of all rules, sorted: rules come by their ids. */
static const char *joined_rules(struct served *s, const struct json *rules, const char *property)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	struct str texts[8];

	assert_true(rules->n <= COUNT_OF(texts));
	for (size_t i = 0; i < rules->n; i++) {
		const struct json *v = json_get(&rules->items[i], str_from(property));

		assert_non_null(v);
		texts[i] = v->kind == JSON_NULL ? S("-") : v->text;
		if (v->kind == JSON_BOOL)
			texts[i] = v->yes ? S("true") : S("false");
	}
	qsort(texts, rules->n, sizeof(texts[0]), compare_texts);
	for (size_t i = 0; i < rules->n; i++) {
		buf_add(&b, i > 0 ? S("|") : S(""));
		buf_add(&b, texts[i]);
	}
	return str_cstr(&s->arena, buf_str(&b));
}

static void expect_rule(struct served *s, const char *property, const char *wanted)
{
	assert_string_equal(joined_rules(s, rules_of(s, CALENDAR), property), wanted);
}

static void expect_plugin_error(struct served *s, int got, const char *text)
{
	expect_code(s, got, 400, "0x80040265");
	if (!answer_has(s, text))
		fail_msg("%s expected: %.*s", text, STR_ARG(s->answer.body));
}

static void one_day_is_a_rule_and_an_inner_calendar(void **state)
{
	struct served *s = *state;
	const char *inner = save_ok(s, BERLIN PARTS(RULE("08:00", "12:00", "0"), ""));
	const struct json *leaves;

	expect_rule(s, "pattern", "FREQ=DAILY;INTERVAL=1;COUNT=1");
	expect_rule(s, "rank", "0");
	expect_rule(s, "extentcode", "1");
	expect_rule(s, "starttime", "2021-06-16T00:00:00Z");
	expect_rule(s, "effectiveintervalend", "2021-06-17T00:00:00Z");
	expect_rule(s, "_innercalendarid_value", inner);
	expect_rule(s, "timezonecode", "110");
	leaves = rules_of(s, inner);
	assert_string_equal(joined_rules(s, leaves, "offset"), "480");
	assert_string_equal(joined_rules(s, leaves, "duration"), "240");
	assert_string_equal(joined_rules(s, leaves, "timecode"), "0");
	assert_string_equal(joined_rules(s, leaves, "subcode"), "1");
	assert_string_equal(joined_rules(s, leaves, "starttime"), "-");
	assert_true(
		str_eq(json_text(answer_json(s), S("_holidayschedulecalendarid_value")), S("")));
	assert_int_equal(json_int(answer_json(s), S("type"), 99), -1);
}

static void a_week_with_a_break_is_one_time_and_the_break_above_it(void **state)
{
	struct served *s = *state;
	const char *inner = save_ok(
		s, BERLIN PARTS(RULE("08:00", "12:00", "0") "," RULE(
					"12:00", "13:00", "1") "," RULE("13:00", "17:00", "0"),
				WEEKLY("WE,TH,FR")));
	const struct json *leaves;

	expect_rule(s, "pattern", "FREQ=WEEKLY;INTERVAL=1;BYDAY=WE,TH,FR");
	expect_rule(s, "rank", "2");
	expect_rule(s, "effectiveintervalend", "9999-12-30T00:00:00Z");
	expect_rule(s, "groupdesignator", "FC5769FC-4DE9-445D-8F4E-6E9869E60857");
	expect_rule(s, "isvaried", "false");
	leaves = rules_of(s, inner);
	assert_int_equal(leaves->n, 2);
	for (size_t i = 0; i < 2; i++) {
		bool pause = json_int(&leaves->items[i], S("timecode"), -1) == 2;

		assert_int_equal(json_int(&leaves->items[i], S("subcode"), -1), pause ? 4 : 1);
		assert_int_equal(json_int(&leaves->items[i], S("offset"), -1), pause ? 720 : 480);
		assert_int_equal(json_int(&leaves->items[i], S("duration"), -1), pause ? 60 : 540);
	}
}

static void time_off_tells_its_reason_in_the_inner_calendar(void **state)
{
	struct served *s = *state;
	const char *inner = save_ok(
		s, BERLIN "\"InnerCalendarDescription\":\"Family Vacation\","
			  "\"RulesAndRecurrences\":[{\"Rules\":[{\"StartTime\":"
			  "\"2021-06-15T00:00:00.000Z\",\"EndTime\":\"2021-06-17T00:00:00.000Z\","
			  "\"Effort\":1,\"WorkHourType\":3}]}]}");

	expect_rule(s, "extentcode", "2");
	expect_rule(s, "rank", "0");
	expect_rule(s, "duration", "2880");
	expect_rule(s, "effectiveintervalend", "2021-06-17T00:00:00Z");
	expect_rule(s, "description", "Time Off Rule");
	assert_string_equal(joined_rules(s, rules_of(s, inner), "subcode"), "6");
	assert_true(str_eq(json_text(answer_json(s), S("name")), S("Family Vacation")));
}

static void the_end_of_a_recurrence_is_the_day_before_until_eight(void **state)
{
	struct served *s = *state;

	save_ok(s, BERLIN "\"RecurrenceEndDate\":\"2021-07-15T08:00:00Z\"," PARTS(
			   RULE("08:00", "12:00", "0"), WEEKLY("MO")));
	expect_rule(s, "effectiveintervalend", "2021-07-15T00:00:00Z");
	save_ok(s, BERLIN "\"RecurrenceEndDate\":\"2021-07-15T23:59:59Z\"," PARTS(
			   RULE("08:00", "12:00", "0"), WEEKLY("TU")));
	expect_rule(s, "effectiveintervalend", "2021-07-15T00:00:00Z|2021-07-15T23:59:59Z");
}

static const char *with_inner(struct served *s, const char *before, const char *inner,
			      const char *after)
{
	return str_cstr(&s->arena, str_fmt(&s->arena, "%s%s%s", before, inner, after));
}

static void an_edit_keeps_the_id(void **state)
{
	struct served *s = *state;
	const char *inner = save_ok(s, BERLIN PARTS(RULE("08:00", "12:00", "0"), WEEKLY("MO,TU")));
	const char *edited = save_ok(
		s, with_inner(s,
			      BERLIN "\"IsEdit\":\"true\",\"RulesAndRecurrences\":[{"
				     "\"InnerCalendarId\":\"",
			      inner,
			      "\",\"Rules\":[" RULE("09:00", "13:00", "0") "]" WEEKLY("MO") "}]}"));

	assert_string_equal(edited, inner);
	expect_rule(s, "pattern", "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO");
	assert_string_equal(joined_rules(s, rules_of(s, inner), "offset"), "540");
}

static void this_and_following_ends_the_old_recurrence(void **state)
{
	struct served *s = *state;
	const char *inner = save_ok(s, BERLIN PARTS(RULE("08:00", "12:00", "0"), WEEKLY("WE")));
	const char *edited = save_ok(
		s, with_inner(s,
			      BERLIN "\"IsEdit\":true,\"RecurrenceSplit\":true,"
				     "\"RulesAndRecurrences\":[{\"InnerCalendarId\":\"",
			      inner,
			      "\",\"Rules\":[{\"StartTime\":\"2021-07-01T09:00:00Z\","
			      "\"EndTime\":\"2021-07-01T10:00:00Z\",\"WorkHourType\":0}]" WEEKLY(
				      "WE") "}]}"));

	assert_string_not_equal(edited, inner);
	expect_rule(s, "effectiveintervalend", "2021-07-01T00:00:00Z|9999-12-30T00:00:00Z");
	expect_rule(s, "starttime", "2021-06-16T00:00:00Z|2021-07-01T00:00:00Z");
}

static void one_day_with_the_id_of_a_recurrence_takes_its_place(void **state)
{
	struct served *s = *state;
	const char *inner = save_ok(s, BERLIN PARTS(RULE("08:00", "12:00", "0"), WEEKLY("WE")));
	const char *day =
		save_ok(s, with_inner(s, BERLIN "\"RulesAndRecurrences\":[{\"InnerCalendarId\":\"",
				      inner, "\",\"Rules\":[" RULE("13:00", "19:00", "0") "]}]}"));

	assert_string_equal(day, inner);
	expect_rule(s, "pattern", "FREQ=DAILY;INTERVAL=1;COUNT=1");
}

static void a_deletion_takes_the_rule_and_its_inner_calendar(void **state)
{
	struct served *s = *state;
	const char *inner = save_ok(s, BERLIN PARTS(RULE("08:00", "12:00", "0"), ""));

	expect_status(s,
		      act(s, "msdyn_DeleteCalendar", "CalendarEventInfo",
			  with_inner(s, HEAD "\"InnerCalendarId\":\"", inner, "\"}")),
		      200);
	assert_string_equal(inner_id(s, 0), inner);
	expect_rule(s, "rank", "");
	expect_code(s, ask_str(s, METHOD_GET, str_fmt(&s->arena, "calendars(%s)", inner), NULL),
		    404, "0x80040217");
}

static void closures_are_rules_of_the_calendar_of_the_organization(void **state)
{
	struct served *s = *state;
	const char *closures = NULL;
	const struct json *rules;

	expect_status(s,
		      ask(s, METHOD_POST, "msdyn_BusinessClosureSave",
			  "{\"Name\":\"Closed\",\"Start\":\"2021-06-22T22:00:00Z\","
			  "\"End\":\"2021-06-23T22:00:00Z\"}"),
		      204);
	save_ok(s,
		BERLIN "\"ObserveClosure\":true," PARTS(RULE("08:00", "12:00", "0"), WEEKLY("WE")));
	expect_rule(s, "rank", "1|2");
	rules = rules_of(s, CALENDAR);
	for (size_t i = 0; i < rules->n; i++) {
		if (json_int(&rules->items[i], S("rank"), 0) == 1)
			closures = str_cstr(&s->arena, json_text(&rules->items[i],
								 S("_innercalendarid_value")));
	}
	assert_non_null(closures);
	rules = rules_of(s, closures);
	assert_string_equal(joined_rules(s, rules, "name"), "Closed");
	assert_string_equal(joined_rules(s, rules, "duration"), "1440");
	assert_string_equal(joined_rules(s, rules, "timezonecode"), "-1");
	expect_status(s,
		      act(s, "msdyn_BusinessClosureDelete", "Ids",
			  joined_rules(s, rules, "calendarruleid")),
		      204);
	assert_int_equal(rules_of(s, closures)->n, 0);
}

/* "start+minutes timecode/subcode" of each event, in UTC hours of its day */
static const char *events(struct served *s, const char *from, const char *to)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	struct json calendars;
	const struct json *list;

	expect_status(
		s,
		act(s, "msdyn_LoadCalendars", "LoadCalendarsInput",
		    str_cstr(&s->arena,
			     str_fmt(&s->arena,
				     "{\"StartDate\":\"%s\",\"EndDate\":\"%s\",\"CalendarIds\":"
				     "[\"" CALENDAR "\"]}",
				     from, to))),
		200);
	served_must(s, json_parse(&s->arena, json_text(answer_json(s), S("CalendarEvents")),
				  "events", &calendars, &s->e));
	list = json_get(&calendars, S(CALENDAR));
	for (size_t i = 0; i < list->n; i++) {
		struct str start = str_skip(json_text(&list->items[i], S("Start")), 6);
		struct str end = str_skip(json_text(&list->items[i], S("End")), 6);
		int64_t x, y;

		assert_true(str_parse_i64(str_sub(start, 0, start.n - 2), &x));
		assert_true(str_parse_i64(str_sub(end, 0, end.n - 2), &y));
		buf_add_fmt(&b, "%s%d:%02d+%d %d/%d", i > 0 ? "|" : "", (int)(x / 3600000 % 24),
			    (int)(x / 60000 % 60), (int)((y - x) / 60000),
			    (int)json_int(&list->items[i], S("TimeCode"), -1),
			    (int)json_int(&list->items[i], S("SubCode"), -1));
	}
	return str_cstr(&s->arena, buf_str(&b));
}

#define WEDNESDAY "2021-06-16T00:00:00Z", "2021-06-17T00:00:00Z"
#define NEXT_WEDNESDAY "2021-06-23T00:00:00Z", "2021-06-24T00:00:00Z"

/* Berlin is two hours before UTC then. */
static void loaded_are_the_times_of_each_day_in_utc(void **state)
{
	struct served *s = *state;

	save_ok(s, BERLIN PARTS(RULE("08:00", "12:00", "0") "," RULE(
					"12:00", "13:00", "1") "," RULE("13:00", "17:00", "0"),
				WEEKLY("WE")));
	assert_string_equal(events(s, WEDNESDAY), "6:00+540 0/1|10:00+60 2/4");
	assert_string_equal(events(s, "2021-06-17T00:00:00Z", "2021-06-23T00:00:00Z"), "");
	/* not working cuts its own time */
	save_ok(s, BERLIN PARTS(RULE("15:00", "16:00", "2"), ""));
	assert_string_equal(events(s, WEDNESDAY),
			    "6:00+420 0/1|10:00+60 2/4|13:00+60 2/0|14:00+60 0/1");
	/* a working day alone counts instead of the week */
	save_ok(s, BERLIN PARTS(RULE("05:00", "06:00", "0"), ""));
	assert_string_equal(events(s, WEDNESDAY), "3:00+60 0/1|13:00+60 2/0");
	assert_string_equal(events(s, NEXT_WEDNESDAY), "6:00+540 0/1|10:00+60 2/4");
}

static void holidays_count_more_than_the_week_and_less_than_a_day(void **state)
{
	struct served *s = *state;

	save_ok(s,
		BERLIN "\"ObserveClosure\":true," PARTS(RULE("08:00", "12:00", "0"), WEEKLY("WE")));
	expect_status(s,
		      ask(s, METHOD_POST, "msdyn_BusinessClosureSave",
			  "{\"Name\":\"Closed\",\"Start\":\"2021-06-22T22:00:00Z\","
			  "\"End\":\"2021-06-23T22:00:00Z\"}"),
		      204);
	assert_string_equal(events(s, WEDNESDAY), "6:00+240 0/1");
	assert_string_equal(events(s, NEXT_WEDNESDAY), "22:00+1440 2/5");
	save_ok(s, BERLIN "\"RulesAndRecurrences\":[{\"Rules\":[{\"StartTime\":"
			  "\"2021-06-23T07:00:00Z\",\"EndTime\":\"2021-06-23T15:00:00Z\","
			  "\"WorkHourType\":0}]}]}");
	assert_string_equal(events(s, NEXT_WEDNESDAY), "5:00+480 0/1");
}

/* Example 4 of the documentation: the old rule before, its other days during, the old rule behind. */
static void a_recurrence_over_another_splits_it(void **state)
{
	struct served *s = *state;

	save_ok(s, BERLIN
		"\"UseV2\":true," PARTS(RULE("08:00", "17:00", "0"), WEEKLY("MO,TU,WE,TH,FR")));
	save_ok(s, BERLIN "\"UseV2\":true,\"RecurrenceEndDate\":\"2021-07-01T00:00:00Z\","
			  "\"RulesAndRecurrences\":[{\"Rules\":[{\"StartTime\":"
			  "\"2021-06-21T06:00:00Z\",\"EndTime\":\"2021-06-21T18:00:00Z\","
			  "\"WorkHourType\":0}]" WEEKLY("MO,TU,WE") "}]}");

	const struct json *rules = rules_of(s, CALENDAR);

	assert_int_equal(rules->n, 4);
	for (size_t i = 0; i < rules->n; i++) {
		const struct json *r = &rules->items[i];
		struct str days = str_skip(json_text(r, S("pattern")), 29);
		struct str start = str_sub(json_text(r, S("starttime")), 0, 10);
		struct str end = str_sub(json_text(r, S("effectiveintervalend")), 0, 10);

		if (str_eq(start, S("2021-06-16"))) {
			assert_true(str_eq(days, S("MO,TU,WE,TH,FR")));
			assert_true(str_eq(end, S("2021-06-21")));
		} else if (str_eq(start, S("2021-07-01"))) {
			assert_true(str_eq(days, S("MO,TU,WE,TH,FR")));
			assert_true(str_eq(end, S("9999-12-30")));
		} else {
			assert_true(str_eq(start, S("2021-06-21")));
			assert_true(str_eq(end, S("2021-07-01")));
			assert_true(str_eq(days, S("MO,TU,WE")) || str_eq(days, S("TH,FR")));
		}
	}
}

static void what_cannot_be_saved_is_refused(void **state)
{
	struct served *s = *state;

	expect_plugin_error(s, save(s, BERLIN PARTS(RULE("12:00", "12:00", "0"), "")),
			    "StartTime cannot be greater or equal to EndTime.");
	expect_plugin_error(
		s,
		save(s,
		     BERLIN PARTS(RULE("08:00", "12:00", "0") "," RULE("11:00", "13:00", "0"), "")),
		"StartTime cannot be greater or equal to EndTime.");
	expect_plugin_error(s, save(s, "{\"CalendarId\":"), "is not correctly formatted");
	expect_plugin_error(s, save(s, BERLIN PARTS(RULE("08:00", "12:00", "0"), WEEKLY("MO, TU"))),
			    "Invalid recurrence pattern.");
	expect_plugin_error(
		s,
		save(s, BERLIN PARTS(RULE("08:00", "12:00", "0"),
				     ",\"RecurrencePattern\":\"FREQ=DAILY;INTERVAL=1\"")),
		"Invalid recurrence pattern.");
	expect_plugin_error(s, save(s, BERLIN PARTS(RULE("08:00", "12:00", "1"), "")), "break");
	expect_plugin_error(s, save(s, BERLIN PARTS(RULE("08:00", "12:00", "7"), "")),
			    "WorkHourType");
	expect_plugin_error(s, save(s, BERLIN PARTS("", "")), "Rules is empty");
	expect_plugin_error(s,
			    save(s,
				 "{\"CalendarId\":\"" CALENDAR "\",\"EntityLogicalName\":"
				 "\"msdyn_operatinghour\"," PARTS(RULE("08:00", "12:00", "0"), "")),
			    "not enabled for given entity logical name");
	expect_code(s,
		    save(s, "{\"CalendarId\":\"" OTHER "\",\"EntityLogicalName\":"
			    "\"bookableresource\"," PARTS(RULE("08:00", "12:00", "0"), "")),
		    404, "0x80040217");
	expect_code(s,
		    save(s, BERLIN PARTS(RULE("08:00", "12:00", "0"),
					 ",\"InnerCalendarId\":\"" OTHER "\"")),
		    404, "0x80040217");
	expect_rule(s, "rank", "");
}

static void rules_have_no_operations_of_their_own(void **state)
{
	struct served *s = *state;

	expect_code(s, ask(s, METHOD_GET, "calendarrules", NULL), 400, "0x80040800");
	assert_true(answer_has(s, "The 'RetrieveMultiple' method does not support entities of type "
				  "'calendarrule'"));
	expect_code(s, ask(s, METHOD_GET, "calendarrules(" OTHER ")", NULL), 400, "0x80040800");
	expect_code(s, ask(s, METHOD_POST, "calendarrules", "{\"rank\":1}"), 400, "0x80040800");
	expect_code(s, ask(s, METHOD_PATCH, "calendarrules(" OTHER ")", "{\"rank\":1}"), 400,
		    "0x80040800");
	expect_code(s, ask(s, METHOD_DELETE, "calendarrules(" OTHER ")", NULL), 400, "0x80040800");
	expect_code(s,
		    fetch(s, "calendarrules",
			  "<fetch><entity name='calendarrule'><all-attributes/></entity></fetch>"),
		    400, "0x80040800");
	expect_code(s,
		    fetch(s, "calendars",
			  "<fetch><entity name='calendar'><link-entity name='calendarrule' "
			  "from='calendarid' to='calendarid'/></entity></fetch>"),
		    400, "0x80040800");
	expect_code(s, ask(s, METHOD_GET, "calendars(" CALENDAR ")/calendar_calendar_rules", NULL),
		    400, "0x80040800");
	expect_code(s,
		    ask(s, METHOD_POST, "calendars",
			"{\"name\":\"C\",\"calendar_calendar_rules\":[{\"rank\":0}]}"),
		    400, "0x80040800");
}

static void expanding_a_calendar_tells_its_blocks(void **state)
{
	struct served *s = *state;
	const struct json *block;

	save_ok(s, BERLIN PARTS(RULE("08:00", "12:00", "0"), WEEKLY("WE")));
	expect_status(s,
		      ask(s, METHOD_GET,
			  "calendars(" CALENDAR ")/Microsoft.Dynamics.CRM.ExpandCalendar(Start=@s,"
			  "End=@e)?@s=2021-06-16T00:00:00Z&@e=2021-06-17T00:00:00Z",
			  NULL),
		      200);
	block = json_get(answer_json(s), S("result"));
	assert_int_equal(block->n, 1);
	assert_true(str_eq(json_text(&block->items[0], S("Start")), S("2021-06-16T06:00:00Z")));
	assert_true(str_eq(json_text(&block->items[0], S("TimeCode")), S("Available")));
}

static void choose(struct served *s, const char *name, const char *variant)
{
	struct behaviour_change change = { str_from(name), str_from(variant) };

	org_close(&s->org);
	served_must(s, behaviours_change(s->path, BEHAVIOURS_KEEP, &change, 1, &s->e));
	served_open(s, true);
}

static void what_is_uncertain_can_be_chosen(void **state)
{
	struct served *s = *state;
	const char *inner = save_ok(s, BERLIN PARTS(RULE("08:00", "12:00", "0"), WEEKLY("WE")));

	choose(s, "one-day", "beside");
	assert_string_not_equal(
		save_ok(s, with_inner(s, BERLIN "\"RulesAndRecurrences\":[{\"InnerCalendarId\":\"",
				      inner, "\",\"Rules\":[" RULE("13:00", "19:00", "0") "]}]}")),
		inner);
	expect_rule(s, "rank", "0|2");
	choose(s, "rule-reads", "take");
	expect_status(s,
		      ask(s, METHOD_GET, "calendars(" CALENDAR ")/calendar_calendar_rules", NULL),
		      200);
	choose(s, "nested-rules", "take");
	expect_status(s,
		      ask(s, METHOD_POST, "calendars",
			  "{\"calendarid\":\"" OTHER
			  "\",\"calendar_calendar_rules\":[{\"rank\":0}]}"),
		      204);
	assert_int_equal(rules_of(s, OTHER)->n, 1);
	choose(s, "save-operating-hours", "take");
	expect_status(s,
		      save(s, "{\"CalendarId\":\"" CALENDAR "\",\"EntityLogicalName\":"
			      "\"msdyn_operatinghour\"," PARTS(RULE("08:00", "12:00", "0"), "")),
		      200);
}

static void all_parts_of_a_varied_recurrence_go_where_that_is_chosen(void **state)
{
	struct served *s = *state;
	const char *inner;

	choose(s, "varied-delete", "all");
	expect_status(s,
		      save(s, BERLIN
			   "\"IsVaried\":true,\"RulesAndRecurrences\":[{\"Action\":1,"
			   "\"Rules\":[" RULE("08:00", "12:00", "0") "]" WEEKLY(
				   "MO") "},{"
					 "\"Action\":1,\"Rules\":[" RULE(
						 "11:00", "15:00", "0") "]" WEEKLY("WE") "}]}"),
		      200);
	inner = inner_id(s, 1);
	expect_rule(s, "isvaried", "true|true");
	expect_status(
		s,
		act(s, "msdyn_DeleteCalendar", "CalendarEventInfo",
		    with_inner(s, HEAD "\"IsVaried\":true,\"InnerCalendarId\":\"", inner, "\"}")),
		200);
	assert_non_null(inner_id(s, 1));
	expect_rule(s, "rank", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define SERVED(test) cmocka_unit_test_setup_teardown(test, setup, served_teardown)
		SERVED(one_day_is_a_rule_and_an_inner_calendar),
		SERVED(a_week_with_a_break_is_one_time_and_the_break_above_it),
		SERVED(time_off_tells_its_reason_in_the_inner_calendar),
		SERVED(the_end_of_a_recurrence_is_the_day_before_until_eight),
		SERVED(an_edit_keeps_the_id),
		SERVED(this_and_following_ends_the_old_recurrence),
		SERVED(one_day_with_the_id_of_a_recurrence_takes_its_place),
		SERVED(a_deletion_takes_the_rule_and_its_inner_calendar),
		SERVED(closures_are_rules_of_the_calendar_of_the_organization),
		SERVED(loaded_are_the_times_of_each_day_in_utc),
		SERVED(holidays_count_more_than_the_week_and_less_than_a_day),
		SERVED(a_recurrence_over_another_splits_it),
		SERVED(what_cannot_be_saved_is_refused),
		SERVED(rules_have_no_operations_of_their_own),
		SERVED(expanding_a_calendar_tells_its_blocks),
		SERVED(what_is_uncertain_can_be_chosen),
		SERVED(all_parts_of_a_varied_recurrence_go_where_that_is_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

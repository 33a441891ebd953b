/* SPDX-License-Identifier: MIT */
/*
 * Aggregates and groups (facts/webapi.md 4.7, "Aggregates"), asked through the service. The sums are small
 * enough to be made by hand.
 */
#include "served.h"

#define ID(n) "00000000-0000-4000-8000-00000000000" n
#define FORMATTED "@OData.Community.Display.V1.FormattedValue"
#define NAMED "@OData.Community.Display.V1.AttributeName"

static const struct {
	const char *set, *body;
} rows[] = {
	{ "accounts", "{\"accountid\":\"" ID("1") "\",\"name\":\"Alpha\",\"numberofemployees\":10,"
						  "\"revenue\":100.50,\"customertypecode\":12,"
						  "\"address1_latitude\":1.5,"
						  "\"lastonholdtime\":\"2023-12-31T23:30:00Z\"}" },
	{ "accounts", "{\"accountid\":\"" ID("2") "\",\"name\":\"alpha\",\"numberofemployees\":25,"
						  "\"revenue\":99,\"customertypecode\":12,"
						  "\"address1_latitude\":2,"
						  "\"lastonholdtime\":\"2024-01-01T00:30:00Z\"}" },
	{ "accounts",
	  "{\"accountid\":\"" ID("3") "\",\"name\":\"Beta\",\"revenue\":1000.01,"
				      "\"customertypecode\":11,"
				      "\"lastonholdtime\":\"2024-04-15T08:00:00Z\","
				      "\"parentaccountid@odata.bind\":\"accounts(" ID("1") ")\"}" },
	{ "accounts",
	  "{\"accountid\":\"" ID("4") "\",\"name\":\"Gamma\",\"numberofemployees\":1,"
				      "\"parentaccountid@odata.bind\":\"accounts(" ID("1") ")\"}" },
	{ "contacts",
	  "{\"contactid\":\"" ID("5") "\",\"lastname\":\"Ann\",\"parentcustomerid_account@"
				      "odata.bind\":\"accounts(" ID("1") ")\"}" },
	{ "contacts",
	  "{\"contactid\":\"" ID("6") "\",\"lastname\":\"Bob\",\"parentcustomerid_account@"
				      "odata.bind\":\"accounts(" ID("1") ")\"}" },
};

static int setup(void **state)
{
	if (served_setup(state) != 0)
		return -1;

	struct served *s = *state;

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		expect_status(s, ask(s, METHOD_POST, rows[i].set, rows[i].body), 204);
	return 0;
}

static void ask_for(struct served *s, const char *attributes, const char *inside)
{
	struct str xml = str_fmt(&s->arena, "<fetch %s><entity name='account'>%s</entity></fetch>",
				 attributes, inside);

	if (fetch(s, "accounts", str_cstr(&s->arena, xml)) != 200)
		fail_msg("%s: %.*s", inside, STR_ARG(s->answer.body));
}

static void group(struct served *s, const char *inside)
{
	ask_for(s, "aggregate='true'", inside);
}

static void expect(struct served *s, const char *property, const char *values)
{
	if (strcmp(joined(s, property), values) != 0)
		fail_msg("%s: %s instead of %s in %.*s", property, joined(s, property), values,
			 STR_ARG(s->answer.body));
}

#define OF(name, aggregate)                                                                        \
	"<attribute name='" name "' alias='" aggregate "' aggregate='" aggregate "'/>"
#define BY(name, alias) "<attribute name='" name "' alias='" alias "' groupby='true'/>"

static void numbers_are_added_exactly(void **state)
{
	struct served *s = *state;

	group(s, OF("numberofemployees", "sum") OF("numberofemployees", "avg")
			 OF("numberofemployees", "min") OF("numberofemployees", "max")
				 OF("numberofemployees", "count")
					 OF("numberofemployees", "countcolumn"));
	expect(s, "sum", "36");
	expect(s, "avg", "12"); /* 36 / 3 */
	expect(s, "min", "1");
	expect(s, "max", "25");
	expect(s, "count", "4");
	expect(s, "countcolumn", "3");
	expect(s, "@odata.etag", "-");
	assert_true(answer_has(s, "$metadata#accounts\""));

	/* money: nine digits (facts/webapi.md 2.2) */
	group(s,
	      OF("revenue", "sum") OF("revenue", "avg") OF("revenue", "min") OF("revenue", "max"));
	expect(s, "sum", "1199.510000000");
	expect(s, "avg", "399.836666667");
	expect(s, "min", "99.000000000");
	expect(s, "max", "1000.010000000");
	group(s, OF("address1_latitude", "sum") OF("address1_latitude", "avg"));
	expect(s, "sum", "3.5");
	expect(s, "avg", "1.75");
	group(s, OF("lastonholdtime", "min") OF("lastonholdtime", "max"));
	expect(s, "min", "2023-12-31T23:30:00Z");
	expect(s, "max", "2024-04-15T08:00:00Z");
	/* an average of whole numbers is cut: (10 + 25) / 2 */
	group(s, OF("numberofemployees", "avg") "<filter><condition attribute='name' operator='eq' "
						"value='alpha'/></filter>");
	expect(s, "avg", "17");
}

static void different_values_are_counted_as_the_platform_compares_them(void **state)
{
	struct served *s = *state;

	group(s, "<attribute name='name' alias='n' aggregate='countcolumn' distinct='true'/>");
	expect(s, "n", "3");
	group(s, "<attribute name='name' alias='n' aggregate='countcolumn'/>");
	expect(s, "n", "4");
}

static void rows_that_are_not_there_count_nothing(void **state)
{
	struct served *s = *state;
	static const char none[] =
		"<filter><condition attribute='name' operator='eq' value='nobody'/></filter>";

	group(s, OF("accountid", "count")
			 OF("revenue",
			    "sum") "<filter><condition "
				   "attribute='name' operator='eq' value='nobody'/></filter>");
	expect(s, "count", "0");
	expect(s, "sum", "-");

	struct str grouped =
		str_fmt(&s->arena, "%s%s%s", BY("name", "n"), OF("accountid", "count"), none);

	group(s, str_cstr(&s->arena, grouped));
	assert_int_equal(json_get(answer_json(s), S("value"))->n, 0);
}

static void rows_are_grouped_by_text_choice_and_lookup(void **state)
{
	struct served *s = *state;

	with_header(s, "Prefer", "odata.include-annotations=\"*\"");
	group(s, BY("customertypecode", "type") OF("accountid", "count")
			 OF("revenue", "sum") "<order alias='count' descending='true'/>"
					      "<order alias='type'/>");
	expect(s, "type", "12|-|11");
	expect(s, "type" FORMATTED, "Other|-|Vendor");
	expect(s, "type" NAMED, "customertypecode|-|customertypecode");
	expect(s, "count", "2|1|1");
	expect(s, "count" FORMATTED, "2|1|1");
	expect(s, "count" NAMED, "accountid|accountid|accountid");
	expect(s, "sum", "199.500000000|-|1000.010000000");
	expect(s, "sum" FORMATTED, "$199.50|-|$1,000.01");

	group(s, BY("name", "name") OF("accountid", "count") "<order alias='name'/>");
	expect(s, "count", "2|1|1");

	with_header(s, "Prefer", "odata.include-annotations=\"*\"");
	group(s, BY("parentaccountid", "parent")
			 OF("accountid", "count") "<order alias='count'/><order alias='parent'/>");
	expect(s, "parent", "-|" ID("1"));
	expect(s, "parent" FORMATTED, "-|Alpha");
	expect(s, "parent@Microsoft.Dynamics.CRM.lookuplogicalname", "-|account");
	expect(s, "count", "2|2");

	group(s, BY("revenue", "revenue") "<order alias='revenue' descending='true'/>");
	expect(s, "revenue", "1000.0100|100.5000|99.0000|-");
}

static void linked_rows_are_grouped_and_counted(void **state)
{
	struct served *s = *state;

	group(s, BY("name", "name") "<link-entity name='contact' from='parentcustomerid' "
				    "to='accountid' alias='c'><attribute name='contactid' "
				    "alias='contacts' aggregate='count'/></link-entity>");
	expect(s, "name", "Alpha");
	expect(s, "contacts", "2");
	group(s, OF("accountid", "count") "<link-entity name='contact' from='parentcustomerid' "
					  "to='accountid' link-type='outer' alias='c'>"
					  "<attribute name='lastname' alias='last' "
					  "groupby='true'/><order alias='last'/></link-entity>");
	expect(s, "last", "-|Ann|Bob");
	expect(s, "count", "3|1|1");
}

#define PART(part)                                                                                 \
	"<attribute name='lastonholdtime' alias='p' groupby='true' dategrouping='" part "'"

static void dates_are_grouped_by_their_parts(void **state)
{
	struct served *s = *state;
	/* of 2023-12-31 (a Sunday), 2024-01-01 and 2024-04-15 */
	static const struct {
		const char *part, *values, *counts;
	} cases[] = {
		{ PART("year") "/>", "-|2023|2024", "1|1|2" },
		{ PART("quarter") "/>", "-|1|2|4", "1|1|1|1" },
		{ PART("month") "/>", "-|1|4|12", "1|1|1|1" },
		{ PART("week") "/>", "-|1|16|53", "1|1|1|1" },
		{ PART("day") "/>", "-|1|15|31", "1|1|1|1" },
		{ PART("day") " usertimezone='false'/>", "-|1|15|31", "1|1|1|1" },
		{ PART("fiscal-year") "/>", "-|2023|2024", "1|1|2" },
		{ PART("fiscal-period") "/>", "-|1|2|4", "1|1|1|1" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct str inside = str_fmt(&s->arena, "%s%s<order alias='p'/>", cases[i].part,
					    OF("accountid", "count"));

		group(s, str_cstr(&s->arena, inside));
		expect(s, "p", cases[i].values);
		expect(s, "count", cases[i].counts);
	}
}

static void dates_are_grouped_on_the_callers_clock(void **state)
{
	struct served *s = *state;
	struct json me;

	expect_status(s, ask(s, METHOD_GET, "WhoAmI", NULL), 200);
	served_must(s, json_parse(&s->arena, s->answer.body, "WhoAmI", &me, &s->e));

	struct str settings = str_fmt(&s->arena, "usersettingscollection(%.*s)",
				      STR_ARG(json_text(&me, S("UserId"))));
	/* Berlin: an hour ahead in winter */
	int status = ask_str(s, METHOD_PATCH, settings, "{\"timezonecode\":110}");

	expect_status(s, status, 204);
	group(s, PART("year") "/>" OF("accountid", "count") "<order alias='p'/>");
	expect(s, "p", "-|2024");
	expect(s, "count", "1|3");
	group(s,
	      PART("year") " usertimezone='false'/>" OF("accountid", "count") "<order alias='p'/>");
	expect(s, "p", "-|2023|2024");
	with_header(s, "Prefer", "odata.include-annotations=\"*\"");
	group(s, OF("lastonholdtime", "min"));
	expect(s, "min" FORMATTED, "1/1/2024 12:30 AM");
	expect_status(s, ask_str(s, METHOD_PATCH, settings, "{\"timezonecode\":92}"), 204);
}

static void groups_come_in_pages(void **state)
{
	struct served *s = *state;

	with_header(s, "Prefer", "odata.include-annotations=\"*\"");
	ask_for(s, "aggregate='true' count='2'", BY("name", "name") "<order alias='name'/>");
	expect(s, "name", "Alpha|Beta");
	assert_true(answer_has(s, "\"@Microsoft.Dynamics.CRM.morerecords\":true"));
	assert_false(answer_has(s, "pagingcookie"));
	with_header(s, "Prefer", "odata.include-annotations=\"*\"");
	ask_for(s, "aggregate='true' count='2' page='2'",
		BY("name", "name") "<order alias='name'/>");
	expect(s, "name", "Gamma");
	assert_true(answer_has(s, "\"@Microsoft.Dynamics.CRM.morerecords\":false"));
}

static void an_aggregate_reads_no_more_rows_than_it_may(void **state)
{
	struct served *s = *state;

	ask_for(s, "aggregate='true' aggregatelimit='4'", OF("accountid", "count"));
	expect(s, "count", "4");
	expect_code(s,
		    fetch(s, "accounts",
			  "<fetch aggregate='true' aggregatelimit='3'><entity name='account'>" OF(
				  "accountid", "count") "</entity></fetch>"),
		    400, "0x8004e023");
}

static void children_of_a_row_are_counted(void **state)
{
	struct served *s = *state;

	ask_for(s, "",
		"<attribute name='name'/><attribute name='accountid' alias='n' "
		"rowaggregate='CountChildren'/>");
	expect(s, "name", "Alpha|alpha|Beta|Gamma");
	expect(s, "n", "2|0|0|0");
}

static void wrong_aggregates_say_what_is_wrong(void **state)
{
	static const struct {
		const char *inside, *code;
	} cases[] = {
		{ "<attribute name='name' alias='n' aggregate='sum'/>", "0x8004112f" },
		{ "<attribute name='customertypecode' alias='n' aggregate='max'/>", "0x8004112f" },
		{ "<attribute name='name' alias='n' groupby='true' dategrouping='day'/>",
		  "0x80041135" },
		{ "<attribute name='name' alias='n'/>", "0x80041107" },
		{ "<attribute name='name' alias='n' groupby='true'/><order attribute='name'/>",
		  "0x80041131" },
		{ "<attribute name='name' alias='n' groupby='true'/><order alias='m'/>",
		  "0x80041134" },
		{ "<attribute name='nothing' alias='n' aggregate='count'/>", "0x80041103" },
		{ "<attribute name='name' alias='n' groupby='true'/><attribute name='revenue' "
		  "alias='n' aggregate='sum'/>",
		  "0x80041130" },
	};
	struct served *s = *state;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct str xml = str_fmt(&s->arena,
					 "<fetch aggregate='true'><entity name='account'>%s"
					 "</entity></fetch>",
					 cases[i].inside);

		expect_code(s, fetch(s, "accounts", str_cstr(&s->arena, xml)), 400, cases[i].code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_added_exactly),
		cmocka_unit_test(different_values_are_counted_as_the_platform_compares_them),
		cmocka_unit_test(rows_that_are_not_there_count_nothing),
		cmocka_unit_test(rows_are_grouped_by_text_choice_and_lookup),
		cmocka_unit_test(linked_rows_are_grouped_and_counted),
		cmocka_unit_test(dates_are_grouped_by_their_parts),
		cmocka_unit_test(dates_are_grouped_on_the_callers_clock),
		cmocka_unit_test(groups_come_in_pages),
		cmocka_unit_test(an_aggregate_reads_no_more_rows_than_it_may),
		cmocka_unit_test(children_of_a_row_are_counted),
		cmocka_unit_test(wrong_aggregates_say_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, setup, served_teardown);
}

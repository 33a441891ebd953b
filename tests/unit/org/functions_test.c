/* SPDX-License-Identifier: MIT */
/*
 * Functions that tell what the organization is, and what depends on what (facts/webapi.md 5.3).
 */
#include "related_rows.h"

static const char *text(struct served *s, const char *property)
{
	return str_cstr(&s->arena, json_text(answer_json(s), str_from(property)));
}

static void the_version_is_that_of_the_platform(void **state)
{
	struct served *s = *state;

	get(s, "RetrieveVersion()");
	assert_true(str_starts(json_text(answer_json(s), S("Version")), S("9.2.")));
	assert_true(str_ends(json_text(answer_json(s), S("@odata.context")),
			     S("$metadata#Microsoft.Dynamics.CRM.RetrieveVersionResponse")));
}

static void the_organization_tells_who_it_is_and_where(void **state)
{
	struct served *s = *state;
	const struct json *detail, *ends;
	struct str organization;

	get(s, "WhoAmI");
	organization = json_text(answer_json(s), S("OrganizationId"));
	get(s, "RetrieveCurrentOrganization(AccessType=@p1)?@p1="
	       "Microsoft.Dynamics.CRM.EndpointAccessType'Default'");
	detail = json_get(answer_json(s), S("Detail"));
	assert_true(str_eq(json_text(detail, S("OrganizationId")), organization));
	assert_true(str_eq(json_text(detail, S("State")), S("Enabled")));
	ends = json_get(detail, S("Endpoints"));
	assert_int_equal(json_int(ends, S("Count"), 0), 3);
	assert_int_equal(json_get(ends, S("Keys"))->n, 3);
	assert_int_equal(json_get(ends, S("Values"))->n, 3);
	expect_code(s, ask(s, METHOD_GET, "RetrieveCurrentOrganization()", NULL), 400,
		    "0x80060888");
	expect_code(s, ask(s, METHOD_GET, "RetrieveCurrentOrganization(AccessType='x')", NULL), 400,
		    "0x80060888");
}

static void the_language_is_that_of_the_base(void **state)
{
	struct served *s = *state;

	get(s, "RetrieveProvisionedLanguages()");
	assert_true(answer_has(s, "\"RetrieveProvisionedLanguages\":[1033]"));
	get(s, "RetrieveAvailableLanguages");
	assert_true(answer_has(s, "\"LocaleIds\":[1033]"));
	get(s, "RetrieveDeprovisionedLanguages");
	assert_true(answer_has(s, "\"RetrieveDeprovisionedLanguages\":[]"));
}

static void times_are_those_of_the_zone(void **state)
{
	struct served *s = *state;

	get(s, "LocalTimeFromUtcTime(TimeZoneCode=110,UtcTime=@t)?@t=2024-07-01T12:00:00Z");
	assert_string_equal(text(s, "LocalTime"), "2024-07-01T14:00:00Z");
	get(s, "UtcTimeFromLocalTime(TimeZoneCode=35,LocalTime=2024-01-01T12:00:00Z)");
	assert_string_equal(text(s, "UtcTime"), "2024-01-01T17:00:00Z");
	expect_code(s,
		    ask(s, METHOD_GET,
			"LocalTimeFromUtcTime(TimeZoneCode=13,UtcTime=2024-01-01T12:00:00Z)", NULL),
		    400, "0x80040203");
	get(s, "GetAllTimeZonesWithDisplayName(LocaleId=1033)");
	assert_true(answer_has(s, "\"timezonecode\":110,\"userinterfacename\":\"(GMT+01:00) "));
}

static struct str definition_id(struct served *s, const char *target)
{
	get(s, target);
	return json_text(answer_json(s), S("MetadataId"));
}

static const struct json *depending(struct served *s, const char *message, struct str id, int type)
{
	get(s, str_cstr(&s->arena,
			str_fmt(&s->arena, "%s(ObjectId=@p1,ComponentType=@p2)?@p1=%.*s&@p2=%d",
				message, STR_ARG(id), type)));
	return json_get(answer_json(s), S("value"));
}

static bool has_dependent(const struct json *rows, struct str id)
{
	for (size_t i = 0; i < rows->n; i++) {
		if (str_eq(json_text(&rows->items[i], S("dependentcomponentobjectid")), id))
			return true;
	}
	return false;
}

static void lookups_depend_on_the_table_that_they_point_to(void **state)
{
	struct served *s = *state;
	struct str queue = definition_id(s, "EntityDefinitions(LogicalName='queue')");
	struct str lookup =
		definition_id(s, "EntityDefinitions(LogicalName='msdyn_liveworkstream')/"
				 "Attributes(LogicalName='msdyn_defaultqueue')");
	const struct json *rows = depending(s, "RetrieveDependenciesForDelete", queue, 1);

	assert_true(has_dependent(rows, lookup));
	assert_true(str_eq(json_text(&rows->items[0], S("requiredcomponentobjectid")), queue));
	assert_int_equal(json_int(&rows->items[0], S("requiredcomponenttype"), 0), 1);
	rows = depending(s, "RetrieveRequiredComponents", lookup, 2);
	assert_int_equal(rows->n, 2);
	assert_true(has_dependent(rows, lookup));
}

static void nothing_depends_on_what_is_not_there(void **state)
{
	struct served *s = *state;

	assert_int_equal(depending(s, "RetrieveDependenciesForDelete", S(ALPHA), 1)->n, 0);
	assert_int_equal(depending(s, "RetrieveDependentComponents", S(ALPHA), 2)->n, 0);
	assert_int_equal(depending(s, "RetrieveDependenciesForDelete", S(ALPHA), 61)->n, 0);
	expect_code(s,
		    ask(s, METHOD_GET, "RetrieveDependenciesForDelete(ObjectId=x,ComponentType=1)",
			NULL),
		    400, "0x80060888");
}

#define QUERY(criteria)                                                                            \
	"{\"QuerySet\":[{\"@odata.type\":\"Microsoft.Dynamics.CRM.QueryExpression\","              \
	"\"EntityName\":\"account\",\"ColumnSet\":{\"AllColumns\":false,\"Columns\":[]}," criteria \
	"}],\"JobName\":\"Away\",\"SendEmailNotification\":false,\"ToRecipients\":[],"             \
	"\"CCRecipients\":[],\"RecurrencePattern\":\"\"}"

static const char *accounts(struct served *s)
{
	get(s, "accounts?$select=name&$orderby=name");
	return joined(s, "name");
}

/* The row of the job that the last answer names. */
static void expect_job(struct served *s, const char *status)
{
	struct str job = json_text(answer_json(s), S("JobId"));

	get(s,
	    str_cstr(&s->arena,
		     str_fmt(&s->arena, "asyncoperations(%.*s)?$select=name,statecode,statuscode",
			     STR_ARG(job))));
	assert_true(str_eq(json_text(answer_json(s), S("name")), S("Away")));
	assert_int_equal(json_int(answer_json(s), S("statecode"), -1), 3);
	assert_string_equal(str_cstr(&s->arena, json_get(answer_json(s), S("statuscode"))->text),
			    status);
}

static void a_bulk_deletion_takes_what_its_queries_find(void **state)
{
	struct served *s = *state;

	assert_string_equal(accounts(s), "Alpha|Beta|Gamma");
	expect_status(s,
		      ask(s, METHOD_POST, "BulkDelete",
			  QUERY("\"Criteria\":{\"FilterOperator\":\"And\",\"Conditions\":[{"
				"\"AttributeName\":\"name\",\"Operator\":\"In\",\"Values\":[{"
				"\"Value\":\"Gamma\",\"Type\":\"System.String\"},{\"Value\":"
				"\"Delta\",\"Type\":\"System.String\"}]}],\"Filters\":[]}")),
		      200);
	expect_job(s, "30");
	assert_string_equal(accounts(s), "Alpha|Beta");
	/* accounts below Alpha */
	expect_status(
		s,
		ask(s, METHOD_POST, "BulkDelete",
		    QUERY("\"Criteria\":null,\"LinkEntities\":[{\"LinkFromEntityName\":\"account\","
			  "\"LinkFromAttributeName\":\"parentaccountid\",\"LinkToEntityName\":"
			  "\"account\",\"LinkToAttributeName\":\"accountid\",\"JoinOperator\":"
			  "\"Inner\",\"LinkCriteria\":{\"Conditions\":[{\"AttributeName\":\"name\","
			  "\"Operator\":\"BeginsWith\",\"Values\":[\"Al\"]}]}}]")),
		200);
	assert_string_equal(accounts(s), "Alpha");
}

static void a_bulk_deletion_that_cannot_be_understood_deletes_nothing(void **state)
{
	struct served *s = *state;

	expect_code(s,
		    ask(s, METHOD_POST, "BulkDelete",
			QUERY("\"Criteria\":{\"Conditions\":[{\"AttributeName\":\"name\","
			      "\"Operator\":\"Resembles\",\"Values\":[\"x\"]}]}")),
		    400, "0x80048d19");
	expect_code(s,
		    ask(s, METHOD_POST, "BulkDelete",
			QUERY("\"Criteria\":{\"Conditions\":[{\"AttributeName\":\"nope\","
			      "\"Operator\":\"Null\"}]}")),
		    400, "0x80041103");
	expect_code(s, ask(s, METHOD_POST, "BulkDelete", "{\"QuerySet\":[]}"), 400, "0x80048d19");
	assert_string_equal(accounts(s), "Alpha");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_version_is_that_of_the_platform),
		cmocka_unit_test(the_organization_tells_who_it_is_and_where),
		cmocka_unit_test(the_language_is_that_of_the_base),
		cmocka_unit_test(times_are_those_of_the_zone),
		cmocka_unit_test(lookups_depend_on_the_table_that_they_point_to),
		cmocka_unit_test(nothing_depends_on_what_is_not_there),
		cmocka_unit_test(a_bulk_deletion_takes_what_its_queries_find),
		cmocka_unit_test(a_bulk_deletion_that_cannot_be_understood_deletes_nothing),
	};

	return cmocka_run_group_tests(tests, related_setup, served_teardown);
}

/* SPDX-License-Identifier: MIT */
/*
 * Reading metadata as clients do (facts/webapi.md 5.1). Names, contexts and counts come from recorded
 * exchanges and from the project's metadata, read by Python.
 */
#include "served.h"

static const struct json *get(struct served *s, const char *target)
{
	expect_status(s, ask(s, METHOD_GET, target, NULL), 200);
	return answer_json(s);
}

static void expect_context(const struct json *answer, const char *rest)
{
	struct str context = json_text(answer, S("@odata.context"));

	if (!str_ends(context, str_from(rest)))
		fail_msg("context %.*s, not ...%s", STR_ARG(context), rest);
}

static void tables_are_filtered_by_any_property(void **state)
{
	struct served *s = *state;

	get(s, "EntityDefinitions?$select=LogicalName&$filter=LogicalName%20eq%20'queue'%20or%20"
	       "LogicalName%20eq%20'account'");
	assert_string_equal(joined(s, "LogicalName"), "account|queue");
	get(s, "EntityDefinitions?$select=LogicalName&$filter=EntitySetName%20eq%20'queues'");
	assert_string_equal(joined(s, "LogicalName"), "queue");
	get(s,
	    "EntityDefinitions?$select=LogicalName&$filter=ObjectTypeCode%20eq%202%20and%20not%20("
	    "IsIntersect%20eq%20true%20or%20IsActivity)");
	assert_string_equal(joined(s, "LogicalName"), "contact");
	get(s, "EntityDefinitions?$select=LogicalName&$filter=OwnershipType%20eq%20Microsoft."
	       "Dynamics.CRM.OwnershipTypes'UserOwned'%20and%20startswith(LogicalName,'acc')");
	assert_string_equal(joined(s, "LogicalName"), "account");
	get(s,
	    "EntityDefinitions?$select=LogicalName&$filter=IsCustomizable/Value%20eq%20true%20and%20"
	    "contains(LogicalName,'ueuemem')");
	assert_string_equal(joined(s, "LogicalName"), "queuemembership");
	get(s, "EntityDefinitions?$select=LogicalName&$filter=MetadataId%20eq%20"
	       "70816501-edb9-4740-a16c-6a5efbc05d84");
	assert_string_equal(joined(s, "LogicalName"), "account");
}

static void contexts_say_what_was_asked(void **state)
{
	struct served *s = *state;

	expect_context(get(s, "EntityDefinitions?$select=LogicalName,SchemaName"),
		       "$metadata#EntityDefinitions(LogicalName,SchemaName)");
	expect_context(get(s, "EntityDefinitions(LogicalName='account')"),
		       "$metadata#EntityDefinitions/$entity");
	expect_context(get(s, "EntityDefinitions(LogicalName='businessunit')/"
			      "Attributes?$select=LogicalName"),
		       "$metadata#EntityDefinitions('businessunit')/Attributes(LogicalName)");
	expect_context(get(s, "EntityDefinitions(LogicalName='queue')?$expand=Keys,"
			      "ManyToManyRelationships($select=SchemaName)"),
		       "$metadata#EntityDefinitions(Keys(),ManyToManyRelationships(SchemaName))/"
		       "$entity");
	expect_context(get(s, "EntityDefinitions(LogicalName='account')/Attributes(LogicalName="
			      "'statecode')/Microsoft.Dynamics.CRM.StateAttributeMetadata?$select="
			      "LogicalName&$expand=OptionSet"),
		       "$metadata#EntityDefinitions('account')/Attributes/Microsoft.Dynamics.CRM."
		       "StateAttributeMetadata(LogicalName,OptionSet())/$entity");
	expect_context(
		get(s, "EntityDefinitions(LogicalName='account')/Attributes(5967e7cc-afbb-4c10-"
		       "bf7e-e7ef430c52be)/Microsoft.Dynamics.CRM.PicklistAttributeMetadata/"
		       "OptionSet?$select=Options"),
		"$metadata#EntityDefinitions('account')/Attributes(5967e7cc-afbb-4c10-bf7e-"
		"e7ef430c52be)/Microsoft.Dynamics.CRM.PicklistAttributeMetadata/OptionSet(Options)/"
		"$entity");
}

/* Recorded of a live organization: what the platform adds to the columns of a business unit. */
static void columns_have_their_companions(void **state)
{
	struct served *s = *state;
	const struct json *answer;

	get(s, "EntityDefinitions(LogicalName='businessunit')/Attributes?$select=LogicalName&"
	       "$filter=contains(LogicalName,'createdby')");
	assert_string_equal(joined(s, "LogicalName"), "createdby|createdbyname|createdbyyominame");
	assert_string_equal(joined(s, "@odata.type"),
			    "#Microsoft.Dynamics.CRM.LookupAttributeMetadata|"
			    "#Microsoft.Dynamics.CRM.StringAttributeMetadata|"
			    "#Microsoft.Dynamics.CRM.StringAttributeMetadata");
	/* of a choice the name is virtual: the base class, which is not told */
	get(s, "EntityDefinitions(LogicalName='businessunit')/Attributes?$select=LogicalName&"
	       "$filter=AttributeOf%20eq%20'isdisabled'");
	assert_string_equal(joined(s, "LogicalName"), "isdisabledname");
	assert_string_equal(joined(s, "@odata.type"), "-");
	answer = get(s, "EntityDefinitions(LogicalName='account')/Attributes(LogicalName="
			"'owneridtype')");
	assert_true(json_flag(answer, S("IsLogical")));
	assert_true(str_eq(json_text(answer, S("AttributeType")), S("EntityName")));
}

static void a_cast_gives_one_class_with_its_own_properties(void **state)
{
	struct served *s = *state;

	get(s, "EntityDefinitions(LogicalName='account')/Attributes/Microsoft.Dynamics.CRM."
	       "DateTimeAttributeMetadata?$select=LogicalName,DateTimeBehavior,Format&$filter="
	       "contains(LogicalName,'created')");
	assert_string_equal(joined(s, "LogicalName"), "createdon|overriddencreatedon");
	assert_string_equal(joined(s, "Format"), "DateAndTime|DateOnly");
	get(s, "EntityDefinitions(LogicalName='contact')/Attributes/Microsoft.Dynamics.CRM."
	       "LookupAttributeMetadata?$select=LogicalName&$filter=LogicalName%20eq%20"
	       "'parentcustomerid'");
	assert_string_equal(joined(s, "LogicalName"), "parentcustomerid");
	expect_code(s,
		    ask(s, METHOD_GET,
			"EntityDefinitions(LogicalName='account')/Attributes?$select=MaxLength",
			NULL),
		    400, "0x80060888");
	expect_code(s,
		    ask(s, METHOD_GET,
			"EntityDefinitions(LogicalName='account')/Attributes/Microsoft.Dynamics."
			"CRM.NoSuchMetadata",
			NULL),
		    404, "0x80060888");
	expect_code(s,
		    ask(s, METHOD_GET,
			"EntityDefinitions(LogicalName='account')/Attributes(LogicalName='name')/"
			"Microsoft.Dynamics.CRM.PicklistAttributeMetadata",
			NULL),
		    404, "0x80060888");
}

static void choices_come_with_their_options(void **state)
{
	struct served *s = *state;
	const struct json *answer =
		get(s, "EntityDefinitions(70816501-edb9-4740-a16c-6a5efbc05d84)/Attributes("
		       "118771ca-6fb9-4f60-8fd4-99b6124b63ad)/Microsoft.Dynamics.CRM."
		       "PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet($select="
		       "Options),GlobalOptionSet($select=Options)");
	const struct json *set = json_get(answer, S("OptionSet"));
	const struct json *options = json_get(set, S("Options"));

	assert_true(str_eq(json_text(answer, S("LogicalName")), S("accountcategorycode")));
	assert_int_equal(set->n, 2); /* MetadataId comes with everything */
	assert_int_equal(options->n, 2);
	assert_int_equal(json_int(&options->items[1], S("Value"), 0), 2);
	assert_true(str_eq(json_text(json_get(json_get(&options->items[0], S("Label")),
					      S("UserLocalizedLabel")),
				     S("Label")),
			   S("Preferred Customer")));
	assert_int_equal(json_get(answer, S("GlobalOptionSet"))->kind, JSON_NULL);
}

static void global_choices_are_found_but_not_filtered(void **state)
{
	struct served *s = *state;
	const struct json *answer = get(s, "GlobalOptionSetDefinitions(Name='componentstate')");

	assert_true(json_flag(answer, S("IsGlobal")));
	assert_int_equal(json_get(answer, S("Options"))->n, 4);
	get(s, "GlobalOptionSetDefinitions?$select=Name");
	assert_string_equal(joined(s, "Name"), "componentstate|componenttype");
	expect_code(s,
		    ask(s, METHOD_GET,
			"GlobalOptionSetDefinitions?$filter=Name%20eq%20'componentstate'", NULL),
		    400, "0x80060888");
	answer =
		get(s, "EntityDefinitions(LogicalName='role')/Attributes(LogicalName="
		       "'componentstate')/Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$select="
		       "LogicalName&$expand=GlobalOptionSet($select=Name)");
	assert_true(str_eq(json_text(json_get(answer, S("GlobalOptionSet")), S("Name")),
			   S("componentstate")));
}

static void relationships_are_seen_from_both_sides(void **state)
{
	struct served *s = *state;
	const struct json *answer =
		get(s, "RelationshipDefinitions(SchemaName='account_primary_contact')/Microsoft."
		       "Dynamics.CRM.OneToManyRelationshipMetadata");

	assert_true(str_eq(json_text(answer, S("ReferencingEntity")), S("account")));
	assert_true(str_eq(json_text(answer, S("ReferencedEntity")), S("contact")));
	assert_null(json_get(answer, S("@odata.type")));
	get(s, "EntityDefinitions(LogicalName='contact')/OneToManyRelationships?$select=SchemaName&"
	       "$filter=SchemaName%20eq%20'account_primary_contact'");
	assert_string_equal(joined(s, "SchemaName"), "account_primary_contact");
	get(s, "EntityDefinitions(LogicalName='queue')/ManyToManyRelationships?$select="
	       "IntersectEntityName,Entity2NavigationPropertyName");
	assert_string_equal(joined(s, "IntersectEntityName"), "queuemembership");
	answer = get(s, "RelationshipDefinitions(SchemaName='queuemembership_association')");
	assert_true(str_eq(json_text(answer, S("@odata.type")),
			   S("#Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata")));
}

static void a_property_can_be_asked_for_alone(void **state)
{
	struct served *s = *state;
	const struct json *answer =
		get(s, "EntityDefinitions(LogicalName='account')/ObjectTypeCode");

	assert_int_equal(json_int(answer, S("value"), 0), 1);
	expect_context(answer, "$metadata#EntityDefinitions('account')/ObjectTypeCode");
	expect_status(s,
		      ask(s, METHOD_GET,
			  "EntityDefinitions(LogicalName='account')/ObjectTypeCode/"
			  "$value",
			  NULL),
		      200);
	assert_true(str_eq(s->answer.body, S("1")));
	answer = get(s, "EntityDefinitions(LogicalName='account')/DisplayName/UserLocalizedLabel");
	assert_true(str_eq(json_text(answer, S("Label")), S("Account")));
}

static void privileges_have_names_and_stable_ids(void **state)
{
	struct served *s = *state;
	const struct json *answer =
		get(s, "EntityDefinitions(LogicalName='account')?$select=Privileges");
	const struct json *all = json_get(answer, S("Privileges"));
	struct str id;

	assert_int_equal(all->n, 8);
	assert_true(str_eq(json_text(&all->items[7], S("Name")), S("prvAppendToAccount")));
	id = str_dup(&s->arena, json_text(&all->items[0], S("PrivilegeId")));
	/* the same as that of the row */
	get(s, "privileges?$select=privilegeid&$filter=name%20eq%20'prvCreateAccount'");
	assert_string_equal(joined(s, "privilegeid"), str_cstr(&s->arena, id));
	/* nobody owns its rows */
	answer = get(s, "EntityDefinitions(LogicalName='transactioncurrency')?$select=Privileges");
	assert_int_equal(json_get(answer, S("Privileges"))->n, 6);
}

static void what_cannot_be_asked_is_refused(void **state)
{
	static const struct {
		const char *target;
		int status;
		const char *code;
	} cases[] = {
		{ "EntityDefinitions?$top=1", 400, "0x80060888" },
		{ "EntityDefinitions?$orderby=LogicalName", 400, "0x80060888" },
		{ "EntityDefinitions?$count=true", 400, "0x80060888" },
		{ "EntityDefinitions?$select=Nope", 400, "0x80060888" },
		{ "EntityDefinitions?$expand=Nope", 400, "0x80060888" },
		{ "EntityDefinitions?$filter=Nope%20eq%201", 400, "0x80060888" },
		{ "EntityDefinitions?$filter=LogicalName%20eq%20'a", 400, "0x80060888" },
		{ "EntityDefinitions?$filter=LogicalName%20eq", 400, "0x80060888" },
		{ "EntityDefinitions?$filter=(LogicalName%20eq%20'a'", 400, "0x80060888" },
		{ "EntityDefinitions?$filter=LogicalName%20like%20'a'", 400, "0x80060888" },
		{ "EntityDefinitions(LogicalName='nothing')", 404, "0x80041102" },
		{ "EntityDefinitions(70816501-edb9-4740-a16c-000000000000)", 404, "0x80041102" },
		{ "EntityDefinitions(LogicalName='account')/Nope", 404, "0x80060888" },
		{ "EntityDefinitions(LogicalName='account')/Attributes(LogicalName='nope')", 404,
		  "0x8004024a" },
		{ "EntityDefinitions(LogicalName='account')/LogicalName/$value/x", 404,
		  "0x80060888" },
	};
	struct served *s = *state;

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		expect_code(s, ask(s, METHOD_GET, cases[i].target, NULL), cases[i].status,
			    cases[i].code);
}

static void a_query_of_the_sdk_reads_the_same(void **state)
{
	struct served *s = *state;
	const struct json *answer, *tables;

	expect_status(
		s,
		ask(s, METHOD_GET,
		    "RetrieveMetadataChanges(Query=@p1)?@p1={\"Criteria\":{\"FilterOperator\":\"And\","
		    "\"Conditions\":[{\"PropertyName\":\"LogicalName\",\"ConditionOperator\":\"In\","
		    "\"Value\":{\"Type\":\"System.String[]\",\"Value\":[\"account\",\"queue\"]}}],"
		    "\"Filters\":[]},\"Properties\":{\"AllProperties\":false,\"PropertyNames\":["
		    "\"LogicalName\",\"Attributes\"]},\"AttributeQuery\":{\"Criteria\":{\"Conditions"
		    "\":[{\"PropertyName\":\"IsPrimaryName\",\"ConditionOperator\":\"Equals\","
		    "\"Value\":{\"Type\":\"System.Boolean\",\"Value\":\"true\"}}]},\"Properties\":{"
		    "\"PropertyNames\":[\"LogicalName\"]}}}",
		    NULL),
		200);
	answer = answer_json(s);
	tables = json_get(answer, S("EntityMetadata"));
	assert_int_equal(tables->n, 2);
	assert_int_equal(json_get(&tables->items[0], S("Attributes"))->n, 1);
	assert_true(str_eq(json_text(&json_get(&tables->items[1], S("Attributes"))->items[0],
				     S("LogicalName")),
			   S("name")));
	assert_true(json_text(answer, S("ServerVersionStamp")).n > 0);
	assert_int_equal(json_get(answer, S("DeletedMetadata"))->kind, JSON_NULL);
}

/* What solution tools ask for first. */
static void tables_are_components_of_solutions(void **state)
{
	struct served *s = *state;
	const char *target;

	get(s, "solutions?$select=solutionid&$filter=uniquename%20eq%20'Default'");
	target = str_cstr(&s->arena,
			  str_fmt(&s->arena,
				  "solutioncomponents?$select=objectid,componenttype&$filter="
				  "_solutionid_value%%20eq%%20%s%%20and%%20objectid%%20eq%%20"
				  "70816501-edb9-4740-a16c-6a5efbc05d84",
				  joined(s, "solutionid")));
	get(s, target);
	assert_string_equal(joined(s, "componenttype"), "1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_are_filtered_by_any_property),
		cmocka_unit_test(contexts_say_what_was_asked),
		cmocka_unit_test(columns_have_their_companions),
		cmocka_unit_test(a_cast_gives_one_class_with_its_own_properties),
		cmocka_unit_test(choices_come_with_their_options),
		cmocka_unit_test(global_choices_are_found_but_not_filtered),
		cmocka_unit_test(relationships_are_seen_from_both_sides),
		cmocka_unit_test(a_property_can_be_asked_for_alone),
		cmocka_unit_test(privileges_have_names_and_stable_ids),
		cmocka_unit_test(what_cannot_be_asked_is_refused),
		cmocka_unit_test(a_query_of_the_sdk_reads_the_same),
		cmocka_unit_test(tables_are_components_of_solutions),
	};

	return cmocka_run_group_tests(tests, served_setup, served_teardown);
}

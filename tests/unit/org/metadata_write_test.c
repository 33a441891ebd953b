/* SPDX-License-Identifier: MIT */
/*
 * Changing metadata as clients do: the order and the answers are those of Microsoft's sample of table
 * definitions. Rows are written into what was made.
 */
#include "served.h"

#define LABEL(text)                                                                                \
	"{\"LocalizedLabels\":[{\"Label\":\"" text "\",\"LanguageCode\":1033}],"                   \
	"\"UserLocalizedLabel\":null}"
#define TABLE "EntityDefinitions(LogicalName='new_bank')"

static void must(struct served *s, enum method method, const char *target, const char *body,
		 int status)
{
	expect_status(s, ask(s, method, target, body), status);
}

static struct str made_id(struct served *s)
{
	for (size_t i = 0; i < s->answer.nheaders; i++) {
		struct str value = s->answer.headers[i].value;
		size_t open = str_find_char(value, '(');

		if (str_eq(s->answer.headers[i].name, S("OData-EntityId")))
			return str_dup(&s->arena, str_sub(value, open + 1, 36));
	}
	fail_msg("no OData-EntityId");
	return S("");
}

static const char *target_of(struct served *s, const char *format, struct str id)
{
	return str_cstr(&s->arena, str_fmt(&s->arena, "%s(%.*s)", format, STR_ARG(id)));
}

static void create_bank(struct served *s)
{
	must(s, METHOD_POST, "EntityDefinitions",
	     "{\"@odata.type\":\"Microsoft.Dynamics.CRM.EntityMetadata\",\"SchemaName\":\"new_Bank\","
	     "\"DisplayName\":" LABEL(
		     "Bank") ",\"OwnershipType\":\"UserOwned\",\"HasNotes\":true,"
			     "\"Attributes\":[{\"@odata.type\":\"Microsoft.Dynamics.CRM.StringAttributeMetadata\","
			     "\"SchemaName\":\"new_Name\",\"IsPrimaryName\":true,\"MaxLength\":100,"
			     "\"FormatName\":{\"Value\":\"Text\"}}]}",
	     204);
}

static void drop_bank(struct served *s)
{
	must(s, METHOD_DELETE, TABLE, NULL, 204);
	must(s, METHOD_GET, TABLE, NULL, 404);
}

static void a_table_gets_what_the_platform_adds(void **state)
{
	struct served *s = *state;
	const struct json *answer;
	struct str id;

	create_bank(s);
	id = made_id(s);
	must(s, METHOD_GET, target_of(s, "EntityDefinitions", id), NULL, 200);
	answer = answer_json(s);
	assert_true(str_eq(json_text(answer, S("EntitySetName")), S("new_banks")));
	assert_true(str_eq(json_text(answer, S("PrimaryIdAttribute")), S("new_bankid")));
	assert_true(json_flag(answer, S("IsCustomEntity")));
	assert_false(json_flag(answer, S("IsManaged")));
	must(s, METHOD_GET, TABLE "/Attributes?$select=LogicalName&$filter=AttributeOf%20eq%20null",
	     NULL, 200);
	assert_string_equal(
		joined(s, "LogicalName"),
		"new_bankid|new_name|createdon|createdby|modifiedon|modifiedby|createdonbehalfby|"
		"modifiedonbehalfby|overriddencreatedon|importsequencenumber|ownerid|"
		"owningbusinessunit|owninguser|owningteam|timezoneruleversionnumber|"
		"utcconversiontimezonecode|versionnumber|statecode|statuscode");
	must(s, METHOD_POST, "new_banks", "{\"new_name\":\"A\"}", 204);
	must(s, METHOD_GET, "new_banks?$select=new_name,statecode,statuscode", NULL, 200);
	assert_string_equal(joined(s, "statuscode"), "1");
	/* notes can be attached to its rows */
	must(s, METHOD_GET,
	     "EntityDefinitions(LogicalName='annotation')/ManyToOneRelationships?$select="
	     "ReferencingEntityNavigationPropertyName&$filter=ReferencedEntity%20eq%20'new_bank'",
	     NULL, 200);
	assert_string_equal(joined(s, "ReferencingEntityNavigationPropertyName"),
			    "objectid_new_bank");
	drop_bank(s);
	must(s, METHOD_GET, "new_banks", NULL, 404);
	must(s, METHOD_GET,
	     "EntityDefinitions(LogicalName='annotation')/ManyToOneRelationships?$select="
	     "SchemaName&$filter=ReferencedEntity%20eq%20'new_bank'",
	     NULL, 200);
	assert_string_equal(joined(s, "SchemaName"), "");
}

static void columns_come_and_go(void **state)
{
	struct served *s = *state;

	create_bank(s);
	must(s, METHOD_POST, TABLE "/Attributes",
	     "{\"@odata.type\":\"Microsoft.Dynamics.CRM.IntegerAttributeMetadata\",\"SchemaName\":"
	     "\"new_Floors\",\"MinValue\":0,\"MaxValue\":100}",
	     204);
	must(s, METHOD_POST, TABLE "/Attributes",
	     "{\"@odata.type\":\"Microsoft.Dynamics.CRM.MoneyAttributeMetadata\",\"SchemaName\":"
	     "\"new_Worth\",\"Precision\":2}",
	     204);
	must(s, METHOD_POST, "new_banks", "{\"new_name\":\"B\",\"new_floors\":7,\"new_worth\":10}",
	     204);
	must(s, METHOD_GET, "new_banks?$select=new_floors,new_worth,new_worth_base,exchangerate",
	     NULL, 200);
	assert_string_equal(joined(s, "new_floors"), "7");
	assert_true(json_get(&json_get(answer_json(s), S("value"))->items[0],
			     S("_transactioncurrencyid_value"))
			    ->kind == JSON_STRING);
	must(s, METHOD_POST, "new_banks", "{\"new_name\":\"C\",\"new_floors\":101}", 400);
	expect_code(s,
		    ask(s, METHOD_POST, TABLE "/Attributes",
			"{\"@odata.type\":\"Microsoft.Dynamics.CRM.IntegerAttributeMetadata\","
			"\"SchemaName\":\"new_floors\"}"),
		    400, "0x80047013");
	must(s, METHOD_PUT, TABLE "/Attributes(LogicalName='new_floors')",
	     "{\"@odata.type\":\"Microsoft.Dynamics.CRM.IntegerAttributeMetadata\",\"SchemaName\":"
	     "\"new_Floors\",\"DisplayName\":" LABEL("Storeys") ",\"MinValue\":0,\"MaxValue\":200}",
	     204);
	must(s, METHOD_POST, "new_banks", "{\"new_name\":\"C\",\"new_floors\":101}", 204);
	must(s, METHOD_DELETE, TABLE "/Attributes(LogicalName='new_worth')", NULL, 204);
	must(s, METHOD_DELETE, TABLE "/Attributes(LogicalName='new_floors')", NULL, 204);
	must(s, METHOD_GET, "new_banks?$select=new_floors", NULL, 400);
	expect_code(s, ask(s, METHOD_DELETE, TABLE "/Attributes(LogicalName='new_name')", NULL),
		    400, "0x80047002");
	expect_code(s, ask(s, METHOD_DELETE, TABLE "/Attributes(LogicalName='statecode')", NULL),
		    400, "0x80044250");
	drop_bank(s);
}

static void options_are_changed_one_by_one(void **state)
{
	static const char choice[] =
		"{\"@odata.type\":\"Microsoft.Dynamics.CRM.PicklistAttributeMetadata\",\"SchemaName\":"
		"\"new_Kind\",\"OptionSet\":{\"Options\":[{\"Value\":1,\"Label\":" LABEL(
			"One") "},"
			       "{\"Value\":2,\"Label\":" LABEL("Two") "}],\"IsGlobal\":false}}";
#define OF_KIND "\"EntityLogicalName\":\"new_bank\",\"AttributeLogicalName\":\"new_kind\""
	struct served *s = *state;
	const struct json *options;

	create_bank(s);
	must(s, METHOD_POST, TABLE "/Attributes", choice, 204);
	must(s, METHOD_POST, "InsertOptionValue",
	     "{" OF_KIND ",\"Value\":7,\"Label\":" LABEL("Seven") "}", 200);
	assert_int_equal(json_int(answer_json(s), S("NewOptionValue"), 0), 7);
	must(s, METHOD_POST, "InsertOptionValue",
	     "{" OF_KIND ",\"Value\":7,\"Label\":" LABEL("Again") "}", 400);
	must(s, METHOD_POST, "UpdateOptionValue",
	     "{" OF_KIND ",\"Value\":1,\"Label\":" LABEL("Uno") ",\"MergeLabels\":true}", 204);
	must(s, METHOD_POST, "OrderOption", "{" OF_KIND ",\"Values\":[7,2,1]}", 204);
	must(s, METHOD_POST, "OrderOption", "{" OF_KIND ",\"Values\":[7,2]}", 400);
	must(s, METHOD_POST, "DeleteOptionValue", "{" OF_KIND ",\"Value\":2}", 204);
	expect_code(s, ask(s, METHOD_POST, "DeleteOptionValue", "{" OF_KIND ",\"Value\":2}"), 400,
		    "0x8004431a");
	must(s, METHOD_GET,
	     TABLE "/Attributes(LogicalName='new_kind')/Microsoft.Dynamics.CRM."
		   "PicklistAttributeMetadata/OptionSet?$select=Options",
	     NULL, 200);
	options = json_get(answer_json(s), S("Options"));
	assert_int_equal(options->n, 2);
	assert_int_equal(json_int(&options->items[0], S("Value"), 0), 7);
	assert_true(str_eq(json_text(json_get(json_get(&options->items[1], S("Label")),
					      S("UserLocalizedLabel")),
				     S("Label")),
			   S("Uno")));
	must(s, METHOD_POST, "new_banks", "{\"new_name\":\"A\",\"new_kind\":2}", 400);
	must(s, METHOD_POST, "InsertStatusValue",
	     "{\"EntityLogicalName\":\"new_bank\",\"AttributeLogicalName\":\"statuscode\",\"Value\":"
	     "10,\"StateCode\":1,\"Label\":" LABEL("Frozen") "}",
	     200);
	must(s, METHOD_POST, "new_banks", "{\"new_name\":\"A\",\"new_kind\":7}", 204);
	must(s, METHOD_PATCH, target_of(s, "new_banks", made_id(s)),
	     "{\"statecode\":1,\"statuscode\":10}", 204);
	drop_bank(s);
}

static void a_global_choice_is_followed_by_its_columns(void **state)
{
	struct served *s = *state;
	const struct json *set;

	create_bank(s);
	must(s, METHOD_POST, "GlobalOptionSetDefinitions",
	     "{\"@odata.type\":\"Microsoft.Dynamics.CRM.OptionSetMetadata\",\"Name\":\"new_colors\","
	     "\"OptionSetType\":\"Picklist\",\"Options\":[{\"Value\":1,\"Label\":" LABEL(
		     "Red") "}]}",
	     204);
	must(s, METHOD_POST, TABLE "/Attributes",
	     "{\"@odata.type\":\"Microsoft.Dynamics.CRM.PicklistAttributeMetadata\",\"SchemaName\":"
	     "\"new_Color\",\"GlobalOptionSet@odata.bind\":\"/GlobalOptionSetDefinitions(Name="
	     "'new_colors')\"}",
	     204);
	must(s, METHOD_POST, "InsertOptionValue",
	     "{\"OptionSetName\":\"new_colors\",\"Value\":2,\"Label\":" LABEL("Blue") "}", 200);
	must(s, METHOD_POST, "new_banks", "{\"new_name\":\"A\",\"new_color\":2}", 204);
	must(s, METHOD_GET,
	     TABLE
	     "/Attributes(LogicalName='new_color')/Microsoft.Dynamics.CRM."
	     "PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet,GlobalOptionSet",
	     NULL, 200);
	set = json_get(answer_json(s), S("GlobalOptionSet"));
	assert_int_equal(json_get(set, S("Options"))->n, 2);
	expect_code(s, ask(s, METHOD_DELETE, "GlobalOptionSetDefinitions(Name='new_colors')", NULL),
		    400, "0x80048417");
	drop_bank(s);
	must(s, METHOD_DELETE, "GlobalOptionSetDefinitions(Name='new_colors')", NULL, 204);
}

static void relationships_bind_rows(void **state)
{
	static const char lookup[] =
		"{\"@odata.type\":\"Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata\","
		"\"SchemaName\":\"new_Bank_Contacts\",\"ReferencedEntity\":\"new_bank\","
		"\"ReferencingEntity\":\"contact\",\"CascadeConfiguration\":{\"Delete\":\"Restrict\"},"
		"\"Lookup\":{\"SchemaName\":\"new_BankId\"}}";
	struct served *s = *state;
	const char *bank, *body;

	create_bank(s);
	must(s, METHOD_POST, "RelationshipDefinitions", lookup, 204);
	must(s, METHOD_GET, target_of(s, "RelationshipDefinitions", made_id(s)), NULL, 200);
	assert_true(str_eq(json_text(answer_json(s), S("ReferencingEntityNavigationPropertyName")),
			   S("new_BankId")));
	expect_code(s, ask(s, METHOD_POST, "RelationshipDefinitions", lookup), 400, "0x8004432b");
	must(s, METHOD_POST, "RelationshipDefinitions",
	     "{\"@odata.type\":\"Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata\","
	     "\"SchemaName\":\"new_banks_accounts\",\"Entity1LogicalName\":\"new_bank\","
	     "\"Entity2LogicalName\":\"account\",\"IntersectEntityName\":\"new_banks_accounts\"}",
	     204);
	must(s, METHOD_POST, "CreateCustomerRelationships",
	     "{\"OneToManyRelationships\":[{\"SchemaName\":\"new_bank_account\",\"ReferencedEntity\":"
	     "\"account\",\"ReferencingEntity\":\"new_bank\"},{\"SchemaName\":\"new_bank_contact\","
	     "\"ReferencedEntity\":\"contact\",\"ReferencingEntity\":\"new_bank\"}],\"Lookup\":{"
	     "\"SchemaName\":\"new_OwnedBy\",\"AttributeType\":\"Lookup\"}}",
	     200);
	assert_int_equal(json_get(answer_json(s), S("RelationshipIds"))->n, 2);
	must(s, METHOD_POST, "accounts", "{\"name\":\"Firm\"}", 204);
	body = str_cstr(&s->arena, str_fmt(&s->arena,
					   "{\"new_name\":\"A\",\"new_OwnedBy_account@odata.bind\":"
					   "\"/accounts(%.*s)\"}",
					   STR_ARG(made_id(s))));
	must(s, METHOD_POST, "new_banks", body, 204);
	bank = target_of(s, "new_banks", made_id(s));
	body = str_cstr(
		&s->arena,
		str_fmt(&s->arena, "{\"lastname\":\"L\",\"new_BankId@odata.bind\":\"/%s\"}", bank));
	must(s, METHOD_POST, "contacts", body, 204);
	/* the cascade that was told */
	must(s, METHOD_DELETE, bank, NULL, 405);
	must(s, METHOD_DELETE, "RelationshipDefinitions(SchemaName='new_Bank_Contacts')", NULL,
	     204);
	must(s, METHOD_GET, "contacts?$select=_new_bankid_value", NULL, 400);
	must(s, METHOD_DELETE, bank, NULL, 204);
	must(s, METHOD_DELETE, "RelationshipDefinitions(SchemaName='new_banks_accounts')", NULL,
	     204);
	must(s, METHOD_GET, "EntityDefinitions(LogicalName='new_banks_accounts')", NULL, 404);
	drop_bank(s);
}

static void keys_find_rows(void **state)
{
	struct served *s = *state;

	create_bank(s);
	must(s, METHOD_POST, TABLE "/Keys",
	     "{\"SchemaName\":\"new_ByName\",\"KeyAttributes\":[\"new_name\"]}", 204);
	expect_code(s,
		    ask(s, METHOD_POST, TABLE "/Keys",
			"{\"SchemaName\":\"new_Other\",\"KeyAttributes\":[\"new_name\"]}"),
		    400, "0x80060894");
	must(s, METHOD_PATCH, "new_banks(new_name='A')", "{}", 204);
	must(s, METHOD_GET, "new_banks(new_name='A')", NULL, 200);
	must(s, METHOD_DELETE, TABLE "/Attributes(LogicalName='new_name')", NULL, 400);
	must(s, METHOD_DELETE, TABLE "/Keys(LogicalName='new_byname')", NULL, 204);
	must(s, METHOD_GET, TABLE "/Keys", NULL, 200);
	assert_string_equal(joined(s, "LogicalName"), "");
	drop_bank(s);
}

static void what_may_not_be_changed_is_refused(void **state)
{
	static const struct {
		enum method method;
		const char *target, *body;
		int status;
		const char *code;
	} cases[] = {
		{ METHOD_DELETE, "EntityDefinitions(LogicalName='account')", NULL, 400,
		  "0x80044250" },
		{ METHOD_DELETE,
		  "EntityDefinitions(LogicalName='account')/Attributes(LogicalName='fax')", NULL,
		  400, "0x80044250" },
		{ METHOD_DELETE, "RelationshipDefinitions(SchemaName='account_primary_contact')",
		  NULL, 400, "0x80044250" },
		{ METHOD_PATCH, "EntityDefinitions(LogicalName='account')", "{}", 405,
		  "0x80060888" },
		{ METHOD_POST, "EntityDefinitions", "{\"SchemaName\":\"Bank\"}", 400,
		  "0x80040203" },
		{ METHOD_POST, "EntityDefinitions", "{\"SchemaName\":\"new_bank;drop\"}", 400,
		  "0x80040203" },
		{ METHOD_POST, "EntityDefinitions", "{\"SchemaName\":\"new_Bank\"}", 400,
		  "0x80040203" },
		{ METHOD_POST, "EntityDefinitions", "[]", 400, "0x80048d19" },
		{ METHOD_POST, "EntityDefinitions", "{", 400, "0x80048d19" },
		{ METHOD_POST, "EntityDefinitions(LogicalName='nothing')/Attributes", "{}", 404,
		  "0x80041102" },
		{ METHOD_POST, "EntityDefinitions(LogicalName='account')/Attributes",
		  "{\"SchemaName\":\"new_X\",\"@odata.type\":\"Microsoft.Dynamics.CRM."
		  "LookupAttributeMetadata\"}",
		  400, "0x80040203" },
		{ METHOD_POST, "InsertOptionValue",
		  "{\"EntityLogicalName\":\"account\",\"AttributeLogicalName\":\"name\"}", 400,
		  "0x80044320" },
		{ METHOD_POST, "RelationshipDefinitions", "{\"SchemaName\":\"new_x\"}", 400,
		  "0x80048d19" },
		{ METHOD_GET, "RetrieveMetadataChanges(ClientVersionStamp='777!x')", NULL, 400,
		  "0x80044352" },
	};
	struct served *s = *state;

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		expect_code(s, ask(s, cases[i].method, cases[i].target, cases[i].body),
			    cases[i].status, cases[i].code);
	must(s, METHOD_POST, "PublishXml", "{\"ParameterXml\":\"<x/>\"}", 204);
	must(s, METHOD_POST, "PublishAllXml", NULL, 204);
}

static void changes_are_told_since_a_stamp(void **state)
{
	struct served *s = *state;
	struct str stamp, id;
	const struct json *answer, *deleted;
	const char *target;

	must(s, METHOD_GET,
	     "RetrieveMetadataChanges(Query=@p1)?@p1={\"Properties\":{\"PropertyNames"
	     "\":[\"LogicalName\"]}}",
	     NULL, 200);
	stamp = str_dup(&s->arena, json_text(answer_json(s), S("ServerVersionStamp")));
	create_bank(s);
	id = made_id(s);
	target = str_cstr(&s->arena,
			  str_fmt(&s->arena,
				  "RetrieveMetadataChanges(Query=@p1,ClientVersionStamp=@p2,"
				  "DeletedMetadataFilters='Entity')?@p1={\"Properties\":{"
				  "\"PropertyNames\":[\"LogicalName\"]}}&@p2='%.*s'",
				  STR_ARG(stamp)));
	must(s, METHOD_GET, target, NULL, 200);
	answer = json_get(answer_json(s), S("EntityMetadata"));
	assert_int_equal(answer->n, 2); /* and annotation, for the notes */
	assert_true(str_eq(json_text(&answer->items[1], S("LogicalName")), S("new_bank")));
	drop_bank(s);
	must(s, METHOD_GET, target, NULL, 200);
	deleted = json_get(json_get(answer_json(s), S("DeletedMetadata")), S("Values"));
	deleted = json_get(&deleted->items[0], S("Items"));
	assert_true(str_eq(deleted->items[deleted->n - 1].text, id));
}

/* Two programs at one file: what one makes the other sees with its next request. */
static void another_connection_sees_the_change(void **state)
{
	struct served *s = *state;
	struct served other = *s;

	other.org = NULL;
	other.arena = arena_make(0);
	served_open(&other, true);
	must(&other, METHOD_GET, "new_banks", NULL, 404);
	create_bank(s);
	must(&other, METHOD_POST, "new_banks", "{\"new_name\":\"A\"}", 204);
	must(s, METHOD_POST, TABLE "/Attributes",
	     "{\"@odata.type\":\"Microsoft.Dynamics.CRM.MemoAttributeMetadata\",\"SchemaName\":"
	     "\"new_Text\"}",
	     204);
	must(&other, METHOD_GET, "new_banks?$select=new_text", NULL, 200);
	drop_bank(s);
	must(&other, METHOD_GET, "new_banks", NULL, 404);
	org_close(&other.org);
	arena_release(&other.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_gets_what_the_platform_adds),
		cmocka_unit_test(columns_come_and_go),
		cmocka_unit_test(options_are_changed_one_by_one),
		cmocka_unit_test(a_global_choice_is_followed_by_its_columns),
		cmocka_unit_test(relationships_bind_rows),
		cmocka_unit_test(keys_find_rows),
		cmocka_unit_test(what_may_not_be_changed_is_refused),
		cmocka_unit_test(changes_are_told_since_a_stamp),
		cmocka_unit_test(another_connection_sees_the_change),
	};

	return cmocka_run_group_tests(tests, served_setup, served_teardown);
}

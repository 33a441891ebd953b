/* SPDX-License-Identifier: MIT */
/*
 * $expand as facts/webapi.md 4.4 and the documented exchanges tell it.
 */
#include "related_rows.h"

#include "../dv/shared.h"
#include "base/limits.h"
#include "io/db.h"

static void a_lookup_becomes_an_object_with_its_key(void **state)
{
	struct served *s = *state;

	get(s, "accounts?$select=name&$expand=primarycontactid($select=lastname)");
	assert_string_equal(context_of(s), "accounts(name,primarycontactid(lastname))");
	assert_string_equal(members(s, row_at(s, 0)),
			    "@odata.etag,name,accountid,primarycontactid");

	const struct json *zoe = json_get(row_at(s, 0), S("primarycontactid"));

	assert_string_equal(members(s, zoe), "lastname,contactid");
	assert_true(str_eq(json_text(zoe, S("lastname")), S("Zoe")));
	assert_true(str_eq(json_text(zoe, S("contactid")), S(ZOE)));
	/* and null where it is null */
	assert_int_equal(json_get(row_at(s, 1), S("primarycontactid"))->kind, JSON_NULL);
}

static void all_columns_come_with_the_rows_version(void **state)
{
	struct served *s = *state;

	get(s, "accounts?$expand=primarycontactid");
	assert_string_equal(context_of(s), "accounts(primarycontactid())");

	const struct json *zoe = json_get(row_at(s, 0), S("primarycontactid"));

	assert_true(json_text(zoe, S("@odata.etag")).n > 0);
	/* nulls are there, too */
	assert_int_equal(json_get(zoe, S("fax"))->kind, JSON_NULL);
}

static void users_come_with_both_their_keys(void **state)
{
	struct served *s = *state;

	get(s, "accounts?$select=name&$expand=createdby($select=fullname)");

	const struct json *user = json_get(row_at(s, 0), S("createdby"));

	assert_string_equal(members(s, user), "fullname,systemuserid,ownerid");
	assert_true(str_eq(json_text(user, S("systemuserid")), json_text(user, S("ownerid"))));
}

static void an_owner_is_a_principal(void **state)
{
	struct served *s = *state;

	get(s, "accounts?$select=name&$expand=ownerid");

	const struct json *owner = json_get(row_at(s, 0), S("ownerid"));

	assert_true(str_eq(json_text(owner, S("@odata.type")),
			   S("#Microsoft.Dynamics.CRM.systemuser")));
	assert_true(str_eq(json_text(owner, S("ownerid")), related_user(s)));
	refused(s, "accounts?$expand=ownerid($select=fullname)",
		"type 'Microsoft.Dynamics.CRM.principal'");
}

static void a_polymorphic_lookup_is_expanded_by_its_target(void **state)
{
	struct served *s = *state;

	get(s, "contacts?$select=lastname&$orderby=lastname&"
	       "$expand=parentcustomerid_account($select=name),"
	       "parentcustomerid_contact($select=lastname)");
	assert_true(
		str_eq(json_text(json_get(row_at(s, 0), S("parentcustomerid_account")), S("name")),
		       S("Alpha")));
	assert_int_equal(json_get(row_at(s, 0), S("parentcustomerid_contact"))->kind, JSON_NULL);
}

static void references_are_urls(void **state)
{
	struct served *s = *state;

	get(s, "accounts?$select=name&$expand=primarycontactid/$ref");
	assert_string_equal(context_of(s),
			    "accounts(name,primarycontactid,primarycontactid/$ref())");
	assert_string_equal(members(s, row_at(s, 0)),
			    "@odata.etag,name,_primarycontactid_value,accountid,primarycontactid");

	const struct json *zoe = json_get(row_at(s, 0), S("primarycontactid"));

	assert_string_equal(members(s, zoe), "@odata.id");
	assert_true(str_eq(json_text(zoe, S("@odata.id")), S(ORG_ROOT "contacts(" ZOE ")")));
	assert_int_equal(json_get(row_at(s, 1), S("primarycontactid"))->kind, JSON_NULL);
	refused(s, "accounts?$expand=contact_customer_accounts/$ref",
		"Expand with $ref is only supported on lookup type navigation property.");
}

static void a_collection_becomes_an_array_and_a_link(void **state)
{
	struct served *s = *state;

	get(s, "accounts?$select=name&$expand=contact_customer_accounts($select=lastname;"
	       "$orderby=lastname)");
	assert_string_equal(context_of(s), "accounts(name,contact_customer_accounts(lastname))");

	const struct json *alpha = row_at(s, 0);
	const struct json *contacts = json_get(alpha, S("contact_customer_accounts"));

	assert_string_equal(texts_of(s, contacts, "lastname"), "Adam|Zoe");
	assert_string_equal(members(s, &contacts->items[0]),
			    "@odata.etag,lastname,_parentcustomerid_value,contactid");
	assert_true(str_eq(json_text(alpha, S("contact_customer_accounts@odata.nextLink")),
			   S(ORG_ROOT "accounts(" ALPHA ")/contact_customer_accounts"
				      "?$select=lastname&$orderby=lastname")));
	/* always, even where there is nothing */
	assert_string_equal(
		texts_of(s, json_get(row_at(s, 2), S("contact_customer_accounts")), "lastname"),
		"");
	assert_true(json_text(row_at(s, 2), S("contact_customer_accounts@odata.nextLink")).n > 0);
}

static void the_link_leads_to_the_same_rows(void **state)
{
	struct served *s = *state;
	struct str link;

	get(s, "accounts?$select=name&$expand=contact_customer_accounts("
	       "$select=lastname;$filter=lastname%20eq%20'Zoe'%20or%20lastname%20eq%20'a%26b')");
	link = json_text(row_at(s, 0), S("contact_customer_accounts@odata.nextLink"));
	assert_true(str_find_char(link, ' ') == STR_NONE);
	get(s, str_cstr(&s->arena, str_skip(link, sizeof(ORG_ROOT) - 1)));
	assert_string_equal(joined(s, "lastname"), "Zoe");
}

static void options_of_a_collection_count_for_it(void **state)
{
	struct served *s = *state;

	get(s, "accounts?$select=name&$expand=contact_customer_accounts($select=lastname;"
	       "$filter=startswith(lastname,'z'))");
	assert_string_equal(
		texts_of(s, json_get(row_at(s, 0), S("contact_customer_accounts")), "lastname"),
		"Zoe");
	get(s, "accounts?$select=name&$expand=contact_customer_accounts($select=lastname;"
	       "$orderby=lastname%20desc;$top=1)");
	assert_string_equal(
		texts_of(s, json_get(row_at(s, 0), S("contact_customer_accounts")), "lastname"),
		"Zoe");
}

static void many_to_many_is_a_collection(void **state)
{
	struct served *s = *state;

	get(s, "queues?$select=name&$filter=name%20eq%20'A'%20or%20name%20eq%20'B'&"
	       "$expand=queuemembership_association($select=fullname)");

	const struct json *members_of_a = json_get(row_at(s, 0), S("queuemembership_association"));

	assert_int_equal(members_of_a->n, 1);
	assert_string_equal(members(s, &members_of_a->items[0]),
			    "@odata.etag,fullname,systemuserid,ownerid");
	assert_int_equal(json_get(row_at(s, 1), S("queuemembership_association"))->n, 0);
}

static void one_row_by_its_key_has_versions_and_no_links(void **state)
{
	struct served *s = *state;

	get(s, "accounts(" ALPHA ")?$select=name&$expand=primarycontactid($select=lastname),"
	       "contact_customer_accounts($select=lastname)");
	assert_string_equal(context_of(s), "accounts(name,primarycontactid(lastname),"
					   "contact_customer_accounts(lastname))/$entity");

	const struct json *row = answer_json(s);

	assert_string_equal(members(s, row), "@odata.context,@odata.etag,name,accountid,"
					     "primarycontactid,contact_customer_accounts");
	assert_string_equal(members(s, json_get(row, S("primarycontactid"))),
			    "@odata.etag,lastname,contactid");
	assert_string_equal(members(s, &json_get(row, S("contact_customer_accounts"))->items[0]),
			    "@odata.etag,lastname,contactid");
}

static void a_written_row_is_answered_with_what_it_expands(void **state)
{
	struct served *s = *state;

	with_header(s, "Prefer", "return=representation");
	expect_status(s,
		      ask(s, METHOD_PATCH,
			  "accounts(" ALPHA
			  ")?$select=name&$expand=primarycontactid($select=lastname)",
			  "{\"fax\":\"1\"}"),
		      200);
	assert_true(
		str_eq(json_text(json_get(answer_json(s), S("primarycontactid")), S("lastname")),
		       S("Zoe")));
}

static void lookups_are_expanded_in_lookups(void **state)
{
	struct served *s = *state;

	get(s, "contacts?$select=lastname&$filter=lastname%20eq%20'Eve'&"
	       "$expand=parentcustomerid_account($select=name;"
	       "$expand=parentaccountid($select=name;$expand=primarycontactid($select=lastname)))");
	assert_string_equal(context_of(s), "contacts(lastname,parentcustomerid_account(name,"
					   "parentaccountid(name,primarycontactid(lastname))))");

	const struct json *beta = json_get(row_at(s, 0), S("parentcustomerid_account"));
	const struct json *alpha = json_get(beta, S("parentaccountid"));

	assert_string_equal(members(s, beta), "name,accountid,parentaccountid");
	assert_true(
		str_eq(json_text(json_get(alpha, S("primarycontactid")), S("lastname")), S("Zoe")));
}

static void a_nested_expand_pages_the_expanded_rows(void **state)
{
	struct served *s = *state;

	with_header(s, "Prefer", "odata.maxpagesize=1");
	get(s, "accounts?$select=name&$expand=contact_customer_accounts($select=lastname;"
	       "$expand=owninguser($select=fullname))");

	const struct json *contacts = json_get(row_at(s, 0), S("contact_customer_accounts"));
	struct str link = json_text(row_at(s, 0), S("contact_customer_accounts@odata.nextLink"));
	struct str next = json_text(answer_json(s), S("@odata.nextLink"));
	const char *first = texts_of(s, contacts, "lastname");

	assert_int_equal(contacts->n, 1);
	assert_string_equal(members(s, &contacts->items[0]), "lastname,contactid,owninguser");
	assert_true(str_find(link, S("countOfRecords%253d%25221%2522")) != STR_NONE);
	assert_true(str_find(next, S("countOfRecords%253d%25221%2522")) != STR_NONE);
	assert_true(str_find(link, S("&$expand=owninguser($select=fullname)&$skiptoken=")) !=
		    STR_NONE);

	/* the link goes on behind that row */
	with_header(s, "Prefer", "odata.maxpagesize=1");
	get(s, str_cstr(&s->arena, str_skip(link, sizeof(ORG_ROOT) - 1)));
	assert_string_equal(texts_of(s, contacts, "lastname"), first);
	assert_string_not_equal(joined(s, "lastname"), first);
	assert_int_equal(json_get(answer_json(s), S("value"))->n, 1);

	/* and so does that of the set */
	with_header(s, "Prefer", "odata.maxpagesize=1");
	get(s, str_cstr(&s->arena, str_skip(next, sizeof(ORG_ROOT) - 1)));
	assert_string_equal(joined(s, "name"), "Beta");
}

static void collections_are_expanded_in_collections_of_a_set(void **state)
{
	struct served *s = *state;

	get(s, "accounts?$select=name&$expand=account_parent_account($select=name;"
	       "$expand=contact_customer_accounts($select=lastname))");

	const struct json *below = json_get(row_at(s, 0), S("account_parent_account"));

	assert_string_equal(texts_of(s, below, "name"), "Beta");
	assert_string_equal(
		texts_of(s, json_get(&below->items[0], S("contact_customer_accounts")), "lastname"),
		"Eve");
}

static void what_the_platform_refuses_is_refused(void **state)
{
	struct served *s = *state;
	const char *options = "Only $select and $filter clause can be provided while doing $expand "
			      "on many-to-one relationship or nested one-to-many relationship.";
	const char *nested = "cannot be expanded. Only many-to-one relationships are supported for "
			     "nested expansion.";

	refused(s, "accounts?$expand=nothing", "Could not find a property named 'nothing'");
	refused(s, "accounts?$expand=PrimaryContactId", "Could not find a property named");
	refused(s, "accounts?$expand=name", "is not a navigation property");
	refused(s, "accounts?$expand=primarycontactid($top=1)", options);
	refused(s, "accounts?$expand=primarycontactid($orderby=lastname)", options);
	refused(s, "accounts?$expand=primarycontactid($select=nothing)",
		"Could not find a property named 'nothing'");
	refused(s, "accounts?$expand=contact_customer_accounts($top=1;$expand=owninguser)",
		options);
	refused(s,
		"accounts?$expand=account_parent_account($orderby=name),"
		"contact_customer_accounts($expand=owninguser)",
		options);
	refused(s,
		"accounts?$top=1&$expand=account_parent_account("
		"$expand=contact_customer_accounts)",
		options);
	refused(s, "queues?$expand=queuemembership_association($expand=createdby)", nested);
	refused(s, "queues?$expand=queuemembership_association,createdby($expand=createdby)",
		nested);
	refused(s,
		"accounts(" ALPHA ")?$expand=account_parent_account("
		"$expand=contact_customer_accounts)",
		"'account_parent_account'");
	refused(s, "accounts?$expand=primarycontactid,primarycontactid", "twice");
	refused(s, "accounts?$expand=primarycontactid($skip=1)", "$skip");
	refused(s, "accounts?$expand=primarycontactid(", "");
}

static void at_most_fifteen_are_expanded(void **state)
{
	struct served *s = *state;
	DEFER(buf_release) struct buf url = buf_make(0);

	buf_add(&url, S("accounts?$expand=createdby"));
	for (int i = 0; i < 14; i++)
		buf_add(&url, S("($expand=createdby"));
	for (int i = 0; i < 14; i++)
		buf_add(&url, S(")"));
	get(s, str_cstr(&s->arena, buf_str(&url)));
	buf_add(&url, S(",modifiedby"));
	refused(s, str_cstr(&s->arena, buf_str(&url)), "15");
}

static void annotations_stand_in_expanded_rows(void **state)
{
	struct served *s = *state;

	with_header(s, "Prefer", "odata.include-annotations=\"*\"");
	get(s, "accounts?$select=name&$expand=contact_customer_accounts($select=createdon)");

	const struct json *contacts = json_get(row_at(s, 0), S("contact_customer_accounts"));
	const struct json *contact = &contacts->items[0];

	assert_true(json_text(contact, S("createdon@OData.Community.Display.V1.FormattedValue")).n >
		    0);
	assert_true(str_eq(json_text(contact, S("_parentcustomerid_value@"
						"Microsoft.Dynamics.CRM.lookuplogicalname")),
			   S("account")));
	assert_true(str_eq(
		json_text(contact,
			  S("_parentcustomerid_value@OData.Community.Display.V1.FormattedValue")),
		S("Alpha")));
}

/* Behind the service: rules are written by messages of their own. */
static void add_rule(struct served *s, const char *calendar)
{
	DEFER(db_close) struct db *db = NULL;
	const char *sql =
		str_cstr(&s->arena, str_fmt(&s->arena,
					    "insert into calendarrule(calendarruleid, calendarid, "
					    "versionnumber) values('" ID("9") "', '%s', 1)",
					    calendar));

	org_close(&s->org);
	served_must(s, db_open(&db, &s->arena, s->path, DB_WRITE, &s->e));
	served_must(s, db_exec(db, sql, &s->e));
	db_close(&db);
	served_open(s, true);
}

static void rules_of_calendars_come_one_calendar_at_a_time(void **state)
{
	struct served *s = *state;
	const struct json *rules;

	related_add(s, "calendars", "{\"calendarid\":\"" ID("8") "\",\"name\":\"C\"}");
	add_rule(s, ID("8"));
	get(s, "calendars(" ID("8") ")?$select=name&$expand=calendar_calendar_rules");
	rules = json_get(answer_json(s), S("calendar_calendar_rules"));
	assert_string_equal(texts_of(s, rules, "calendarruleid"), ID("9"));
	get(s, "calendars?$select=name&$filter=calendarid%20eq%20" ID(
		       "8") "&"
			    "$expand=calendar_calendar_rules");
	rules = json_get(row_at(s, 0), S("calendar_calendar_rules"));
	assert_string_equal(texts_of(s, rules, "calendarruleid"), "");
	assert_true(str_eq(json_text(row_at(s, 0), S("calendar_calendar_rules@odata.nextLink")),
			   S(ORG_ROOT "calendars(" ID("8") ")/calendar_calendar_rules")));
	refused(s,
		"calendars(" ID("8") ")?$expand=calendar_calendar_rules("
				     "$expand=innercalendarid)",
		"Only many-to-one relationships are supported for nested expansion.");
}

/* Every member of `wanted` is in `got`, in any order, and no other; the first item stands for all. */
static void compare_shapes(struct served *s, const struct json *wanted, const struct json *got,
			   const char *file)
{
	if (wanted->kind != JSON_OBJECT)
		return;
	assert_int_equal(got->kind, JSON_OBJECT);
	for (size_t i = 0; i < wanted->n; i++) {
		const struct json *w = &wanted->members[i].value;
		const struct json *g = json_get(got, wanted->members[i].name);

		if (!g)
			fail_msg("%s: no %.*s among %s", file, STR_ARG(wanted->members[i].name),
				 members(s, got));
		if (w->kind == JSON_ARRAY && w->n > 0)
			compare_shapes(s, &w->items[0], &g->items[0], file);
		else
			compare_shapes(s, w, g, file);
	}
	if (wanted->n != got->n)
		fail_msg("%s: %s", file, members(s, got));
}

/* What stands behind $metadata#, without the ids in it. */
static const char *shape_of_context(struct served *s, const struct json *answer)
{
	struct str context = json_text(answer, S("@odata.context"));

	return str_cstr(&s->arena, str_skip(context, str_find(context, S("$metadata#"))));
}

static void answers_have_the_shape_of_documented_ones(void **state)
{
	struct served *s = *state;
	static const struct {
		const char *file, *request, *prefer;
	} cases[] = {
		{ "data/http/docs2024-expand-02-single-valued.txt",
		  "accounts?$select=name&$expand=primarycontactid($select=contactid,fullname),"
		  "createdby($select=fullname)",
		  "odata.maxpagesize=2" },
		{ "data/http/docs2024-expand-03-ref.txt",
		  "accounts?$select=name&$expand=primarycontactid/$ref", "odata.maxpagesize=2" },
		{ "data/http/docs2020-retrieve-entity-using-web-api-03.txt",
		  "accounts(" ALPHA ")/primarycontactid?$select=fullname", NULL },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *path = shared_path(cases[i].file);
		struct json *documented = arena_new(&s->arena, struct json);
		struct str text;

		if (!file_exists(path))
			return;
		served_must(s, file_read(&s->arena, path, LIMIT_JSON_ENVELOPE, &text, &s->e));
		text = str_skip(text, str_find(text, S("=== RESPONSE ===")));
		text = str_skip(text, str_find(text, S("\n{")) + 1);
		served_must(s, json_parse(&s->arena, text, path, documented, &s->e));
		if (cases[i].prefer)
			with_header(s, "Prefer", cases[i].prefer);
		get(s, cases[i].request);
		compare_shapes(s, documented, answer_json(s), cases[i].file);
		assert_string_equal(shape_of_context(s, answer_json(s)),
				    shape_of_context(s, documented));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lookup_becomes_an_object_with_its_key),
		cmocka_unit_test(all_columns_come_with_the_rows_version),
		cmocka_unit_test(users_come_with_both_their_keys),
		cmocka_unit_test(an_owner_is_a_principal),
		cmocka_unit_test(a_polymorphic_lookup_is_expanded_by_its_target),
		cmocka_unit_test(references_are_urls),
		cmocka_unit_test(a_collection_becomes_an_array_and_a_link),
		cmocka_unit_test(the_link_leads_to_the_same_rows),
		cmocka_unit_test(options_of_a_collection_count_for_it),
		cmocka_unit_test(many_to_many_is_a_collection),
		cmocka_unit_test(one_row_by_its_key_has_versions_and_no_links),
		cmocka_unit_test(a_written_row_is_answered_with_what_it_expands),
		cmocka_unit_test(lookups_are_expanded_in_lookups),
		cmocka_unit_test(a_nested_expand_pages_the_expanded_rows),
		cmocka_unit_test(collections_are_expanded_in_collections_of_a_set),
		cmocka_unit_test(what_the_platform_refuses_is_refused),
		cmocka_unit_test(at_most_fifteen_are_expanded),
		cmocka_unit_test(annotations_stand_in_expanded_rows),
		cmocka_unit_test(rules_of_calendars_come_one_calendar_at_a_time),
		cmocka_unit_test(answers_have_the_shape_of_documented_ones),
	};

	return cmocka_run_group_tests(tests, related_setup, served_teardown);
}

/* SPDX-License-Identifier: MIT */
/*
 * What stands behind a row in a URL: related rows, references, counts, properties.
 */
#include "related_rows.h"

static void a_lookup_leads_to_its_row(void **state)
{
	struct served *s = *state;

	get(s, "accounts(" ALPHA ")/primarycontactid?$select=lastname");
	assert_string_equal(context_of(s), "contacts(lastname)/$entity");
	assert_string_equal(members(s, answer_json(s)),
			    "@odata.context,@odata.etag,lastname,contactid");
	get(s, "contacts(" EVE ")/parentcustomerid_account?$select=name&"
	       "$expand=parentaccountid($select=name)");
	assert_true(str_eq(json_text(json_get(answer_json(s), S("parentaccountid")), S("name")),
			   S("Alpha")));

	struct str user = related_user(s);

	get(s, "accounts(" ALPHA ")/ownerid?$select=fullname");
	assert_true(str_eq(json_text(answer_json(s), S("ownerid")), user));
}

static void a_lookup_that_is_null_has_no_content(void **state)
{
	struct served *s = *state;

	expect_status(s, ask(s, METHOD_GET, "accounts(" BETA ")/primarycontactid", NULL), 204);
	assert_int_equal(s->answer.body.n, 0);
	/* it points to another of its tables */
	expect_status(s, ask(s, METHOD_GET, "contacts(" EVE ")/parentcustomerid_contact", NULL),
		      204);
	expect_status(s, ask(s, METHOD_GET, "accounts(" BETA ")/primarycontactid/$ref", NULL), 204);
}

static void a_collection_is_a_list_with_every_option(void **state)
{
	struct served *s = *state;

	get(s, "accounts(" ALPHA ")/contact_customer_accounts?$select=lastname&$orderby=lastname");
	assert_string_equal(context_of(s), "contacts(lastname)");
	assert_string_equal(joined(s, "lastname"), "Adam|Zoe");
	get(s, "accounts(" ALPHA ")/contact_customer_accounts?$select=lastname&$count=true&"
	       "$filter=lastname%20eq%20'zoe'&$expand=parentcustomerid_account($select=name)");
	assert_string_equal(joined(s, "lastname"), "Zoe");
	assert_int_equal(json_int(answer_json(s), S("@odata.count"), -1), 1);
	get(s, "accounts(" GAMMA ")/contact_customer_accounts");
	assert_string_equal(joined(s, "lastname"), "");
	get(s, "queues(" QUEUE_A ")/queuemembership_association?$select=fullname");
	assert_int_equal(json_get(answer_json(s), S("value"))->n, 1);
	get(s, "queues(" QUEUE_B ")/queuemembership_association?$select=fullname");
	assert_int_equal(json_get(answer_json(s), S("value"))->n, 0);
}

static void a_collection_is_paged(void **state)
{
	struct served *s = *state;
	struct str next;
	const char *first;

	with_header(s, "Prefer", "odata.maxpagesize=1");
	get(s, "accounts(" ALPHA ")/contact_customer_accounts?$select=lastname&"
	       "$orderby=lastname%20desc");
	first = joined(s, "lastname");
	next = json_text(answer_json(s), S("@odata.nextLink"));
	assert_string_equal(first, "Zoe");
	with_header(s, "Prefer", "odata.maxpagesize=1");
	get(s, str_cstr(&s->arena, str_skip(next, sizeof(ORG_ROOT) - 1)));
	assert_string_equal(joined(s, "lastname"), "Adam");
	assert_null(json_get(answer_json(s), S("@odata.nextLink")));
}

static void references_are_listed(void **state)
{
	struct served *s = *state;

	get(s, "accounts(" ALPHA ")/contact_customer_accounts/$ref");
	assert_string_equal(context_of(s), "Collection($ref)");
	assert_string_equal(joined(s, "@odata.id"),
			    ORG_ROOT "contacts(" ZOE ")|" ORG_ROOT "contacts(" ADAM ")");
	get(s, "accounts(" ALPHA ")/primarycontactid/$ref");
	assert_string_equal(context_of(s), "$ref");
	assert_true(
		str_eq(json_text(answer_json(s), S("@odata.id")), S(ORG_ROOT "contacts(" ZOE ")")));
	get(s, "accounts/$ref?$filter=name%20eq%20'Beta'");
	assert_string_equal(joined(s, "@odata.id"), ORG_ROOT "accounts(" BETA ")");
}

static void references_are_paged(void **state)
{
	struct served *s = *state;
	struct str next;

	with_header(s, "Prefer", "odata.maxpagesize=1");
	get(s, "accounts(" ALPHA ")/contact_customer_accounts/$ref");
	assert_string_equal(joined(s, "@odata.id"), ORG_ROOT "contacts(" ZOE ")");
	next = json_text(answer_json(s), S("@odata.nextLink"));
	with_header(s, "Prefer", "odata.maxpagesize=1");
	get(s, str_cstr(&s->arena, str_skip(next, sizeof(ORG_ROOT) - 1)));
	assert_string_equal(joined(s, "@odata.id"), ORG_ROOT "contacts(" ADAM ")");
	assert_null(json_get(answer_json(s), S("@odata.nextLink")));
}

static void a_collection_is_counted(void **state)
{
	struct served *s = *state;

	get(s, "accounts(" ALPHA ")/contact_customer_accounts/$count");
	assert_true(str_ends(s->answer.body, S("2")));
	assert_true(strncmp(answer_header(s, "Content-Type"), "text/plain", 10) == 0);
	get(s,
	    "accounts(" ALPHA ")/contact_customer_accounts/$count?$filter=lastname%20eq%20'Zoe'");
	assert_true(str_ends(s->answer.body, S("1")));
	expect_code(s, ask(s, METHOD_GET, "accounts(" ALPHA ")/primarycontactid/$count", NULL), 404,
		    "0x80060888");
}

static void a_property_is_read_alone(void **state)
{
	struct served *s = *state;

	get(s, "accounts(" ALPHA ")/name");
	assert_string_equal(context_of(s), "accounts(" ALPHA ")/name");
	assert_string_equal(members(s, answer_json(s)), "@odata.context,value");
	assert_true(str_eq(json_text(answer_json(s), S("value")), S("Alpha")));
	get(s, "accounts(" ALPHA ")/_primarycontactid_value");
	assert_true(str_eq(json_text(answer_json(s), S("value")), S(ZOE)));
	get(s, "accounts(" ALPHA ")/statecode");
	assert_int_equal(json_int(answer_json(s), S("value"), -1), 0);
	expect_status(s, ask(s, METHOD_GET, "accounts(" BETA ")/_primarycontactid_value", NULL),
		      204);
	assert_int_equal(s->answer.body.n, 0);
}

static void a_value_is_plain_text(void **state)
{
	struct served *s = *state;

	get(s, "accounts(" ALPHA ")/name/$value");
	assert_true(str_eq(s->answer.body, S("Alpha")));
	assert_true(strncmp(answer_header(s, "Content-Type"), "text/plain", 10) == 0);
	get(s, "accounts(" ALPHA ")/statecode/$value");
	assert_true(str_eq(s->answer.body, S("0")));
	get(s, "accounts(" ALPHA ")/creditonhold/$value");
	assert_true(str_eq(s->answer.body, S("false")));
	get(s, "accounts(" ALPHA ")/accountid/$value");
	assert_true(str_eq(s->answer.body, S(ALPHA)));
	expect_status(s, ask(s, METHOD_GET, "accounts(" ALPHA ")/fax/$value", NULL), 204);
}

static void paths_go_on_behind_a_row(void **state)
{
	struct served *s = *state;

	get(s, "contacts(" EVE ")/parentcustomerid_account/name");
	assert_string_equal(context_of(s), "accounts(" BETA ")/name");
	get(s, "contacts(" EVE ")/parentcustomerid_account/parentaccountid?$select=name");
	assert_true(str_eq(json_text(answer_json(s), S("name")), S("Alpha")));
	get(s, "contacts(" EVE ")/parentcustomerid_account/contact_customer_accounts/$count");
	assert_true(str_ends(s->answer.body, S("1")));
	get(s, "accounts(" ALPHA ")/contact_customer_accounts(" ADAM ")?$select=lastname");
	assert_true(str_eq(json_text(answer_json(s), S("lastname")), S("Adam")));
	get(s, "queues(" QUEUE_A ")/queuemembership_association/$ref");
	/* Eve is not one of Alpha's */
	expect_code(
		s,
		ask(s, METHOD_GET, "accounts(" ALPHA ")/contact_customer_accounts(" EVE ")", NULL),
		404, "0x80040217");
}

static void what_is_not_there_is_not_found(void **state)
{
	struct served *s = *state;
	static const char *const segments[] = {
		"accounts(" ALPHA ")/nothing",
		"accounts(" ALPHA ")/Name",
		"accounts(" ALPHA ")/nothing/$value",
		"accounts(" ALPHA ")/nothing/$ref",
		"accounts(" ALPHA ")/name/$ref",
		"accounts(" ALPHA ")/name/$count",
		"accounts(" ALPHA ")/name/name",
		"accounts(" ALPHA ")/primarycontactid(" ZOE ")",
	};
	static const char *const rows[] = {
		"accounts(" ID("9") ")/name",
		"accounts(" ID("9") ")/primarycontactid",
		"accounts(" ID("9") ")/contact_customer_accounts",
		"accounts(" ID("9") ")/contact_customer_accounts/$ref",
	};

	for (size_t i = 0; i < COUNT_OF(segments); i++)
		expect_code(s, ask(s, METHOD_GET, segments[i], NULL), 404, "0x80060888");
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		expect_code(s, ask(s, METHOD_GET, rows[i], NULL), 404, "0x80040217");
	expect_code(s, ask(s, METHOD_GET, "accounts(" ALPHA ")/primarycontactid?$top=1", NULL), 400,
		    "0x80060888");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lookup_leads_to_its_row),
		cmocka_unit_test(a_lookup_that_is_null_has_no_content),
		cmocka_unit_test(a_collection_is_a_list_with_every_option),
		cmocka_unit_test(a_collection_is_paged),
		cmocka_unit_test(references_are_listed),
		cmocka_unit_test(references_are_paged),
		cmocka_unit_test(a_collection_is_counted),
		cmocka_unit_test(a_property_is_read_alone),
		cmocka_unit_test(a_value_is_plain_text),
		cmocka_unit_test(paths_go_on_behind_a_row),
		cmocka_unit_test(what_is_not_there_is_not_found),
	};

	return cmocka_run_group_tests(tests, related_setup, served_teardown);
}

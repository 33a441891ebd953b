/* SPDX-License-Identifier: MIT */
/*
 * Rows written over HTTP: upsert by every kind of key, conditions, what is told back, single properties
 * (facts/webapi.md 1.5, 2.1, 2.3).
 */
#include "served.h"

#include "keyed.h"

#define ID(n) "11111111-0000-4000-8000-00000000000" n
#define ROOT "local:/api/data/v9.2/"

static int keyed_setup(void **state)
{
	struct served *s;

	served_setup(state);
	s = *state;
	org_close(&s->org);
	served_must(s, give_keys(s->path, "account",
				 "[{\"name\":\"number\",\"columns\":[\"accountnumber\"]},"
				 "{\"name\":\"two\",\"columns\":[\"numberofemployees\",\"name\"]}]",
				 &s->e));
	served_open(s, true);
	return 0;
}

static void make(struct served *s, const char *body)
{
	expect_status(s, ask(s, METHOD_POST, "accounts", body), 204);
}

/* A property of a row, or the status when it cannot be read. */
static const char *property(struct served *s, const char *key, const char *name)
{
	struct str url = str_fmt(&s->arena, "accounts(%s)?$select=%s", key, name);
	int status = ask_str(s, METHOD_GET, url, NULL);
	const struct json *v;

	if (status != 200)
		return str_cstr(&s->arena, str_fmt(&s->arena, "%d", status));
	v = json_get(answer_json(s), str_from(name));
	assert_non_null(v);
	return v->kind == JSON_NULL ? "null" : str_cstr(&s->arena, v->text);
}

static void an_upsert_by_key_creates_and_then_updates(void **state)
{
	struct served *s = *state;
	static const char url[] = "accounts(accountnumber='A%201')";

	expect_status(s, ask(s, METHOD_PATCH, url, "{\"name\":\"new\"}"), 204);
	assert_string_equal(answer_header(s, "OData-EntityId"),
			    ROOT "accounts(accountnumber='A%201')");
	assert_string_equal(property(s, "accountnumber='a%201'", "name"), "new");
	assert_string_equal(property(s, "accountnumber='a%201'", "accountnumber"), "A 1");

	const char *id = str_cstr(&s->arena, json_text(answer_json(s), S("accountid")));

	/* the body's value of the key is dropped */
	expect_status(s,
		      ask(s, METHOD_PATCH, "accounts(accountnumber='a%201')",
			  "{\"name\":\"newer\",\"accountnumber\":\"other\"}"),
		      204);
	assert_string_equal(property(s, id, "name"), "newer");
	assert_string_equal(property(s, id, "accountnumber"), "A 1");
	assert_string_equal(property(s, "accountnumber='other'", "name"), "404");
}

static void a_new_row_takes_from_its_key_what_its_body_lacks(void **state)
{
	struct served *s = *state;

	expect_status(s,
		      ask(s, METHOD_PATCH, "accounts(numberofemployees=5,name='key')",
			  "{\"name\":\"body\",\"accountid\":\"" ID("1") "\"}"),
		      204);
	assert_string_equal(property(s, ID("1"), "name"), "body");
	assert_string_equal(property(s, ID("1"), "numberofemployees"), "5");
	/* the row is not found by the URL that made it */
	assert_string_equal(property(s, "numberofemployees=5,name='key'", "name"), "404");
}

static void the_table_of_conditions_holds_for_keys(void **state)
{
	struct served *s = *state;
	static const char there[] = "accounts(accountnumber='there')";
	static const char gone[] = "accounts(accountnumber='gone')";

	make(s, "{\"accountid\":\"" ID("2") "\",\"accountnumber\":\"there\"}");
	with_header(s, "If-None-Match", "*");
	expect_code(s, ask(s, METHOD_PATCH, there, "{\"name\":\"x\"}"), 412, "0x80040237");
	assert_true(answer_has(s, "A record with matching key values already exists."));
	with_header(s, "If-Match", "*");
	expect_code(s, ask(s, METHOD_PATCH, gone, "{\"name\":\"x\"}"), 404, "0x80060891");
	with_header(s, "If-Match", "W/\"1\"");
	expect_code(s, ask(s, METHOD_PATCH, gone, "{\"name\":\"x\"}"), 404, "0x80060891");
	with_header(s, "If-Match", "W/\"1\"");
	expect_code(s, ask(s, METHOD_PATCH, there, "{\"name\":\"x\"}"), 412, "0x80060882");
	with_header(s, "If-Match", "*");
	with_header(s, "If-None-Match", "null");
	expect_status(s, ask(s, METHOD_PATCH, there, "{\"name\":\"x\"}"), 204);
	assert_string_equal(property(s, ID("2"), "name"), "x");
	with_header(s, "If-None-Match", "*");
	expect_status(s, ask(s, METHOD_PATCH, gone, "{\"name\":\"made\"}"), 204);
	expect_code(s, ask(s, METHOD_DELETE, "accounts(accountnumber='never')", NULL), 404,
		    "0x80060891");
	expect_status(s, ask(s, METHOD_DELETE, gone, NULL), 204);
	assert_string_equal(property(s, "accountnumber='gone'", "name"), "404");
}

static void keys_are_kept_unique(void **state)
{
	struct served *s = *state;

	make(s, "{\"accountid\":\"" ID("3") "\",\"accountnumber\":\"unique\"}");
	expect_code(s, ask(s, METHOD_POST, "accounts", "{\"accountnumber\":\"UNIQUE\"}"), 412,
		    "0x80060892");
	expect_code(s, ask(s, METHOD_GET, "accounts(name='x')", NULL), 400, "0x80060888");
	assert_true(answer_has(s, "Microsoft.Dynamics.CRM.account"));
	expect_code(s, ask(s, METHOD_GET, "accounts(accountnumber='nobody')", NULL), 404,
		    "0x80060891");
}

static void what_was_written_is_represented_when_asked_for(void **state)
{
	struct served *s = *state;

	with_header(s, "Prefer", "return=representation");
	expect_status(
		s,
		ask(s, METHOD_PATCH, "accounts(" ID("4") ")?$select=name", "{\"name\":\"made\"}"),
		201);
	assert_string_equal(answer_header(s, "Preference-Applied"), "return=representation");

	const struct json *row = answer_json(s);

	assert_true(str_eq(json_text(row, S("name")), S("made")));
	assert_true(str_eq(json_text(row, S("@odata.etag")), str_from(answer_header(s, "ETag"))));
	with_header(s, "Prefer", "return=representation");
	expect_status(s, ask(s, METHOD_PATCH, "accounts(" ID("4") ")", "{\"name\":\"again\"}"),
		      200);
	assert_true(str_eq(json_text(answer_json(s), S("name")), S("again")));
}

static void references_are_bound_by_alternate_keys_and_urls_of_all_forms(void **state)
{
	static const char *const urls[] = {
		"/accounts(accountnumber='parent')",
		"accounts(accountnumber='parent')",
		"/api/data/v9.1/accounts(accountnumber='parent')",
		"https://contoso.crm.dynamics.com/api/data/v9.2/accounts(accountnumber='par%65nt')",
		"accounts(" ID("5") ")",
	};
	struct served *s = *state;

	make(s, "{\"accountid\":\"" ID("5") "\",\"accountnumber\":\"parent\"}");
	for (size_t i = 0; i < COUNT_OF(urls); i++) {
		struct str body =
			str_fmt(&s->arena, "{\"parentaccountid@odata.bind\":\"%s\"}", urls[i]);

		expect_status(
			s, ask(s, METHOD_PATCH, "accounts(" ID("6") ")", str_cstr(&s->arena, body)),
			204);
		assert_string_equal(property(s, ID("6"), "_parentaccountid_value"), ID("5"));
		expect_status(
			s,
			ask(s, METHOD_PATCH, "accounts(" ID("6") ")", "{\"parentaccountid\":null}"),
			204);
		assert_string_equal(property(s, ID("6"), "_parentaccountid_value"), "null");
	}
	expect_code(s,
		    ask(s, METHOD_POST, "accounts",
			"{\"parentaccountid@odata.bind\":\"accounts(accountnumber='none')\"}"),
		    404, "0x80060891");
	expect_code(s,
		    ask(s, METHOD_POST, "accounts",
			"{\"parentaccountid@odata.bind\":\"/nothings(1)\"}"),
		    400, "0x80060888");
	assert_true(answer_has(s, "ODataUnrecognizedPathException"));
}

static void what_a_body_cannot_say_is_refused_as_the_platform_does(void **state)
{
	static const struct {
		const char *body;
		const char *code;
		const char *text;
	} cases[] = {
		{ "{\"nam\":\"x\"}", "0x80048d19", "nam" },
		{ "{\"Name\":\"x\"}", "0x80048d19", "Entity :'accounts'" },
		{ "{\"ParentAccountId@odata.bind\":\"/accounts(" ID("1") ")\"}", "0x80048d19",
		  "An undeclared property 'ParentAccountId' which only has property annotations" },
		{ "{\"numberofemployees\":\"many\"}", "0x80048d19",
		  "Cannot convert the literal 'many' to the expected type 'Edm.Int32'" },
		{ "{\"creditonhold\":\"yes\"}", "0x80048d19",
		  "Cannot convert the literal 'yes' to the expected type 'Edm.Boolean'" },
		{ "{\"lastonholdtime\":\"soon\"}", "0x80048d19", "Edm.DateTimeOffset" },
		{ "{\"lastonholdtime\":\"1752-12-31T00:00:00Z\"}", "0x80040239", "lastonholdtime" },
		{ "{\"_parentaccountid_value\":\"" ID("1") "\"}", "0x80048d19",
		  "_parentaccountid_value" },
		{ "{\"numberofemployees\":-1}", "0x8004432f", "numberofemployees" },
		{ "{\"creditlimit\":-1}", "0x80044330", "creditlimit" },
		{ "{\"industrycode\":12345}", "0x8004431a", "industrycode" },
		{ "{", "0x80048d19", "accounts" },
	};
	struct served *s = *state;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		expect_code(s, ask(s, METHOD_POST, "accounts", cases[i].body), 400, cases[i].code);
		if (!answer_has(s, cases[i].text))
			fail_msg("%s: %.*s", cases[i].text, STR_ARG(s->answer.body));
	}

	struct str body = str_fmt(&s->arena, "{\"accountnumber\":\"%0200d\"}", 0);

	expect_code(s, ask(s, METHOD_POST, "accounts", str_cstr(&s->arena, body)), 400,
		    "0x80044331");
	assert_true(answer_has(s, "A validation error occurred.  The length of the 'accountnumber' "
				  "attribute of the 'account' entity exceeded the maximum allowed "
				  "length of '20'."));
}

static void a_date_with_an_offset_is_kept_in_utc(void **state)
{
	struct served *s = *state;

	make(s,
	     "{\"accountid\":\"" ID(
		     "7") "\",\"@odata.type\":\"Microsoft.Dynamics.CRM.account\","
			  "\"@odata.etag\":\"W/\\\"1\\\"\",\"lastonholdtime\":\"2023-04-07T23:59:01+02:00\"}");
	assert_string_equal(property(s, ID("7"), "lastonholdtime"), "2023-04-07T21:59:01Z");
}

static void one_property_is_put_and_deleted(void **state)
{
	struct served *s = *state;

	make(s, "{\"accountid\":\"" ID("8") "\",\"name\":\"n\",\"accountnumber\":\"eight\"}");
	expect_status(s, ask(s, METHOD_PUT, "accounts(" ID("8") ")/name", "{\"value\":\"put\"}"),
		      204);
	assert_string_equal(answer_header(s, "OData-EntityId"), "(none)");
	assert_string_equal(property(s, ID("8"), "name"), "put");
	expect_status(s,
		      ask(s, METHOD_PUT, "accounts(accountnumber='eight')/numberofemployees",
			  "{\"value\":8}"),
		      204);
	assert_string_equal(property(s, ID("8"), "numberofemployees"), "8");
	expect_status(s, ask(s, METHOD_DELETE, "accounts(" ID("8") ")/name", NULL), 204);
	assert_string_equal(property(s, ID("8"), "name"), "null");

	with_header(s, "If-Match", "W/\"1\"");
	expect_code(s, ask(s, METHOD_PUT, "accounts(" ID("8") ")/name", "{\"value\":\"x\"}"), 412,
		    "0x80060882");
	expect_code(s, ask(s, METHOD_PUT, "accounts(" ID("9") ")/name", "{\"value\":\"x\"}"), 404,
		    "0x80040217");
	expect_code(s, ask(s, METHOD_PUT, "accounts(" ID("8") ")/nam", "{\"value\":\"x\"}"), 404,
		    "0x80060888");
	expect_code(s, ask(s, METHOD_PUT, "accounts(" ID("8") ")/name", "{\"valu\":\"x\"}"), 400,
		    "0x80048d19");
	expect_code(
		s,
		ask(s, METHOD_PUT, "accounts(" ID("8") ")/numberofemployees", "{\"value\":\"x\"}"),
		400, "0x80048d19");
	expect_code(s, ask(s, METHOD_PUT, "accounts(" ID("8") ")/createdon", "{\"value\":null}"),
		    400, "0x80040203");
	/* navigation properties have references instead */
	expect_code(s, ask(s, METHOD_DELETE, "accounts(" ID("8") ")/parentaccountid", NULL), 400,
		    "0x80060888");
	expect_code(s,
		    ask(s, METHOD_PUT, "accounts(" ID("8") ")/primarycontactid",
			"{\"value\":\"contacts(" ID("1") ")\"}"),
		    400, "0x80060888");
}

static void keys_find_rows_where_nothing_is_written(void **state)
{
	struct served *s = *state;

	make(s, "{\"name\":\"read\",\"accountnumber\":\"reader\"}");
	served_open(s, false);
	for (int i = 0; i < 2; i++)
		assert_string_equal(property(s, "accountnumber='READER'", "name"), "read");
	assert_string_equal(property(s, "accountnumber='nobody'", "name"), "404");
	expect_code(s, ask(s, METHOD_PATCH, "accounts(accountnumber='reader')", "{\"name\":\"x\"}"),
		    403, "0x80040220");
	served_open(s, true);
}

static void wrong_verbs_are_refused(void **state)
{
	struct served *s = *state;

	make(s, "{\"accountid\":\"" ID("a") "\"}");
	expect_code(s, ask(s, METHOD_PATCH, "accounts", "{}"), 405, "0x80060888");
	expect_code(s, ask(s, METHOD_PUT, "accounts", "{}"), 405, "0x80060888");
	expect_code(s, ask(s, METHOD_DELETE, "accounts", NULL), 405, "0x80060888");
	expect_code(s, ask(s, METHOD_POST, "accounts(" ID("a") ")", "{}"), 405, "0x80060888");
	expect_code(s, ask(s, METHOD_PUT, "accounts(" ID("a") ")", "{}"), 405, "0x80060888");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_upsert_by_key_creates_and_then_updates),
		cmocka_unit_test(a_new_row_takes_from_its_key_what_its_body_lacks),
		cmocka_unit_test(the_table_of_conditions_holds_for_keys),
		cmocka_unit_test(keys_are_kept_unique),
		cmocka_unit_test(what_was_written_is_represented_when_asked_for),
		cmocka_unit_test(references_are_bound_by_alternate_keys_and_urls_of_all_forms),
		cmocka_unit_test(what_a_body_cannot_say_is_refused_as_the_platform_does),
		cmocka_unit_test(a_date_with_an_offset_is_kept_in_utc),
		cmocka_unit_test(one_property_is_put_and_deleted),
		cmocka_unit_test(keys_find_rows_where_nothing_is_written),
		cmocka_unit_test(wrong_verbs_are_refused),
	};

	return cmocka_run_group_tests(tests, keyed_setup, served_teardown);
}

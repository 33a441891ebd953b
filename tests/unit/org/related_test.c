/* SPDX-License-Identifier: MIT */
/*
 * Rows in relation: deep insert, $ref, and Content-IDs of change sets (facts/webapi.md 1.6, 2.1, 3.1).
 */
#include "served.h"

#define ID(n) "11111111-0000-4000-8000-00000000000" n
#define ROOT "local:/api/data/v9.2/"

static void make(struct served *s, const char *set, const char *body)
{
	expect_status(s, ask(s, METHOD_POST, set, body), 204);
}

/* A property of a row, or the status when it cannot be read. */
static const char *property(struct served *s, const char *row, const char *name)
{
	struct str url = str_fmt(&s->arena, "%s?$select=%s", row, name);
	int status = ask_str(s, METHOD_GET, url, NULL);
	const struct json *v;

	if (status != 200)
		return str_cstr(&s->arena, str_fmt(&s->arena, "%d", status));
	v = json_get(answer_json(s), str_from(name));
	assert_non_null(v);
	return v->kind == JSON_NULL ? "null" : str_cstr(&s->arena, v->text);
}

/* One column of the rows of a table that has a value in another, sorted by it. */
static const char *column(struct served *s, const char *set, const char *table, const char *get,
			  const char *where, const char *value)
{
	struct str xml = str_fmt(&s->arena,
				 "<fetch><entity name='%s'><attribute name='%s'/>"
				 "<order attribute='%s'/><filter><condition attribute='%s' "
				 "operator='eq' value='%s'/></filter></entity></fetch>",
				 table, get, get, where, value);

	expect_status(s, fetch(s, set, str_cstr(&s->arena, xml)), 200);
	return joined(s, get);
}

static void nested_rows_are_created_with_the_row(void **state)
{
	struct served *s = *state;

	make(s, "accounts",
	     "{\"accountid\":\"" ID(
		     "1") "\",\"name\":\"Fourth Coffee\",\"primarycontactid\":{"
			  "\"contactid\":\"" ID(
				  "2") "\",\"lastname\":\"Curtis\",\"account_primary_contact\":["
				       "{\"name\":\"Inner\"},{\"name\":\"Outer\",\"primarycontactid\":null}]},"
				       "\"contact_customer_accounts\":[{\"lastname\":\"A\"},{\"lastname\":\"B\"}]}");
	assert_string_equal(answer_header(s, "OData-EntityId"), ROOT "accounts(" ID("1") ")");
	assert_string_equal(property(s, "accounts(" ID("1") ")", "_primarycontactid_value"),
			    ID("2"));
	assert_string_equal(column(s, "accounts", "account", "name", "primarycontactid", ID("2")),
			    "Fourth Coffee|Inner|Outer");
	assert_string_equal(
		column(s, "contacts", "contact", "lastname", "parentcustomerid", ID("1")), "A|B");
}

static void rows_are_bound_to_collections_of_a_new_row(void **state)
{
	struct served *s = *state;

	make(s, "contacts", "{\"contactid\":\"" ID("3") "\",\"lastname\":\"Bound\"}");
	make(s, "accounts",
	     "{\"accountid\":\"" ID("4") "\",\"contact_customer_accounts@odata.bind\":"
					 "[\"/contacts(" ID("3") ")\"]}");
	assert_string_equal(
		column(s, "contacts", "contact", "lastname", "parentcustomerid", ID("4")), "Bound");
	expect_status(s, ask(s, METHOD_GET, "WhoAmI", NULL), 200);

	const char *user = str_cstr(&s->arena, json_text(answer_json(s), S("UserId")));
	struct str body =
		str_fmt(&s->arena,
			"{\"queueid\":\"" ID("5") "\",\"name\":\"q\","
						  "\"queuemembership_association@odata.bind\":"
						  "[\"systemusers(%s)\"]}",
			user);

	make(s, "queues", str_cstr(&s->arena, body));
	assert_string_equal(column(s, "queuememberships", "queuemembership", "systemuserid",
				   "queueid", ID("5")),
			    user);
}

static void a_nested_row_that_fails_leaves_nothing(void **state)
{
	struct served *s = *state;

	expect_code(s,
		    ask(s, METHOD_POST, "accounts",
			"{\"accountid\":\"" ID("6") "\",\"primarycontactid\":{\"contactid\":\"" ID(
				"7") "\"},\"contact_customer_accounts\":[{\"nothing\":1}]}"),
		    400, "0x80048d19");
	expect_code(
		s,
		ask(s, METHOD_POST, "accounts",
		    "{\"accountid\":\"" ID("6") "\",\"primarycontactid\":{\"contactid\":\"" ID(
			    "7") "\"},\"contact_customer_accounts\":[{\"contactid\":\"" ID("7") "\"}]}"),
		412, "0x80040237");
	assert_string_equal(property(s, "accounts(" ID("6") ")", "name"), "404");
	assert_string_equal(property(s, "contacts(" ID("7") ")", "lastname"), "404");
}

static void an_update_does_not_nest(void **state)
{
	struct served *s = *state;

	make(s, "accounts", "{\"accountid\":\"" ID("8") "\"}");
	expect_code(s,
		    ask(s, METHOD_PATCH, "accounts(" ID("8") ")",
			"{\"primarycontactid\":{\"lastname\":\"x\"}}"),
		    400, "0x80048d19");
	expect_code(s, ask(s, METHOD_POST, "accounts", "{\"contact_customer_accounts\":{}}"), 400,
		    "0x80048d19");
	expect_code(s, ask(s, METHOD_POST, "accounts", "{\"primarycontactid\":[]}"), 400,
		    "0x80048d19");
	expect_code(s,
		    ask(s, METHOD_POST, "accounts",
			"{\"contact_customer_accounts@odata.bind\":\"/contacts(" ID("3") ")\"}"),
		    400, "0x80048d19");
	/* an owner may be a user or a team */
	expect_code(s, ask(s, METHOD_POST, "accounts", "{\"ownerid\":{\"name\":\"x\"}}"), 400,
		    "0x80048d19");
}

static void a_lookup_is_set_and_cleared_by_reference(void **state)
{
	struct served *s = *state;
	static const char ref[] = "contacts(" ID("9") ")/parentcustomerid_account/$ref";

	make(s, "accounts", "{\"accountid\":\"" ID("a") "\"}");
	make(s, "contacts", "{\"contactid\":\"" ID("9") "\"}");
	make(s, "contacts", "{\"contactid\":\"" ID("b") "\"}");
	expect_status(s,
		      ask(s, METHOD_PUT, ref,
			  "{\"@odata.id\":\"https://x/api/data/v9.0/accounts(" ID("a") ")\"}"),
		      204);
	assert_string_equal(property(s, "contacts(" ID("9") ")", "_parentcustomerid_value"),
			    ID("a"));
	/* one target in place of the other */
	expect_status(s,
		      ask(s, METHOD_PUT, "contacts(" ID("9") ")/parentcustomerid_contact/$ref",
			  "{\"@odata.id\":\"contacts(" ID("b") ")\"}"),
		      204);
	assert_string_equal(property(s, "contacts(" ID("9") ")", "_parentcustomerid_value"),
			    ID("b"));
	expect_code(s, ask(s, METHOD_PUT, ref, "{\"@odata.id\":\"contacts(" ID("b") ")\"}"), 400,
		    "0x80060888");
	/* the property of the other target holds nothing that could be cleared */
	expect_status(s, ask(s, METHOD_DELETE, ref, NULL), 204);
	assert_string_equal(property(s, "contacts(" ID("9") ")", "_parentcustomerid_value"),
			    ID("b"));
	expect_status(
		s,
		ask(s, METHOD_DELETE, "contacts(" ID("9") ")/parentcustomerid_contact/$ref", NULL),
		204);
	assert_string_equal(property(s, "contacts(" ID("9") ")", "_parentcustomerid_value"),
			    "null");
	expect_code(s, ask(s, METHOD_POST, ref, "{\"@odata.id\":\"accounts(" ID("a") ")\"}"), 405,
		    "0x80060888");
	expect_code(s, ask(s, METHOD_PUT, ref, "{\"@odata.id\":\"accounts(" ID("0") ")\"}"), 404,
		    "0x80040217");
	expect_code(s, ask(s, METHOD_PUT, ref, "{}"), 400, "0x80048d19");
	expect_code(s,
		    ask(s, METHOD_PUT, "contacts(" ID("0") ")/parentcustomerid_account/$ref",
			"{\"@odata.id\":\"accounts(" ID("a") ")\"}"),
		    404, "0x80040217");
}

static void children_are_added_and_removed_by_reference(void **state)
{
	struct served *s = *state;
	static const char add[] = "accounts(" ID("c") ")/contact_customer_accounts/$ref";
	static const char body[] = "{\"@odata.id\":\"" ROOT "contacts(" ID("d") ")\"}";
	static const char alone[] =
		"accounts(" ID("c") ")/contact_customer_accounts(" ID("d") ")/$ref";

	make(s, "accounts", "{\"accountid\":\"" ID("c") "\"}");
	make(s, "contacts", "{\"contactid\":\"" ID("d") "\"}");
	expect_code(s, ask(s, METHOD_POST, add, body), 400, "0x80060888");
	expect_status(s, ask(s, METHOD_POST, add, "{\"@odata.id\":\"/contacts(" ID("d") ")\"}"),
		      204);
	assert_string_equal(property(s, "contacts(" ID("d") ")", "_parentcustomerid_value"),
			    ID("c"));
	expect_status(s, ask(s, METHOD_DELETE, alone, NULL), 204);
	assert_string_equal(property(s, "contacts(" ID("d") ")", "_parentcustomerid_value"),
			    "null");
	expect_code(s, ask(s, METHOD_DELETE, alone, NULL), 404, "0x80040217");
	expect_status(s, ask(s, METHOD_POST, add, "{\"@odata.id\":\"contacts(" ID("d") ")\"}"),
		      204);
	expect_status(s,
		      ask(s, METHOD_DELETE,
			  "accounts(" ID("c") ")/contact_customer_accounts/$ref?$id=https://x/api/"
					      "data/v9.2/contacts(" ID("d") ")",
			  NULL),
		      204);
	assert_string_equal(property(s, "contacts(" ID("d") ")", "_parentcustomerid_value"),
			    "null");
	expect_code(s, ask(s, METHOD_DELETE, add, NULL), 400, "0x80060888");
	expect_code(s, ask(s, METHOD_PUT, add, "{\"@odata.id\":\"contacts(" ID("d") ")\"}"), 405,
		    "0x80060888");
}

static void a_collection_of_children_is_replaced_by_put(void **state)
{
	struct served *s = *state;
	static const char url[] = "accounts(" ID("e") ")/contact_customer_accounts";

	make(s, "accounts",
	     "{\"accountid\":\"" ID("e") "\",\"contact_customer_accounts\":[{\"lastname\":\"Old\"},"
					 "{\"lastname\":\"Older\"}]}");
	expect_status(s, ask(s, METHOD_PUT, url, "{\"value\":[{\"lastname\":\"New\"}]}"), 204);
	assert_string_equal(
		column(s, "contacts", "contact", "lastname", "parentcustomerid", ID("e")), "New");
	expect_code(s, ask(s, METHOD_PUT, url, "{\"value\":[{\"lastname\":1}]}"), 400,
		    "0x80048d19");
	expect_code(s, ask(s, METHOD_PUT, url, "{}"), 400, "0x80048d19");
	assert_string_equal(
		column(s, "contacts", "contact", "lastname", "parentcustomerid", ID("e")), "New");
}

#define SET "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
#define MEMBER(id)                                                                                 \
	"--c\r\nContent-Transfer-Encoding: binary\r\nContent-ID: " id                              \
	"\r\nContent-Type: application/http\r\n\r\n"
#define POST(set, body) "POST /api/data/v9.2/" set " HTTP/1.1\r\n\r\n" body "\r\n"
#define END "--c--\r\n--b--\r\n"
#define B(n) "22222222-0000-4000-8000-00000000000" n

static int batch(struct served *s, const char *body)
{
	with_header(s, "Content-Type", "multipart/mixed; boundary=b");
	return ask(s, METHOD_POST, "$batch", body);
}

static void parts_of_a_change_set_refer_to_earlier_ones(void **state)
{
	struct served *s = *state;

	expect_status(
		s,
		batch(s,
		      SET MEMBER("1") POST("contacts", "{\"contactid\":\"" B("1") "\"}") MEMBER(
			      "2") POST("accounts",
					"{\"accountid\":\"" B("2") "\","
								   "\"primarycontactid@"
								   "odata.bind\":\"$1\"}")
			      MEMBER("3") "PUT $1/lastname HTTP/1.1\r\n\r\n"
					  "{\"value\":\"Named\"}\r\n" MEMBER("4") "PATCH $2 HTTP/1.1\r\n\r\n{\"name\":\"Patched\"}\r\n" MEMBER(
						  "5") "PUT $1/parentcustomerid_account/$ref HTTP/1.1\r\n\r\n"
						       "{\"@odata.id\":\"$2\"}\r\n" END),
		200);
	assert_string_equal(property(s, "accounts(" B("2") ")", "_primarycontactid_value"), B("1"));
	assert_string_equal(property(s, "accounts(" B("2") ")", "name"), "Patched");
	assert_string_equal(property(s, "contacts(" B("1") ")", "lastname"), "Named");
	assert_string_equal(property(s, "contacts(" B("1") ")", "_parentcustomerid_value"), B("2"));
}

static void a_content_id_may_be_a_word(void **state)
{
	struct served *s = *state;

	expect_status(s,
		      batch(s, SET MEMBER("made") POST("contacts", "{\"contactid\":\"" B("8") "\"}")
				       MEMBER("next") "PUT $made/lastname HTTP/1.1\r\n\r\n"
						      "{\"value\":\"Word\"}\r\n" END),
		      200);
	assert_string_equal(property(s, "contacts(" B("8") ")", "lastname"), "Word");
}

static void references_forward_or_beyond_the_change_set_are_refused(void **state)
{
	static const char *const bodies[] = {
		/* forward */
		SET MEMBER("2") POST("contacts", "{\"parentcustomerid_account@odata.bind\":\"$1\"}")
			MEMBER("1") POST("accounts", "{\"accountid\":\"" B("3") "\"}") END,
		/* in a change set before */
		SET MEMBER("1") POST("accounts", "{}") "--c--\r\n" SET MEMBER("2")
			POST("contacts",
			     "{\"accountid\":\"" B(
				     "3") "\","
					  "\"parentcustomerid_account@odata.bind\":\"$1\"}") END,
		SET MEMBER("1") "PATCH $1 HTTP/1.1\r\n\r\n{}\r\n" END,
		("--b\r\nContent-Type: application/http\r\n\r\nPATCH $1 HTTP/1.1\r\n\r\n{}\r\n"
		 "--b--\r\n"),
	};
	struct served *s = *state;

	for (size_t i = 0; i < COUNT_OF(bodies); i++) {
		expect_status(s, batch(s, bodies[i]), 400);
		if (i != 1 && !answer_has(s, "Content-ID Reference: '$1' does not exist in the "
					     "batch context."))
			fail_msg("%zu: %.*s", i, STR_ARG(s->answer.body));
	}
	assert_string_equal(property(s, "accounts(" B("3") ")", "name"), "404");
}

static void a_content_id_is_needed_and_comes_once(void **state)
{
	struct served *s = *state;

	expect_code(s,
		    batch(s, SET "--c\r\nContent-Type: application/http\r\n\r\n" POST("accounts",
										      "{}") END),
		    400, "0x80060888");
	expect_code(s,
		    batch(s, SET MEMBER("1") POST("accounts", "{}") MEMBER("1")
				     POST("accounts", "{}") END),
		    400, "0x80060888");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nested_rows_are_created_with_the_row),
		cmocka_unit_test(rows_are_bound_to_collections_of_a_new_row),
		cmocka_unit_test(a_nested_row_that_fails_leaves_nothing),
		cmocka_unit_test(an_update_does_not_nest),
		cmocka_unit_test(a_lookup_is_set_and_cleared_by_reference),
		cmocka_unit_test(children_are_added_and_removed_by_reference),
		cmocka_unit_test(a_collection_of_children_is_replaced_by_put),
		cmocka_unit_test(parts_of_a_change_set_refer_to_earlier_ones),
		cmocka_unit_test(a_content_id_may_be_a_word),
		cmocka_unit_test(references_forward_or_beyond_the_change_set_are_refused),
		cmocka_unit_test(a_content_id_is_needed_and_comes_once),
	};

	return cmocka_run_group_tests(tests, served_setup, served_teardown);
}

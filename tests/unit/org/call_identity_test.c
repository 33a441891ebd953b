/* SPDX-License-Identifier: MIT */
/*
 * Requests in the name of others, and headers that need a privilege (facts/webapi.md 3.4).
 */
#include "people.h"

static struct str created_by(struct served *s, const char *contact, const char *property)
{
	struct str url = str_fmt(&s->arena, "contacts?$select=%s&$filter=lastname eq '%s'",
				 property, contact);

	expect_status(s, ask_str(s, METHOD_GET, url, NULL), 200);
	return str_from(joined(s, property));
}

static void a_row_tells_for_whom_and_by_whom_it_was_made(void **state)
{
	struct served *s = *state;
	static const char body[] = "{\"lastname\":\"delegated\"}";

	with_header(s, "CallerObjectId", BERTA_OBJECT);
	expect_status(s, ask(s, METHOD_POST, "contacts", body), 204);
	assert_true(str_eq(created_by(s, "delegated", "_createdby_value"), S(BERTA)));
	assert_true(str_eq(created_by(s, "delegated", "_ownerid_value"), S(BERTA)));

	struct str delegate = created_by(s, "delegated", "_createdonbehalfby_value");

	expect_status(s, ask(s, METHOD_GET, "WhoAmI", NULL), 200);
	assert_true(str_eq(delegate, json_text(answer_json(s), S("UserId"))));
	assert_true(str_eq(created_by(s, "delegated", "_modifiedonbehalfby_value"), delegate));

	/* who changes it himself is nobody's delegate */
	struct str set = S("contacts?$select=contactid&$filter=lastname eq 'delegated'");

	expect_status(s, ask_str(s, METHOD_GET, set, NULL), 200);
	set = str_fmt(&s->arena, "contacts(%s)", joined(s, "contactid"));
	expect_status(s, ask_str(s, METHOD_PATCH, set, "{\"firstname\":\"x\"}"), 204);
	assert_string_equal(created_by(s, "delegated", "_modifiedonbehalfby_value").p, "");
}

static void both_headers_name_the_user(void **state)
{
	struct served *s = *state;

	with_header(s, "mscrmcallerid", "{" BERTA "}");
	expect_status(s, ask(s, METHOD_GET, "WhoAmI", NULL), 200);
	assert_true(str_eq(json_text(answer_json(s), S("UserId")), S(BERTA)));
	with_header(s, "MSCRMCallerID", "somebody");
	expect_code(s, ask(s, METHOD_GET, "WhoAmI", NULL), 400, "0x80040203");
	with_header(s, "CallerObjectId", NOBODY);
	expect_code(s, ask(s, METHOD_GET, "WhoAmI", NULL), 403, "0x80072560");
	with_header(s, "MSCRMCallerID", GONE);
	expect_code(s, ask(s, METHOD_GET, "WhoAmI", NULL), 403, "0x80040225");
	/* and the next one is the administrator's again */
	expect_status(s, ask(s, METHOD_GET, "msdyn_octags?$top=1", NULL), 200);
}

static void only_what_both_may_is_allowed(void **state)
{
	struct served *s = *state;

	as(s, MIA);
	with_header(s, "MSCRMCallerID", BERTA);
	expect_code(s, ask(s, METHOD_GET, "WhoAmI", NULL), 403, "0x8004a110");
	as(s, EMRE);
	with_header(s, "MSCRMCallerID", BERTA);
	expect_status(s, ask(s, METHOD_GET, "WhoAmI", NULL), 200);
	/* Emre may, Berta may not */
	expect_status(s, ask(s, METHOD_POST, "msdyn_octags", "{\"msdyn_name\":\"x\"}"), 204);
	with_header(s, "MSCRMCallerID", BERTA);
	expect_code(s, ask(s, METHOD_POST, "msdyn_octags", "{\"msdyn_name\":\"x\"}"), 403,
		    "0x80040220");
	assert_true(answer_has(s, "Id=" BERTA));
	/* Mia may read every account in her own name, Emre those of EMEA */
	as(s, NULL);
	expect_status(s,
		      ask(s, METHOD_PATCH, "accounts(" OF_EMRE ")",
			  "{\"ownerid@odata.bind\":\"systemusers(" MIA ")\"}"),
		      204);
	as(s, MIA);
	expect_status(s, ask(s, METHOD_GET, "accounts?$select=name", NULL), 200);
	assert_int_equal(json_get(answer_json(s), S("value"))->n, 3);
	as(s, EMRE);
	with_header(s, "MSCRMCallerID", MIA);
	expect_status(s, ask(s, METHOD_GET, "accounts?$select=name", NULL), 200);
	assert_int_equal(json_get(answer_json(s), S("value"))->n, 0);
}

static void an_administrator_gets_no_more_than_whom_he_acts_for(void **state)
{
	struct served *s = *state;

	with_header(s, "MSCRMCallerID", BERTA);
	expect_code(s, ask(s, METHOD_PATCH, "accounts(" OF_ADMIN ")", "{\"telephone1\":\"1\"}"),
		    403, "0x80048306");
}

#define BATCH(header)                                                                              \
	"--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"       \
	"GET WhoAmI HTTP/1.1\r\n" header "\r\n\r\n--b--\r\n"

static void a_batch_names_the_user_for_its_parts(void **state)
{
	struct served *s = *state;

	with_header(s, "Content-Type", "multipart/mixed; boundary=b");
	with_header(s, "CallerObjectId", BERTA_OBJECT);
	expect_status(s, ask(s, METHOD_POST, "$batch", BATCH("")), 200);
	assert_true(answer_has(s, "\"UserId\":\"" BERTA));
	with_header(s, "Content-Type", "multipart/mixed; boundary=b");
	with_header(s, "CallerObjectId", BERTA_OBJECT);
	expect_status(s, ask(s, METHOD_POST, "$batch", BATCH("MSCRMCallerID: " READER "\r\n")),
		      200);
	assert_true(answer_has(s, "\"UserId\":\"" READER));
}

static void custom_logic_is_bypassed_by_who_may(void **state)
{
	struct served *s = *state;
	static const char contact[] = "{\"lastname\":\"x\"}";
	static const char tag[] = "{\"msdyn_name\":\"x\"}";

	with_header(s, "MSCRM.BypassBusinessLogicExecution", "CustomSync,CustomAsync");
	with_header(s, "MSCRM.SuppressCallbackRegistrationExpanderJob", "true");
	expect_status(s, ask(s, METHOD_POST, "contacts", contact), 204);
	with_header(s, "MSCRM.BypassBusinessLogicExecution", "Everything");
	expect_code(s, ask(s, METHOD_POST, "contacts", contact), 400, "0x80040203");
	with_header(s, "MSCRM.BypassBusinessLogicExecutionStepIds",
		    BERTA "," BERTA "," BERTA "," BERTA);
	expect_code(s, ask(s, METHOD_POST, "contacts", contact), 400, "0x80040203");
	as(s, BERTA);
	with_header(s, "MSCRM.BypassBusinessLogicExecution", "CustomSync");
	expect_code(s, ask(s, METHOD_POST, "contacts", contact), 403, "0x80040220");
	assert_true(answer_has(s, "prvBypassCustomBusinessLogic"));
	with_header(s, "MSCRM.BypassCustomPluginExecution", "true");
	expect_code(s, ask(s, METHOD_POST, "contacts", contact), 403, "0x80040220");
	assert_true(answer_has(s, "prvBypassCustomPlugins"));
	as(s, EMRE);
	with_header(s, "MSCRM.BypassBusinessLogicExecution", "CustomSync");
	expect_status(s, ask(s, METHOD_POST, "msdyn_octags", tag), 204);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_row_tells_for_whom_and_by_whom_it_was_made,
						people_setup, served_teardown),
		cmocka_unit_test_setup_teardown(both_headers_name_the_user, people_setup,
						served_teardown),
		cmocka_unit_test_setup_teardown(only_what_both_may_is_allowed, people_setup,
						served_teardown),
		cmocka_unit_test_setup_teardown(an_administrator_gets_no_more_than_whom_he_acts_for,
						people_setup, served_teardown),
		cmocka_unit_test_setup_teardown(a_batch_names_the_user_for_its_parts, people_setup,
						served_teardown),
		cmocka_unit_test_setup_teardown(custom_logic_is_bypassed_by_who_may, people_setup,
						served_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * Who may do what: reading to the depth of a role, writing, appending, assigning, deleting
 * (facts/webapi.md 2.5, routing.md d.11).
 */
#include "people.h"

static const char *accounts(struct served *s)
{
	expect_status(s, ask(s, METHOD_GET, "accounts?$select=name&$orderby=name", NULL), 200);
	return joined(s, "name");
}

static void a_reader_of_a_unit_sees_fewer_rows_and_no_error(void **state)
{
	struct served *s = *state;

	assert_string_equal(accounts(s), "Adventure Works (Berlin)|Adventure Works (EMEA)|"
					 "Adventure Works (headquarters)");
	as(s, READER);
	assert_string_equal(accounts(s), "Adventure Works (EMEA)");
	expect_status(s,
		      fetch(s, "accounts",
			    "<fetch><entity name='account'><attribute "
			    "name='name'/></entity></fetch>"),
		      200);
	assert_string_equal(joined(s, "name"), "Adventure Works (EMEA)");
	expect_status(s, ask(s, METHOD_GET, "accounts/$count", NULL), 200);
	assert_true(str_eq(s->answer.body, S("1")));
	expect_status(s, ask(s, METHOD_GET, "queues?$select=name", NULL), 200);
	assert_string_equal(joined(s, "name"), "");
}

static void rows_of_ones_own_and_of_ones_teams_are_seen_at_the_lowest_depth(void **state)
{
	struct served *s = *state;

	/* Berta is in a team that may read what belongs to EMEA */
	as(s, BERTA);
	assert_string_equal(accounts(s), "Adventure Works (Berlin)|Adventure Works (EMEA)");
	as(s, NULL);
	expect_status(s,
		      ask(s, METHOD_DELETE,
			  "teams(" TEAM ")/teammembership_association(" BERTA ")/$ref", NULL),
		      204);
	as(s, BERTA);
	assert_string_equal(accounts(s), "Adventure Works (Berlin)");
	as(s, NULL);
	expect_status(s,
		      ask(s, METHOD_POST, "teams(" TEAM ")/teammembership_association/$ref",
			  "{\"@odata.id\":\"systemusers(" BERTA ")\"}"),
		      204);
}

static void a_deep_role_reaches_the_units_below(void **state)
{
	struct served *s = *state;
	struct str body;

	expect_status(s,
		      ask(s, METHOD_GET,
			  "privileges?$select=privilegeid&$filter=name eq 'prvReadAccount'", NULL),
		      200);
	body = str_fmt(&s->arena, "{\"Privileges\":[{\"PrivilegeId\":\"%s\",\"Depth\":\"Deep\"}]}",
		       joined(s, "privilegeid"));
	expect_status(s,
		      ask(s, METHOD_POST, "roles(" READER_ROLE ")/" CALL "AddPrivilegesRole",
			  str_cstr(&s->arena, body)),
		      204);
	as(s, READER);
	assert_string_equal(accounts(s), "Adventure Works (Berlin)|Adventure Works (EMEA)");
}

static void one_row_out_of_reach_is_forbidden(void **state)
{
	struct served *s = *state;

	as(s, READER);
	expect_status(s, ask(s, METHOD_GET, "accounts(" OF_EMRE ")?$select=name", NULL), 200);
	expect_code(s, ask(s, METHOD_GET, "accounts(" OF_ADMIN ")?$select=name", NULL), 403,
		    "0x80048306");
	expect_code(s, ask(s, METHOD_GET, "accounts(" OF_ADMIN ")/name", NULL), 403, "0x80048306");
	expect_code(s, ask(s, METHOD_GET, "accounts(" NOBODY ")", NULL), 404, "0x80040217");
	with_header(s, "If-None-Match", "W/\"1\"");
	expect_code(s, ask(s, METHOD_GET, "accounts(" OF_ADMIN ")", NULL), 403, "0x80048306");
}

static void a_missing_privilege_is_named_with_user_and_table(void **state)
{
	struct served *s = *state;

	as(s, MIA);
	expect_code(s, ask(s, METHOD_GET, "userqueries", NULL), 403, "0x80040220");
	assert_true(answer_has(s, "Principal user (Id=" MIA ", type=8, roleCount="));
	assert_true(answer_has(s, "is missing prvReadUserQuery privilege (Id="));
	assert_true(answer_has(s, "for entity 'userquery'"));
	assert_true(answer_has(s, "context.Caller=" MIA));
	/* the tables of links and expanded ones count, too */
	expect_code(s,
		    fetch(s, "accounts",
			  "<fetch><entity name='account'><link-entity name='userquery' "
			  "from='createdby' to='createdby'/></entity></fetch>"),
		    403, "0x80040220");
	expect_code(s, ask(s, METHOD_POST, "msdyn_octags", "{\"msdyn_name\":\"x\"}"), 403,
		    "0x80040220");
	assert_true(answer_has(s, "prvCreatemsdyn_octag"));
	expect_code(s,
		    ask(s, METHOD_GET,
			"RetrieveTotalRecordCount(EntityNames=@p1)?@p1="
			"%5B%22userquery%22%5D",
			NULL),
		    403, "0x80040220");
}

static void writing_needs_a_right_that_reaches_the_row(void **state)
{
	struct served *s = *state;

	as(s, BERTA);
	expect_status(s, ask(s, METHOD_PATCH, "accounts(" OF_BERTA ")", "{\"telephone1\":\"1\"}"),
		      204);
	/* she sees it, through her team */
	expect_code(s, ask(s, METHOD_PATCH, "accounts(" OF_EMRE ")", "{\"telephone1\":\"1\"}"), 403,
		    "0x80048306");
	assert_true(answer_has(s, "WriteAccess"));
	expect_code(s, ask(s, METHOD_DELETE, "accounts(" OF_EMRE ")", NULL), 403, "0x80048306");
	as(s, READER);
	expect_code(s, ask(s, METHOD_PATCH, "accounts(" OF_EMRE ")", "{\"telephone1\":\"1\"}"), 403,
		    "0x80040220");
	assert_true(answer_has(s, "prvWriteAccount"));
}

static void what_is_pointed_to_has_to_take_it(void **state)
{
	struct served *s = *state;

	as(s, BERTA);
	expect_status(s,
		      ask(s, METHOD_POST, "contacts",
			  "{\"lastname\":\"x\",\"parentcustomerid_account@odata.bind\":"
			  "\"accounts(" OF_BERTA ")\"}"),
		      204);
	expect_code(s,
		    ask(s, METHOD_POST, "contacts",
			"{\"lastname\":\"x\",\"parentcustomerid_account@odata.bind\":"
			"\"accounts(" OF_EMRE ")\"}"),
		    403, "0x80048306");
	assert_true(answer_has(s, "AppendToAccess"));
	expect_code(s,
		    ask(s, METHOD_PUT, "accounts(" OF_BERTA ")/parentaccountid/$ref",
			"{\"@odata.id\":\"accounts(" OF_EMRE ")\"}"),
		    403, "0x80048306");
}

static void rows_are_assigned_to_those_who_could_read_them(void **state)
{
	struct served *s = *state;

	as(s, BERTA);
	expect_status(s,
		      ask(s, METHOD_PATCH, "accounts(" OF_BERTA ")",
			  "{\"ownerid@odata.bind\":\"systemusers(" EMRE ")\"}"),
		      204);
	/* it is no longer hers */
	expect_code(s,
		    ask(s, METHOD_PATCH, "accounts(" OF_BERTA ")",
			"{\"ownerid@odata.bind\":\"systemusers(" BERTA ")\"}"),
		    403, "0x80048306");
	assert_true(answer_has(s, "AssignAccess"));
	as(s, NULL);
	expect_status(s,
		      ask(s, METHOD_PATCH, "accounts(" OF_BERTA ")",
			  "{\"ownerid@odata.bind\":\"systemusers(" BERTA ")\"}"),
		      204);
	as(s, BERTA);
	expect_code(s,
		    ask(s, METHOD_PATCH, "accounts(" OF_BERTA ")",
			"{\"ownerid@odata.bind\":\"systemusers(" GONE ")\"}"),
		    403, "0x80040231");
	/* a row for somebody else is out of a basic user's reach */
	expect_code(s,
		    ask(s, METHOD_POST, "accounts",
			"{\"name\":\"x\",\"ownerid@odata.bind\":\"systemusers(" EMRE ")\"}"),
		    403, "0x80048306");
}

static void roles_are_given_by_who_may_give_them(void **state)
{
	struct served *s = *state;
	static const char url[] = "systemusers(" BERTA ")/systemuserroles_association/$ref";
	static const char body[] = "{\"@odata.id\":\"roles(" READER_ROLE ")\"}";

	as(s, BERTA);
	expect_code(s, ask(s, METHOD_POST, url, body), 403, "0x80040220");
	assert_true(answer_has(s, "prvAssignRole"));
	as(s, NULL);
	expect_status(s, ask(s, METHOD_POST, url, body), 204);
	as(s, READER);
	expect_code(s, ask(s, METHOD_POST, "EntityDefinitions", "{}"), 403, "0x80040220");
	assert_true(answer_has(s, "prvCreateEntity"));
}

static void a_new_administrator_may_do_everything_at_once(void **state)
{
	struct served *s = *state;
	struct str body;

	expect_status(s,
		      ask(s, METHOD_GET,
			  "roles?$select=roleid&$filter=name eq 'System Administrator'", NULL),
		      200);
	body = str_fmt(&s->arena, "{\"@odata.id\":\"roles(%s)\"}", joined(s, "roleid"));
	expect_status(s,
		      ask(s, METHOD_POST,
			  "systemusers(" READER ")/systemuserroles_association/$ref",
			  str_cstr(&s->arena, body)),
		      204);
	as(s, READER);
	expect_status(s, ask(s, METHOD_POST, "msdyn_octags", "{\"msdyn_name\":\"x\"}"), 204);
	expect_status(s, ask(s, METHOD_DELETE, "accounts(" OF_ADMIN ")", NULL), 204);
}

static void who_is_no_active_user_is_refused(void **state)
{
	struct served *s = *state;

	as(s, NOBODY);
	expect_code(s, ask(s, METHOD_GET, "WhoAmI", NULL), 403, "0x80072560");
	as(s, GONE);
	expect_code(s, ask(s, METHOD_GET, "WhoAmI", NULL), 403, "0x80040225");
	as(s, NULL);
	expect_status(s, ask(s, METHOD_PATCH, "systemusers(" GONE ")", "{\"isdisabled\":false}"),
		      204);
	as(s, GONE);
	expect_code(s, ask(s, METHOD_GET, "WhoAmI", NULL), 403, "0x80042f09");
}

static void who_am_i_tells_the_callers_own_unit(void **state)
{
	struct served *s = *state;

	as(s, READER);
	expect_status(s, ask(s, METHOD_GET, "WhoAmI", NULL), 200);
	assert_true(str_eq(json_text(answer_json(s), S("UserId")), S(READER)));
	assert_true(str_eq(json_text(answer_json(s), S("BusinessUnitId")), S(EMEA)));
}

static void a_date_in_the_past_needs_its_privilege(void **state)
{
	struct served *s = *state;
	static const char body[] =
		"{\"lastname\":\"x\",\"overriddencreatedon\":\"2020-01-01T00:00:00Z\"}";

	expect_status(s, ask(s, METHOD_POST, "contacts", body), 204);
	as(s, BERTA);
	expect_code(s, ask(s, METHOD_POST, "contacts", body), 403, "0x80040220");
	assert_true(answer_has(s, "prvOverrideCreatedOnCreatedBy"));
}

static void users_of_a_unit_see_the_people_of_the_unit(void **state)
{
	struct served *s = *state;

	as(s, READER);
	expect_status(
		s, ask(s, METHOD_GET, "systemusers?$select=domainname&$orderby=domainname", NULL),
		200);
	assert_string_equal(joined(s, "domainname"), "emre.emea@contoso.onmicrosoft.com|"
						     "rita.reader@contoso.onmicrosoft.com");
	expect_status(s, ask(s, METHOD_GET, "businessunits?$select=name", NULL), 200);
	assert_string_equal(joined(s, "name"), "Contoso EMEA");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_reader_of_a_unit_sees_fewer_rows_and_no_error,
						people_setup, served_teardown),
		cmocka_unit_test_setup_teardown(
			rows_of_ones_own_and_of_ones_teams_are_seen_at_the_lowest_depth,
			people_setup, served_teardown),
		cmocka_unit_test_setup_teardown(a_deep_role_reaches_the_units_below, people_setup,
						served_teardown),
		cmocka_unit_test_setup_teardown(one_row_out_of_reach_is_forbidden, people_setup,
						served_teardown),
		cmocka_unit_test_setup_teardown(a_missing_privilege_is_named_with_user_and_table,
						people_setup, served_teardown),
		cmocka_unit_test_setup_teardown(writing_needs_a_right_that_reaches_the_row,
						people_setup, served_teardown),
		cmocka_unit_test_setup_teardown(what_is_pointed_to_has_to_take_it, people_setup,
						served_teardown),
		cmocka_unit_test_setup_teardown(rows_are_assigned_to_those_who_could_read_them,
						people_setup, served_teardown),
		cmocka_unit_test_setup_teardown(roles_are_given_by_who_may_give_them, people_setup,
						served_teardown),
		cmocka_unit_test_setup_teardown(a_new_administrator_may_do_everything_at_once,
						people_setup, served_teardown),
		cmocka_unit_test_setup_teardown(who_is_no_active_user_is_refused, people_setup,
						served_teardown),
		cmocka_unit_test_setup_teardown(who_am_i_tells_the_callers_own_unit, people_setup,
						served_teardown),
		cmocka_unit_test_setup_teardown(a_date_in_the_past_needs_its_privilege,
						people_setup, served_teardown),
		cmocka_unit_test_setup_teardown(users_of_a_unit_see_the_people_of_the_unit,
						people_setup, served_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

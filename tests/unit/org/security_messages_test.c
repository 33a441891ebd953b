/* SPDX-License-Identifier: MIT */
/*
 * What functions tell about who may do what, and roles that are changed (facts/webapi.md 5.3).
 */
#include "people.h"

/* "Depth" of a privilege in the answer; "-" where it is not there. */
static const char *depth_of(struct served *s, const char *privilege)
{
	const struct json *all = json_get(answer_json(s), S("RolePrivileges"));

	assert_non_null(all);
	for (size_t i = 0; i < all->n; i++) {
		if (str_eq(json_text(&all->items[i], S("PrivilegeName")), str_from(privilege)))
			return str_cstr(&s->arena, json_text(&all->items[i], S("Depth")));
	}
	return "-";
}

static void a_users_privileges_are_told_with_those_of_his_teams(void **state)
{
	struct served *s = *state;

	expect_status(
		s,
		ask(s, METHOD_GET, "systemusers(" BERTA ")/" CALL "RetrieveUserPrivileges()", NULL),
		200);
	assert_string_equal(depth_of(s, "prvReadAccount"), "Local"); /* by her team */
	assert_string_equal(depth_of(s, "prvWriteAccount"), "Basic");
	assert_string_equal(depth_of(s, "prvWritemsdyn_octag"), "-");
	expect_status(s, ask(s, METHOD_GET, "teams(" TEAM ")/" CALL "RetrieveTeamPrivileges", NULL),
		      200);
	assert_string_equal(depth_of(s, "prvReadAccount"), "Local");
	assert_string_equal(depth_of(s, "prvWriteAccount"), "-");
	expect_status(s,
		      ask(s, METHOD_GET,
			  "RetrieveAadUserPrivileges(DirectoryObjectId=" BERTA_OBJECT ")", NULL),
		      200);
	assert_string_equal(depth_of(s, "prvWriteAccount"), "Basic");
	expect_status(s,
		      ask(s, METHOD_GET,
			  "systemusers(" BERTA ")/" CALL "RetrieveUserPrivilegeByPrivilegeName("
			  "PrivilegeName=@p)?@p='prvWriteAccount'",
			  NULL),
		      200);
	assert_int_equal(json_get(answer_json(s), S("RolePrivileges"))->n, 1);
	assert_string_equal(depth_of(s, "prvWriteAccount"), "Basic");
	expect_code(
		s,
		ask(s, METHOD_GET, "accounts(" OF_ADMIN ")/" CALL "RetrieveUserPrivileges()", NULL),
		400, "0x80060888");
}

static void an_administrator_has_every_privilege_of_every_table(void **state)
{
	struct served *s = *state;

	expect_status(s, ask(s, METHOD_GET, "WhoAmI", NULL), 200);

	struct str url = str_fmt(&s->arena, "systemusers(%.*s)/" CALL "RetrieveUserPrivileges()",
				 STR_ARG(json_text(answer_json(s), S("UserId"))));

	expect_status(s, ask_str(s, METHOD_GET, url, NULL), 200);
	assert_string_equal(depth_of(s, "prvDeleteQueue"), "Global");
	assert_string_equal(depth_of(s, "prvActOnBehalfOfAnotherUser"), "Global");

	size_t had = json_get(answer_json(s), S("RolePrivileges"))->n;

	expect_status(s, ask(s, METHOD_GET, "privileges/$count", NULL), 200);
	assert_true(str_eq(s->answer.body, str_from_i64(&s->arena, (int64_t)had)));
}

static const char *access_to(struct served *s, const char *user, const char *row)
{
	struct str url = str_fmt(&s->arena,
				 "systemusers(%s)/" CALL "RetrievePrincipalAccess(Target=@p1)?@p1="
				 "{'@odata.id':'accounts(%s)'}",
				 user, row);

	expect_status(s, ask_str(s, METHOD_GET, url, NULL), 200);
	return str_cstr(&s->arena, json_text(answer_json(s), S("AccessRights")));
}

static void access_to_one_row_is_told_by_rights(void **state)
{
	struct served *s = *state;

	assert_string_equal(access_to(s, BERTA, OF_BERTA),
			    "ReadAccess, WriteAccess, AppendAccess, AppendToAccess, CreateAccess, "
			    "DeleteAccess, ShareAccess, AssignAccess");
	assert_string_equal(access_to(s, BERTA, OF_EMRE), "ReadAccess");
	assert_string_equal(access_to(s, BERTA, OF_ADMIN), "None");
}

static const char *role_depth(struct served *s, const char *privilege)
{
	expect_status(
		s, ask(s, METHOD_GET, "RetrieveRolePrivilegesRole(RoleId=" READER_ROLE ")", NULL),
		200);
	return depth_of(s, privilege);
}

static const char *privilege_body(struct served *s, const char *name, const char *format)
{
	struct str url =
		str_fmt(&s->arena, "privileges?$select=privilegeid&$filter=name eq '%s'", name);
	DEFER(buf_release) struct buf body = buf_make(0);
	struct str rest = str_from(format);
	size_t at = str_find_char(rest, '*');

	expect_status(s, ask_str(s, METHOD_GET, url, NULL), 200);
	buf_add(&body, str_sub(rest, 0, at));
	buf_add(&body, str_from(joined(s, "privilegeid")));
	buf_add(&body, str_skip(rest, at + 1));
	return str_cstr(&s->arena, buf_str(&body));
}

#define ONE(depth) "{\"Privileges\":[{\"PrivilegeId\":\"*\",\"Depth\":\"" depth "\"}]}"

static void privileges_of_a_role_are_added_replaced_and_removed(void **state)
{
	struct served *s = *state;
	static const char role[] = "roles(" READER_ROLE ")/" CALL;
	const char *add = str_cstr(&s->arena, str_fmt(&s->arena, "%sAddPrivilegesRole", role));
	const char *replace =
		str_cstr(&s->arena, str_fmt(&s->arena, "%sReplacePrivilegesRole", role));
	const char *remove = str_cstr(&s->arena, str_fmt(&s->arena, "%sRemovePrivilegeRole", role));

	assert_string_equal(role_depth(s, "prvReadQueue"), "Local");
	assert_string_equal(role_depth(s, "prvWriteQueue"), "-");
	expect_status(s, ask(s, METHOD_POST, add, privilege_body(s, "prvWriteQueue", ONE("Basic"))),
		      204);
	assert_string_equal(role_depth(s, "prvWriteQueue"), "Basic");
	assert_string_equal(role_depth(s, "prvReadQueue"), "Local");
	expect_status(
		s, ask(s, METHOD_POST, replace, privilege_body(s, "prvWriteQueue", ONE("Global"))),
		204);
	assert_string_equal(role_depth(s, "prvWriteQueue"), "Global");
	assert_string_equal(role_depth(s, "prvReadQueue"), "-");
	expect_status(s,
		      ask(s, METHOD_POST, remove,
			  privilege_body(s, "prvWriteQueue", "{\"PrivilegeId\":\"*\"}")),
		      204);
	assert_string_equal(role_depth(s, "prvWriteQueue"), "-");
	expect_code(s, ask(s, METHOD_POST, add, privilege_body(s, "prvWriteQueue", ONE("Some"))),
		    400, "0x80048d19");
	as(s, BERTA);
	expect_code(s, ask(s, METHOD_POST, add, "{\"Privileges\":[]}"), 403, "0x80040220");
}

static void a_new_table_brings_its_privileges_to_administrators(void **state)
{
	struct served *s = *state;

	expect_status(s,
		      ask(s, METHOD_POST, "EntityDefinitions",
			  "{\"SchemaName\":\"new_Boat\",\"DisplayName\":{\"LocalizedLabels\":[{"
			  "\"Label\":\"Boat\",\"LanguageCode\":1033}]},\"DisplayCollectionName\":{"
			  "\"LocalizedLabels\":[{\"Label\":\"Boats\",\"LanguageCode\":1033}]},"
			  "\"OwnershipType\":\"UserOwned\",\"HasActivities\":false,\"HasNotes\":"
			  "false,\"Attributes\":[{\"@odata.type\":\"Microsoft.Dynamics.CRM."
			  "StringAttributeMetadata\",\"SchemaName\":\"new_Name\",\"IsPrimaryName\":"
			  "true,\"MaxLength\":100,\"DisplayName\":{\"LocalizedLabels\":[{\"Label\":"
			  "\"Name\",\"LanguageCode\":1033}]}}]}"),
		      204);

	struct str url = S("roles?$select=roleid&$filter=name eq 'System Customizer'");

	expect_status(s, ask_str(s, METHOD_GET, url, NULL), 200);
	url = str_fmt(&s->arena, "RetrieveRolePrivilegesRole(RoleId=%s)", joined(s, "roleid"));
	expect_status(s, ask_str(s, METHOD_GET, url, NULL), 200);
	assert_string_equal(depth_of(s, "prvCreatenew_Boat"), "Global");
	as(s, READER);
	expect_code(s, ask(s, METHOD_GET, "new_boats", NULL), 403, "0x80040220");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_users_privileges_are_told_with_those_of_his_teams,
						people_setup, served_teardown),
		cmocka_unit_test_setup_teardown(an_administrator_has_every_privilege_of_every_table,
						people_setup, served_teardown),
		cmocka_unit_test_setup_teardown(access_to_one_row_is_told_by_rights, people_setup,
						served_teardown),
		cmocka_unit_test_setup_teardown(privileges_of_a_role_are_added_replaced_and_removed,
						people_setup, served_teardown),
		cmocka_unit_test_setup_teardown(a_new_table_brings_its_privileges_to_administrators,
						people_setup, served_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

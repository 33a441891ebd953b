/* SPDX-License-Identifier: MIT */
/*
 * Challenges as environments write them and as strangers might, and the clouds. The texts are those of facts/webapi.md 7.
 */
#include "remote/authority.h"
#include "remote/retry.h"

#include "../base/expect.h"

static struct arena arena;

static bool read_it(const char *header, struct challenge *out, struct err *e)
{
	return challenge_read(&arena, str_from(header), out, e);
}

static void a_challenge_of_the_platform_tells_authority_tenant_and_resource(void **state)
{
	struct challenge c;
	struct err e;

	(void)state;
	assert_true(read_it("Bearer authorization_uri=https://login.microsoftonline.com/"
			    "7a5c0e1a-0000-4000-8000-00000000000f/oauth2/authorize, "
			    "resource_id=https://org.crm.dynamics.com/",
			    &c, &e));
	expect_str(c.authority, "https://login.microsoftonline.com");
	expect_str(c.tenant, "7a5c0e1a-0000-4000-8000-00000000000f");
	expect_str(c.resource, "https://org.crm.dynamics.com");
}

static void its_keys_have_any_case_and_order_and_values_may_be_quoted(void **state)
{
	struct challenge c;
	struct err e;

	(void)state;
	assert_true(read_it("bearer Resource_Id=\"https://a.b/\", error=\"invalid_token\", "
			    "error_description=\"a, b = c\", AUTHORIZATION_URI="
			    "\"HTTPS://Login.MicrosoftOnline.com/common/oauth2/authorize\"",
			    &c, &e));
	expect_str(c.authority, "https://login.microsoftonline.com");
	expect_str(c.tenant, "organizations");
	expect_str(c.resource, "https://a.b");
	assert_true(read_it("Bearer authorization_uri=https://l.example/contoso.onmicrosoft.com,"
			    "resource_id=https://a.b",
			    &c, &e));
	expect_str(c.tenant, "contoso.onmicrosoft.com");
	assert_true(read_it("Bearer authorization_uri=http://127.0.0.1:80/t/oauth2/authorize,"
			    "resource_id=http://127.0.0.1:80",
			    &c, &e));
	expect_str(c.authority, "http://127.0.0.1:80");
}

static void what_is_incomplete_or_leads_elsewhere_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"Bearer",
		"Bearer ,,=,=",
		"Basic authorization_uri=https://l/t/x, resource_id=https://a",
		"Bearer authorization_uri=https://l/t/x",
		"Bearer resource_id=https://a",
		"Bearer authorization_uri=, resource_id=https://a",
		"Bearer authorization_uri=https://l, resource_id=https://a",
		"Bearer authorization_uri=https:///t/x, resource_id=https://a",
		"Bearer authorization_uri=http://l.example/t/x, resource_id=https://a",
		"Bearer authorization_uri=ftp://l.example/t/x, resource_id=https://a",
		"Bearer authorization_uri=https://u:p@l.example/t/x, resource_id=https://a",
		"Bearer authorization_uri=https://l.example/../x, resource_id=https://a",
		"Bearer authorization_uri=https://l.example/a b/x, resource_id=https://a",
		"Bearer authorization_uri=https://l.\x1b[31m/t/x, resource_id=https://a",
		"Bearer authorization_uri=https://l.example/t/x, resource_id=\x1b[31m",
		"Bearer authorization_uri=https://l.example/%2e/x, resource_id=https://a",
		"Bearer authorization_uri=\"https://l.example/t, resource_id=https://a",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct challenge c;
		struct err e;

		if (read_it(wrong[i], &c, &e))
			fail_msg("%s", wrong[i]);
		assert_int_equal(e.kind, ERR_AUTH);
	}
}

static void every_cloud_is_known_by_its_hosts(void **state)
{
	static const struct {
		const char *environment, *name, *login;
	} cases[] = {
		{ "org.crm.dynamics.com", "public", "login.microsoftonline.com" },
		{ "org.CRM4.dynamics.com", "public", "login.microsoftonline.com" },
		{ "org.crm9.dynamics.com", "GCC", "login.microsoftonline.com" },
		{ "org.crm.microsoftdynamics.us", "GCC High", "login.microsoftonline.us" },
		{ "org.crm.appsplatform.us", "DoD", "login.microsoftonline.us" },
		{ "org.crm.dynamics.cn", "China", "login.chinacloudapi.cn" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct cloud *c = cloud_of_environment(str_from(cases[i].environment));

		assert_non_null(c);
		expect_str(c->name, cases[i].name);
		expect_str(c->login, cases[i].login);
		assert_non_null(cloud_of_login(c->login));
	}
	assert_null(cloud_of_environment(S("org.crm.dynamics.com.evil.example")));
	assert_null(cloud_of_environment(S("evildynamics.com")));
	assert_null(cloud_of_environment(S(".dynamics.com")));
	assert_null(cloud_of_login(S("login.microsoftonline.com.evil.example")));
	assert_null(cloud_of_login(S("")));
	expect_str(cloud_of_login(S("login.windows.net"))->name, "public");
}

static void nothing_is_sent_in_the_clear_to_another_machine(void **state)
{
	static const char *const yes[] = { "https://a.example/x", "HTTPS://a",
					   "http://127.0.0.1:1/x", "http://localhost",
					   "http://[::1]:8/" };
	static const char *const no[] = { "http://a.example",
					  "http://169.254.169.254/x",
					  "",
					  "https://",
					  "ftp://127.0.0.1",
					  "//127.0.0.1",
					  "http://127.0.0.1@evil.example/",
					  "https://a@b/",
					  "http://127.0.0.1.evil.example/",
					  "http://localhost.evil/" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(yes); i++)
		assert_true(ask_may_send(str_from(yes[i]), false));
	for (size_t i = 0; i < COUNT_OF(no); i++) {
		if (ask_may_send(str_from(no[i]), false))
			fail_msg("%s", no[i]);
	}
	assert_true(ask_may_send(S("http://169.254.169.254/metadata"), true));
	assert_false(ask_may_send(S("http://169.254.evil.example/"), true));
	assert_false(ask_may_send(S("http://169.255.169.254/"), true));
	assert_false(ask_may_send(S("http://169.254.1.2.3/"), true));
}

/* python3 -c 'import calendar; print(calendar.timegm((1994,11,6,8,49,37)))' */
static void the_clock_of_a_server_is_read(void **state)
{
	static const char *const no[] = { "",
					  "Sun, 06 Nov 1994 08:49:37 UTC",
					  "Sun, 06 Nov 1994 08:49:37 GMT ",
					  "Sun, 06 ovD 1994 08:49:37 GMT",
					  "Sun, 31 Feb 1994 08:49:37 GMT",
					  "Sun, +6 Nov 1994 08:49:37 GMT",
					  "Sunday, 06-Nov-94 08:49:37 GMT" };
	int64_t when = 7;

	(void)state;
	assert_true(retry_http_date(S("Sun, 06 Nov 1994 08:49:37 GMT"), &when));
	assert_int_equal(when, 784111777);
	for (size_t i = 0; i < COUNT_OF(no); i++)
		assert_false(retry_http_date(str_from(no[i]), &when));
	assert_int_equal(when, 784111777);
}

static int set_up(void **state)
{
	(void)state;
	arena = arena_make(0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_challenge_of_the_platform_tells_authority_tenant_and_resource),
		cmocka_unit_test(its_keys_have_any_case_and_order_and_values_may_be_quoted),
		cmocka_unit_test(what_is_incomplete_or_leads_elsewhere_is_refused),
		cmocka_unit_test(every_cloud_is_known_by_its_hosts),
		cmocka_unit_test(nothing_is_sent_in_the_clear_to_another_machine),
		cmocka_unit_test(the_clock_of_a_server_is_read),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

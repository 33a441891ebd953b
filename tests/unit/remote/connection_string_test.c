/* SPDX-License-Identifier: MIT */
/*
 * Connection strings of XrmTooling. Names, kinds and quoting are those of its documentation and of .NET's
 * DbConnectionStringBuilder.
 */
#include "remote/profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/banned.h"

#define ID "51f81489-12ee-4a9e-aaae-a2591f45987d"

static void expect_str(struct str s, const char *expected)
{
	if (!str_eq(s, str_from(expected)))
		fail_msg("\"%.*s\" is not \"%s\"", STR_ARG(s), expected);
}

static struct profile read_string(struct arena *a, const char *text)
{
	struct profile p;
	struct err e;

	assert_true(connection_string_is(str_from(text)));
	if (!connection_string_read(a, str_from(text), &p, &e))
		fail_msg("%s: %s", text, e.msg);
	return p;
}

static void an_application_with_its_secret(void **state)
{
	static const char *const same[] = {
		"AuthType=ClientSecret;Url=https://a.crm.dynamics.com;ClientId=" ID
		";ClientSecret=s3cret",
		"AuthenticationType = clientsecret ; Service Uri=https://a.crm.dynamics.com/;APPID=" ID
		";Secret=s3cret;",
		";;SERVER=HTTPS://A.crm.dynamics.com;ApplicationId=" ID
		";Secret='s3cret';RequireNewInstance=true;SkipDiscovery=true",
		"AuthType=ClientSecret;ServiceUri=\"https://a.crm.dynamics.com\";ClientId='" ID
		"' ; ClientSecret = \"s3cret\" ;",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(same); i++) {
		DEFER(arena_release) struct arena a = arena_make(0);
		struct profile p = read_string(&a, same[i]);

		assert_int_equal(p.kind, AUTH_CLIENT_SECRET);
		expect_str(p.url, "https://a.crm.dynamics.com");
		expect_str(p.client, ID);
		assert_int_equal(p.secret.source, CREDENTIAL_GIVEN);
		expect_str(p.secret.place, "s3cret");
		assert_int_equal(p.name.n, 0);
	}
}

static void expect_secret(const char *written, const char *meant)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct profile p = read_string(&a, str_fmt(&a,
						   "Url=https://a.crm.dynamics.com;ClientId=" ID
						   ";Secret=%s;TenantId=t",
						   written)
						   .p);

	expect_str(p.secret.place, meant);
	expect_str(p.tenant, "t");
}

static void quotes_are_taken_as_dotnet_takes_them(void **state)
{
	(void)state;
	expect_secret("a=b==", "a=b==");
	expect_secret("a'b\"c", "a'b\"c");
	expect_secret("'a;b'", "a;b");
	expect_secret("\"a;b='c'\"", "a;b='c'");
	expect_secret("'it''s'", "it's");
	expect_secret("\"say \"\"x\"\"\"", "say \"x\"");
	expect_secret("''''", "'");
	expect_secret("  a b  ", "a b");
	expect_secret("' a '", " a ");
}

static void a_person_signs_in_with_a_browser(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct profile p = read_string(
		&a, "AuthType=OAuth;Username=mia@contoso.onmicrosoft.com;Integrated Security=true;"
		    "Url=https://a.crm.dynamics.com;AppId=" ID
		    ";RedirectUri=app://58145B91-0C36-4500-8554-080854F2AC97;"
		    "TokenCacheStorePath=c:\\MyTokenCache;LoginPrompt=Auto");

	(void)state;
	assert_int_equal(p.kind, AUTH_BROWSER);
	assert_false(p.unasked);
	expect_str(p.username, "mia@contoso.onmicrosoft.com");
	expect_str(p.client, ID);
	expect_str(p.redirect, "");
	p = read_string(&a,
			"Url=https://a.crm.dynamics.com;ReplyUrl=http://localhost:8400;User Id=x");
	assert_int_equal(p.kind, AUTH_BROWSER);
	expect_str(p.redirect, "http://localhost:8400");
	expect_str(p.username, "x");
	p = read_string(&a, "AuthType=OAuth;Url=https://a.crm.dynamics.com;Login Prompt=never");
	assert_true(p.unasked);
}

static void expect_refused(const char *text, const char *message)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct profile p;
	struct err e;

	assert_false(connection_string_read(&a, str_from(text), &p, &e));
	assert_int_equal(e.kind, ERR_USAGE);
	if (!str_starts(str_from(e.msg), S("the connection string: ")) || !strstr(e.msg, message))
		fail_msg("%s: %s", text, e.msg);
	assert_null(strstr(e.msg, "s3c"));
}

#define URL "Url=https://a.crm.dynamics.com;"

static void what_cannot_be_done_is_explained_with_a_remedy(void **state)
{
	(void)state;
	expect_refused("AuthType=OAuth;" URL "Username=a;Password=s3cret", "second factor");
	expect_refused("AuthType=OAuth;" URL "LoginPrompt=Never;Username=a;Password=s3cret",
		       "second factor");
	expect_refused("AuthType=Certificate;" URL "Thumbprint=s3c;ClientId=" ID,
		       "--auth certificate");
	expect_refused(URL "CertThumbprint=s3c", "a store of Windows");
	expect_refused("AuthType=AD;" URL "Domain=D;Username=a;Password=s3cret", "on premises");
	expect_refused("AuthType=IFD;" URL, "on premises");
	expect_refused("AuthType=Office365;" URL "Username=a;Password=s3cret", "Office365");
	expect_refused("AuthType=s3cret;" URL, "AuthType is none of");
}

static void what_is_missing_or_wrong_is_named_without_its_value(void **state)
{
	(void)state;
	expect_refused("AuthType=ClientSecret;ClientId=" ID ";Secret=s3cret", "Url is missing");
	expect_refused("AuthType=ClientSecret;" URL "Secret=s3cret", "ClientId is missing");
	expect_refused("AuthType=ClientSecret;" URL "ClientId=" ID, "ClientSecret is missing");
	expect_refused("Url=https://u:s3cret@a.crm.dynamics.com", "Url: ");
	expect_refused(URL "ClientId=s3cret;Secret=s3cret", "client-id");
	/* parts of a secret that should have stood in quotes */
	expect_refused(URL "ClientId=" ID ";Secret=ab;s3cret", "part 4 is no KEY=VALUE");
	expect_refused(URL "ClientId=" ID ";Secret=ab;s3cret=cd", "stands in quotes");
	expect_refused(URL "ClientId=" ID ";Secret=\"ab\"s3cret\";x=y", "part 3");
	expect_refused(URL "ClientId=" ID ";Secret='s3cret", "part 3 is not closed");
	expect_refused("s3cret", "part 1");
}

static void a_connection_string_is_known_by_its_keys(void **state)
{
	(void)state;
	assert_true(connection_string_is(S("x=y;Service Uri=z")));
	assert_true(connection_string_is(S("Secret=a")));
	assert_false(connection_string_is(S("contoso")));
	assert_false(connection_string_is(S("local:a.db")));
	assert_false(connection_string_is(S("https://a.crm.dynamics.com/?url=x")));
	assert_false(connection_string_is(S("")));
	assert_false(connection_string_is(S("url")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_application_with_its_secret),
		cmocka_unit_test(quotes_are_taken_as_dotnet_takes_them),
		cmocka_unit_test(a_person_signs_in_with_a_browser),
		cmocka_unit_test(what_cannot_be_done_is_explained_with_a_remedy),
		cmocka_unit_test(what_is_missing_or_wrong_is_named_without_its_value),
		cmocka_unit_test(a_connection_string_is_known_by_its_keys),
	};

	return cmocka_run_group_tests_name("connection_string", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * Profiles: URLs, what a kind needs, the section of the file and back, and what variables tell.
 */
#include "remote/profile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/buf.h"

#include "base/banned.h"

#define ID "51f81489-12ee-4a9e-aaae-a2591f45987d"

static void expect_str(struct str s, const char *expected)
{
	if (!str_eq(s, str_from(expected)))
		fail_msg("\"%.*s\" is not \"%s\"", STR_ARG(s), expected);
}

/* ---- URLs ---- */

static void expect_url(const char *text, const char *expected)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct str out;
	struct err e;

	if (!profile_url(&a, str_from(text), &out, &e))
		fail_msg("%s: %s", text, e.msg);
	expect_str(out, expected);
}

static void an_environment_has_one_url(void **state)
{
	(void)state;
	expect_url("https://contoso.crm4.dynamics.com", "https://contoso.crm4.dynamics.com");
	expect_url("HTTPS://Contoso.CRM4.dynamics.com/", "https://contoso.crm4.dynamics.com");
	expect_url("https://contoso.crm4.dynamics.com:443", "https://contoso.crm4.dynamics.com");
	expect_url(" https://c.crm.dynamics.com/api/data/v9.2/ ", "https://c.crm.dynamics.com");
	expect_url("https://c.crm.dynamics.com/api/data/v9.2", "https://c.crm.dynamics.com");
	expect_url("https://c.crm.dynamics.com:8443/", "https://c.crm.dynamics.com:8443");
	expect_url("http://127.0.0.1:8080", "http://127.0.0.1:8080");
	expect_url("http://localhost:80", "http://localhost");
	expect_url("http://[::1]:8080/", "http://[::1]:8080");
}

static void expect_no_url(const char *text, const char *message)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct str out;
	struct err e;

	assert_false(profile_url(&a, str_from(text), &out, &e));
	assert_int_equal(e.kind, ERR_USAGE);
	if (!strstr(e.msg, message))
		fail_msg("%s: %s", text, e.msg);
	assert_null(strstr(e.msg, "s3cret"));
}

static void what_is_no_url_of_an_environment_is_refused_without_repeating_secrets(void **state)
{
	(void)state;
	expect_no_url("contoso", "begins with https://");
	expect_no_url("ftp://s3cret", "begins with https://");
	expect_no_url("https://", "no proper host name");
	expect_no_url("https://a b", "no proper host name");
	expect_no_url("https://user:s3cret@c.crm.dynamics.com", "a user or a password");
	expect_no_url("https://c.crm.dynamics.com/main.aspx?token=s3cret",
		      "write https://c.crm.dynamics.com alone");
	expect_no_url("https://c.crm.dynamics.com?s3cret", "more behind the host");
	expect_no_url("https://c.crm.dynamics.com:0", "the port");
	expect_no_url("https://c.crm.dynamics.com:65536", "the port");
	expect_no_url("https://c.crm.dynamics.com:x", "the port");
	expect_no_url("http://c.crm.dynamics.com", "in the clear");
	expect_no_url("http://127.0.0.1.evil.example", "in the clear");
	expect_no_url("http://localhost.evil.example", "in the clear");
	expect_no_url("http://10.0.0.1", "in the clear");
}

static void loopback_is_this_machine_alone(void **state)
{
	(void)state;
	assert_true(profile_is_loopback(S("http://127.0.0.1:8080")));
	assert_true(profile_is_loopback(S("https://127.3.2.1")));
	assert_true(profile_is_loopback(S("http://localhost")));
	assert_true(profile_is_loopback(S("http://[::1]:1")));
	assert_false(profile_is_loopback(S("http://127.0.0")));
	assert_false(profile_is_loopback(S("http://127.0.0.256")));
	assert_false(profile_is_loopback(S("http://128.0.0.1")));
	assert_false(profile_is_loopback(S("http://127.0.0.1.example")));
	assert_false(profile_is_loopback(S("https://contoso.crm4.dynamics.com")));
}

/* ---- credentials ---- */

static void a_credential_is_a_place(void **state)
{
	struct credential c;
	struct err e;

	(void)state;
	assert_true(credential_parse(S("env:MY_SECRET1"), &c, &e));
	assert_int_equal(c.source, CREDENTIAL_VARIABLE);
	expect_str(c.place, "MY_SECRET1");
	assert_true(credential_parse(S("file:/run/a b"), &c, &e));
	assert_int_equal(c.source, CREDENTIAL_FILE);
	expect_str(c.place, "/run/a b");
	assert_true(credential_parse(S("stdin"), &c, &e));
	assert_int_equal(c.source, CREDENTIAL_STDIN);
	assert_true(credential_parse(S("command:pass show 'a b'"), &c, &e));
	assert_int_equal(c.source, CREDENTIAL_COMMAND);
	expect_str(c.place, "pass show 'a b'");
}

static void a_secret_in_place_of_its_place_is_refused_and_not_shown(void **state)
{
	static const char *const wrong[] = {
		"s3cret", "env:s3cret~x", "env:",         "env:1s3cret", "file:",
		"",       "env:s3c ret",  "stdin:s3cret", "command:",    "command:'s3cret"
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct credential c;
		struct err e;

		assert_false(credential_parse(str_from(wrong[i]), &c, &e));
		assert_int_equal(e.kind, ERR_USAGE);
		assert_null(strstr(e.msg, "s3c"));
	}
}

static void kinds_have_names(void **state)
{
	static const char *const names[] = {
		"none",        "client-secret", "certificate",
		"device-code", "browser",       "managed-identity",
		"federated",   "github",        "azure-pipelines",
		"command",     "token",
	};

	(void)state;
	assert_int_equal(COUNT_OF(names), AUTH_KINDS);
	for (size_t i = 0; i < AUTH_KINDS; i++) {
		enum auth_kind kind;

		expect_str(auth_kind_name((enum auth_kind)i), names[i]);
		assert_true(auth_kind_parse(str_from(names[i]), &kind));
		assert_int_equal(kind, i);
	}
	enum auth_kind kind = AUTH_TOKEN;

	assert_false(auth_kind_parse(S("oauth"), &kind));
	assert_int_equal(kind, AUTH_TOKEN);
}

/* ---- sections ---- */

static bool read_section(struct arena *a, const char *text, const char *name, struct profile *out,
			 struct err *e)
{
	struct ini ini;

	assert_true(ini_parse(a, str_from(text), "environments.ini", &ini, e));
	return profile_read(a, &ini, "environments.ini", str_from(name), out, e);
}

static void expect_profile(const char *text)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	const struct ini_pair *pairs;
	struct profile p;
	struct str again;
	struct err e;

	if (!read_section(&a, text, "x", &p, &e))
		fail_msg("%s: %s", text, e.msg);
	expect_str(p.name, "x");
	size_t n = profile_pairs(&a, &p, &pairs);

	assert_true(ini_put(&a, S(""), "f", S("x"), pairs, n, &again, &e));
	expect_str(str_trim(again), text);
}

static void a_section_comes_back_as_it_was(void **state)
{
	(void)state;
	expect_profile("[x]\nurl = http://127.0.0.1:8080\nauth = none");
	expect_profile("[x]\nurl = https://a.crm.dynamics.com\nauth = client-secret\n"
		       "tenant = contoso.onmicrosoft.com\nclient-id = " ID
		       "\nauthority = https://login.microsoftonline.us\n"
		       "resource = https://a.crm.dynamics.com\nimpersonate = " ID
		       "\nca-file = /etc/ca.pem\nsecret-from = env:A_SECRET\nprotected = yes");
	expect_profile("[x]\nurl = https://a.crm.dynamics.com\nauth = certificate\nclient-id = " ID
		       "\ncertificate = /c.pfx\ncertificate-password-from = file:/p\n"
		       "certificate-algorithm = ps256");
	expect_profile("[x]\nurl = https://a.crm.dynamics.com\nauth = browser\nusername = a@b\n"
		       "redirect = http://localhost:8400");
	expect_profile(
		"[x]\nurl = https://a.crm.dynamics.com\nauth = device-code\nimpersonate = user:" ID);
	expect_profile("[x]\nurl = https://a.crm.dynamics.com\nauth = managed-identity\n"
		       "identity-resource-id = /subscriptions/x");
	expect_profile("[x]\nurl = https://a.crm.dynamics.com\nauth = federated\nclient-id = " ID
		       "\ntoken-file = /var/run/token");
	expect_profile("[x]\nurl = https://a.crm.dynamics.com\nauth = github\nclient-id = " ID);
	expect_profile(
		"[x]\nurl = https://a.crm.dynamics.com\nauth = azure-pipelines\nclient-id = " ID
		"\nservice-connection = " ID);
	expect_profile("[x]\nurl = https://a.crm.dynamics.com\nauth = command\n"
		       "token-command = az account get-access-token --resource 'a b'");
	expect_profile("[x]\nurl = https://a.crm.dynamics.com\nauth = token\ntoken-from = stdin");
	expect_profile(
		"[x]\nurl = https://a.crm.dynamics.com\nauth = client-secret\nclient-id = " ID
		"\nsecret-from = command:pass show ferry");
}

static void expect_wrong_section(const char *text, const char *message)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct profile p;
	struct err e;

	assert_false(read_section(&a, text, "x", &p, &e));
	assert_int_equal(e.kind, ERR_INPUT);
	if (!strstr(e.msg, message))
		fail_msg("%s", e.msg);
	assert_null(strstr(e.msg, "s3cret"));
}

#define REAL "[x]\nurl = https://a.crm.dynamics.com\n"

static void what_is_wrong_with_a_section_is_told_with_its_line(void **state)
{
	(void)state;
	expect_wrong_section("[y]\na = b", "environments.ini: there is no [x]");
	expect_wrong_section(REAL, "environments.ini:1: [x]: auth is missing");
	expect_wrong_section("[x]\nauth = browser", "environments.ini:1: [x]: url is missing");
	expect_wrong_section(REAL "auth = oauth", ":3: [x]: auth is none of none, client-secret");
	expect_wrong_section(REAL "auth = browser\nsecret = s3cret",
			     ":4: [x]: there is no key secret; the keys are url, tenant");
	expect_wrong_section(REAL "auth = browser\ntenant =", ":4: [x]: tenant has no value");
	expect_wrong_section(REAL "auth = client-secret\nsecret-from = s3cret",
			     ":4: [x]: secret-from: this is not where");
	expect_wrong_section(REAL "auth = browser\nprotected = s3cret",
			     ":4: [x]: protected is neither yes nor no");
	expect_wrong_section(REAL "auth = browser\ncertificate-algorithm = es256",
			     "neither rs256 nor ps256");
	expect_wrong_section("[x]\nurl = contoso", ":2: [x]: the URL of an environment");
}

static void what_a_kind_needs_and_what_it_does_not_use_is_told(void **state)
{
	(void)state;
	expect_wrong_section(REAL "auth = none", "served on this machine");
	expect_wrong_section(REAL "auth = client-secret\nclient-id = " ID,
			     ":1: [x]: secret-from is missing");
	expect_wrong_section(REAL "auth = client-secret\nsecret-from = stdin",
			     "client-id is missing");
	expect_wrong_section(REAL "auth = certificate\nclient-id = " ID, "certificate is missing");
	expect_wrong_section(REAL "auth = token", "token-from is missing");
	expect_wrong_section(REAL "auth = command", "token-command is missing");
	expect_wrong_section(REAL "auth = browser\nsecret-from = stdin",
			     "secret-from is given, but the sign-in \"browser\" does not use it");
	expect_wrong_section(REAL "auth = browser\ncertificate-algorithm = ps256",
			     "certificate-algorithm is given");
	expect_wrong_section(REAL "auth = token\ntoken-from = command:x", "token-command");
	expect_wrong_section(REAL "auth = command\ntoken-from = env:X", "token-command is missing");
	expect_wrong_section(REAL "auth = browser\ntenant = a/b", "tenant: neither");
	expect_wrong_section(REAL "auth = browser\nclient-id = ferry", "a GUID");
	expect_wrong_section(REAL "auth = browser\nimpersonate = mia", "user: and");
	expect_wrong_section(REAL "auth = browser\nredirect = https://a.example",
			     "http://localhost");
	expect_wrong_section(REAL "auth = managed-identity\nidentity-client-id = a\n"
				  "identity-object-id = b",
			     "is enough");
	expect_wrong_section(REAL "auth = certificate\nclient-id = " ID
				  "\ncertificate = c\ncertificate-password-from = stdin\n"
				  "secret-from = stdin",
			     "secret-from is given");
}

/* ---- variables ---- */

static const char *const *variables;

static const char *variable(const char *name)
{
	for (size_t i = 0; variables[i]; i += 2) {
		if (strcmp(variables[i], name) == 0)
			return variables[i + 1];
	}
	return NULL;
}

static struct profile told(struct arena *a, const char *url, bool person, const char *const *pairs)
{
	struct profile p;
	struct err e;

	variables = pairs;
	if (!profile_of_variables(a, str_from(url), variable, person, &p, &e))
		fail_msg("%s", e.msg);
	return p;
}

#define PAIRS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define CONTOSO "https://contoso.crm4.dynamics.com"

static void without_variables_a_person_signs_in(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct profile p = told(&a, CONTOSO, true, PAIRS("HOME", "/"));

	(void)state;
	assert_int_equal(p.kind, AUTH_BROWSER);
	expect_str(p.url, CONTOSO);
	p = told(&a, CONTOSO, false, PAIRS("AZURE_USERNAME", "mia@contoso"));
	assert_int_equal(p.kind, AUTH_DEVICE_CODE);
	expect_str(p.username, "mia@contoso");
	p = told(&a, "http://127.0.0.1:8080", true, PAIRS("AZURE_TENANT_ID", "t"));
	assert_int_equal(p.kind, AUTH_NONE);
	p = told(&a, "https://127.0.0.1:8080", true, PAIRS("HOME", "/"));
	assert_int_equal(p.kind, AUTH_BROWSER);
}

static void a_token_or_its_command_comes_first(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct profile p = told(&a, CONTOSO, true,
				PAIRS("FERRY_TOKEN", "s3cret", "FERRY_TOKEN_COMMAND", "az x",
				      "AZURE_CLIENT_ID", ID, "AZURE_CLIENT_SECRET", "s3cret"));

	(void)state;
	assert_int_equal(p.kind, AUTH_TOKEN);
	assert_int_equal(p.token.source, CREDENTIAL_VARIABLE);
	expect_str(p.token.place, "FERRY_TOKEN");
	p = told(&a, CONTOSO, true, PAIRS("FERRY_TOKEN", "", "FERRY_TOKEN_COMMAND", "az x"));
	assert_int_equal(p.kind, AUTH_COMMAND);
	expect_str(p.token.place, "az x");
}

static void the_variables_of_the_azure_sdks_are_honoured(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct profile p = told(&a, CONTOSO, true,
				PAIRS("AZURE_CLIENT_ID", ID, "AZURE_TENANT_ID", "contoso.com",
				      "AZURE_CLIENT_SECRET", "s3cret", "AZURE_AUTHORITY_HOST",
				      "login.microsoftonline.us/"));

	(void)state;
	assert_int_equal(p.kind, AUTH_CLIENT_SECRET);
	assert_int_equal(p.secret.source, CREDENTIAL_VARIABLE);
	expect_str(p.secret.place, "AZURE_CLIENT_SECRET");
	expect_str(p.client, ID);
	expect_str(p.tenant, "contoso.com");
	expect_str(p.authority, "https://login.microsoftonline.us");
	p = told(&a, CONTOSO, true,
		 PAIRS("AZURE_CLIENT_ID", ID, "AZURE_CLIENT_CERTIFICATE_PATH", "/c.pem",
		       "AZURE_CLIENT_CERTIFICATE_PASSWORD", "s3cret"));
	assert_int_equal(p.kind, AUTH_CERTIFICATE);
	expect_str(p.certificate, "/c.pem");
	expect_str(p.certificate_password.place, "AZURE_CLIENT_CERTIFICATE_PASSWORD");
	p = told(&a, CONTOSO, true,
		 PAIRS("AZURE_CLIENT_ID", ID, "AZURE_FEDERATED_TOKEN_FILE", "/t"));
	assert_int_equal(p.kind, AUTH_FEDERATED);
	expect_str(p.token_file, "/t");
}

static void the_variables_of_pipelines_and_machines_are_honoured(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct profile p = told(&a, CONTOSO, false,
				PAIRS("AZURE_CLIENT_ID", ID, "ACTIONS_ID_TOKEN_REQUEST_URL",
				      "https://x", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "s3cret"));

	(void)state;
	assert_int_equal(p.kind, AUTH_GITHUB);
	p = told(&a, CONTOSO, false,
		 PAIRS("SYSTEM_OIDCREQUESTURI", "https://x", "SYSTEM_ACCESSTOKEN", "s3cret",
		       "AZURESUBSCRIPTION_CLIENT_ID", ID, "AZURESUBSCRIPTION_TENANT_ID", "t",
		       "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "c"));
	assert_int_equal(p.kind, AUTH_AZURE_PIPELINES);
	expect_str(p.client, ID);
	expect_str(p.tenant, "t");
	expect_str(p.service_connection, "c");
	/* every job of Azure Pipelines has this one */
	p = told(&a, CONTOSO, false, PAIRS("SYSTEM_OIDCREQUESTURI", "https://x"));
	assert_int_equal(p.kind, AUTH_DEVICE_CODE);
	p = told(&a, CONTOSO, false,
		 PAIRS("IDENTITY_ENDPOINT", "http://x", "IDENTITY_HEADER", "s3cret",
		       "AZURE_CLIENT_ID", ID, "AZURE_TENANT_ID", "t"));
	assert_int_equal(p.kind, AUTH_MANAGED_IDENTITY);
	expect_str(p.identity_client, ID);
}

static void variables_that_do_not_fit_are_told_by_name(void **state)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct profile p;
	struct err e;

	(void)state;
	variables = PAIRS("AZURE_CLIENT_SECRET", "s3cret");
	assert_false(profile_of_variables(&a, S(CONTOSO), variable, true, &p, &e));
	assert_int_equal(e.kind, ERR_USAGE);
	assert_non_null(strstr(e.msg, "AZURE_CLIENT_ID is not"));
	assert_null(strstr(e.msg, "s3cret"));
	variables = PAIRS("AZURE_AUTHORITY_HOST", "http://evil.example");
	assert_false(profile_of_variables(&a, S(CONTOSO), variable, true, &p, &e));
	assert_non_null(strstr(e.msg, "AZURE_AUTHORITY_HOST"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_environment_has_one_url),
		cmocka_unit_test(
			what_is_no_url_of_an_environment_is_refused_without_repeating_secrets),
		cmocka_unit_test(loopback_is_this_machine_alone),
		cmocka_unit_test(a_credential_is_a_place),
		cmocka_unit_test(a_secret_in_place_of_its_place_is_refused_and_not_shown),
		cmocka_unit_test(kinds_have_names),
		cmocka_unit_test(a_section_comes_back_as_it_was),
		cmocka_unit_test(what_is_wrong_with_a_section_is_told_with_its_line),
		cmocka_unit_test(what_a_kind_needs_and_what_it_does_not_use_is_told),
		cmocka_unit_test(without_variables_a_person_signs_in),
		cmocka_unit_test(a_token_or_its_command_comes_first),
		cmocka_unit_test(the_variables_of_the_azure_sdks_are_honoured),
		cmocka_unit_test(the_variables_of_pipelines_and_machines_are_honoured),
		cmocka_unit_test(variables_that_do_not_fit_are_told_by_name),
	};

	return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * Where an application may send people back to, and who is safe to serve to others. What a file may say is
 * tested in tests/e2e/test_sign_in.py.
 */
#include "server/identity.h"

#include "../base/expect.h"

static struct arena arena;

static struct application app_with(const char *redirect)
{
	struct application app = { .open = true };

	*VEC_PUSH(&arena, &app.redirects) = str_from(redirect);
	return app;
}

static bool goes(const char *known, const char *redirect)
{
	struct application app = app_with(known);

	return identity_redirects(&app, str_from(redirect));
}

static void a_redirect_is_the_one_that_is_known(void **state)
{
	(void)state;
	assert_true(goes("https://a.example/b", "https://a.example/b"));
	assert_false(goes("https://a.example/b", "https://a.example/b/"));
	assert_false(goes("https://a.example/b", "https://a.example:443/b"));
	assert_false(goes("https://a.example", "https://a.example.evil"));
	assert_true(goes("app://x/y", "app://x/y"));
	assert_false(goes("app://x/y", "app://x/Y"));
}

static void on_this_machine_any_port_will_do(void **state)
{
	(void)state;
	assert_true(goes("http://localhost", "http://localhost"));
	assert_true(goes("http://localhost", "http://localhost/"));
	assert_true(goes("http://localhost", "http://localhost:1234"));
	assert_true(goes("http://localhost", "http://localhost:1234/"));
	assert_true(goes("http://localhost:1/a", "http://localhost:65535/a"));
	assert_true(goes("http://127.0.0.1/a", "http://127.0.0.1:8/a"));
	assert_false(goes("http://localhost", "http://127.0.0.1:1234"));
	assert_false(goes("http://localhost", "https://localhost:1234"));
	assert_false(goes("http://localhost", "http://localhost:1234/a"));
	assert_false(goes("http://localhost", "http://localhost:1234?a"));
	assert_false(goes("http://localhost", "http://localhost:12x4"));
	assert_false(goes("http://localhost", "http://localhost:1@evil.example"));
	assert_false(goes("http://localhost", "http://localhost@evil.example"));
	assert_false(goes("http://localhost", "http://localhost.evil.example"));
	assert_false(goes("http://a.example:1", "http://a.example:2"));
}

static void the_default_is_the_sample_client_and_the_administrator(void **state)
{
	struct identity i = identity_default(&arena);
	struct guid client;

	(void)state;
	assert_true(guid_parse(S(IDENTITY_SAMPLE_CLIENT), &client));
	assert_non_null(identity_application(&i, client));
	assert_true(identity_application(&i, client)->open);
	assert_null(identity_application(&i, (struct guid){ 0 }));
	assert_non_null(identity_account(&i, S("Administrator")));
	assert_null(identity_account(&i, S("")));
	assert_false(i.given);
	identity_release(&i);
}

static void to_others_only_what_needs_knowledge_is_served(void **state)
{
	struct identity i = { .given = true };
	struct err e;

	(void)state;
	assert_true(identity_check_exposed(&i, false, &e));
	assert_false(identity_check_exposed(&i, true, &e));
	assert_int_equal(e.kind, ERR_USAGE);
	*VEC_PUSH(&arena, &i.accounts) = (struct account){ .name = S("a"), .password = S("b") };
	assert_true(identity_check_exposed(&i, false, &e));
	*VEC_PUSH(&arena, &i.accounts) = (struct account){ .name = S("b") };
	assert_false(identity_check_exposed(&i, false, &e));
	i.accounts.n = 1;
	*VEC_PUSH(&arena, &i.managed) = (struct managed){ .of_machine = true };
	assert_false(identity_check_exposed(&i, false, &e));
}

static void a_file_that_is_not_there_is_told(void **state)
{
	struct identity i;
	struct err e;

	(void)state;
	assert_false(identity_read(&arena, "/no/such/file.json", &i, &e));
	assert_non_null(strstr(e.msg, "/no/such/file.json"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_redirect_is_the_one_that_is_known),
		cmocka_unit_test(on_this_machine_any_port_will_do),
		cmocka_unit_test(the_default_is_the_sample_client_and_the_administrator),
		cmocka_unit_test(to_others_only_what_needs_knowledge_is_served),
		cmocka_unit_test(a_file_that_is_not_there_is_told),
	};

	arena = arena_make(0);

	int failures = cmocka_run_group_tests_name("identity", tests, NULL, NULL);

	arena_release(&arena);
	return failures;
}

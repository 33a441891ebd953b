/* SPDX-License-Identifier: MIT */
/*
 * Who may ask: Host and Authorization headers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "server/guard.h"

static struct arena arena;

static bool host(const struct guard *g, const char *value)
{
	struct httpd_header h[] = { { S("Accept"), S("*/*") }, { S("hOST"), str_from(value) } };
	struct str out;

	return guard_host(g, h, COUNT_OF(h), &out) && str_eq(out, str_from(value));
}

static struct guard guard_at(const char *address, uint16_t port)
{
	return guard_make(&arena, address, port, false, NULL, 0, S(""));
}

static void a_server_answers_to_its_own_names_and_port(void **state)
{
	struct guard g = guard_at("127.0.0.2", 8080);

	(void)state;
	assert_true(host(&g, "localhost:8080"));
	assert_true(host(&g, "LocalHost:8080"));
	assert_true(host(&g, "127.0.0.1:8080"));
	assert_true(host(&g, "127.0.0.2:8080"));
	assert_true(host(&g, "[::1]:8080"));
	assert_false(host(&g, "localhost"));
	assert_false(host(&g, "localhost:80"));
	assert_false(host(&g, "localhost:08080"));
	assert_false(host(&g, "127.0.0.3:8080"));
	assert_false(host(&g, "evil.example:8080"));
	assert_false(host(&g, "localhost:8080.evil.example"));
	assert_false(host(&g, ""));
	assert_false(host(&g, ":8080"));
}

static void the_usual_port_need_not_be_told(void **state)
{
	struct guard g = guard_at("127.0.0.1", 80);

	(void)state;
	assert_true(host(&g, "localhost"));
	assert_true(host(&g, "localhost:80"));
	assert_false(host(&g, "localhost:81"));
}

static void over_tls_it_is_another_usual_port(void **state)
{
	struct guard plain = guard_make(&arena, "127.0.0.1", 443, false, NULL, 0, S(""));
	struct guard tls = guard_make(&arena, "127.0.0.1", 443, true, NULL, 0, S(""));
	struct guard odd = guard_make(&arena, "127.0.0.1", 80, true, NULL, 0, S(""));

	(void)state;
	assert_false(host(&plain, "localhost"));
	assert_true(host(&plain, "localhost:443"));
	assert_true(host(&tls, "localhost"));
	assert_true(host(&tls, "localhost:443"));
	assert_false(host(&odd, "localhost"));
}

static void on_every_address_numbers_are_known_and_names_are_not(void **state)
{
	struct guard g = guard_at("0.0.0.0", 8080);

	(void)state;
	assert_true(host(&g, "192.168.1.7:8080"));
	assert_true(host(&g, "[fe80::1]:8080"));
	assert_false(host(&g, "192.168.1.7:8081"));
	assert_false(host(&g, "192.168.1.7"));
	assert_false(host(&g, "192.168.1.7.evil.example:8080"));
}

static void names_are_added_with_a_port_or_for_all(void **state)
{
	const char *const names[] = { "contoso.test", "other.test:9000", "[fe80::2]" };
	struct guard g =
		guard_make(&arena, "127.0.0.1", 8080, false, names, COUNT_OF(names), S(""));

	(void)state;
	assert_true(host(&g, "contoso.test"));
	assert_true(host(&g, "CONTOSO.test:1"));
	assert_true(host(&g, "other.test:9000"));
	assert_false(host(&g, "other.test"));
	assert_false(host(&g, "xcontoso.test"));
	assert_true(host(&g, "[fe80::2]:443"));
}

static void one_host_header_is_needed(void **state)
{
	struct guard g = guard_at("127.0.0.1", 8080);
	struct httpd_header twice[] = { { S("Host"), S("localhost:8080") },
					{ S("Host"), S("localhost:8080") } };
	struct str out;

	(void)state;
	assert_true(guard_host(&g, twice, 1, &out));
	assert_false(guard_host(&g, twice, 2, &out));
	assert_false(guard_host(&g, twice, 0, &out));
}

static bool let_in(const struct guard *g, const char *authorization)
{
	struct httpd_header h[] = { { S("authorization"), str_from(authorization) } };

	struct str token;

	return guard_bearer(h, COUNT_OF(h), &token) && guard_token(g, token);
}

static void a_token_is_compared_whole(void **state)
{
	struct guard g = guard_make(&arena, "127.0.0.1", 1, false, NULL, 0, S("secret"));
	struct guard open = guard_at("127.0.0.1", 1);
	struct str token;

	(void)state;
	assert_true(let_in(&g, "Bearer secret"));
	assert_true(let_in(&g, "bearer  secret "));
	assert_false(let_in(&g, "Bearer secre"));
	assert_false(let_in(&g, "Bearer secrets"));
	assert_false(let_in(&g, "Bearer secretsecret"));
	assert_false(let_in(&g, "Bearer "));
	assert_false(let_in(&g, "Basic secret"));
	assert_false(let_in(&g, "secret"));
	assert_false(guard_bearer(NULL, 0, &token));
	/* a guard without a token of its own knows none */
	assert_false(let_in(&open, "Bearer "));
	assert_false(let_in(&open, "Bearer whatever"));
}

static void what_is_loopback(void **state)
{
	(void)state;
	assert_true(guard_is_loopback("127.0.0.1"));
	assert_true(guard_is_loopback("127.1.2.3"));
	assert_true(guard_is_loopback("::1"));
	assert_true(guard_is_loopback("localhost"));
	assert_false(guard_is_loopback("0.0.0.0"));
	assert_false(guard_is_loopback("::"));
	assert_false(guard_is_loopback("192.168.1.1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_answers_to_its_own_names_and_port),
		cmocka_unit_test(the_usual_port_need_not_be_told),
		cmocka_unit_test(over_tls_it_is_another_usual_port),
		cmocka_unit_test(on_every_address_numbers_are_known_and_names_are_not),
		cmocka_unit_test(names_are_added_with_a_port_or_for_all),
		cmocka_unit_test(one_host_header_is_needed),
		cmocka_unit_test(a_token_is_compared_whole),
		cmocka_unit_test(what_is_loopback),
	};

	arena = arena_make(0);

	int failures = cmocka_run_group_tests_name("guard", tests, NULL, NULL);

	arena_release(&arena);
	return failures;
}

/* SPDX-License-Identifier: MIT */
/*
 * Tokens: the example of RFC 7515, what is written here and read again, and what is none.
 */
#include "dv/jwt.h"

#include "../base/expect.h"
#include "../io/crypto_sample.h"
#include "base/codec.h"

#define TEXT(name) str_of(name, sizeof(name) - 1)

static struct arena arena;

static struct crypto_key *key_of(struct str pem, bool private)
{
	struct crypto_key *key = NULL;
	struct err e;

	if (private)
		assert_true(crypto_key_read_private(&arena, pem, S(""), "key", &key, &e));
	else
		assert_true(crypto_key_read_public(&arena, pem, "key", &key, &e));
	return key;
}

static struct str token_of(struct str header, struct str claims, enum crypto_algorithm algorithm)
{
	DEFER(crypto_key_release) struct crypto_key *key = key_of(TEXT(PRIVATE_PEM), true);
	DEFER(buf_release) struct buf b = buf_make(0);
	struct err e;

	assert_true(jwt_write(&b, header, claims, key, algorithm, &e));
	return str_dup(&arena, buf_str(&b));
}

static void the_example_of_rfc_7515_is_read_and_verified(void **state)
{
	DEFER(crypto_key_release) struct crypto_key *right = key_of(TEXT(RFC_PEM), false);
	DEFER(crypto_key_release) struct crypto_key *wrong = key_of(TEXT(PUBLIC_PEM), false);
	struct jwt t;
	struct err e;

	(void)state;
	assert_true(jwt_read(&arena, TEXT(RFC_TOKEN), &t, &e));
	assert_true(jwt_verify(&t, right));
	assert_false(jwt_verify(&t, wrong));
	expect_str(json_text(&t.claims, S("iss")), "joe");
	assert_int_equal(jwt_time(&t, S("exp"), 0), 1300819380);
	assert_int_equal(jwt_time(&t, S("nbf"), -7), -7);
	assert_int_equal(jwt_time(&t, S("iss"), -7), -7);
}

static void what_is_written_is_read_again(void **state)
{
	DEFER(crypto_key_release) struct crypto_key *key = key_of(TEXT(CERTIFICATE_PEM), false);
	struct str claims = S("{\"aud\":[\"a\",7,\"b\"],\"exp\":12.9,\"x\":\"\\u00fc\"}");
	struct str rs = token_of(S("{\"alg\":\"RS256\"}"), claims, CRYPTO_RS256);
	struct str ps = token_of(S("{\"alg\":\"PS256\"}"), claims, CRYPTO_PS256);
	struct str lie = token_of(S("{\"alg\":\"PS256\"}"), claims, CRYPTO_RS256);
	struct jwt t;
	struct err e;

	(void)state;
	assert_true(jwt_read(&arena, rs, &t, &e));
	assert_true(jwt_verify(&t, key));
	assert_true(jwt_is_for(&t, S("a")));
	assert_true(jwt_is_for(&t, S("b")));
	assert_false(jwt_is_for(&t, S("c")));
	assert_false(jwt_is_for(&t, S("")));
	assert_int_equal(jwt_time(&t, S("exp"), 0), 12);
	assert_true(jwt_read(&arena, ps, &t, &e));
	assert_true(jwt_verify(&t, key));
	assert_true(jwt_read(&arena, lie, &t, &e));
	assert_false(jwt_verify(&t, key));
}

static void only_two_algorithms_are_believed(void **state)
{
	static const char *const headers[] = {
		"{}",
		"{\"alg\":\"none\"}",
		"{\"alg\":\"rs256\"}",
		"{\"alg\":\"HS256\"}",
		"{\"alg\":\"RS512\"}",
		"{\"alg\":[\"RS256\"]}",
		"{\"alg\":\"RS256\",\"crit\":[\"exp\"]}",
	};
	DEFER(crypto_key_release) struct crypto_key *key = key_of(TEXT(PUBLIC_PEM), false);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(headers); i++) {
		struct jwt t;
		struct err e;

		assert_true(jwt_read(&arena, token_of(str_from(headers[i]), S("{}"), CRYPTO_RS256),
				     &t, &e));
		assert_false(jwt_verify(&t, key));
	}
}

static void what_is_no_token_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"x",
		"e30.e30",
		"e30.e30.e30.e30",
		"e30.e30.=",
		"e30.W10.AA",
		"W10.e30.AA",
		"e30.ZTMw.AA",
		"e3 0.e30.AA",
		"e30.e30.AA.",
		".e30.AA",
		"e30..AA",
		"e30.eyJ9.AA",
		"e30.IiI.AA",
		"e30=.e30.AA",
		"e30.e30.AA\n",
	};
	struct str large = str_of(arena_array(&arena, char, 100000), 100000);
	struct jwt t;
	struct err e;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		if (jwt_read(&arena, str_from(bad[i]), &t, &e))
			print_error("\"%s\" is taken for a token\n", bad[i]);
		assert_false(jwt_read(&arena, str_from(bad[i]), &t, &e));
		assert_int_equal(e.kind, ERR_INPUT);
	}
	assert_false(jwt_read(&arena, large, &t, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_of_rfc_7515_is_read_and_verified),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(only_two_algorithms_are_believed),
		cmocka_unit_test(what_is_no_token_is_refused),
	};

	arena = arena_make(0);

	int failures = cmocka_run_group_tests_name("jwt", tests, NULL, NULL);

	arena_release(&arena);
	return failures;
}

/* SPDX-License-Identifier: MIT */
/*
 * The assertion with which a certificate's owner proves himself (facts/webapi.md 7, RFC 7523).
 */
#include "remote/sign_in_parts.h"

#include "../base/expect.h"
#include "base/codec.h"
#include "io/json.h"

static struct arena arena;

static struct json parse(struct str text)
{
	struct json tree;
	struct err e;

	assert_true(json_parse(&arena, text, "it", &tree, &e));
	return tree;
}

/* base64.urlsafe_b64encode(bytes(range(20))), (bytes(range(32))) */
static void the_header_names_the_certificate_by_both_thumbprints(void **state)
{
	struct crypto_certificate c = { .key = NULL };

	(void)state;
	for (uint8_t i = 0; i < 32; i++) {
		c.sha256[i] = i;
		c.sha1[i % 20] = i % 20;
	}
	for (int ps = 0; ps < 2; ps++) {
		enum crypto_algorithm algorithm = ps ? CRYPTO_PS256 : CRYPTO_RS256;
		struct json h = parse(assertion_header(&arena, &c, algorithm));

		expect_str(json_text(&h, S("alg")), ps ? "PS256" : "RS256");
		expect_str(json_text(&h, S("typ")), "JWT");
		expect_str(json_text(&h, S("x5t")), "AAECAwQFBgcICQoLDA0ODxAREhM");
		expect_str(json_text(&h, S("x5t#S256")),
			   "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
		assert_int_equal(h.n, 4);
	}
}

static void the_claims_hold_for_minutes_and_for_this_endpoint(void **state)
{
	struct rng rng = rng_from_seed(1);
	struct assertion x = { .audience = S("https://login.example/t/oauth2/v2.0/token"),
			       .client = S("the\"client"),
			       .now = 1800000000,
			       .id = guid_random(&rng) };
	struct json c = parse(assertion_claims(&arena, &x));
	struct guid id;

	(void)state;
	expect_str(json_text(&c, S("aud")), "https://login.example/t/oauth2/v2.0/token");
	expect_str(json_text(&c, S("iss")), "the\"client");
	expect_str(json_text(&c, S("sub")), "the\"client");
	assert_true(guid_parse(json_text(&c, S("jti")), &id));
	assert_true(guid_eq(id, x.id));
	assert_int_equal(json_int(&c, S("exp"), 0), 1800000600);
	assert_int_equal(json_int(&c, S("nbf"), 0), 1799999700);
	assert_int_equal(c.n, 6);
}

static void a_form_is_encoded_and_leaves_out_what_is_empty(void **state)
{
	const struct field fields[] = { { "a", S("s&cr=t+ %") },
					{ "empty", S("") },
					{ "b", S("https://x/.default \xc3\xa4") } };

	(void)state;
	expect_str(sign_in_form(&arena, fields, COUNT_OF(fields)),
		   "a=s%26cr%3Dt%2B%20%25&b=https%3A%2F%2Fx%2F.default%20%C3%A4");
	expect_str(sign_in_form(&arena, fields, 0), "");
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
		cmocka_unit_test(the_header_names_the_certificate_by_both_thumbprints),
		cmocka_unit_test(the_claims_hold_for_minutes_and_for_this_endpoint),
		cmocka_unit_test(a_form_is_encoded_and_leaves_out_what_is_empty),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}

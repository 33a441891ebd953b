/* SPDX-License-Identifier: MIT */
/*
 * Digests and signatures against the examples of FIPS 180, RFC 4231 and RFC 7515, and against what the openssl
 * program makes.
 */
#include "io/crypto.h"

#include "../base/expect.h"
#include "base/codec.h"

#include "crypto_sample.h"

#define SIGNED S("what is signed")
#define TEXT(name) str_of(name, sizeof(name) - 1)

static struct arena arena;

static struct str hex(const uint8_t *p, size_t n)
{
	struct str s = S("");

	for (size_t i = 0; i < n; i++)
		s = str_fmt(&arena, "%.*s%02x", STR_ARG(s), p[i]);
	return s;
}

static struct str unbase(struct str text)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	assert_true(base64_decode(&b, text));
	return str_dup(&arena, buf_str(&b));
}

static void digests_are_those_of_their_standards(void **state)
{
	uint8_t d[CRYPTO_SHA256_SIZE];
	char key[20];

	(void)state;
	crypto_sha256(S("abc"), d);
	expect_str(hex(d, 32), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	crypto_sha256(S(""), d);
	expect_str(hex(d, 32), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	crypto_sha1(S("abc"), d);
	expect_str(hex(d, 20), "a9993e364706816aba3e25717850c26c9cd0d89d");
	memset(key, 0x0b, sizeof(key));
	crypto_hmac_sha256(str_of(key, sizeof(key)), S("Hi There"), d);
	expect_str(hex(d, 32), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	crypto_hmac_sha256(S("Jefe"), S("what do ya want for nothing?"), d);
	expect_str(hex(d, 32), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void secrets_are_the_same_or_not(void **state)
{
	uint8_t a[16] = { 0 };
	uint8_t b[16] = { 0 };

	(void)state;
	assert_true(crypto_same(S("secret"), S("secret")));
	assert_true(crypto_same(S(""), str_from(NULL)));
	assert_false(crypto_same(S("secret"), S("secreT")));
	assert_false(crypto_same(S("secret"), S("secretsecret")));
	assert_false(crypto_same(S("secret"), S("")));
	crypto_random(a, sizeof(a));
	crypto_random(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
}

static void the_example_of_rfc_7515_is_verified(void **state)
{
	DEFER(buf_release) struct buf signature = buf_make(0);
	struct crypto_key *key = NULL;
	struct str token = TEXT(RFC_TOKEN);
	size_t dot = token.n;
	struct err e;

	(void)state;
	while (token.p[dot - 1] != '.')
		dot--;
	assert_true(crypto_key_read_public(&arena, TEXT(RFC_PEM), "rfc.pem", &key, &e));
	assert_true(base64url_decode(&signature, str_skip(token, dot)));
	assert_true(
		crypto_verify(key, CRYPTO_RS256, str_sub(token, 0, dot - 1), buf_str(&signature)));
	assert_false(
		crypto_verify(key, CRYPTO_RS256, str_sub(token, 0, dot - 2), buf_str(&signature)));
	crypto_key_release(&key);
	assert_null(key);
}

static void signatures_of_openssl_are_verified_and_no_others(void **state)
{
	struct str rs = unbase(TEXT(RS256_BASE64));
	struct str ps = unbase(TEXT(PS256_BASE64));
	struct crypto_key *key;
	struct err e;

	(void)state;
	assert_true(crypto_key_read_public(&arena, TEXT(PUBLIC_PEM), "pub.pem", &key, &e));
	assert_true(crypto_verify(key, CRYPTO_RS256, SIGNED, rs));
	assert_true(crypto_verify(key, CRYPTO_PS256, SIGNED, ps));
	assert_false(crypto_verify(key, CRYPTO_PS256, SIGNED, rs));
	assert_false(crypto_verify(key, CRYPTO_RS256, SIGNED, ps));
	assert_false(crypto_verify(key, CRYPTO_RS256, S("what is signeD"), rs));
	assert_false(crypto_verify(key, CRYPTO_RS256, SIGNED, str_sub(rs, 0, rs.n - 1)));
	assert_false(crypto_verify(key, CRYPTO_RS256, SIGNED, S("")));
	crypto_key_release(&key);
}

static void what_is_signed_here_is_what_openssl_signs(void **state)
{
	DEFER(buf_release) struct buf out = buf_make(0);
	struct crypto_key *private, *public;
	struct err e;

	(void)state;
	assert_true(
		crypto_key_read_private(&arena, TEXT(PRIVATE_PEM), S(""), "key.pem", &private, &e));
	assert_true(crypto_key_read_public(&arena, TEXT(CERTIFICATE_PEM), "crt.pem", &public, &e));
	assert_true(crypto_key_is_pair(private, public));
	buf_add(&out, S("before"));
	/* PKCS #1 has no random in it */
	assert_true(crypto_sign(private, CRYPTO_RS256, SIGNED, &out, &e));
	assert_true(str_eq(str_skip(buf_str(&out), 6), unbase(TEXT(RS256_BASE64))));
	buf_clear(&out);
	assert_true(crypto_sign(private, CRYPTO_PS256, SIGNED, &out, &e));
	assert_true(crypto_verify(public, CRYPTO_PS256, SIGNED, buf_str(&out)));
	crypto_key_release(&private);
	crypto_key_release(&public);
}

static void a_new_key_is_one(void **state)
{
	DEFER(buf_release) struct buf out = buf_make(0);
	struct str modulus, exponent;
	struct crypto_key *key, *other;
	struct err e;

	(void)state;
	assert_true(crypto_key_make(&arena, &key, &e));
	assert_true(crypto_key_read_public(&arena, TEXT(PUBLIC_PEM), "pub.pem", &other, &e));
	crypto_key_numbers(key, &arena, &modulus, &exponent);
	assert_int_equal(modulus.n, 256);
	assert_true(str_eq(exponent, S("\x01\x00\x01")));
	assert_true(crypto_sign(key, CRYPTO_RS256, SIGNED, &out, &e));
	assert_true(crypto_verify(key, CRYPTO_RS256, SIGNED, buf_str(&out)));
	assert_false(crypto_verify(other, CRYPTO_RS256, SIGNED, buf_str(&out)));
	assert_false(crypto_key_is_pair(key, other));
	crypto_key_release(&key);
	crypto_key_release(&other);
}

static void a_certificate_tells_its_time_and_thumbprints(void **state)
{
	struct crypto_certificate c;
	char text[DATETIME_TEXT_SIZE];
	struct err e;

	(void)state;
	assert_true(crypto_certificate_read(&arena, TEXT(CERTIFICATE_PEM), "crt.pem", &c, &e));
	expect_str(datetime_format_iso(c.from, text), "2026-11-22T19:32:25Z");
	expect_str(datetime_format_iso(c.until, text), "2126-10-29T19:32:25Z");
	expect_str(hex(c.sha1, sizeof(c.sha1)), "af5ebc4e38391a7a74d74479ba7d14d78e7cf5a7");
	expect_str(hex(c.sha256, sizeof(c.sha256)),
		   "4cf6222b018c5be18f655edb2ff04a93678c569e596811ca8eb0dd0829fe6ce5");
	assert_true(str_starts(c.der, S("\x30\x82")));
	crypto_key_release(&c.key);
}

static void an_encrypted_key_needs_its_password(void **state)
{
	struct crypto_key *key;
	struct err e;

	(void)state;
	assert_true(crypto_key_read_private(&arena, TEXT(ENCRYPTED_PEM), S("hush"), "enc.pem", &key,
					    &e));
	crypto_key_release(&key);
	assert_false(crypto_key_read_private(&arena, TEXT(ENCRYPTED_PEM), S("hus"), "enc.pem", &key,
					     &e));
	assert_non_null(strstr(e.msg, "enc.pem: the private key cannot be decrypted"));
	assert_false(
		crypto_key_read_private(&arena, TEXT(ENCRYPTED_PEM), S(""), "enc.pem", &key, &e));
	assert_non_null(strstr(e.msg, "needs a password"));
	assert_int_equal(e.kind, ERR_INPUT);
}

static void a_pfx_holds_both(void **state)
{
	struct str bytes = unbase(TEXT(PFX_BASE64));
	struct crypto_certificate c;
	struct crypto_key *key;
	struct err e;

	(void)state;
	assert_true(crypto_pfx_read(&arena, bytes, S("hush"), "a.pfx", &key, &c, &e));
	assert_true(crypto_key_is_pair(key, c.key));
	expect_str(hex(c.sha1, sizeof(c.sha1)), "af5ebc4e38391a7a74d74479ba7d14d78e7cf5a7");
	crypto_key_release(&key);
	crypto_key_release(&c.key);
	assert_false(crypto_pfx_read(&arena, bytes, S("no"), "a.pfx", &key, &c, &e));
	assert_non_null(strstr(e.msg, "a.pfx cannot be decrypted"));
	assert_false(
		crypto_pfx_read(&arena, str_sub(bytes, 0, 100), S("hush"), "a.pfx", &key, &c, &e));
	assert_false(crypto_pfx_read(&arena, S(""), S(""), "a.pfx", &key, &c, &e));
}

static void keys_that_are_too_weak_or_none_are_refused(void **state)
{
	static const char *const none[] = { "", "no key", "-----BEGIN PUBLIC KEY-----\nAAAA\n",
					    ("-----BEGIN CERTIFICATE-----\nAAAA\n"
					     "-----END CERTIFICATE-----\n") };
	struct crypto_key *key;
	struct err e;

	(void)state;
	assert_false(crypto_key_read_public(&arena, TEXT(SMALL_PEM), "small.pem", &key, &e));
	assert_non_null(strstr(e.msg, "small.pem: a key of 1024 bits is too small"));
	assert_false(crypto_key_read_public(&arena, TEXT(ELLIPTIC_PEM), "ec.pem", &key, &e));
	assert_non_null(strstr(e.msg, "not one of RSA"));
	for (size_t i = 0; i < COUNT_OF(none); i++) {
		struct str text = str_from(none[i]);

		assert_false(crypto_key_read_public(&arena, text, "x.pem", &key, &e));
		assert_int_equal(e.kind, ERR_INPUT);
		assert_non_null(strstr(e.msg, "x.pem"));
		assert_false(crypto_key_read_private(&arena, text, S(""), "x.pem", &key, &e));
	}
}

static void a_server_needs_a_key_and_its_certificate(void **state)
{
	struct err e;

	(void)state;
	assert_true(crypto_pair_check(TEXT(CERTIFICATE_PEM), "c", TEXT(PRIVATE_PEM), "k", &e));
	assert_false(crypto_pair_check(TEXT(PUBLIC_PEM), "c", TEXT(PRIVATE_PEM), "k", &e));
	assert_non_null(strstr(e.msg, "c: no certificate"));
	assert_false(crypto_pair_check(TEXT(CERTIFICATE_PEM), "c", TEXT(ENCRYPTED_PEM), "k", &e));
	assert_non_null(strstr(e.msg, "k: no private key"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_are_those_of_their_standards),
		cmocka_unit_test(secrets_are_the_same_or_not),
		cmocka_unit_test(the_example_of_rfc_7515_is_verified),
		cmocka_unit_test(signatures_of_openssl_are_verified_and_no_others),
		cmocka_unit_test(what_is_signed_here_is_what_openssl_signs),
		cmocka_unit_test(a_new_key_is_one),
		cmocka_unit_test(a_certificate_tells_its_time_and_thumbprints),
		cmocka_unit_test(an_encrypted_key_needs_its_password),
		cmocka_unit_test(a_pfx_holds_both),
		cmocka_unit_test(keys_that_are_too_weak_or_none_are_refused),
		cmocka_unit_test(a_server_needs_a_key_and_its_certificate),
	};

	arena = arena_make(0);

	int failures = cmocka_run_group_tests_name("crypto", tests, NULL, NULL);

	arena_release(&arena);
	return failures;
}

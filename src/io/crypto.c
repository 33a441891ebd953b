/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL 3 through EVP. Its queue of errors is emptied after each failure, so that none is told twice; it
 * never asks a person for a password.
 */
#include "io/crypto.h"

#include <limits.h>
#include <string.h>
#include <time.h>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/banned.h"

struct crypto_key {
	EVP_PKEY *pkey;
};

static const unsigned char *bytes_of(struct str s)
{
	return (const unsigned char *)(s.n ? s.p : "");
}

/* Only a machine without memory, or an OpenSSL without its digests, comes here with false. */
static void demand(bool ok)
{
	assert(ok);
}

static void digest(const EVP_MD *md, struct str bytes, uint8_t *out)
{
	demand(EVP_Digest(bytes_of(bytes), bytes.n, out, NULL, md, NULL) == 1);
}

void crypto_sha1(struct str bytes, uint8_t out[CRYPTO_SHA1_SIZE])
{
	digest(EVP_sha1(), bytes, out);
}

void crypto_sha256(struct str bytes, uint8_t out[CRYPTO_SHA256_SIZE])
{
	digest(EVP_sha256(), bytes, out);
}

struct crypto_digest {
	EVP_MD_CTX *context;
};

struct crypto_digest *crypto_digest_open(struct arena *a)
{
	struct crypto_digest *d = arena_new(a, struct crypto_digest);

	d->context = EVP_MD_CTX_new();
	assert(d->context);

	int ok = EVP_DigestInit_ex(d->context, EVP_sha256(), NULL);

	assert(ok == 1);
	return d;
}

void crypto_digest_close(struct crypto_digest **d)
{
	if (*d)
		EVP_MD_CTX_free((*d)->context);
	*d = NULL;
}

void crypto_digest_add(struct crypto_digest *d, struct str bytes)
{
	int ok = EVP_DigestUpdate(d->context, bytes.p ? bytes.p : "", bytes.n);

	assert(ok == 1);
}

void crypto_digest_end(struct crypto_digest *d, uint8_t out[CRYPTO_SHA256_SIZE])
{
	int ok = EVP_DigestFinal_ex(d->context, out, NULL);

	assert(ok == 1);
}

struct str crypto_hex(struct arena *a, const uint8_t *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	char *text = arena_array(a, char, 2 * n + 1);

	for (size_t i = 0; i < n; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	return str_of(text, 2 * n);
}

void crypto_hmac_sha256(struct str key, struct str bytes, uint8_t out[CRYPTO_SHA256_SIZE])
{
	unsigned n = CRYPTO_SHA256_SIZE;

	assert(key.n <= INT_MAX);
	demand(HMAC(EVP_sha256(), bytes_of(key), (int)key.n, bytes_of(bytes), bytes.n, out, &n) !=
	       NULL);
}

bool crypto_same(struct str a, struct str b)
{
	uint8_t da[CRYPTO_SHA256_SIZE];
	uint8_t db[CRYPTO_SHA256_SIZE];

	/* of digests: even the lengths do not show */
	crypto_sha256(a, da);
	crypto_sha256(b, db);
	return CRYPTO_memcmp(da, db, sizeof(da)) == 0;
}

void crypto_random(void *p, size_t n)
{
	assert(n <= INT_MAX);
	demand(RAND_priv_bytes(p, (int)n) == 1);
}

/* ---- errors ---- */

/* What OpenSSL says about the last failure; static text. */
static const char *reason(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return text ? text : "it is of no kind that is known";
}

/* ---- keys ---- */

static void bio_release(BIO **bio)
{
	BIO_free(*bio);
}

static BIO *bio_of(struct str s)
{
	BIO *bio = s.n <= INT_MAX ? BIO_new_mem_buf(bytes_of(s), (int)s.n) : NULL;

	demand(bio != NULL);
	return bio;
}

/* Answers OpenSSL's question; without a password there is none, and nobody is asked. */
static int give_password(char *out, int size, int writing, void *context)
{
	const struct str *password = context;

	(void)writing;
	if (password->n == 0 || password->n > (size_t)size)
		return -1;
	memcpy(out, password->p, password->n);
	return (int)password->n;
}

/* Takes the key over, whatever the answer. */
static bool take_key(struct arena *a, EVP_PKEY *pkey, const char *what, struct crypto_key **out,
		     struct err *e)
{
	bool rsa = EVP_PKEY_is_a(pkey, "RSA");
	int bits = EVP_PKEY_get_bits(pkey);

	if (!rsa || bits < CRYPTO_KEY_BITS_MIN) {
		EVP_PKEY_free(pkey);
		if (!rsa)
			return err_set(e, ERR_INPUT,
				       "%s: the key is not one of RSA, and others cannot be used",
				       what);
		return err_set(e, ERR_INPUT, "%s: a key of %d bits is too small; %d are needed",
			       what, bits, CRYPTO_KEY_BITS_MIN);
	}

	struct crypto_key *key = arena_new(a, struct crypto_key);

	key->pkey = pkey;
	*out = key;
	return true;
}

void crypto_key_release(struct crypto_key **key)
{
	if (*key)
		EVP_PKEY_free((*key)->pkey);
	*key = NULL;
}

bool crypto_key_make(struct arena *a, struct crypto_key **out, struct err *e)
{
	EVP_PKEY *pkey = EVP_RSA_gen(CRYPTO_KEY_BITS_MIN);

	if (!pkey)
		return err_set(e, ERR_INTERNAL, "a key cannot be made: %s", reason());
	return take_key(a, pkey, "a new key", out, e);
}

bool crypto_key_read_public(struct arena *a, struct str pem, const char *what,
			    struct crypto_key **out, struct err *e)
{
	DEFER(bio_release) BIO *bio = bio_of(pem);
	struct str none = S("");

	if (str_find(pem, S("-----BEGIN CERTIFICATE-----")) != STR_NONE) {
		struct crypto_certificate c;

		if (!crypto_certificate_read(a, pem, what, &c, e))
			return false;
		*out = c.key;
		return true;
	}

	EVP_PKEY *pkey = PEM_read_bio_PUBKEY(bio, NULL, give_password, &none);

	if (!pkey)
		return err_set(e, ERR_INPUT, "%s: no public key or certificate in PEM: %s", what,
			       reason());
	return take_key(a, pkey, what, out, e);
}

bool crypto_key_read_private(struct arena *a, struct str pem, struct str password, const char *what,
			     struct crypto_key **out, struct err *e)
{
	DEFER(bio_release) BIO *bio = bio_of(pem);
	EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, give_password, &password);
	bool closed = str_find(pem, S("ENCRYPTED")) != STR_NONE;

	if (!pkey)
		return err_set(e, ERR_INPUT, "%s: %s: %s", what,
			       !closed ? "no private key in PEM"
			       : password.n
				       ? "the private key cannot be decrypted with this password"
				       : "the private key is encrypted and needs a password",
			       reason());
	return take_key(a, pkey, what, out, e);
}

static struct str number(const struct crypto_key *key, const char *name, struct arena *a)
{
	BIGNUM *bn = NULL;

	demand(EVP_PKEY_get_bn_param(key->pkey, name, &bn) == 1);

	size_t n = (size_t)BN_num_bytes(bn);
	char *p = arena_array(a, char, n);

	BN_bn2bin(bn, (unsigned char *)p);
	BN_free(bn);
	return str_of(p, n);
}

void crypto_key_numbers(const struct crypto_key *key, struct arena *a, struct str *modulus,
			struct str *exponent)
{
	*modulus = number(key, OSSL_PKEY_PARAM_RSA_N, a);
	*exponent = number(key, OSSL_PKEY_PARAM_RSA_E, a);
}

bool crypto_key_is_pair(const struct crypto_key *a, const struct crypto_key *b)
{
	return EVP_PKEY_eq(a->pkey, b->pkey) == 1;
}

/* ---- certificates ---- */

static bool read_time(const ASN1_TIME *t, struct datetime *out)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return false;
	return datetime_from_civil((struct civil){ .year = tm.tm_year + 1900,
						   .month = tm.tm_mon + 1,
						   .day = tm.tm_mday,
						   .hour = tm.tm_hour,
						   .minute = tm.tm_min,
						   .second = tm.tm_sec },
				   out);
}

static struct str der_of(struct arena *a, X509 *x)
{
	unsigned char *der = NULL;
	int n = i2d_X509(x, &der);

	demand(n > 0);

	struct str copy = str_dup(a, str_of((const char *)der, (size_t)n));

	OPENSSL_free(der);
	return copy;
}

static bool describe(struct arena *a, X509 *x, const char *what, struct crypto_certificate *out,
		     struct err *e)
{
	struct crypto_certificate c = { .der = der_of(a, x) };
	EVP_PKEY *pkey = X509_get_pubkey(x);

	if (!pkey)
		return err_set(e, ERR_INPUT, "%s: the certificate's key: %s", what, reason());
	if (!read_time(X509_get0_notBefore(x), &c.from) ||
	    !read_time(X509_get0_notAfter(x), &c.until)) {
		EVP_PKEY_free(pkey);
		return err_set(e, ERR_INPUT, "%s: the certificate's time is none", what);
	}
	if (!take_key(a, pkey, what, &c.key, e))
		return false;
	crypto_sha1(c.der, c.sha1);
	crypto_sha256(c.der, c.sha256);
	*out = c;
	return true;
}

bool crypto_certificate_read(struct arena *a, struct str pem, const char *what,
			     struct crypto_certificate *out, struct err *e)
{
	DEFER(bio_release) BIO *bio = bio_of(pem);
	struct str none = S("");
	X509 *x = PEM_read_bio_X509(bio, NULL, give_password, &none);

	if (!x)
		return err_set(e, ERR_INPUT, "%s: no certificate in PEM: %s", what, reason());

	bool ok = describe(a, x, what, out, e);

	X509_free(x);
	return ok;
}

/* Takes key and certificate over, either of which may be missing. */
static bool take_pair(struct arena *a, EVP_PKEY *pkey, X509 *x, const char *what,
		      struct crypto_key **key, struct crypto_certificate *certificate,
		      struct err *e)
{
	struct crypto_key *k = NULL;
	bool ok = pkey && x;

	if (!ok) {
		EVP_PKEY_free(pkey);
		err_set(e, ERR_INPUT, "%s: %s is missing", what,
			pkey ? "the certificate" : "the private key");
	} else {
		ok = take_key(a, pkey, what, &k, e) && describe(a, x, what, certificate, e);
	}
	X509_free(x);
	if (!ok)
		crypto_key_release(&k);
	else
		*key = k;
	return ok;
}

static void pfx_release(PKCS12 **pfx)
{
	PKCS12_free(*pfx);
}

/* An empty password and none are not the same, and programs differ in what they mean. */
static bool pfx_opens(PKCS12 *pfx, const char *password)
{
	return !PKCS12_mac_present(pfx) || PKCS12_verify_mac(pfx, password, -1) == 1 ||
	       (!*password && PKCS12_verify_mac(pfx, NULL, 0) == 1);
}

/* Windows of some years ago still writes RC2, which OpenSSL has put aside. */
static bool pfx_parse(PKCS12 *pfx, const char *password, EVP_PKEY **pkey, X509 **x)
{
	OSSL_PROVIDER *legacy;
	bool ok = PKCS12_parse(pfx, password, pkey, x, NULL) == 1;

	if (ok)
		return true;
	legacy = OSSL_PROVIDER_try_load(NULL, "legacy", 1);
	if (!legacy)
		return false;
	ERR_clear_error();
	ok = PKCS12_parse(pfx, password, pkey, x, NULL) == 1;
	OSSL_PROVIDER_unload(legacy);
	return ok;
}

bool crypto_pfx_read(struct arena *a, struct str bytes, struct str password, const char *what,
		     struct crypto_key **key, struct crypto_certificate *certificate, struct err *e)
{
	DEFER(bio_release) BIO *bio = bio_of(bytes);
	DEFER(pfx_release) PKCS12 *pfx = d2i_PKCS12_bio(bio, NULL);
	const char *text = str_cstr(a, password);
	EVP_PKEY *pkey = NULL;
	X509 *x = NULL;

	if (!pfx)
		return err_set(e, ERR_INPUT, "%s is neither PEM nor PFX: %s", what, reason());
	if (!pfx_opens(pfx, text)) {
		ERR_clear_error();
		return err_set(e, ERR_INPUT, "%s %s", what,
			       password.n ? "cannot be decrypted with this password"
					  : "is encrypted and needs a password");
	}
	if (!pfx_parse(pfx, text, &pkey, &x))
		return err_set(
			e, ERR_INPUT,
			"%s cannot be decrypted: %s; \"openssl pkcs12 -legacy\" may read it, "
			"to be written anew",
			what, reason());
	return take_pair(a, pkey, x, what, key, certificate, e);
}

static void x509_release(X509 **x)
{
	X509_free(*x);
}

static void pkey_release(EVP_PKEY **k)
{
	EVP_PKEY_free(*k);
}

bool crypto_pair_check(struct str certificate, const char *certificate_name, struct str key,
		       const char *key_name, struct err *e)
{
	DEFER(bio_release) BIO *x_text = bio_of(certificate);
	DEFER(bio_release) BIO *k_text = bio_of(key);
	struct str none = S("");
	DEFER(x509_release) X509 *x = PEM_read_bio_X509(x_text, NULL, give_password, &none);

	if (!x)
		return err_set(e, ERR_INPUT, "%s: no certificate in PEM: %s", certificate_name,
			       reason());

	DEFER(pkey_release) EVP_PKEY *k =
		PEM_read_bio_PrivateKey(k_text, NULL, give_password, &none);

	if (!k)
		return err_set(e, ERR_INPUT, "%s: no private key in PEM without a password: %s",
			       key_name, reason());
	if (X509_check_private_key(x, k) == 1)
		return true;
	ERR_clear_error();
	return err_set(e, ERR_INPUT, "%s: the private key is not that of the certificate in %s",
		       key_name, certificate_name);
}

/* ---- signatures ---- */

static void context_release(EVP_MD_CTX **c)
{
	EVP_MD_CTX_free(*c);
}

static bool use_algorithm(EVP_PKEY_CTX *c, enum crypto_algorithm algorithm)
{
	switch (algorithm) {
	case CRYPTO_RS256:
		return EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PADDING) == 1;
	case CRYPTO_PS256:
		return EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PSS_PADDING) == 1 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(c, RSA_PSS_SALTLEN_DIGEST) == 1;
	}
	return false;
}

bool crypto_sign(const struct crypto_key *key, enum crypto_algorithm algorithm, struct str bytes,
		 struct buf *out, struct err *e)
{
	DEFER(context_release) EVP_MD_CTX *c = EVP_MD_CTX_new();
	EVP_PKEY_CTX *k = NULL;
	size_t n = 0;
	size_t before = out->n;

	demand(c != NULL);
	if (EVP_DigestSignInit(c, &k, EVP_sha256(), NULL, key->pkey) != 1 ||
	    !use_algorithm(k, algorithm) ||
	    EVP_DigestSign(c, NULL, &n, bytes_of(bytes), bytes.n) != 1)
		return err_set(e, ERR_INTERNAL, "signing: %s", reason());

	char *p = buf_grow(out, n);

	if (p && EVP_DigestSign(c, (unsigned char *)p, &n, bytes_of(bytes), bytes.n) != 1)
		return err_set(e, ERR_INTERNAL, "signing: %s", reason());
	if (p)
		buf_truncate(out, before + n);
	return buf_check(out, "a signature", e);
}

bool crypto_verify(const struct crypto_key *key, enum crypto_algorithm algorithm, struct str bytes,
		   struct str signature)
{
	DEFER(context_release) EVP_MD_CTX *c = EVP_MD_CTX_new();
	EVP_PKEY_CTX *k = NULL;

	demand(c != NULL);

	bool ok = EVP_DigestVerifyInit(c, &k, EVP_sha256(), NULL, key->pkey) == 1 &&
		  use_algorithm(k, algorithm) &&
		  EVP_DigestVerify(c, bytes_of(signature), signature.n, bytes_of(bytes), bytes.n) ==
			  1;

	ERR_clear_error();
	return ok;
}

/* SPDX-License-Identifier: MIT */
/*
 * OpenSSL behind a small face: digests, RSA signatures as JWTs have them (RFC 7518: RS256, PS256), keys and
 * certificates in PEM and PFX. Keys hold a handle and are released; everything else lives on arenas.
 */
#ifndef FERRY_IO_CRYPTO_H
#define FERRY_IO_CRYPTO_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/datetime.h"
#include "base/err.h"
#include "base/str.h"

#define CRYPTO_SHA1_SIZE 20
#define CRYPTO_SHA256_SIZE 32
#define CRYPTO_KEY_BITS_MIN 2048 /* of RSA; smaller keys are refused */

void crypto_sha1(struct str bytes, uint8_t out[CRYPTO_SHA1_SIZE]);
void crypto_sha256(struct str bytes, uint8_t out[CRYPTO_SHA256_SIZE]);
/* The same, of bytes that come one after the other. */
struct crypto_digest;
struct crypto_digest *crypto_digest_open(struct arena *a);
void crypto_digest_close(struct crypto_digest **d); /* fits DEFER; *d may be NULL */
void crypto_digest_add(struct crypto_digest *d, struct str bytes);
void crypto_digest_end(struct crypto_digest *d, uint8_t out[CRYPTO_SHA256_SIZE]);
/* "9f86d081...", on the arena. */
struct str crypto_hex(struct arena *a, const uint8_t *bytes, size_t n);
void crypto_hmac_sha256(struct str key, struct str bytes, uint8_t out[CRYPTO_SHA256_SIZE]);
/* In a time that does not tell where they differ. */
bool crypto_same(struct str a, struct str b);
/* For secrets; aborts when the system has no random bytes. */
void crypto_random(void *p, size_t n);

/* An RSA key: the public part, or both. */
struct crypto_key;
void crypto_key_release(struct crypto_key **key); /* fits DEFER; *key may be NULL */
/* A new one, of CRYPTO_KEY_BITS_MIN. */
MUST_CHECK bool crypto_key_make(struct arena *a, struct crypto_key **out, struct err *e);
/* `what` names the text in errors, which are ERR_INPUT. From a PUBLIC KEY or a CERTIFICATE in PEM: */
MUST_CHECK bool crypto_key_read_public(struct arena *a, struct str pem, const char *what,
				       struct crypto_key **out, struct err *e);
/* From a PRIVATE KEY in PEM; `password` of an encrypted one, else empty. */
MUST_CHECK bool crypto_key_read_private(struct arena *a, struct str pem, struct str password,
					const char *what, struct crypto_key **out, struct err *e);
/* The public numbers, big-endian, as in a JWK. */
void crypto_key_numbers(const struct crypto_key *key, struct arena *a, struct str *modulus,
			struct str *exponent);

/* An X.509 certificate. */
struct crypto_certificate {
	struct crypto_key *key;             /* public; the one that has to be released */
	uint8_t sha1[CRYPTO_SHA1_SIZE];     /* thumbprints: x5t, */
	uint8_t sha256[CRYPTO_SHA256_SIZE]; /* x5t#S256 */
	struct datetime from, until;        /* valid, both included */
	struct str der;
};
/* The first of a PEM text. */
MUST_CHECK bool crypto_certificate_read(struct arena *a, struct str pem, const char *what,
					struct crypto_certificate *out, struct err *e);
/* Both are of one pair. */
bool crypto_key_is_pair(const struct crypto_key *a, const struct crypto_key *b);
/* A PFX (PKCS#12) file: the private key and its certificate. */
MUST_CHECK bool crypto_pfx_read(struct arena *a, struct str bytes, struct str password,
				const char *what, struct crypto_key **key,
				struct crypto_certificate *certificate, struct err *e);

/* A certificate and its private key, of any kind, as a TLS server needs them. ERR_INPUT names the files. */
MUST_CHECK bool crypto_pair_check(struct str certificate, const char *certificate_name,
				  struct str key, const char *key_name, struct err *e);

enum crypto_algorithm { CRYPTO_RS256, CRYPTO_PS256 };
/* Appends to `out`; the key must have its private part. */
MUST_CHECK bool crypto_sign(const struct crypto_key *key, enum crypto_algorithm algorithm,
			    struct str bytes, struct buf *out, struct err *e);
MUST_CHECK bool crypto_verify(const struct crypto_key *key, enum crypto_algorithm algorithm,
			      struct str bytes, struct str signature);

#endif

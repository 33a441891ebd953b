/* SPDX-License-Identifier: MIT */
/*
 * An application proves itself by a JWT that its certificate's key has signed. It is made anew for each request, and for no
 * longer than a request takes; a clock that is some minutes wrong does no harm.
 */
#include "remote/sign_in_parts.h"

#include "base/codec.h"
#include "base/file.h"
#include "base/limits.h"
#include "dv/jwt.h"

#include "base/banned.h"

#define VALID_SECONDS 600
#define EARLIER_SECONDS 300 /* our clock may be ahead by so much more than is forgiven anyway */

static void add_digest(struct json_writer *w, const char *name, const uint8_t *digest, size_t n)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	base64url_encode(&b, str_of((const char *)digest, n));
	json_key(w, str_from(name));
	json_str(w, buf_str(&b));
}

/* Into memory without an end, which cannot fail. */
static struct str finish(struct arena *a, struct json_writer *w, struct buf *b)
{
	struct err ignored;
	struct str text;

	json_object_end(w);
	(void)!json_writer_finish(w, &ignored);
	text = str_dup(a, buf_str(b));
	json_writer_release(w);
	buf_release(b);
	return text;
}

static void add_text(struct json_writer *w, const char *name, struct str value)
{
	json_key(w, str_from(name));
	json_str(w, value);
}

static void add_number(struct json_writer *w, const char *name, int64_t n)
{
	json_key(w, str_from(name));
	json_i64(w, n);
}

struct str assertion_header(struct arena *a, const struct crypto_certificate *c,
			    enum crypto_algorithm algorithm)
{
	struct buf b = buf_make(0);
	struct buf_sink sink = buf_sink_make(&b);
	struct json_writer w = json_writer_make(&sink.sink);

	json_object(&w);
	add_text(&w, "alg", algorithm == CRYPTO_PS256 ? S("PS256") : S("RS256"));
	add_text(&w, "typ", S("JWT"));
	add_digest(&w, "x5t", c->sha1, sizeof(c->sha1));
	add_digest(&w, "x5t#S256", c->sha256, sizeof(c->sha256));
	return finish(a, &w, &b);
}

struct str assertion_claims(struct arena *a, const struct assertion *x)
{
	struct buf b = buf_make(0);
	struct buf_sink sink = buf_sink_make(&b);
	struct json_writer w = json_writer_make(&sink.sink);

	json_object(&w);
	add_text(&w, "aud", x->audience);
	add_text(&w, "iss", x->client);
	add_text(&w, "sub", x->client);
	add_text(&w, "jti", guid_text(a, x->id));
	add_number(&w, "nbf", x->now - EARLIER_SECONDS);
	add_number(&w, "exp", x->now + VALID_SECONDS);
	return finish(a, &w, &b);
}

/* ---- the file ---- */

/* A file may hold a chain in any order: the one that belongs to the key. */
static bool find_certificate(struct sign_in *s, struct str pem, const char *path,
			     const struct crypto_key *key, struct crypto_certificate *out,
			     struct err *e)
{
	struct str mark = S("-----BEGIN CERTIFICATE-----");
	size_t at = str_find(pem, mark);
	bool read = false;

	if (at == STR_NONE)
		return err_set(e, ERR_AUTH, "%s has a private key, but no certificate", path);
	for (; at != STR_NONE; at = str_find(pem, mark)) {
		struct crypto_certificate c = { .key = NULL };

		pem = str_skip(pem, at);
		/* an issuer's may have a key of another kind */
		if (crypto_certificate_read(&s->scratch, pem, path, &c, e)) {
			read = true;
			if (crypto_key_is_pair(key, c.key)) {
				*out = c;
				return true;
			}
			crypto_key_release(&c.key);
		}
		pem = str_skip(pem, mark.n);
	}
	if (!read)
		return false;
	return err_set(e, ERR_AUTH, "%s: none of its certificates belongs to its private key",
		       path);
}

static bool read_pem(struct sign_in *s, struct str text, struct str password, const char *path,
		     struct crypto_key **key, struct crypto_certificate *certificate, struct err *e)
{
	DEFER(crypto_key_release) struct crypto_key *k = NULL;

	if (str_find(text, S("PRIVATE KEY-----")) == STR_NONE)
		return err_set(e, ERR_AUTH,
			       "%s has no private key: put key and certificate into one file",
			       path);
	if (!crypto_key_read_private(&s->scratch, text, password, path, &k, e) ||
	    !find_certificate(s, text, path, k, certificate, e))
		return false;
	*key = k;
	k = NULL;
	return true;
}

static bool read_file(struct sign_in *s, struct crypto_key **key,
		      struct crypto_certificate *certificate, struct err *e)
{
	const struct profile *p = s->profile;
	const char *path = str_cstr(&s->scratch, p->certificate);
	struct str password = S("");
	struct str text;

	if (p->certificate.n == 0)
		return err_set(e, ERR_USAGE, "the profile names no certificate");
	if (p->certificate_password.source != CREDENTIAL_NONE &&
	    !sign_in_credential(s, &p->certificate_password, "the certificate's password",
				&password, e))
		return false;
	if (!file_read(&s->scratch, path, LIMIT_CREDENTIAL_FILE, &text, e))
		return false;
	if (str_find(text, S("-----BEGIN ")) != STR_NONE)
		return read_pem(s, text, password, path, key, certificate, e);
	return crypto_pfx_read(&s->scratch, text, password, path, key, certificate, e);
}

/* For the case that it is refused: is it the one that was meant, and has it expired? */
static void describe(struct sign_in *s, const struct crypto_certificate *c)
{
	char from[DATETIME_TEXT_SIZE];
	char until[DATETIME_TEXT_SIZE];
	int64_t now = sign_in_now(s);
	struct str thumb = S("");

	for (size_t i = 0; i < sizeof(c->sha1); i++)
		thumb = str_fmt(&s->scratch, "%.*s%02X", STR_ARG(thumb), c->sha1[i]);
	s->certificate = str_fmt(&s->scratch, "thumbprint %.*s, valid from %.*s to %.*s%s",
				 STR_ARG(thumb), STR_ARG(datetime_format_date(c->from, from)),
				 STR_ARG(datetime_format_date(c->until, until)),
				 now > c->until.ticks / DATETIME_SECOND  ? ": it has expired"
				 : now < c->from.ticks / DATETIME_SECOND ? ": it is not valid yet"
									 : "");
}

static bool sign(struct sign_in *s, const struct crypto_key *key,
		 const struct crypto_certificate *c, struct str *out, struct err *e)
{
	DEFER(buf_release) struct buf b = buf_make(LIMIT_TOKEN);
	enum crypto_algorithm algorithm = s->profile->algorithm;
	struct rng rng = rng_from_system();
	struct assertion x = {
		.audience = authority_endpoint(&s->scratch, &s->authority, "token"),
		.client = s->profile->client,
		.now = sign_in_now(s),
		.id = guid_random(&rng),
	};

	if (!jwt_write(&b, assertion_header(&s->scratch, c, algorithm),
		       assertion_claims(&s->scratch, &x), key, algorithm, e))
		return false;
	*out = str_dup(&s->scratch, buf_str(&b));
	return true;
}

/* A credential that cannot be used, whatever is wrong with its file. */
static bool read_credential(struct sign_in *s, struct crypto_key **key,
			    struct crypto_certificate *c, struct err *e)
{
	if (read_file(s, key, c, e))
		return true;
	if (e->kind == ERR_INPUT)
		e->kind = ERR_AUTH;
	return false;
}

/* The certificate's digest, once its key could be read. */
bool sign_in_certificate_of(struct sign_in *s, struct str *out, struct err *e)
{
	DEFER(crypto_key_release) struct crypto_key *key = NULL;
	struct crypto_certificate c = { .key = NULL };

	if (!read_credential(s, &key, &c, e))
		return false;
	crypto_key_release(&c.key);
	*out = str_dup(&s->scratch, str_of((const char *)c.sha256, sizeof(c.sha256)));
	return true;
}

bool sign_in_by_certificate(struct sign_in *s, struct token *out, struct err *e)
{
	DEFER(crypto_key_release) struct crypto_key *key = NULL;
	struct crypto_certificate c = { .key = NULL };
	struct str text, client;

	if (!sign_in_client(s, false, &client, e) || !read_credential(s, &key, &c, e))
		return false;
	describe(s, &c);

	bool ok = sign(s, key, &c, &text, e);

	crypto_key_release(&c.key);
	ok = ok && sign_in_assert(s, text, out, e);
	s->certificate = S("");
	return ok;
}

/* SPDX-License-Identifier: MIT */
/*
 * Three parts with dots between them, each base64url.
 */
#include "dv/jwt.h"

#include "base/codec.h"
#include "base/limits.h"

#include "base/banned.h"

bool jwt_write(struct buf *out, struct str header, struct str claims, const struct crypto_key *key,
	       enum crypto_algorithm algorithm, struct err *e)
{
	DEFER(buf_release) struct buf signature = buf_make(0);
	size_t start = out->n;

	base64url_encode(out, header);
	buf_add_char(out, '.');
	base64url_encode(out, claims);
	if (!buf_check(out, "a token", e) ||
	    !crypto_sign(key, algorithm, str_skip(buf_str(out), start), &signature, e))
		return false;
	buf_add_char(out, '.');
	base64url_encode(out, buf_str(&signature));
	return buf_check(out, "a token", e);
}

static bool decode(struct arena *a, struct str part, struct str *out)
{
	DEFER(buf_release) struct buf bytes = buf_make(0);

	if (!base64url_decode(&bytes, part))
		return false;
	*out = str_dup(a, buf_str(&bytes));
	return true;
}

static bool read_object(struct arena *a, struct str part, const char *what, struct json *out,
			struct err *e)
{
	struct str text;

	if (!decode(a, part, &text))
		return err_set(e, ERR_INPUT, "%s is not base64url", what);
	if (!json_parse(a, text, what, out, e))
		return false;
	return out->kind == JSON_OBJECT || err_set(e, ERR_INPUT, "%s is no JSON object", what);
}

bool jwt_read(struct arena *a, struct str text, struct jwt *out, struct err *e)
{
	struct str_splitter parts = str_splitter(text);
	struct str part[3];
	struct jwt t = { 0 };
	size_t n = 0;

	if (text.n > LIMIT_TOKEN)
		return err_set(e, ERR_INPUT, "a token of more than %zu bytes", LIMIT_TOKEN);
	for (struct str p; str_split(&parts, '.', &p); n++) {
		if (n < COUNT_OF(part))
			part[n] = p;
	}
	if (n != COUNT_OF(part))
		return err_set(e, ERR_INPUT, "it is no signed token of three parts");
	if (!read_object(a, part[0], "the token's header", &t.header, e) ||
	    !read_object(a, part[1], "the token's claims", &t.claims, e))
		return false;
	if (!decode(a, part[2], &t.signature))
		return err_set(e, ERR_INPUT, "the token's signature is not base64url");
	t.bytes = str_sub(text, 0, part[0].n + 1 + part[1].n);
	*out = t;
	return true;
}

bool jwt_verify(const struct jwt *t, const struct crypto_key *key)
{
	struct str name = json_text(&t->header, S("alg"));

	/* what has to be understood is not */
	if (json_get(&t->header, S("crit")))
		return false;
	if (str_eq(name, S("RS256")))
		return crypto_verify(key, CRYPTO_RS256, t->bytes, t->signature);
	return str_eq(name, S("PS256")) && crypto_verify(key, CRYPTO_PS256, t->bytes, t->signature);
}

int64_t jwt_time(const struct jwt *t, struct str claim, int64_t otherwise)
{
	const struct json *v = json_get(&t->claims, claim);
	int64_t seconds;

	if (!v || v->kind != JSON_NUMBER)
		return otherwise;
	/* NumericDate may have a fraction */
	return str_parse_i64(str_sub(v->text, 0, str_find_char(v->text, '.')), &seconds)
		       ? seconds
		       : otherwise;
}

bool jwt_is_for(const struct jwt *t, struct str audience)
{
	const struct json *aud = json_get(&t->claims, S("aud"));

	if (!aud || aud->kind != JSON_ARRAY)
		return aud && aud->kind == JSON_STRING && str_eq(aud->text, audience);
	for (size_t i = 0; i < aud->n; i++) {
		if (aud->items[i].kind == JSON_STRING && str_eq(aud->items[i].text, audience))
			return true;
	}
	return false;
}

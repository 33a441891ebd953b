/* SPDX-License-Identifier: MIT */
/*
 * The name of a file is a digest of what tells one sign-in from another, as the profile says it: what is discovered
 * stands in the file, so that nothing has to be discovered again.
 */
#include "remote/token_cache.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "io/crypto.h"
#include "io/json.h"

#include "base/banned.h"

#define VERSION 2

static struct str hexadecimal(struct arena *a, const uint8_t *bytes, size_t n)
{
	DEFER(buf_release) struct buf text = buf_make(0);

	for (size_t i = 0; i < n; i++)
		buf_add_fmt(&text, "%02x", bytes[i]);
	return str_dup(a, buf_str(&text));
}

const char *token_cache_path(struct arena *a, const char *folder, const struct profile *p)
{
	DEFER(buf_release) struct buf text = buf_make(0);
	const struct str parts[] = {
		p->url,
		auth_kind_name(p->kind),
		p->authority,
		p->tenant,
		p->client,
		p->resource,
		p->username,
		p->identity_client,
		p->identity_object,
		p->identity_resource,
		p->service_connection,
	};
	uint8_t digest[CRYPTO_SHA256_SIZE];

	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		/* with its length: no two lists look alike */
		buf_add_fmt(&text, "%zu:", parts[i].n);
		buf_add(&text, str_lower_ascii(a, parts[i]));
	}
	crypto_sha256(buf_str(&text), digest);
	return str_cstr(a, str_fmt(a, "%s/%.*s.json", folder,
				   STR_ARG(hexadecimal(a, digest, sizeof(digest)))));
}

struct str token_cache_salt(struct arena *a)
{
	uint8_t bytes[TOKEN_SALT_SIZE];

	crypto_random(bytes, sizeof(bytes));
	return hexadecimal(a, bytes, sizeof(bytes));
}

struct str token_cache_digest(struct arena *a, struct str salt, struct str credential)
{
	uint8_t digest[CRYPTO_SHA256_SIZE];

	crypto_hmac_sha256(salt, credential, digest);
	return hexadecimal(a, digest, sizeof(digest));
}

/* Ours, and nobody else's to read. */
static bool is_private(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	       (st.st_mode & 077) == 0 && st.st_size > 0 &&
	       (uint64_t)st.st_size <= LIMIT_SIGN_IN_ANSWER;
}

static bool read_text(struct arena *a, const char *path, struct str *out)
{
	DEFER(file_source_close) struct file_source f = { .fd = -1 };
	struct err ignored;
	size_t n = 0, got = 1;

	if (!file_source_open_regular(&f, path, &ignored) || !is_private(f.fd))
		return false;

	char *p = arena_array(a, char, LIMIT_SIGN_IN_ANSWER);

	while (got > 0 && n < LIMIT_SIGN_IN_ANSWER) {
		if (!f.source.read(&f.source, p + n, LIMIT_SIGN_IN_ANSWER - n, &got, &ignored))
			return false;
		n += got;
	}
	*out = str_of(p, n);
	return true;
}

bool token_cache_read(struct arena *a, const char *path, struct token_entry *out)
{
	struct token_entry t;
	struct json tree;
	struct str text;
	struct err ignored;

	if (!read_text(a, path, &text) || !json_parse(a, text, path, &tree, &ignored) ||
	    json_int(&tree, S("version"), 0) != VERSION)
		return false;
	t.token.text = json_text(&tree, S("access_token"));
	t.token.refresh = json_text(&tree, S("refresh_token"));
	t.token.expires = json_int(&tree, S("expires_on"), 0);
	t.token.renew = json_int(&tree, S("renew_on"), 0);
	t.authority = json_text(&tree, S("authority"));
	t.tenant = json_text(&tree, S("tenant"));
	t.resource = json_text(&tree, S("resource"));
	t.salt = json_text(&tree, S("salt"));
	t.credential = json_text(&tree, S("credential"));
	if (t.token.text.n == 0 || t.authority.n == 0 || t.tenant.n == 0 || t.resource.n == 0)
		return false;
	*out = t;
	return true;
}

static void write_entry(struct json_writer *w, const struct token_entry *t)
{
	const struct {
		const char *name;
		struct str value;
	} texts[] = {
		{ "authority", t->authority },         { "tenant", t->tenant },
		{ "resource", t->resource },           { "access_token", t->token.text },
		{ "refresh_token", t->token.refresh }, { "salt", t->salt },
		{ "credential", t->credential },
	};

	json_object(w);
	json_key(w, S("version"));
	json_i64(w, VERSION);
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		json_key(w, str_from(texts[i].name));
		json_str(w, texts[i].value);
	}
	json_key(w, S("expires_on"));
	json_i64(w, t->token.expires);
	json_key(w, S("renew_on"));
	json_i64(w, t->token.renew);
	json_object_end(w);
}

static bool write_file(const char *path, const struct token_entry *entry, struct err *e)
{
	DEFER(file_sink_close) struct file_sink f = { .fd = -1 };
	struct json_writer w;

	if (!file_sink_open(&f, path, 0600, e))
		return false;
	w = json_writer_make(&f.sink);
	write_entry(&w, entry);

	bool ok = json_writer_finish(&w, e);

	if (w.buf.p)
		explicit_bzero(w.buf.p, w.buf.cap);
	json_writer_release(&w);
	return ok && file_sink_finish(&f, e);
}

bool token_cache_write(struct arena *a, const char *folder, const char *path,
		       const struct token_entry *entry, struct err *e)
{
	const char *temp = file_temp_name(a, path);
	struct err ignored;

	if (!file_make_directory(folder, 0700, e))
		return false;
	/* one that was made with more by somebody else */
	(void)!chmod(folder, 0700);
	if (write_file(temp, entry, e) && file_commit(temp, path, e))
		return true;
	(void)!file_remove(temp, &ignored);
	return false;
}

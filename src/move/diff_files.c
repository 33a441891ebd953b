/* SPDX-License-Identifier: MIT */
/*
 * Every file is read once and only its hash is kept: of files there are at most as many as a package has entries.
 */
#include "move/diff_files.h"

#include <string.h>

#include "base/codec.h"
#include "base/limits.h"
#include "io/crypto.h"
#include "move/file_cell.h"

#include "base/banned.h"

#define CHUNK (64 * LIMIT_KIB)

static bool digest_of(struct arena *a, struct source *in, uint8_t out[CRYPTO_SHA256_SIZE],
		      struct err *e)
{
	DEFER(crypto_digest_close) struct crypto_digest *d = crypto_digest_open(a);
	char *chunk = arena_array(a, char, CHUNK);
	size_t got = 1;

	while (got > 0) {
		if (!in->read(in, chunk, CHUNK, &got, e))
			return false;
		crypto_digest_add(d, str_of(chunk, got));
	}
	crypto_digest_end(d, out);
	return true;
}

static bool read_file(struct diff_files *f, struct arena *a, struct package *p, struct str name,
		      struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	uint32_t at = (uint32_t)f->hashes.n;
	uint8_t digest[CRYPTO_SHA256_SIZE];
	struct source *in = NULL;

	if (!package_extra(p, name, &in, e))
		return false;
	if (!in || !map_put(&f->by_entry, str_lower_ascii(a, name), &at))
		return true;
	if (!digest_of(&scratch, in, digest, e))
		return err_wrap(e, "%.*s", STR_ARG(name));
	*VEC_PUSH(a, &f->hashes) = crypto_hex(a, digest, sizeof(digest));
	return true;
}

bool diff_files_read(struct diff_files *f, struct arena *a, struct package *p,
		     const struct progress *progress, struct err *e)
{
	size_t n;
	const struct str *names = package_extras(p, &n);

	*f = (struct diff_files){ .by_entry = map_make(a) };
	for (size_t i = 0; i < n; i++) {
		if (!str_starts(names[i], S("files/")))
			continue;
		if (progress && progress->step)
			progress->step(progress->context, "reading files", S(""), i, n);
		if (progress && progress->cancelled && progress->cancelled(progress->context))
			return err_set(e, ERR_CANCELLED, "cancelled while files were read");
		if (!read_file(f, a, p, names[i], e))
			return false;
	}
	return true;
}

void diff_files_put(const struct diff_files *f, struct arena *page, struct value *v)
{
	struct str entry = str_lower_ascii(page, file_cell_entry(page, v->text));
	uint32_t at;

	if (map_get(&f->by_entry, entry, &at))
		*v = file_cell_make(page, f->hashes.p[at],
				    v->name.n > 0 ? v->name : str_skip(entry, strlen("files/")));
}

bool diff_files_image(struct arena *page, struct value *v, struct err *e)
{
	DEFER(buf_release) struct buf bytes = buf_make(LIMIT_XML_VALUE);
	uint8_t digest[CRYPTO_SHA256_SIZE];

	if (!base64_decode(&bytes, v->text) || bytes.full)
		return err_set(e, ERR_INPUT, "an image is base64");
	crypto_sha256(buf_str(&bytes), digest);
	*v = file_cell_make(page, crypto_hex(page, digest, sizeof(digest)), S(""));
	return true;
}

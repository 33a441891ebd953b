/* SPDX-License-Identifier: MIT */
/*
 * Bytes in parts, their hash, and back.
 */
#include "move/file_bytes.h"

#include "base/codec.h"
#include "io/crypto.h"
#include "move/run_keep.h"

#include "base/banned.h"

static bool put_part(struct file_intake *in, struct err *e)
{
	if (!run_put_file(in->run, in->key, in->parts, buf_str(&in->part), e))
		return false;
	in->parts++;
	buf_clear(&in->part);
	return true;
}

static bool take(struct sink *sink, struct str bytes, struct err *e)
{
	struct file_intake *in = CONTAINER_OF(sink, struct file_intake, sink);

	if (in->broken)
		return err_set(e, ERR_INTERNAL, "%s: what a file begins with cannot be forgotten",
			       in->run->path ? in->run->path : "the run file");
	crypto_digest_add(in->digest, bytes);
	while (bytes.n > 0) {
		struct str some = str_sub(bytes, 0, RUN_FILE_PART - in->part.n);

		buf_add(&in->part, some);
		bytes = str_skip(bytes, some.n);
		if (in->part.n == RUN_FILE_PART && !put_part(in, e))
			return false;
	}
	return true;
}

struct file_intake file_intake_make(struct run *r, struct str key)
{
	return (struct file_intake){ .sink = { take },
				     .run = r,
				     .key = key,
				     .arena = arena_make(0),
				     .part = buf_make(RUN_FILE_PART) };
}

void file_intake_release(struct file_intake *in)
{
	crypto_digest_close(&in->digest);
	buf_release(&in->part);
	arena_release(&in->arena);
}

bool file_intake_begin(struct file_intake *in, struct err *e)
{
	crypto_digest_close(&in->digest);
	arena_reset(&in->arena);
	in->digest = crypto_digest_open(&in->arena);
	buf_clear(&in->part);
	in->parts = 0;
	in->broken = !run_drop_file(in->run, in->key, e);
	return !in->broken;
}

bool file_intake_end(struct file_intake *in, struct arena *a, struct str *hash, struct err *e)
{
	uint8_t bytes[CRYPTO_SHA256_SIZE];

	/* a file without bytes has one part, too: it is there */
	if ((in->part.n > 0 || in->parts == 0) && !put_part(in, e))
		return false;
	crypto_digest_end(in->digest, bytes);
	*hash = crypto_hex(a, bytes, sizeof(bytes));
	return true;
}

bool file_intake_keep(struct file_intake *in, struct str hash, struct err *e)
{
	return run_name_file(in->run, in->key, hash, e);
}

bool file_intake_drop(struct file_intake *in, struct err *e)
{
	return run_drop_file(in->run, in->key, e);
}

bool file_bytes_put(struct run *r, struct arena *a, struct str bytes, struct str *hash,
		    struct err *e)
{
	DEFER(file_intake_release) struct file_intake in = file_intake_make(r, S("bytes"));

	return file_intake_begin(&in, e) && sink_write(&in.sink, bytes, e) &&
	       file_intake_end(&in, a, hash, e) && file_intake_keep(&in, *hash, e);
}

struct checking {
	struct sink sink;
	struct crypto_digest *digest;
	uint64_t size;
};

static bool check(struct sink *sink, struct str bytes, struct err *e)
{
	struct checking *c = CONTAINER_OF(sink, struct checking, sink);

	(void)e;
	crypto_digest_add(c->digest, bytes);
	c->size += bytes.n;
	return true;
}

bool file_bytes_check(struct run *r, struct str hash, uint64_t *size, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(crypto_digest_close) struct crypto_digest *digest = crypto_digest_open(&scratch);
	struct checking c = { .sink = { check }, .digest = digest };
	uint8_t bytes[CRYPTO_SHA256_SIZE];
	bool found;

	if (!run_has_file(r, hash, &found, e))
		return false;
	if (!found)
		return err_set(e, ERR_INPUT,
			       "the run file does not hold the bytes with the hash %.*s",
			       STR_ARG(hash));
	if (!run_get_file(r, hash, &c.sink, e))
		return false;
	crypto_digest_end(digest, bytes);
	if (!str_eq(crypto_hex(&scratch, bytes, sizeof(bytes)), hash))
		return err_set(e, ERR_INPUT,
			       "the run file is damaged: the bytes with the hash %.*s have another",
			       STR_ARG(hash));
	*size = c.size;
	return true;
}

/* Three bytes make four letters: what is left over goes with the next part. */
static void encode(struct buf *out, struct buf *rest, struct str bytes, bool last)
{
	size_t whole;

	buf_add(rest, bytes);
	whole = last ? rest->n : rest->n - rest->n % 3;
	base64_encode(out, str_sub(buf_str(rest), 0, whole));

	char left[2] = { 0 };
	size_t n = rest->n - whole;

	for (size_t i = 0; i < n; i++)
		left[i] = rest->p[whole + i];
	buf_clear(rest);
	buf_add(rest, str_of(left, n));
}

bool file_bytes_base64(struct run *r, struct str hash, uint64_t from, uint64_t n, struct buf *out,
		       struct err *e)
{
	DEFER(buf_release) struct buf rest = buf_make(0);

	assert(from % RUN_FILE_PART == 0);
	for (uint64_t at = from; at < from + n; at += RUN_FILE_PART) {
		uint32_t part = (uint32_t)(at / RUN_FILE_PART);
		struct str bytes;

		if (!run_get_file_part(r, hash, part, &bytes, e))
			return false;
		bytes = str_sub(bytes, 0, from + n - at);
		encode(out, &rest, bytes, at + RUN_FILE_PART >= from + n);
	}
	return buf_check(out, "a file in base64", e);
}

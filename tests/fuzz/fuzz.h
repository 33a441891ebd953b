/* SPDX-License-Identifier: MIT */
/*
 * What the fuzz targets share. A target is one .c file with the function that libFuzzer calls; it is linked
 * with libFuzzer, or with replay.c, which runs the inputs of tests/fuzz/corpus through it. A target fails
 * by an assert, a sanitizer's report, or by taking too long. It returns -1 for an input that is none
 * (libFuzzer then keeps it out of the corpus).
 */
#ifndef FERRY_FUZZ_FUZZ_H
#define FERRY_FUZZ_FUZZ_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/sink.h"
#include "base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline struct str fuzz_text(const uint8_t *data, size_t size)
{
	return str_of((const char *)data, size);
}

/* Up to the separator, which is taken off *rest with it; all of it when there is none. */
struct str fuzz_take(struct str *rest, char separator);

/* Fails, and shows both, when they differ. */
void fuzz_check_same(struct str a, struct str b);

/* Bytes in pieces. The same bytes have to mean the same, wherever one piece ends. */
enum pieces { PIECES_ONE, PIECES_SINGLE_BYTES, PIECES_RANDOM };

struct piece_source {
	struct source source;
	struct str rest;
	enum pieces pieces;
	uint64_t state; /* of the random sizes, from the bytes themselves */
};
struct piece_source piece_source_make(struct str bytes, enum pieces pieces);
/* The size of the next piece of at most `most` bytes, not 0. */
size_t piece_size(struct piece_source *s, size_t most);

/* A file in memory with these bytes, and its path; there is one, and each call replaces the one before. */
const char *fuzz_file(struct str bytes);

/* A zip file with stored entries, laid out by hand and not by the library under test. */
struct stored_entry {
	struct str name, bytes;
};
void stored_zip(struct buf *out, const struct stored_entry *entries, size_t n);

#endif

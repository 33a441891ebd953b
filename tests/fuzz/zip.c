/* SPDX-License-Identifier: MIT */
/*
 * The directory of a zip file and its entries. An entry is read to its end, where its checksum is asked, or
 * until it has given more than a corpus of small files needs.
 */
#include "fuzz.h"

#include "base/limits.h"
#include "io/zip.h"

#include "base/banned.h"

#define READ_MAX (1 * LIMIT_MIB)

static void read_entry(struct zip *z, const struct zip_entry *entry)
{
	static char bytes[16384];
	struct source *source;
	uint64_t sum = 0;
	size_t got = 1;
	struct err e;

	if (!zip_entry_open(z, entry, &source, &e))
		return;
	while (got > 0 && sum <= READ_MAX) {
		if (!source->read(source, bytes, sizeof(bytes), &got, &e))
			return;
		sum += got;
	}
	assert(got > 0 || sum == entry->size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(zip_close) struct zip *z = NULL;
	struct err e;
	size_t n;

	if (!zip_open(&z, &a, fuzz_file(fuzz_text(data, size)), &e))
		return 0;
	const struct zip_entry *entries = zip_entries(z, &n);

	for (size_t i = 0; i < n; i++) {
		assert(zip_find(z, entries[i].name) == &entries[i]);
		read_entry(z, &entries[i]);
	}
	return 0;
}

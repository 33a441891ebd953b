/* SPDX-License-Identifier: MIT */
/*
 * The zip format as far as stored entries need it (APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16).
 */
#include "fuzz.h"

#include "base/vec.h"

#include "base/banned.h"

static void add16(struct buf *out, uint32_t v)
{
	buf_add_char(out, (char)(v & 255));
	buf_add_char(out, (char)(v >> 8 & 255));
}

static void add32(struct buf *out, uint32_t v)
{
	add16(out, v & 0xffff);
	add16(out, v >> 16);
}

static uint32_t crc32_of(struct str s)
{
	static uint32_t table[256];
	uint32_t crc = 0xffffffff;

	for (uint32_t i = 0; i < 256 && table[255] == 0; i++) {
		table[i] = i;
		for (int bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320 : 0);
	}
	for (size_t i = 0; i < s.n; i++)
		crc = crc >> 8 ^ table[(crc ^ (unsigned char)s.p[i]) & 255];
	return ~crc;
}

/* From "version needed" to "extra field length", which both headers have. */
static void add_facts(struct buf *out, const struct stored_entry *entry)
{
	add16(out, 20);
	add16(out, 0);
	add16(out, 0);
	add32(out, 0x21 << 16); /* 1980-01-01 */
	add32(out, crc32_of(entry->bytes));
	add32(out, (uint32_t)entry->bytes.n);
	add32(out, (uint32_t)entry->bytes.n);
	add16(out, (uint32_t)entry->name.n);
	add16(out, 0);
}

static void add_place(struct buf *out, const struct stored_entry *entry, size_t offset)
{
	buf_add(out, S("PK\1\2"));
	add16(out, 20);
	add_facts(out, entry);
	add16(out, 0);
	add16(out, 0);
	add16(out, 0);
	add32(out, 0);
	add32(out, (uint32_t)offset);
	buf_add(out, entry->name);
}

void stored_zip(struct buf *out, const struct stored_entry *entries, size_t n)
{
	DEFER(buf_release) struct buf places = buf_make(0);

	for (size_t i = 0; i < n; i++) {
		add_place(&places, &entries[i], out->n);
		buf_add(out, S("PK\3\4"));
		add_facts(out, &entries[i]);
		buf_add(out, entries[i].name);
		buf_add(out, entries[i].bytes);
	}
	size_t directory = out->n;

	buf_add(out, buf_str(&places));
	buf_add(out, S("PK\5\6"));
	add32(out, 0);
	add16(out, (uint32_t)n);
	add16(out, (uint32_t)n);
	add32(out, (uint32_t)places.n);
	add32(out, (uint32_t)directory);
	add16(out, 0);
}

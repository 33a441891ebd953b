/* SPDX-License-Identifier: MIT */
/*
 * Open addressing with linear probing; at most three slots of four are taken. Nothing is removed, so
 * a search ends at the first free slot. The hash is SipHash-1-3 with a key of zeros: the same on every
 * machine, and published, so that what is stored can be checked by others.
 */
#include "base/map.h"

#include <endian.h>
#include <string.h>

#include "base/banned.h"

#define CAP_FIRST 16

struct map_slot {
	uint64_t hash;
	struct str key;
	uint32_t index;
	bool taken;
};

struct sip {
	uint64_t a, b, c, d;
};

/* By value and in line: most keys are short, and their hashing is most of a look-up. */
static inline struct sip sip_round(struct sip v)
{
	v.a += v.b;
	v.b = (v.b << 13 | v.b >> 51) ^ v.a;
	v.a = v.a << 32 | v.a >> 32;
	v.c += v.d;
	v.d = (v.d << 16 | v.d >> 48) ^ v.c;
	v.a += v.d;
	v.d = (v.d << 21 | v.d >> 43) ^ v.a;
	v.c += v.b;
	v.b = (v.b << 17 | v.b >> 47) ^ v.c;
	v.c = v.c << 32 | v.c >> 32;
	return v;
}

static inline struct sip sip_word(struct sip v, uint64_t word)
{
	v.d ^= word;
	v = sip_round(v);
	v.a ^= word;
	return v;
}

uint64_t hash_bytes(struct str s)
{
	struct sip v = { UINT64_C(0x736f6d6570736575), UINT64_C(0x646f72616e646f6d),
			 UINT64_C(0x6c7967656e657261), UINT64_C(0x7465646279746573) };
	uint64_t last = (uint64_t)s.n << 56;
	size_t i = 0;

	for (; s.n - i >= 8; i += 8) {
		uint64_t word;

		memcpy(&word, s.p + i, 8);
		v = sip_word(v, le64toh(word));
	}
	for (unsigned shift = 0; i < s.n; i++, shift += 8)
		last |= (uint64_t)(unsigned char)s.p[i] << shift;
	v = sip_word(v, last);

	v.c ^= 0xff;
	v = sip_round(sip_round(sip_round(v)));
	return v.a ^ v.b ^ v.c ^ v.d;
}

struct map map_make(struct arena *a)
{
	return (struct map){ .arena = a };
}

/* The slot of the key, or the free one where it belongs. There is always a free one. */
static struct map_slot *find(struct map_slot *slots, size_t cap, uint64_t hash, struct str key)
{
	size_t i = (size_t)hash & (cap - 1);

	while (slots[i].taken && !(slots[i].hash == hash && str_eq(slots[i].key, key)))
		i = (i + 1) & (cap - 1);
	return &slots[i];
}

static void grow(struct map *m)
{
	size_t cap = m->cap ? m->cap * 2 : CAP_FIRST;
	struct map_slot *slots = arena_array(m->arena, struct map_slot, cap);

	for (size_t i = 0; i < m->cap; i++) {
		const struct map_slot *old = &m->slots[i];

		if (old->taken)
			*find(slots, cap, old->hash, old->key) = *old;
	}
	m->slots = slots;
	m->cap = cap;
}

bool map_put(struct map *m, struct str key, uint32_t *index)
{
	if (m->n >= m->cap - m->cap / 4)
		grow(m);

	uint64_t hash = hash_bytes(key);
	struct map_slot *slot = find(m->slots, m->cap, hash, key);

	if (slot->taken) {
		*index = slot->index;
		return false;
	}
	*slot = (struct map_slot){ .hash = hash, .key = key, .index = *index, .taken = true };
	m->n++;
	return true;
}

bool map_get(const struct map *m, struct str key, uint32_t *index)
{
	if (m->n == 0)
		return false;

	const struct map_slot *slot = find(m->slots, m->cap, hash_bytes(key), key);

	if (!slot->taken)
		return false;
	*index = slot->index;
	return true;
}

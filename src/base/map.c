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

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = (v[1] << 13 | v[1] >> 51) ^ v[0];
	v[0] = v[0] << 32 | v[0] >> 32;
	v[2] += v[3];
	v[3] = (v[3] << 16 | v[3] >> 48) ^ v[2];
	v[0] += v[3];
	v[3] = (v[3] << 21 | v[3] >> 43) ^ v[0];
	v[2] += v[1];
	v[1] = (v[1] << 17 | v[1] >> 47) ^ v[2];
	v[2] = v[2] << 32 | v[2] >> 32;
}

static void sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

uint64_t hash_bytes(struct str s)
{
	uint64_t v[4] = { UINT64_C(0x736f6d6570736575), UINT64_C(0x646f72616e646f6d),
			  UINT64_C(0x6c7967656e657261), UINT64_C(0x7465646279746573) };
	uint64_t last = (uint64_t)s.n << 56;
	size_t i = 0;

	for (; s.n - i >= 8; i += 8) {
		uint64_t word;

		memcpy(&word, s.p + i, 8);
		sip_word(v, le64toh(word));
	}
	for (unsigned shift = 0; i < s.n; i++, shift += 8)
		last |= (uint64_t)(unsigned char)s.p[i] << shift;
	sip_word(v, last);

	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
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

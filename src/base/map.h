/* SPDX-License-Identifier: MIT */
/*
 * From a key (bytes) to an index of the caller's. Open addressing; grows on its arena. Keys are not
 * copied: their bytes must live as long as the map. Used for names and for GUIDs (16 bytes) alike.
 */
#ifndef FERRY_BASE_MAP_H
#define FERRY_BASE_MAP_H

#include "base/arena.h"
#include "base/str.h"

struct map_slot;

struct map {
	struct arena *arena;
	struct map_slot *slots;
	size_t n;
	size_t cap;
};

struct map map_make(struct arena *a);
/* False when the key was there already: its index stays as it was, and *index becomes that. */
bool map_put(struct map *m, struct str key, uint32_t *index);
/* False when there is no such key; then *index is untouched. */
bool map_get(const struct map *m, struct str key, uint32_t *index);

uint64_t hash_bytes(struct str s); /* stable over runs and machines: it may be stored */

#endif

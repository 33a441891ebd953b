/* SPDX-License-Identifier: MIT */
/*
 * The growing of arrays. The element is zeroed here and not only by the arena, because a caller may
 * have lowered n and pushes over what was there.
 */
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define CAP_FIRST 8

void *vec_room(struct arena *a, void *p, size_t n, size_t *cap, size_t size)
{
	if (n >= *cap) {
		if (*cap > SIZE_MAX / 2)
			abort();

		size_t grown = *cap ? *cap * 2 : CAP_FIRST;
		void *moved = arena_alloc_array(a, grown, size);

		if (n > 0)
			memcpy(moved, p, n * size);
		p = moved;
		*cap = grown;
	}
	memset((char *)p + n * size, 0, size);
	return p;
}

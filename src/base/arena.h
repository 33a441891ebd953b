/* SPDX-License-Identifier: MIT */
/*
 * Memory by lifetime: allocate from an arena, free nothing, release or rewind the whole. Memory is
 * zeroed. Out of memory aborts. Under AddressSanitizer what is not allocated is poisoned.
 * Four lifetimes, four arenas: program, run, page, request (docs/architecture.md, "Memory").
 */
#ifndef FERRY_BASE_ARENA_H
#define FERRY_BASE_ARENA_H

#include "base/base.h"

struct arena_block;

struct arena {
	struct arena_block *top; /* newest block first */
	size_t used;             /* bytes handed out, with padding */
	size_t peak;             /* the most that `used` ever was */
	size_t ceiling;          /* 0: none; beyond it the program aborts: bound the input before */
};

struct arena_mark {
	struct arena_block *block;
	size_t offset;
	size_t used;
};

struct arena arena_make(size_t ceiling);
void arena_release(struct arena *a); /* fits DEFER; the arena can be used again */
void arena_wipe(struct arena *a);    /* the same, with zeros over all of it: it held secrets */

/* Never NULL; aligned for any type; size 0 gives a valid pointer. */
void *arena_alloc(struct arena *a, size_t size);
void *arena_alloc_raw(struct arena *a,
		      size_t size); /* not zeroed: the caller fills all of it at once */
void *arena_alloc_array(struct arena *a, size_t count, size_t size); /* aborts on overflow */
#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, count) ((type *)arena_alloc_array((a), (count), sizeof(type)))

/* Everything allocated after the mark is gone after the rewind; one block is kept for reuse. */
struct arena_mark arena_mark(const struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark mark);
void arena_reset(struct arena *a); /* rewind to empty */

#endif

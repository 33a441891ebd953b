/* SPDX-License-Identifier: MIT */
/*
 * A chain of blocks, the newest on top; only the top is allocated from. Blocks double from 64 KiB to
 * 1 MiB; what is larger than that gets a block of its own, which no rewind keeps: one huge value must
 * not hold its memory until the end of the run.
 */
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif

#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define REDZONE ((size_t)16) /* poisoned bytes behind each allocation; not counted as used */
#define POISON(p, n) __asan_poison_memory_region((p), (n))
#define UNPOISON(p, n) __asan_unpoison_memory_region((p), (n))
#else
#define REDZONE ((size_t)0)
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

#include "base/banned.h"

#define ALIGN ((size_t)16)
#define BLOCK_MIN ((size_t)64 * 1024)
#define BLOCK_KEEP ((size_t)1024 * 1024) /* larger blocks are not kept by a rewind */

static_assert(_Alignof(max_align_t) <= ALIGN, "an allocation must fit any type");

struct arena_block {
	struct arena_block *below;
	size_t size;   /* of data */
	size_t offset; /* bytes of data handed out */
	_Alignas(ALIGN) char data[];
};

struct arena arena_make(size_t ceiling)
{
	return (struct arena){ .ceiling = ceiling };
}

static void block_free(struct arena_block *b)
{
	UNPOISON(b->data, b->size);
	free(b);
}

static struct arena_block *block_new(struct arena_block *below, size_t needed)
{
	size_t size = below ? below->size * 2 : BLOCK_MIN;

	if (size > BLOCK_KEEP)
		size = BLOCK_KEEP;
	if (size < needed)
		size = needed;

	struct arena_block *b = malloc(sizeof(*b) + size);

	if (!b)
		abort();
	b->below = below;
	b->size = size;
	b->offset = 0;
	POISON(b->data, b->size);
	return b;
}

void arena_release(struct arena *a)
{
	while (a->top) {
		struct arena_block *below = a->top->below;

		block_free(a->top);
		a->top = below;
	}
	a->used = 0;
	a->peak = 0;
}

void arena_wipe(struct arena *a)
{
	for (struct arena_block *b = a->top; b; b = b->below) {
		UNPOISON(b->data, b->size);
		explicit_bzero(b->data, b->size);
	}
	arena_release(a);
}

void *arena_alloc_raw(struct arena *a, size_t size)
{
	if (size > SIZE_MAX / 4)
		abort();

	size_t padded = (size + (size == 0) + ALIGN - 1) & ~(ALIGN - 1);
	size_t taken = padded + REDZONE;

	if (a->ceiling != 0 && (padded > a->ceiling || a->used > a->ceiling - padded))
		abort();
	if (!a->top || a->top->size - a->top->offset < taken)
		a->top = block_new(a->top, taken);

	char *p = a->top->data + a->top->offset;

	a->top->offset += taken;
	a->used += padded;
	if (a->used > a->peak)
		a->peak = a->used;
	UNPOISON(p, size);
	return p;
}

void *arena_alloc(struct arena *a, size_t size)
{
	return memset(arena_alloc_raw(a, size), 0, size);
}

void *arena_alloc_array(struct arena *a, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total))
		abort();
	return arena_alloc(a, total);
}

struct arena_mark arena_mark(const struct arena *a)
{
	return (struct arena_mark){
		.block = a->top,
		.offset = a->top ? a->top->offset : 0,
		.used = a->used,
	};
}

void arena_rewind(struct arena *a, struct arena_mark mark)
{
	struct arena_block *kept = NULL;

	while (a->top != mark.block) {
		struct arena_block *b = a->top;

		assert(b && "the mark is newer than the arena's content, or another arena's");
		a->top = b->below;
		if (!kept && b->size <= BLOCK_KEEP)
			kept = b;
		else
			block_free(b);
	}
	if (a->top) {
		assert(mark.offset <= a->top->offset);
		a->top->offset = mark.offset;
		POISON(a->top->data + mark.offset, a->top->size - mark.offset);
	}
	/* marks that are taken anew after each rewind would pile up blocks: one that is empty is enough */
	if (kept && a->top && a->top->offset == 0) {
		block_free(kept);
		kept = NULL;
	}
	if (kept) {
		kept->below = a->top;
		kept->offset = 0;
		POISON(kept->data, kept->size);
		a->top = kept;
	}
	a->used = mark.used;
}

void arena_reset(struct arena *a)
{
	arena_rewind(a, (struct arena_mark){ 0 });
}

/* SPDX-License-Identifier: MIT */
/*
 * The size of requests. A request that takes the server less than 0.2 s is held back by the limit on the number of
 * requests, a longer one by the limit on their time, and then more rows in one only make failures dearer
 * (facts/peers.md 3.3). The platform ends what takes longer than two minutes. TARGET_MS stands well between: ten
 * times the one, so that what the network adds to it does not count; a sixtieth of the other, so that rows that
 * are suddenly dear do not reach it before the size has followed.
 */
#include "move/push_size.h"

#include "base/limits.h"

#include "base/banned.h"

#define FIRST 100
#define TARGET_MS 2000
/* Few changes are shared out to all requests that may be under way, but not in smaller parts than this. */
#define SHARE 10
#define BYTES (4 * LIMIT_MIB)
#define BYTES_LEAST (64 * LIMIT_KIB)

struct push_size push_size_make(unsigned fixed)
{
	unsigned now = fixed ? fixed : FIRST;

	if (now > LIMIT_BATCH_PARTS)
		now = LIMIT_BATCH_PARTS;
	return (struct push_size){ .fixed = fixed, .now = now, .bytes = BYTES };
}

size_t push_size_next(const struct push_size *s, size_t left, unsigned width)
{
	size_t share = width > 1 ? (left + width - 1) / width : left;

	if (s->fixed || share >= s->now)
		return s->now;
	if (share < SHARE)
		share = SHARE;
	return share < s->now ? share : s->now;
}

/* At most twice or half of what it was: one answer is no measure. */
static unsigned follow(unsigned now, uint64_t fits)
{
	uint64_t most = (uint64_t)now * 2, least = now / 2;

	if (fits > most)
		fits = most;
	if (fits < least)
		fits = least;
	if (fits > LIMIT_BATCH_PARTS)
		fits = LIMIT_BATCH_PARTS;
	return fits > 0 ? (unsigned)fits : 1;
}

void push_size_answered(struct push_size *s, size_t n, unsigned ms)
{
	if (s->fixed || ms == 0 || n == 0)
		return;

	uint64_t fits = (uint64_t)n * TARGET_MS / ms;
	bool full = n >= s->now - s->now / 4;

	/* A request with few changes says how slow they are, but not how fast many would be. */
	if (ms > TARGET_MS + TARGET_MS / 2 ? fits < s->now : full && fits > s->now + s->now / 2)
		s->now = follow(s->now, fits);
}

void push_size_refused(struct push_size *s, size_t bytes)
{
	if (bytes / 2 < s->bytes)
		s->bytes = bytes / 2 > BYTES_LEAST ? bytes / 2 : BYTES_LEAST;
}

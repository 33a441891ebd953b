/* SPDX-License-Identifier: MIT */
/*
 * xoshiro256** by Blackman and Vigna, its state filled from a seed by splitmix64 as they advise. Not
 * for secrets: its output tells its state.
 */
#include "base/rng.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/types.h>

#include "base/banned.h"

static uint64_t splitmix64(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static uint64_t rotate(uint64_t x, unsigned k)
{
	return x << k | x >> (64 - k);
}

struct rng rng_from_seed(uint64_t seed)
{
	struct rng r;

	for (size_t i = 0; i < COUNT_OF(r.s); i++)
		r.s[i] = splitmix64(&seed);
	return r;
}

struct rng rng_from_system(void)
{
	struct rng r;
	ssize_t n;

	do {
		n = getrandom(&r, sizeof(r), 0);
	} while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(r)) /* so few bytes come whole or not at all */
		abort();
	return r;
}

uint64_t rng_next(struct rng *r)
{
	uint64_t *s = r->s;
	uint64_t result = rotate(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

void rng_fill(struct rng *r, void *p, size_t n)
{
	unsigned char *out = p;
	uint64_t word = 0;

	for (size_t i = 0; i < n; i++) {
		word = i % 8 == 0 ? rng_next(r) : word >> 8;
		out[i] = (unsigned char)word;
	}
}

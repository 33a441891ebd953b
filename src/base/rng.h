/* SPDX-License-Identifier: MIT */
/*
 * Random numbers as a parameter: from a seed (repeatable) or from the operating system.
 */
#ifndef FERRY_BASE_RNG_H
#define FERRY_BASE_RNG_H

#include "base/base.h"

struct rng {
	uint64_t s[4]; /* xoshiro256** */
};

struct rng rng_from_seed(uint64_t seed);
struct rng rng_from_system(void); /* aborts when the system has no random bytes */
uint64_t rng_next(struct rng *r);
void rng_fill(struct rng *r, void *p, size_t n);

#endif

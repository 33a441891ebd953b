/* SPDX-License-Identifier: MIT */
/*
 * Exact sums and averages of decimals, without memory of their own: a sum is a row of digits with a fixed
 * point.
 */
#ifndef FERRY_BASE_DECIMAL_SUM_H
#define FERRY_BASE_DECIMAL_SUM_H

#include "base/base.h"
#include "base/str.h"

#define DECIMAL_SUM_LIMBS 47 /* of nine digits; 23 of them behind the point */

/* All zero is the empty sum. */
struct decimal_sum {
	int64_t limbs[DECIMAL_SUM_LIMBS]; /* the smallest first; not carried */
	int64_t n;                        /* numbers that were added, at most a milliard */
	unsigned scale;                   /* the largest of theirs */
};

/* A normal form of decimal.h, or a whole number; false, and nothing is added, when it is neither. */
MUST_CHECK bool decimal_sum_add(struct decimal_sum *sum, struct str d);

/*
 * The sum divided by `divisor` (from 1 to a milliard) with `scale` digits after the point, at most 200:
 * rounded half away from zero, or cut.
 */
#define DECIMAL_SUM_SIZE 430
struct str decimal_sum_text(const struct decimal_sum *sum, int64_t divisor, unsigned scale,
			    bool cut, char out[DECIMAL_SUM_SIZE]);

#endif

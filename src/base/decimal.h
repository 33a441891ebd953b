/* SPDX-License-Identifier: MIT */
/*
 * Exact decimal numbers of any scale, as text: never through a double. The normal form is
 * [-]digits[.digits] with no leading zeros but one before the point; trailing zeros are kept (they are
 * the scale). "-0" and "-0.00" become "0" and "0.00".
 */
#ifndef FERRY_BASE_DECIMAL_H
#define FERRY_BASE_DECIMAL_H

#include "base/arena.h"
#include "base/str.h"

#define DECIMAL_DIGITS_MAX 200

/*
 * [+-]digits[.digits][(e|E)[+-]digits], also ".5" and "5."; at most DECIMAL_DIGITS_MAX digits after
 * the exponent is applied. False otherwise. The result is on the arena.
 */
MUST_CHECK bool decimal_parse(struct arena *a, struct str s, struct str *out);

/* All take normal forms. */
int decimal_cmp(struct str a, struct str b);                             /* 1.0 equals 1.00 */
struct str decimal_round(struct arena *a, struct str d, unsigned scale); /* half away from zero */
struct str decimal_strip(struct arena *a, struct str d); /* without trailing zeros */
struct str decimal_rescale(struct arena *a, struct str d,
			   unsigned scale); /* round or pad to scale */
unsigned decimal_scale(struct str d);       /* digits after the point */

/*
 * The shortest text that reads back as the same double, laid out as .NET's ToString("R") does: 1000,
 * 1789.4, 1.125; with an exponent from 1E+17 up and below 0.0001 (1E-05); -0, NaN, Infinity.
 */
#define DOUBLE_TEXT_SIZE 40
struct str double_format(double v, char out[DOUBLE_TEXT_SIZE]);

#endif

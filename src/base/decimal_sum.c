/* SPDX-License-Identifier: MIT */
/*
 * Limbs hold nine digits each. Adding leaves carries where they are: a limb has room for a milliard
 * additions.
 */
#include "base/decimal_sum.h"

#include <string.h>

#include "base/decimal.h"

#include "base/banned.h"

#define BASE 1000000000
#define BASE_DIGITS 9
#define FRACTION 23
#define DIGITS (DECIMAL_SUM_LIMBS * BASE_DIGITS)
#define POINT ((size_t)(DECIMAL_SUM_LIMBS - FRACTION) * BASE_DIGITS) /* digits before it */

static bool is_digits(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	}
	return s.n <= DECIMAL_DIGITS_MAX;
}

/* Digit i before the point counts from 0 at the units; behind it from -1. */
static void add_digit(struct decimal_sum *sum, int place, int digit)
{
	static const int32_t powers[] = { 1,      10,      100,      1000,     10000,
					  100000, 1000000, 10000000, 100000000 };
	int at = place + FRACTION * BASE_DIGITS;

	sum->limbs[at / BASE_DIGITS] += (int64_t)digit * powers[at % BASE_DIGITS];
}

bool decimal_sum_add(struct decimal_sum *sum, struct str d)
{
	bool negative = str_starts(d, S("-"));
	struct str digits = str_skip(d, negative ? 1 : 0);
	size_t point = str_find_char(digits, '.');
	struct str whole = str_sub(digits, 0, point);
	struct str fraction = point == STR_NONE ? S("") : str_skip(digits, point + 1);

	if (whole.n == 0 || !is_digits(whole) || !is_digits(fraction))
		return false;
	for (size_t i = 0; i < whole.n; i++) {
		int digit = whole.p[i] - '0';

		add_digit(sum, (int)(whole.n - 1 - i), negative ? -digit : digit);
	}
	for (size_t i = 0; i < fraction.n; i++) {
		int digit = fraction.p[i] - '0';

		add_digit(sum, -1 - (int)i, negative ? -digit : digit);
	}
	sum->n++;
	assert(sum->n <= BASE);
	if (fraction.n > sum->scale)
		sum->scale = (unsigned)fraction.n;
	return true;
}

/* Every limb between 0 and BASE, but for the last one. */
static void carry(int64_t *limbs)
{
	for (int i = 0; i + 1 < DECIMAL_SUM_LIMBS; i++) {
		int64_t over = limbs[i] / BASE;

		if (limbs[i] % BASE < 0)
			over--;
		limbs[i] -= over * BASE;
		limbs[i + 1] += over;
	}
}

/* The size of the sum; true when it is below zero. */
static bool take_size(const struct decimal_sum *sum, int64_t *limbs)
{
	memcpy(limbs, sum->limbs, sizeof(sum->limbs));
	carry(limbs);
	if (limbs[DECIMAL_SUM_LIMBS - 1] >= 0)
		return false;
	for (int i = 0; i < DECIMAL_SUM_LIMBS; i++)
		limbs[i] = -limbs[i];
	carry(limbs);
	return true;
}

static void divide(int64_t *limbs, int64_t divisor)
{
	int64_t rest = 0;

	for (int i = DECIMAL_SUM_LIMBS; i-- > 0;) {
		int64_t value = rest * BASE + limbs[i];

		limbs[i] = value / divisor;
		rest = value % divisor;
	}
}

static void write_digits(const int64_t *limbs, char *digits)
{
	for (int i = 0; i < DECIMAL_SUM_LIMBS; i++) {
		int64_t v = limbs[i];

		for (int k = 0; k < BASE_DIGITS; k++) {
			digits[DIGITS - 1 - (i * BASE_DIGITS + k)] = (char)('0' + v % 10);
			v /= 10;
		}
	}
}

/* One more in the last of n digits. */
static void count_up(char *digits, size_t n)
{
	while (n-- > 0) {
		if (digits[n] < '9') {
			digits[n]++;
			return;
		}
		digits[n] = '0';
	}
}

struct str decimal_sum_text(const struct decimal_sum *sum, int64_t divisor, unsigned scale,
			    bool cut, char out[DECIMAL_SUM_SIZE])
{
	int64_t limbs[DECIMAL_SUM_LIMBS];
	char digits[DIGITS];
	bool negative = take_size(sum, limbs);
	size_t end = POINT + scale;
	size_t first = 0;
	size_t n = 0;

	assert(scale <= DECIMAL_DIGITS_MAX && divisor >= 1 && divisor <= BASE);
	divide(limbs, divisor);
	write_digits(limbs, digits);
	if (!cut && digits[end] >= '5')
		count_up(digits, end);
	while (first < end && digits[first] == '0')
		first++;
	if (negative && first < end)
		out[n++] = '-';
	for (size_t i = first < POINT ? first : POINT - 1; i < end; i++) {
		if (i == POINT)
			out[n++] = '.';
		out[n++] = digits[i];
	}
	return str_of(out, n);
}

/* SPDX-License-Identifier: MIT */
/*
 * Slices: compare, find, cut, copy, and the numbers and code points that stand in them. Nothing here
 * depends on the locale: ASCII letters and white space are spelled out.
 */
#include "base/str.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

#include "base/banned.h"

static char lower_ascii(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_from(const char *cstr)
{
	return cstr ? str_of(cstr, strlen(cstr)) : str_of(NULL, 0);
}

bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool str_eq_ascii_nocase(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		if (lower_ascii(a.p[i]) != lower_ascii(b.p[i]))
			return false;
	}
	return true;
}

int str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

bool str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_eq(str_of(s.p, prefix.n), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
	return s.n >= suffix.n && str_eq(str_skip(s, s.n - suffix.n), suffix);
}

size_t str_find(struct str s, struct str needle)
{
	if (needle.n == 0)
		return 0;
	if (s.n < needle.n)
		return STR_NONE;

	const char *at = memmem(s.p, s.n, needle.p, needle.n);

	return at ? (size_t)(at - s.p) : STR_NONE;
}

size_t str_find_char(struct str s, char c)
{
	const char *at = s.n > 0 ? memchr(s.p, c, s.n) : NULL;

	return at ? (size_t)(at - s.p) : STR_NONE;
}

struct str str_trim(struct str s)
{
	while (s.n > 0 && is_blank(s.p[0]))
		s = str_skip(s, 1);
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct str_splitter str_splitter(struct str s)
{
	return (struct str_splitter){ .rest = s, .done = s.n == 0 };
}

bool str_split(struct str_splitter *sp, char sep, struct str *part)
{
	if (sp->done)
		return false;

	size_t at = str_find_char(sp->rest, sep);

	if (at == STR_NONE) {
		*part = sp->rest;
		sp->rest = str_skip(sp->rest, sp->rest.n);
		sp->done = true;
	} else {
		*part = str_of(sp->rest.p, at);
		sp->rest = str_skip(sp->rest, at + 1);
	}
	return true;
}

struct str str_dup(struct arena *a, struct str s)
{
	char *p = arena_alloc_raw(a, s.n);

	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return str_of(p, s.n);
}

const char *str_cstr(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);

	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return p;
}

struct str str_fmt(struct arena *a, const char *fmt, ...)
{
	char shown[200]; /* most are short: formatted once */
	va_list args;

	va_start(args, fmt);
	int n = vsnprintf(shown, sizeof(shown), fmt, args);
	va_end(args);
	assert(n >= 0);
	if ((size_t)n < sizeof(shown)) /* with its NUL, as below: some use it as a path */
		return str_of(str_cstr(a, str_of(shown, (size_t)n)), (size_t)n);

	char *p = arena_alloc(a, (size_t)n + 1);

	va_start(args, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, args);
	va_end(args);
	return str_of(p, (size_t)n);
}

struct str str_from_i64(struct arena *a, int64_t v)
{
	uint64_t rest = v < 0 ? -(uint64_t)v : (uint64_t)v;
	char text[20];
	size_t at = sizeof(text);

	do {
		text[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (v < 0)
		text[--at] = '-';
	return str_dup(a, str_of(text + at, sizeof(text) - at));
}

struct str str_lower_ascii(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n);

	for (size_t i = 0; i < s.n; i++)
		p[i] = lower_ascii(s.p[i]);
	return str_of(p, s.n);
}

/* The digits of s as a number; false when there is none, another character, or no room for it. */
static bool parse_digits(struct str s, uint64_t *out)
{
	uint64_t v = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!is_digit(s.p[i]) || __builtin_mul_overflow(v, UINT64_C(10), &v) ||
		    __builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v))
			return false;
	}
	*out = v;
	return true;
}

bool str_parse_i64(struct str s, int64_t *out)
{
	bool negative = str_starts(s, S("-"));
	uint64_t v;

	if (!parse_digits(str_skip(s, negative || str_starts(s, S("+"))), &v))
		return false;
	if (v > (uint64_t)INT64_MAX + negative)
		return false;
	/* -v in two steps, because -INT64_MIN is no int64_t */
	*out = negative && v > 0 ? -(int64_t)(v - 1) - 1 : (int64_t)v;
	return true;
}

bool str_parse_u64(struct str s, uint64_t *out)
{
	return parse_digits(str_skip(s, str_starts(s, S("+"))), out);
}

static size_t count_digits(struct str s, size_t from)
{
	size_t i = from;

	while (i < s.n && is_digit(s.p[i]))
		i++;
	return i - from;
}

static bool is_sign(struct str s, size_t at)
{
	return at < s.n && (s.p[at] == '+' || s.p[at] == '-');
}

/* [+-]digits[.digits][(e|E)[+-]digits] */
static bool is_number(struct str s)
{
	size_t i = is_sign(s, 0);
	size_t n = count_digits(s, i);

	if (n == 0)
		return false;
	i += n;
	if (i < s.n && s.p[i] == '.') {
		n = count_digits(s, i + 1);
		if (n == 0)
			return false;
		i += 1 + n;
	}
	if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
		i += 1;
		i += is_sign(s, i);
		n = count_digits(s, i);
		if (n == 0)
			return false;
		i += n;
	}
	return i == s.n;
}

bool str_parse_double(struct str s, double *out)
{
	char text[LIMIT_NUMBER_TEXT + 1];

	if (s.n > LIMIT_NUMBER_TEXT || !is_number(s))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';

	/* ferry never calls setlocale, so the point is a point */
	double v = strtod(text, NULL);

	if (!isfinite(v))
		return false;
	*out = v;
	return true;
}

/* How many bytes the character with this first byte has; 0 for a byte that starts none. */
static size_t sequence_length(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	if (first >= 0xf0 && first <= 0xf4)
		return 4;
	return 0;
}

/* The second byte excludes overlong forms, surrogates and what is above U+10FFFF. */
static bool second_fits(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0:
		return second >= 0xa0 && second <= 0xbf;
	case 0xed:
		return second >= 0x80 && second <= 0x9f;
	case 0xf0:
		return second >= 0x90 && second <= 0xbf;
	case 0xf4:
		return second >= 0x80 && second <= 0x8f;
	default:
		return second >= 0x80 && second <= 0xbf;
	}
}

static bool is_sequence(const char *p, size_t n)
{
	if (n >= 2 && !second_fits((unsigned char)p[0], (unsigned char)p[1]))
		return false;
	for (size_t i = 2; i < n; i++) {
		if (((unsigned char)p[i] & 0xc0) != 0x80)
			return false;
	}
	return true;
}

bool str_is_utf8(struct str s)
{
	size_t i = 0;

	while (i < s.n) {
		uint64_t eight;

		if (s.n - i >= sizeof(eight)) {
			memcpy(&eight, s.p + i, sizeof(eight));
			if ((eight & UINT64_C(0x8080808080808080)) == 0) {
				i += sizeof(eight);
				continue;
			}
		}

		size_t n = sequence_length((unsigned char)s.p[i]);

		if (n == 0 || n > s.n - i || !is_sequence(s.p + i, n))
			return false;
		i += n;
	}
	return true;
}

uint32_t str_next_code_point(struct str s, size_t *pos)
{
	assert(*pos < s.n);

	static const unsigned char first_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	unsigned char first = (unsigned char)s.p[*pos];
	size_t n = sequence_length(first);

	assert(n != 0 && n <= s.n - *pos);

	uint32_t cp = first & first_bits[n];

	for (size_t i = 1; i < n; i++)
		cp = cp << 6 | ((unsigned char)s.p[*pos + i] & 0x3f);
	*pos += n;
	return cp;
}

bool str_is_plain(struct str s, size_t most)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	}
	return s.n > 0 && s.n <= most;
}

int str_hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

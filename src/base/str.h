/* SPDX-License-Identifier: MIT */
/*
 * A slice of bytes, passed by value. It does not own its bytes and is not NUL-terminated. The text is
 * UTF-8 unless a function says otherwise. An empty slice may have p == NULL.
 */
#ifndef FERRY_BASE_STR_H
#define FERRY_BASE_STR_H

#include "base/arena.h"
#include "base/base.h"
#include "base/err.h"

struct str {
	const char *p;
	size_t n;
};

/* A slice over a string literal, at run time and as a static initializer. */
#define S(literal) ((struct str){ "" literal, sizeof(literal) - 1 })
#define STR_INIT(literal) { "" literal, sizeof(literal) - 1 }
/* printf("%.*s", STR_ARG(s)); cut at INT_MAX. */
#define STR_ARG(s) ((int)((s).n > 0x7fffffff ? 0x7fffffff : (s).n)), ((s).p ? (s).p : "")

struct str str_from(const char *cstr); /* NULL gives the empty slice */
static inline struct str str_of(const char *p, size_t n)
{
	return (struct str){ p, n };
}

bool str_eq(struct str a, struct str b);
bool str_eq_ascii_nocase(struct str a, struct str b);
int str_cmp(struct str a, struct str b); /* by bytes, shorter first; <0, 0, >0 */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
#define STR_NONE ((size_t)-1)
size_t str_find(struct str s, struct str needle); /* first position or STR_NONE */
size_t str_find_char(struct str s, char c);       /* first position or STR_NONE */
/* Both are clamped to s; an empty rest stands where s ends. */
static inline struct str str_skip(struct str s, size_t n)
{
	if (n > s.n)
		n = s.n;
	return n == 0 ? s : str_of(s.p + n, s.n - n);
}
static inline struct str str_sub(struct str s, size_t from, size_t n)
{
	s = str_skip(s, from);
	return str_of(s.p, n < s.n ? n : s.n);
}
struct str str_trim(struct str s); /* ASCII white space of both ends */

/*
 * Take the part before the next `sep` off *rest. False when *rest was used up before the call:
 *     for (struct str part; str_split(&rest, ',', &part);) ...
 * An empty *rest gives no part; "a," gives "a" and "".
 */
struct str_splitter {
	struct str rest;
	bool done;
};
struct str_splitter str_splitter(struct str s);
bool str_split(struct str_splitter *sp, char sep, struct str *part);

/* Copies on the arena; str_cstr's copy ends with a NUL that n does not count. */
struct str str_dup(struct arena *a, struct str s);
const char *str_cstr(struct arena *a, struct str s);
struct str str_fmt(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
struct str str_from_i64(struct arena *a, int64_t v); /* "-12" */
struct str str_lower_ascii(struct arena *a, struct str s);

/* The whole slice is one number in C notation without white space; false otherwise or out of range. */
MUST_CHECK bool str_parse_i64(struct str s, int64_t *out);
MUST_CHECK bool str_parse_u64(struct str s, uint64_t *out);
/*
 * Locale-free; accepts [+-]digits[.digits][(e|E)[+-]digits]; no hex, no inf, no nan. At most
 * LIMIT_NUMBER_TEXT characters. Too large is false, too small is 0.
 */
MUST_CHECK bool str_parse_double(struct str s, double *out);

/* Well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF). */
bool str_is_utf8(struct str s);
/* Not empty, at most so long, ASCII without blanks and control characters: it changes no terminal that shows it. */
bool str_is_plain(struct str s, size_t most);
int str_hex_value(char c); /* of one hexadecimal digit, any case; -1: it is none */
/*
 * The code point that starts at s.p[*pos], and *pos moved behind it. s is well-formed UTF-8 and
 * *pos < s.n.
 */
uint32_t str_next_code_point(struct str s, size_t *pos);

#endif

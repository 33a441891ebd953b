/* SPDX-License-Identifier: MIT */
/*
 * The growing buffer. Its memory is the heap's, because it moves while it grows; whoever made it
 * releases it.
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define CAP_FIRST ((size_t)256)

struct buf buf_make(size_t max)
{
	return (struct buf){ .max = max };
}

void buf_release(struct buf *b)
{
	free(b->p);
	*b = buf_make(b->max);
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	b->full = false;
}

/* Makes room for n more bytes and, beyond the maximum, for the NUL that vsnprintf writes. */
static bool reserve(struct buf *b, size_t n)
{
	size_t needed;

	if (b->full || __builtin_add_overflow(b->n, n, &needed) || needed > SIZE_MAX / 2 ||
	    (b->max != 0 && needed > b->max)) {
		b->full = true;
		return false;
	}
	if (needed < b->cap)
		return true;

	size_t cap = b->cap ? b->cap * 2 : CAP_FIRST;

	if (b->max != 0 && cap > b->max)
		cap = b->max + 1;
	if (cap <= needed)
		cap = needed + 1;

	char *p = realloc(b->p, cap);

	if (!p)
		abort();
	b->p = p;
	b->cap = cap;
	return true;
}

void buf_add(struct buf *b, struct str s)
{
	if (s.n == 0 || !reserve(b, s.n))
		return;
	memcpy(b->p + b->n, s.p, s.n);
	b->n += s.n;
}

void buf_add_char_slowly(struct buf *b, char c)
{
	if (!reserve(b, 1))
		return;
	b->p[b->n++] = c;
}

void buf_add_fmt(struct buf *b, const char *fmt, ...)
{
	va_list args;

	if (!reserve(b, 0))
		return;
	va_start(args, fmt);
	int n = vsnprintf(b->p + b->n, b->cap - b->n, fmt, args);
	va_end(args);
	assert(n >= 0);

	bool fits = (size_t)n < b->cap - b->n;

	if (!reserve(b, (size_t)n))
		return;
	if (!fits) {
		va_start(args, fmt);
		vsnprintf(b->p + b->n, b->cap - b->n, fmt, args);
		va_end(args);
	}
	b->n += (size_t)n;
}

void buf_add_code_point(struct buf *b, uint32_t cp)
{
	char utf8[4];
	size_t n = 0;

	assert(cp <= 0x10ffff && (cp < 0xd800 || cp > 0xdfff));
	if (cp < 0x80) {
		utf8[n++] = (char)cp;
	} else if (cp < 0x800) {
		utf8[n++] = (char)(0xc0 | cp >> 6);
		utf8[n++] = (char)(0x80 | (cp & 0x3f));
	} else if (cp < 0x10000) {
		utf8[n++] = (char)(0xe0 | cp >> 12);
		utf8[n++] = (char)(0x80 | (cp >> 6 & 0x3f));
		utf8[n++] = (char)(0x80 | (cp & 0x3f));
	} else {
		utf8[n++] = (char)(0xf0 | cp >> 18);
		utf8[n++] = (char)(0x80 | (cp >> 12 & 0x3f));
		utf8[n++] = (char)(0x80 | (cp >> 6 & 0x3f));
		utf8[n++] = (char)(0x80 | (cp & 0x3f));
	}
	buf_add(b, str_of(utf8, n));
}

char *buf_grow(struct buf *b, size_t n)
{
	if (!reserve(b, n))
		return NULL;

	char *p = b->p + b->n;

	b->n += n;
	return p;
}

void buf_truncate(struct buf *b, size_t n)
{
	assert(n <= b->n);
	b->n = n;
}

struct str buf_str(const struct buf *b)
{
	return str_of(b->p, b->n);
}

bool buf_check(const struct buf *b, const char *what, struct err *e)
{
	if (b->full)
		return err_set(e, ERR_INPUT, "%s is larger than %zu bytes", what, b->max);
	return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * A growing buffer with a maximum. An addition that would pass the maximum adds nothing and makes the
 * buffer `full`, which is sticky: add freely, then ask once with buf_check().
 */
#ifndef FERRY_BASE_BUF_H
#define FERRY_BASE_BUF_H

#include "base/base.h"
#include "base/err.h"
#include "base/str.h"

struct buf {
	char *p;
	size_t n;
	size_t cap;
	size_t max;
	bool full;
};

struct buf buf_make(size_t max); /* allocates nothing yet; max 0 = unlimited */
void buf_release(struct buf *b); /* fits DEFER; the buffer can be used again */
void buf_clear(struct buf *b);   /* n = 0 and not full; keeps the memory */

void buf_add(struct buf *b, struct str s);
void buf_add_char_slowly(struct buf *b,
			 char c); /* as buf_add_char, which needs it when there is no room */
/* In the header: called for every byte of much that is read and written. */
static inline void buf_add_char(struct buf *b, char c)
{
	if (b->full || b->cap - b->n < 2)
		buf_add_char_slowly(b, c);
	else
		b->p[b->n++] = c;
}
void buf_add_fmt(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_add_code_point(struct buf *b, uint32_t cp); /* as UTF-8 */
/* n uninitialised bytes at the end, to be filled by the caller; NULL when full. */
char *buf_grow(struct buf *b, size_t n);
void buf_truncate(struct buf *b, size_t n);

struct str buf_str(const struct buf *b); /* valid until the next addition */

/* False with ERR_INPUT "<what> is larger than <max> bytes" when the buffer is full. */
MUST_CHECK bool buf_check(const struct buf *b, const char *what, struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Where bytes go and where they come from. A sink is embedded as the first member of what writes
 * (file, zip entry, buffer, HTTP answer); a source the same for reading.
 */
#ifndef FERRY_BASE_SINK_H
#define FERRY_BASE_SINK_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct sink {
	bool (*write)(struct sink *, struct str bytes, struct err *e);
};

struct source {
	/* Up to n bytes; *got == 0 means the end. */
	bool (*read)(struct source *, char *p, size_t n, size_t *got, struct err *e);
};

MUST_CHECK static inline bool sink_write(struct sink *s, struct str bytes, struct err *e)
{
	return bytes.n == 0 || s->write(s, bytes, e);
}

/* A sink that appends to a buffer; passing the buffer's maximum is ERR_INPUT. */
struct buf_sink {
	struct sink sink;
	struct buf *buf;
};
struct buf_sink buf_sink_make(struct buf *b);

/* A source over bytes in memory. */
struct str_source {
	struct source source;
	struct str rest;
};
struct str_source str_source_make(struct str s);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The sink and the source that need no operating system: a buffer and bytes in memory.
 */
#include "base/sink.h"

#include <string.h>

#include "base/banned.h"

static bool buf_sink_write(struct sink *sink, struct str bytes, struct err *e)
{
	struct buf_sink *s = CONTAINER_OF(sink, struct buf_sink, sink);

	buf_add(s->buf, bytes);
	return buf_check(s->buf, "the output", e);
}

struct buf_sink buf_sink_make(struct buf *b)
{
	return (struct buf_sink){ .sink = { .write = buf_sink_write }, .buf = b };
}

static bool str_source_read(struct source *source, char *p, size_t n, size_t *got, struct err *e)
{
	struct str_source *s = CONTAINER_OF(source, struct str_source, source);
	struct str part = str_sub(s->rest, 0, n);

	(void)e; /* memory never fails */
	if (part.n > 0)
		memcpy(p, part.p, part.n);
	s->rest = str_skip(s->rest, part.n);
	*got = part.n;
	return true;
}

struct str_source str_source_make(struct str s)
{
	return (struct str_source){ .source = { .read = str_source_read }, .rest = s };
}

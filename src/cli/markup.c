/* SPDX-License-Identifier: MIT */
/*
 * Marks of direction inside a text could show a page in another order than it is written: they become the sign
 * for what cannot be shown, as control characters do.
 */
#include "cli/markup.h"

#include <stdarg.h>
#include <stdio.h>

#include "io/xml.h"

#include "base/banned.h"

#define FLUSH ((size_t)32768)

struct markup markup_make(struct sink *out)
{
	return (struct markup){ .out = out, .buf = buf_make(0) };
}

void markup_release(struct markup *m)
{
	buf_release(&m->buf);
}

static void flush(struct markup *m, size_t from)
{
	if (m->buf.n < from || m->failed)
		return;
	m->failed = !sink_write(m->out, buf_str(&m->buf), &m->err);
	buf_clear(&m->buf);
}

void markup_raw(struct markup *m, const char *literal)
{
	buf_add(&m->buf, str_from(literal));
	flush(m, FLUSH);
}

void markup_fmt(struct markup *m, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	assert(n >= 0 && (size_t)n < sizeof(text));
	buf_add(&m->buf, str_of(text, (size_t)n));
	flush(m, FLUSH);
}

static bool turns(uint32_t c)
{
	return c == 0x200e || c == 0x200f || c == 0x061c || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || (c >= 0x7f && c < 0xa0);
}

static void add_plain(struct buf *out, struct str s)
{
	for (size_t at = 0; at < s.n;) {
		uint32_t c = str_next_code_point(s, &at);

		buf_add_code_point(out, turns(c) ? 0xfffd : c);
	}
}

void markup_text(struct markup *m, struct str text)
{
	DEFER(buf_release) struct buf plain = buf_make(0);

	add_plain(&plain, text);
	xml_encode_text(&m->buf, buf_str(&plain));
	flush(m, FLUSH);
}

void markup_clipped(struct markup *m, struct str text, size_t most)
{
	size_t n = most < text.n ? most : text.n;

	while (n > 0 && n < text.n && ((unsigned char)text.p[n] & 0xc0) == 0x80)
		n--;
	markup_text(m, str_sub(text, 0, n));
	if (n < text.n)
		markup_fmt(m, "… (%zu bytes)", text.n);
}

void markup_attr(struct markup *m, const char *name, struct str value)
{
	DEFER(buf_release) struct buf plain = buf_make(0);

	add_plain(&plain, value);
	buf_add_char(&m->buf, ' ');
	buf_add(&m->buf, str_from(name));
	buf_add(&m->buf, S("=\""));
	xml_encode_attr(&m->buf, buf_str(&plain));
	buf_add_char(&m->buf, '"');
	flush(m, FLUSH);
}

void markup_part(struct markup *m, const struct buf *part)
{
	buf_add(&m->buf, buf_str(part));
	flush(m, FLUSH);
}

bool markup_finish(struct markup *m, struct err *e)
{
	flush(m, 1);
	if (m->failed)
		*e = m->err;
	return !m->failed;
}

/* SPDX-License-Identifier: MIT */
/*
 * Writing XML, byte for byte as .NET's indenting XmlWriter lays it out for the Configuration Migration
 * Tool: a line end and the indent before every tag, but nowhere inside an element that holds text.
 */
#include "io/xml.h"

#include <string.h>

#include "base/limits.h"

#include "base/banned.h"

#define FLUSH_AT (64 * LIMIT_KIB)
#define REPLACEMENT S("\xef\xbf\xbd")

struct xml_writer xml_writer_make(struct sink *out)
{
	return (struct xml_writer){
		.out = out,
		.buf = buf_make(0),
		.line_end = S("\r\n"),
		.indent = S("  "),
	};
}

void xml_writer_release(struct xml_writer *w)
{
	buf_release(&w->buf);
}

bool xml_write_flush(struct xml_writer *w, struct err *e)
{
	if (!sink_write(w->out, buf_str(&w->buf), e))
		return false;
	buf_clear(&w->buf);
	return true;
}

static bool flush_when_due(struct xml_writer *w, struct err *e)
{
	return w->buf.n < FLUSH_AT || xml_write_flush(w, e);
}

/* What the byte at *i becomes in an attribute value or text; NULL when it stays. */
static const char *reference(char c, bool attr)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return attr ? "&quot;" : NULL;
	case '\r':
		return attr ? "&#xD;" : NULL;
	case '\n':
		return attr ? "&#xA;" : NULL;
	default:
		return NULL;
	}
}

/* The length of a character at s.p[i] that no XML document can hold: C0 controls, U+FFFE, U+FFFF; or 0. */
static size_t impossible(struct str s, size_t i)
{
	unsigned char c = (unsigned char)s.p[i];

	if (c < 0x20)
		return c != '\t' && c != '\n' && c != '\r';
	if (c != 0xef || s.n - i < 3 || (unsigned char)s.p[i + 1] != 0xbf)
		return 0;
	return (unsigned char)s.p[i + 2] >= 0xbe ? 3 : 0;
}

/* False when something had to be replaced; *at is where it first stands. */
static bool encode(struct buf *out, struct str s, bool attr, size_t *at)
{
	size_t from = 0;
	bool whole = true;

	for (size_t i = 0; i < s.n; i++) {
		const char *ref = reference(s.p[i], attr);
		size_t bad = ref ? 0 : impossible(s, i);

		if (!ref && bad == 0)
			continue;
		if (bad > 0 && whole)
			*at = i;
		whole = whole && bad == 0;
		buf_add(out, str_sub(s, from, i - from));
		buf_add(out, ref ? str_from(ref) : REPLACEMENT);
		i += bad > 0 ? bad - 1 : 0;
		from = i + 1;
	}
	buf_add(out, str_skip(s, from));
	return whole;
}

void xml_encode_text(struct buf *out, struct str s)
{
	size_t at = 0;

	(void)encode(out, s, false, &at);
}

void xml_encode_attr(struct buf *out, struct str s)
{
	size_t at = 0;

	(void)encode(out, s, true, &at);
}

static bool fail_character(struct str s, size_t at, const char *where, struct str name,
			   struct err *e)
{
	uint32_t cp = (unsigned char)s.p[at];

	if (cp >= 0x80)
		cp = 0xff40u + (unsigned char)s.p[at + 2];
	return err_set(e, ERR_INPUT, "the %s%.*s holds the character U+%04X, which XML cannot hold",
		       where, STR_ARG(name), (unsigned)cp);
}

static void end_start_tag(struct xml_writer *w)
{
	if (w->tag_open)
		buf_add_char(&w->buf, '>');
	w->tag_open = false;
}

static void new_line(struct xml_writer *w)
{
	if (w->mixed > 0)
		return;
	if (!w->bare)
		buf_add(&w->buf, w->line_end);
	w->bare = false;
	for (int i = 0; i < w->depth; i++)
		buf_add(&w->buf, w->indent);
}

bool xml_write_open(struct xml_writer *w, struct str name, struct err *e)
{
	end_start_tag(w);
	new_line(w);
	buf_add_char(&w->buf, '<');
	buf_add(&w->buf, name);
	w->depth++;
	w->tag_open = true;
	return flush_when_due(w, e);
}

bool xml_write_attr(struct xml_writer *w, struct str name, struct str value, struct err *e)
{
	size_t at = 0;

	assert(w->tag_open);
	buf_add_char(&w->buf, ' ');
	buf_add(&w->buf, name);
	buf_add(&w->buf, S("=\""));
	struct str rest = value;
	size_t tab = w->tab_references ? str_find_char(rest, '\t') : STR_NONE;

	for (; tab != STR_NONE; tab = str_find_char(rest, '\t')) {
		if (!encode(&w->buf, str_sub(rest, 0, tab), true, &at))
			return fail_character(rest, at, "attribute ", name, e);
		buf_add(&w->buf, S("&#x9;"));
		rest = str_skip(rest, tab + 1);
	}
	if (!encode(&w->buf, rest, true, &at))
		return fail_character(rest, at, "attribute ", name, e);
	buf_add_char(&w->buf, '"');
	return flush_when_due(w, e);
}

static void text_begins(struct xml_writer *w)
{
	end_start_tag(w);
	if (w->mixed == 0)
		w->mixed = w->depth;
}

bool xml_write_text(struct xml_writer *w, struct str text, struct err *e)
{
	size_t at = 0;

	if (text.n == 0)
		return true;
	assert(w->depth > 0);
	text_begins(w);
	if (!encode(&w->buf, text, false, &at))
		return fail_character(text, at, "text", S(""), e);
	return flush_when_due(w, e);
}

bool xml_write_close(struct xml_writer *w, struct str name, struct err *e)
{
	assert(w->depth > 0);
	w->depth--;
	if (w->tag_open) {
		buf_add(&w->buf, S(" />"));
		w->tag_open = false;
	} else {
		new_line(w);
		buf_add(&w->buf, S("</"));
		buf_add(&w->buf, name);
		buf_add_char(&w->buf, '>');
	}
	if (w->mixed > w->depth)
		w->mixed = 0;
	return flush_when_due(w, e);
}

bool xml_write_raw(struct xml_writer *w, struct str bytes, struct err *e)
{
	text_begins(w);
	buf_add(&w->buf, bytes);
	return flush_when_due(w, e);
}

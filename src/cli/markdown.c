/* SPDX-License-Identifier: MIT */
/*
 * Markdown takes a character written as a number for that character and never for mark-up, so all that could be any goes as
 * numbers; letters, digits and what only stands between them stay, for those who read the file itself.
 */
#include "cli/markdown.h"

#include <inttypes.h>

#include "base/banned.h"

static bool is_word(uint32_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* U+0000..U+001F, U+007F..U+009F, marks of direction and ends of lines. */
static bool is_steering(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

/* Harmless between two letters or digits: an underscore makes nothing oblique there, and "www." is the only word with a point
 * that becomes a link. */
static bool is_inner(uint32_t before, uint32_t c, uint32_t after)
{
	if (!is_word(before) || !is_word(after))
		return false;
	return c == '_' || c == '-' || c == '/' || (c == '.' && before != 'w' && before != 'W');
}

static void add_character(struct buf *out, uint32_t before, uint32_t c, uint32_t after)
{
	if (c == '\n')
		buf_add(out, S(" \u21b5 "));
	else if (c == '\t' || c == '\r')
		buf_add_char(out, ' ');
	else if (is_steering(c))
		buf_add(out, S("\ufffd"));
	else if (c >= 0x80 || is_word(c) || c == ' ' || c == ',' || is_inner(before, c, after))
		buf_add_code_point(out, c);
	else
		buf_add_fmt(out, "&#%" PRIu32 ";", c);
}

static void add_bytes(struct buf *out, struct str text, size_t most)
{
	for (size_t i = 0; i < text.n && i < most; i++)
		add_character(out, ' ',
			      (unsigned char)text.p[i] < 0x80 ? (unsigned char)text.p[i] : 0x80,
			      ' ');
}

void markdown_text(struct buf *out, struct str text, size_t most)
{
	uint32_t before = ' ';
	size_t at = 0;

	if (!str_is_utf8(text)) { /* cut in the middle of a character by whoever made it */
		add_bytes(out, text, most);
		return;
	}
	while (at < text.n && at < most) {
		uint32_t c = str_next_code_point(text, &at);
		size_t next = at;

		add_character(out, before, c,
			      next < text.n ? str_next_code_point(text, &next) : ' ');
		before = c;
	}
	if (at < text.n)
		buf_add_fmt(out, "\u2026 (%zu bytes)", text.n);
}

void markdown_code(struct buf *out, struct str text, size_t most)
{
	buf_add(out, S("<code>"));
	markdown_text(out, text, most);
	buf_add(out, S("</code>"));
}

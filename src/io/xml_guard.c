/* SPDX-License-Identifier: MIT */
/*
 * The byte guard before libxml2. One step function per state; runs of ordinary bytes are copied at once.
 * Everything is linear in the input: no byte is looked at twice, and `out` is moved down only when something
 * was taken from it.
 */
#include "io/xml_guard.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"

#include "base/banned.h"

#define DECLARATION_MAX 1024
#define REFERENCE_MAX 64

void xml_guard_init(struct xml_guard *g, const char *name)
{
	*g = (struct xml_guard){ .name = name, .line = 1 };
	g->out = buf_make(0);
	g->marks = buf_make(0);
}

void xml_guard_release(struct xml_guard *g)
{
	buf_release(&g->out);
	buf_release(&g->marks);
}

/* The byte seen last. */
static struct xml_place here(const struct xml_guard *g)
{
	return (struct xml_place){ g->line, (unsigned)(g->offset - g->line_start) };
}

static bool fail(const struct xml_guard *g, struct xml_place at, struct err *e, const char *why)
{
	return err_set(e, ERR_INPUT, "%s:%u:%u: %s", g->name, at.line, at.column, why);
}

static bool fail_limit(const struct xml_guard *g, struct xml_place at, struct err *e,
		       const char *what, size_t limit)
{
	return err_set(e, ERR_INPUT, "%s:%u:%u: %s than %zu bytes", g->name, at.line, at.column,
		       what, limit);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The first byte of a UTF-8 sequence; false when there is no such. */
static bool begin_sequence(struct xml_guard *g, unsigned char c)
{
	static const struct {
		unsigned char from, to, bits;
		int need;
		uint32_t low; /* smaller code points have a shorter form */
	} kinds[] = {
		{ 0xc2, 0xdf, 0x1f, 1, 0x80 },
		{ 0xe0, 0xef, 0x0f, 2, 0x800 },
		{ 0xf0, 0xf4, 0x07, 3, 0x10000 },
	};

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		if (c < kinds[i].from || c > kinds[i].to)
			continue;
		g->code_point = c & kinds[i].bits;
		g->need = kinds[i].need;
		g->low = kinds[i].low;
		return true;
	}
	return false;
}

static bool continue_sequence(struct xml_guard *g, unsigned char c)
{
	uint32_t cp = g->code_point << 6 | (c & 0x3fu);

	g->code_point = cp;
	g->need--;
	if ((c & 0xc0) != 0x80)
		return false;
	return g->need > 0 || (cp >= g->low && cp <= 0x10ffff && (cp < 0xd800 || cp > 0xdfff));
}

/* Bytes that are not ASCII, or stand where none may be. */
static bool check_sequence(struct xml_guard *g, unsigned char c, struct err *e)
{
	if (g->offset == 1 && c >= 0xfe)
		return fail(g, here(g), e, "the document is UTF-16; ferry reads UTF-8");
	if (g->need > 0 ? !continue_sequence(g, c) : !begin_sequence(g, c))
		return fail(g, here(g), e, "the document is not UTF-8");
	if (g->need == 0 && (g->code_point == 0xfffe || g->code_point == 0xffff))
		return fail(g, here(g), e, "the characters U+FFFE and U+FFFF cannot be in XML");
	g->have = g->need > 0 ? g->have + 1 : 0;
	return true;
}

static bool check_byte(struct xml_guard *g, unsigned char c, struct err *e)
{
	g->offset++;
	if (g->need > 0 || c >= 0x80)
		return check_sequence(g, c, e);
	if (c >= 0x20 || is_blank((char)c))
		return true;
	if (c == 0 && g->offset <= 2)
		return fail(g, here(g), e, "the document is UTF-16; ferry reads UTF-8");
	return err_set(e, ERR_INPUT, "%s:%u:%u: the control character U+%04X cannot be in XML",
		       g->name, g->line, here(g).column, (unsigned)c);
}

static bool put(struct xml_guard *g, char c, struct err *e)
{
	buf_add_char(&g->out, c);
	return g->out.n - g->start <= LIMIT_XML_TAG ||
	       fail_limit(g, g->open, e, "a tag is longer", LIMIT_XML_TAG);
}

static bool count_text(struct xml_guard *g, size_t n, struct err *e)
{
	g->text_len += n;
	return g->text_len <= LIMIT_XML_VALUE ||
	       fail_limit(g, here(g), e, "a text is longer", LIMIT_XML_VALUE);
}

static bool count_name(struct xml_guard *g, size_t n, struct err *e)
{
	g->name_len += n;
	return g->name_len <= LIMIT_XML_NAME ||
	       fail_limit(g, here(g), e, "a name is longer", LIMIT_XML_NAME);
}

static bool count_value(struct xml_guard *g, size_t n, struct err *e)
{
	g->value_len += n;
	return g->value_len <= LIMIT_XML_VALUE ||
	       fail_limit(g, g->open, e, "an attribute value is longer", LIMIT_XML_VALUE);
}

static void tag_ends(struct xml_guard *g, bool empty)
{
	struct xml_mark mark = { g->open, g->line, empty };

	buf_add(&g->marks, str_of((const char *)&mark, sizeof(mark)));
	g->text_len = 0;
	g->state = GUARD_TEXT;
}

static bool step_text(struct xml_guard *g, char c, struct err *e)
{
	if (c == '<') {
		g->start = g->out.n;
		g->open = here(g);
		g->state = GUARD_LESS;
		buf_add_char(&g->out, c);
		return true;
	}
	if (c == '&') {
		g->start = g->out.n;
		g->state = GUARD_REFERENCE;
	}
	buf_add_char(&g->out, c);
	return count_text(g, 1, e);
}

static bool step_reference(struct xml_guard *g, char c, struct err *e)
{
	if (c == '&' || c == '<' || is_blank(c) || g->out.n - g->start > REFERENCE_MAX)
		return fail(g, here(g), e, "\"&\" begins no reference; a plain one is \"&amp;\"");
	if (c == ';')
		g->state = GUARD_TEXT;
	buf_add_char(&g->out, c);
	return count_text(g, 1, e);
}

/* The text goes on as if it had been written with references. */
static bool step_cdata(struct xml_guard *g, char c, struct err *e)
{
	if (c == ']') {
		g->brackets++;
		return true;
	}
	bool end = c == '>' && g->brackets >= 2;

	for (int i = end ? 2 : 0; i < g->brackets; i++)
		buf_add(&g->out, S("&#93;"));
	if (!count_text(g, (size_t)g->brackets + 1, e))
		return false;
	g->brackets = 0;
	if (end)
		g->state = GUARD_TEXT;
	else if (c == '<')
		buf_add(&g->out, S("&lt;"));
	else if (c == '>')
		buf_add(&g->out, S("&gt;"));
	else if (c == '&')
		buf_add(&g->out, S("&amp;"));
	else
		buf_add_char(&g->out, c);
	return true;
}

/* Names and not values are counted: libxml2 complains about each one that has no value. */
static bool begin_name(struct xml_guard *g, struct err *e)
{
	if (g->nnames++ <= LIMIT_XML_ATTRIBUTES)
		return true;
	return err_set(e, ERR_INPUT, "%s:%u:%u: an element has more than %d attributes", g->name,
		       g->open.line, g->open.column, LIMIT_XML_ATTRIBUTES);
}

static bool end_start(struct xml_guard *g, bool empty, struct err *e)
{
	if (!empty && ++g->depth > LIMIT_XML_DEPTH)
		return err_set(e, ERR_INPUT,
			       "%s:%u:%u: elements are inside each other more than %d deep",
			       g->name, g->open.line, g->open.column, LIMIT_XML_DEPTH);
	if (!put(g, '>', e))
		return false;
	tag_ends(g, empty);
	return true;
}

static bool step_start(struct xml_guard *g, char c, struct err *e)
{
	bool slash = g->slash;

	g->slash = c == '/';
	if (c == '>')
		return end_start(g, slash, e);
	if (c == '"' || c == '\'') {
		g->quote = c;
		g->value_len = 0;
		g->name_len = 0;
		g->state = GUARD_VALUE;
	} else if (is_blank(c) || c == '=' || c == '/') {
		g->name_len = 0;
	} else if ((g->name_len == 0 && !begin_name(g, e)) || !count_name(g, 1, e)) {
		return false;
	}
	return put(g, c, e);
}

static bool step_value(struct xml_guard *g, char c, struct err *e)
{
	if (c == g->quote) {
		g->state = GUARD_START;
		return put(g, c, e);
	}
	if (!count_value(g, 1, e))
		return false;
	if (!is_blank(c) || c == ' ')
		return put(g, c, e);
	g->altered = true;
	buf_add(&g->out, c == '\t' ? S("&#9") : c == '\n' ? S("&#10") : S("&#13"));
	return put(g, ';', e);
}

static bool step_end(struct xml_guard *g, char c, struct err *e)
{
	if (c != '>' && !is_blank(c) && !count_name(g, 1, e))
		return false;
	if (!put(g, c, e))
		return false;
	if (c == '>') {
		g->depth--;
		tag_ends(g, false);
	}
	return true;
}

static bool step_less(struct xml_guard *g, char c, struct err *e)
{
	g->name_len = 0;
	switch (c) {
	case '!':
		g->word_len = 0;
		g->state = GUARD_BANG;
		return true;
	case '?':
		g->state = GUARD_PI_NAME;
		g->question = false;
		return put(g, c, e);
	case '/':
		g->state = GUARD_END;
		return put(g, c, e);
	default:
		g->state = GUARD_START;
		g->nnames = 0;
		g->slash = false;
		return step_start(g, c, e);
	}
}

static bool step_bang(struct xml_guard *g, char c, struct err *e)
{
	static const struct str comment = STR_INIT("--");
	static const struct str cdata = STR_INIT("[CDATA[");

	g->word[g->word_len++] = c;
	struct str word = str_of(g->word, g->word_len);

	if (str_eq(word, comment)) {
		g->state = GUARD_COMMENT;
		g->dashes = 0;
		buf_add(&g->out, S("!--"));
		return true;
	}
	if (str_eq(word, cdata)) {
		g->state = GUARD_CDATA;
		g->brackets = 0;
		g->altered = true;
		buf_truncate(&g->out, g->start);
		return true;
	}
	if (str_starts(comment, word) || str_starts(cdata, word))
		return true;
	if (c == 'D' && g->word_len == 1)
		return fail(g, g->open, e,
			    "the document has a DOCTYPE; ferry does not read such documents, "
			    "because a DOCTYPE can make a parser load other files");
	return fail(g, g->open, e, "\"<!\" begins neither a comment nor CDATA");
}

/* Only line ends of a comment go on, so that lines can still be counted. */
static bool step_comment(struct xml_guard *g, char c, struct err *e)
{
	if (g->dashes == 2) {
		if (c != '>')
			return fail(g, here(g), e, "\"--\" inside a comment");
		buf_add(&g->out, S("-->"));
		g->state = GUARD_TEXT;
		return true;
	}
	g->dashes = c == '-' ? g->dashes + 1 : 0;
	if (c == '\n')
		return put(g, c, e);
	g->altered = true;
	return true;
}

static bool step_pi(struct xml_guard *g, char c, struct err *e)
{
	if (g->question && c == '>') {
		buf_add(&g->out, S("?>"));
		g->state = GUARD_TEXT;
		return true;
	}
	g->question = c == '?';
	if (c == '\n')
		return put(g, c, e);
	g->altered = true;
	return true;
}

static bool step_pi_name(struct xml_guard *g, char c, struct err *e)
{
	if (!is_blank(c) && c != '?')
		return count_name(g, 1, e) && put(g, c, e);

	struct str name = str_skip(buf_str(&g->out), g->start + 2);
	bool first = g->start == 0 && g->taken == 0;

	if (first && str_eq(name, S("xml"))) {
		g->state = GUARD_DECLARATION;
		g->question = c == '?';
		return put(g, c, e);
	}
	g->state = GUARD_PI;
	if (c != '\n')
		buf_add_char(&g->out, ' ');
	return step_pi(g, c, e);
}

static bool check_encoding(const struct xml_guard *g, struct str declaration, struct err *e)
{
	size_t at = str_find(declaration, S("encoding"));

	if (at == STR_NONE)
		return true;
	struct str rest = str_skip(declaration, at + strlen("encoding"));
	size_t quote = 0;

	while (quote < rest.n && rest.p[quote] != '"' && rest.p[quote] != '\'')
		quote++;
	struct str value = str_skip(rest, quote + 1);
	size_t end = quote < rest.n ? str_find_char(value, rest.p[quote]) : STR_NONE;

	if (end == STR_NONE)
		return true; /* not well formed: the parser says so */
	value.n = end;
	if (str_eq_ascii_nocase(value, S("utf-8")) || str_eq_ascii_nocase(value, S("utf8")))
		return true;
	return err_set(e, ERR_INPUT,
		       "%s:%u:%u: the document says that its encoding is \"%.*s\"; ferry "
		       "reads UTF-8",
		       g->name, g->open.line, g->open.column, STR_ARG(str_sub(value, 0, 40)));
}

static bool step_declaration(struct xml_guard *g, char c, struct err *e)
{
	buf_add_char(&g->out, c);
	if (g->out.n - g->start > DECLARATION_MAX)
		return fail(g, g->open, e, "the XML declaration does not end");
	if (g->question && c == '>') {
		if (!check_encoding(g, str_skip(buf_str(&g->out), g->start), e))
			return false;
		g->state = GUARD_TEXT;
	}
	g->question = c == '?';
	return true;
}

static bool step(struct xml_guard *g, char c, struct err *e)
{
	switch (g->state) {
	case GUARD_TEXT:
		return step_text(g, c, e);
	case GUARD_REFERENCE:
		return step_reference(g, c, e);
	case GUARD_CDATA:
		return step_cdata(g, c, e);
	case GUARD_LESS:
		return step_less(g, c, e);
	case GUARD_BANG:
		return step_bang(g, c, e);
	case GUARD_COMMENT:
		return step_comment(g, c, e);
	case GUARD_PI_NAME:
		return step_pi_name(g, c, e);
	case GUARD_PI:
		return step_pi(g, c, e);
	case GUARD_DECLARATION:
		return step_declaration(g, c, e);
	case GUARD_START:
		return step_start(g, c, e);
	case GUARD_VALUE:
		return step_value(g, c, e);
	case GUARD_END:
		return step_end(g, c, e);
	}
	return false;
}

/* The printable ASCII characters that mean nothing in a state, where runs of them are common. */
static bool is_ordinary(enum xml_guard_state state, char c)
{
	static const char *const meaning[] = {
		[GUARD_TEXT] = "<&", [GUARD_CDATA] = "]<>&", [GUARD_COMMENT] = "-",
		[GUARD_PI] = "?",    [GUARD_VALUE] = "\"'",  [GUARD_END] = NULL,
	};

	if (c < 0x20 || c > 0x7e)
		return false;
	if (state == GUARD_START)
		return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
	return meaning[state] && !strchr(meaning[state], c);
}

static struct str ordinary_run(const struct xml_guard *g, struct str s)
{
	static unsigned char table[GUARD_END + 1][256];

	if (!table[GUARD_TEXT]['a']) {
		for (size_t i = 0; i < COUNT_OF(table) * 128; i++)
			table[i / 128][i % 128] =
				is_ordinary((enum xml_guard_state)(i / 128), (char)(i % 128));
	}
	const unsigned char *ordinary = table[g->state];
	size_t n = 0;

	bool midway = g->need > 0 || (g->state == GUARD_CDATA && g->brackets > 0) ||
		      (g->state == GUARD_COMMENT && g->dashes == 2) ||
		      (g->state == GUARD_PI && g->question);

	if (midway)
		return str_sub(s, 0, 0);
	while (n < s.n && ordinary[(unsigned char)s.p[n]])
		n++;
	return str_sub(s, 0, n);
}

static bool take_run(struct xml_guard *g, struct str run, struct err *e)
{
	g->offset += run.n;
	if (g->state == GUARD_COMMENT || g->state == GUARD_PI) {
		g->dashes = 0;
		g->question = false;
		g->altered = true;
		return true;
	}
	buf_add(&g->out, run);
	if (g->state == GUARD_START) {
		g->slash = false;
		return (g->name_len > 0 || begin_name(g, e)) && count_name(g, run.n, e);
	}
	if (g->state == GUARD_VALUE)
		return count_value(g, run.n, e);
	return count_text(g, run.n, e);
}

bool xml_guard_feed(struct xml_guard *g, struct str bytes, struct err *e)
{
	for (size_t i = 0; i < bytes.n;) {
		struct str run = ordinary_run(g, str_skip(bytes, i));

		if (run.n > 0) {
			if (!take_run(g, run, e))
				return false;
			i += run.n;
			continue;
		}
		char c = bytes.p[i++];

		if (!check_byte(g, (unsigned char)c, e) || !step(g, c, e))
			return false;
		if (g->offset == 3 && g->code_point == 0xfeff && g->need == 0) {
			buf_clear(&g->out); /* the byte order mark */
			g->text_len = 0;
		}
		if (c == '\n') {
			g->line++;
			g->line_start = g->offset;
		}
	}
	return true;
}

bool xml_guard_end(struct xml_guard *g, struct err *e)
{
	g->ended = true;
	if (g->offset == 0)
		return err_set(e, ERR_INPUT, "%s: the document is empty", g->name);
	if (g->have > 0)
		return fail(g, here(g), e, "the document ends too early, inside a character");
	if (g->state != GUARD_TEXT)
		return err_set(e, ERR_INPUT,
			       "%s:%u:%u: the document ends too early, inside the markup "
			       "that begins at line %u",
			       g->name, g->line, here(g).column, g->open.line);
	if (g->depth > 0)
		return err_set(e, ERR_INPUT,
			       "%s:%u:%u: the document ends too early, with %d element%s "
			       "still open",
			       g->name, g->line, here(g).column, g->depth,
			       g->depth == 1 ? "" : "s");
	return true;
}

struct str xml_guard_ready(const struct xml_guard *g)
{
	bool text = g->state == GUARD_TEXT || g->state == GUARD_CDATA;
	size_t n = text ? g->out.n - (size_t)g->have : g->start;

	if (g->ended)
		return buf_str(&g->out);
	/* libxml2 must see "]]>" whole to refuse it. */
	for (int i = 0; i < 2 && n > 0 && g->out.p[n - 1] == ']'; i++)
		n--;
	return str_of(g->out.p, n);
}

void xml_guard_take(struct xml_guard *g, size_t n)
{
	size_t rest = g->out.n - n;

	if (n == 0)
		return;
	memmove(g->out.p, g->out.p + n, rest);
	buf_truncate(&g->out, rest);
	g->start = g->start > n ? g->start - n : 0;
	g->taken += n;
	if (g->marks_read == 0)
		return;
	memmove(g->marks.p, g->marks.p + g->marks_read, g->marks.n - g->marks_read);
	buf_truncate(&g->marks, g->marks.n - g->marks_read);
	g->marks_read = 0;
}

bool xml_guard_peek_mark(const struct xml_guard *g, struct xml_mark *out)
{
	if (g->marks_read == g->marks.n)
		return false;
	memcpy(out, g->marks.p + g->marks_read, sizeof(*out));
	return true;
}

bool xml_guard_next_mark(struct xml_guard *g, struct xml_mark *out)
{
	if (!xml_guard_peek_mark(g, out))
		return false;
	g->marks_read += sizeof(*out);
	return true;
}

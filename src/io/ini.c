/* SPDX-License-Identifier: MIT */
/*
 * One reader of lines serves both: what is parsed, and what is changed. A change copies the lines that stay,
 * byte by byte.
 */
#include "io/ini.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/vec.h"

#include "base/banned.h"

enum line_kind { LINE_BLANK, LINE_COMMENT, LINE_HEADING, LINE_PAIR };

struct line {
	enum line_kind kind;
	struct str bytes; /* with its end */
	struct str section, key, value;
};

/* All lines; line number i + 1 is at p[i]. A byte order mark is in none of them. */
struct text {
	VEC(struct line) lines;
	struct str mark;
};

static bool is_key(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') &&
		    c != '-' && c != '_' && c != '.')
			return false;
	}
	return s.n > 0;
}

/* One line of text; a tab counts as white space. */
static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return str_is_utf8(s);
}

static bool is_section(struct str s)
{
	return s.n > 0 && is_plain(s) && str_eq(str_trim(s), s) &&
	       str_find_char(s, '[') == STR_NONE && str_find_char(s, ']') == STR_NONE;
}

static bool is_value(struct str s)
{
	return is_plain(s) && str_eq(str_trim(s), s);
}

/* False with *why: what is wrong with it. `l->bytes` is given, the section of the line before in l->section. */
static bool read_line(struct line *l, const char **why)
{
	struct str s = l->bytes;

	if (str_ends(s, S("\n")))
		s.n--;
	if (str_ends(s, S("\r")))
		s.n--;
	*why = "is no UTF-8 text, or has control characters";
	if (!is_plain(s))
		return false;
	s = str_trim(s);
	if (s.n == 0 || s.p[0] == '#' || s.p[0] == ';') {
		l->kind = s.n == 0 ? LINE_BLANK : LINE_COMMENT;
		return true;
	}
	if (s.p[0] == '[') {
		l->kind = LINE_HEADING;
		l->section = str_trim(str_sub(s, 1, s.n - 2));
		*why = "is no heading: one is a name in brackets and nothing else";
		return str_ends(s, S("]")) && is_section(l->section);
	}

	size_t equals = str_find_char(s, '=');

	*why = "is no comment, no [section] and no key = value";
	if (equals == STR_NONE)
		return false;
	l->kind = LINE_PAIR;
	l->key = str_trim(str_sub(s, 0, equals));
	l->value = str_trim(str_skip(s, equals + 1));
	*why = "has a key of other characters than letters, digits, \"-\", \"_\" and \".\"";
	return is_key(l->key);
}

/* What a line is known by: "section" or "section]key". */
static struct str name_of(struct arena *a, const struct line *l)
{
	if (l->kind == LINE_HEADING)
		return l->section;
	return str_fmt(a, "%.*s]%.*s", STR_ARG(l->section), STR_ARG(l->key));
}

static bool read_text(struct arena *a, struct str text, const char *what, struct text *out,
		      struct err *e)
{
	struct map seen = map_make(a);
	struct str section = S("");

	if (text.n > LIMIT_INI)
		return err_set(e, ERR_INPUT, "%s is larger than %zu bytes", what, LIMIT_INI);
	if (str_starts(text, S("\xef\xbb\xbf")))
		out->mark = str_sub(text, 0, 3);
	text = str_skip(text, out->mark.n);
	while (text.n > 0) {
		size_t end = str_find_char(text, '\n');
		struct line *l = VEC_PUSH(a, &out->lines);
		uint32_t number = (uint32_t)out->lines.n, first = number;
		const char *why;

		l->bytes = str_sub(text, 0, end == STR_NONE ? text.n : end + 1);
		l->section = section;
		if (!read_line(l, &why))
			return err_set(e, ERR_INPUT, "%s:%u: the line %s", what, number, why);
		text = str_skip(text, l->bytes.n);
		section = l->section;
		if (l->kind != LINE_HEADING && l->kind != LINE_PAIR)
			continue;
		if (!map_put(&seen, name_of(a, l), &first))
			return err_set(e, ERR_INPUT, "%s:%u: %s %.*s is on line %u already", what,
				       number, l->kind == LINE_PAIR ? "the key" : "the section",
				       STR_ARG(l->kind == LINE_PAIR ? l->key : section), first);
	}
	return true;
}

bool ini_parse(struct arena *a, struct str text, const char *what, struct ini *out, struct err *e)
{
	struct text t = { 0 };

	if (!read_text(a, text, what, &t, e))
		return false;

	struct ini ini = { .lines = arena_array(a, struct ini_line, t.lines.n) };

	for (size_t i = 0; i < t.lines.n; i++) {
		const struct line *l = &t.lines.p[i];

		if (l->kind == LINE_HEADING || l->kind == LINE_PAIR)
			ini.lines[ini.n++] =
				(struct ini_line){ l->section, l->key, l->value, (unsigned)i + 1 };
	}
	*out = ini;
	return true;
}

const struct ini_line *ini_get(const struct ini *ini, struct str section, struct str key)
{
	for (size_t i = 0; i < ini->n; i++) {
		const struct ini_line *l = &ini->lines[i];

		if (str_eq(l->section, section) && str_eq(l->key, key))
			return l;
	}
	return NULL;
}

bool ini_has(const struct ini *ini, struct str section)
{
	return section.n > 0 && ini_get(ini, section, S("")) != NULL;
}

/* The heading's index, or t->lines.n. */
static size_t find_section(const struct text *t, struct str section)
{
	size_t i = 0;

	while (i < t->lines.n &&
	       (t->lines.p[i].kind != LINE_HEADING || !str_eq(t->lines.p[i].section, section)))
		i++;
	return i;
}

/*
 * One past the last line of the section with that heading: its last key, and comments that follow at once but
 * do not stand directly above the next heading.
 */
static size_t section_end(const struct text *t, size_t heading)
{
	size_t end = heading + 1, at = end;

	for (; at < t->lines.n && t->lines.p[at].kind != LINE_HEADING; at++) {
		if (t->lines.p[at].kind == LINE_PAIR)
			end = at + 1;
	}
	at = end;
	while (at < t->lines.n && t->lines.p[at].kind == LINE_COMMENT)
		at++;
	return at < t->lines.n && t->lines.p[at].kind == LINE_HEADING ? end : at;
}

static void add_lines(struct buf *b, const struct text *t, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		buf_add(b, t->lines.p[i].bytes);
}

static void end_line(struct buf *b, size_t mark)
{
	if (b->n > mark && b->p[b->n - 1] != '\n')
		buf_add_char(b, '\n');
}

static void add_pair(struct buf *b, const struct ini_pair *p)
{
	buf_add_fmt(b, "%.*s =", STR_ARG(p->key));
	if (p->value.n > 0)
		buf_add_fmt(b, " %.*s", STR_ARG(p->value));
	buf_add_char(b, '\n');
}

static size_t find_pair(const struct ini_pair *pairs, size_t n, struct str key)
{
	size_t i = 0;

	while (i < n && !str_eq(pairs[i].key, key))
		i++;
	return i;
}

/* The lines of a section below its heading, with these pairs. */
static void replace(struct arena *a, struct buf *b, const struct text *t, size_t from, size_t to,
		    const struct ini_pair *pairs, size_t n)
{
	bool *there = arena_array(a, bool, n);

	assert(from == to || t->lines.p);
	for (size_t i = from; i < to; i++) {
		const struct line *l = &t->lines.p[i];
		size_t at = l->kind == LINE_PAIR ? find_pair(pairs, n, l->key) : n;

		if (at < n)
			there[at] = true;
		if (at < n && !str_eq(pairs[at].value, l->value))
			add_pair(b, &pairs[at]);
		else if (at < n || l->kind != LINE_PAIR)
			buf_add(b, l->bytes);
	}
	end_line(b, t->mark.n);
	for (size_t i = 0; i < n; i++) {
		if (!there[i])
			add_pair(b, &pairs[i]);
	}
}

static bool check_put(struct str section, const struct ini_pair *pairs, size_t n, struct err *e)
{
	if (!is_section(section))
		return err_set(e, ERR_INPUT,
			       "a name needs a visible character, no brackets, no white space at "
			       "its ends and no control characters");
	for (size_t i = 0; i < n; i++) {
		if (!is_key(pairs[i].key) || find_pair(pairs, n, pairs[i].key) != i)
			return err_set(e, ERR_INPUT, "%.*s: key %zu is no word, or is there twice",
				       STR_ARG(section), i + 1);
		if (!is_value(pairs[i].value))
			return err_set(e, ERR_INPUT,
				       "%.*s: the value of %.*s needs to be one line without white "
				       "space at its ends",
				       STR_ARG(section), STR_ARG(pairs[i].key));
	}
	return true;
}

static bool finish(struct arena *a, const struct buf *b, const char *what, struct str *out,
		   struct err *e)
{
	if (!buf_check(b, what, e))
		return false;
	*out = str_dup(a, buf_str(b));
	return true;
}

bool ini_put(struct arena *a, struct str text, const char *what, struct str section,
	     const struct ini_pair *pairs, size_t n, struct str *out, struct err *e)
{
	DEFER(buf_release) struct buf b = buf_make(LIMIT_INI);
	struct text t = { 0 };

	if (!check_put(section, pairs, n, e) || !read_text(a, text, what, &t, e))
		return false;

	size_t heading = find_section(&t, section);

	buf_add(&b, t.mark);
	if (heading == t.lines.n) {
		add_lines(&b, &t, 0, t.lines.n);
		end_line(&b, t.mark.n);
		if (t.lines.n > 0 && t.lines.p[t.lines.n - 1].kind != LINE_BLANK)
			buf_add_char(&b, '\n');
		buf_add_fmt(&b, "[%.*s]\n", STR_ARG(section));
		replace(a, &b, &t, 0, 0, pairs, n);
	} else {
		size_t end = section_end(&t, heading);

		add_lines(&b, &t, 0, heading + 1);
		replace(a, &b, &t, heading + 1, end, pairs, n);
		add_lines(&b, &t, end, t.lines.n);
	}
	return finish(a, &b, what, out, e);
}

bool ini_remove(struct arena *a, struct str text, const char *what, struct str section,
		struct str *out, struct err *e)
{
	DEFER(buf_release) struct buf b = buf_make(LIMIT_INI);
	struct text t = { 0 };

	if (!read_text(a, text, what, &t, e))
		return false;

	size_t heading = find_section(&t, section), first = heading, end = heading;

	if (heading < t.lines.n)
		end = section_end(&t, heading);
	while (first > 0 && first < t.lines.n && t.lines.p[first - 1].kind == LINE_COMMENT)
		first--;
	while (end < t.lines.n && t.lines.p[end].kind == LINE_BLANK)
		end++;
	buf_add(&b, t.mark);
	add_lines(&b, &t, 0, first);
	add_lines(&b, &t, end, t.lines.n);
	return finish(a, &b, what, out, e);
}

/* SPDX-License-Identifier: MIT */
/*
 * The words and literals of OData (facts/webapi.md 4.2).
 */
#include "org/odata_scan.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/datetime.h"
#include "base/guid.h"
#include "base/limits.h"
#include "base/vec.h"
#include "io/json.h"
#include "org/code.h"

#include "base/banned.h"

#define GUID_CHARACTERS 36

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_letter(char c)
{
	return isalpha((unsigned char)c) || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The text as a message shows it. */
static struct str shown(const struct odata_scan *s)
{
	return str_sub(s->text, 0, 1000);
}

static bool is_unfinished(struct str rest)
{
	bool quoted = false;

	for (size_t i = 0; i < rest.n; i++) {
		if (rest.p[i] == '\'')
			quoted = !quoted;
	}
	return quoted;
}

static bool fail_unfinished(const struct odata_scan *s, struct err *e)
{
	return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
			    "There is an unterminated literal at position %zu in '%.*s'.",
			    s->text.n, STR_ARG(shown(s)));
}

bool scan_fail(const struct odata_scan *s, struct err *e)
{
	if (is_unfinished(str_skip(s->text, s->at)))
		return fail_unfinished(s, e);
	return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
			    "Syntax error at position %zu in '%.*s'.", s->at, STR_ARG(shown(s)));
}

bool scan_expected(const struct odata_scan *s, const char *what, struct err *e)
{
	if (is_unfinished(str_skip(s->text, s->at)))
		return fail_unfinished(s, e);
	return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
			    "%s expected at position %zu in '%.*s'.", what, s->at,
			    STR_ARG(shown(s)));
}

static char char_at(const struct odata_scan *s, size_t at)
{
	return at < s->text.n ? s->text.p[at] : 0;
}

char scan_peek(struct odata_scan *s)
{
	while (is_blank(char_at(s, s->at)))
		s->at++;
	return char_at(s, s->at);
}

bool scan_take(struct odata_scan *s, char c)
{
	if (scan_peek(s) != c)
		return false;
	s->at++;
	return true;
}

struct str scan_name(struct odata_scan *s)
{
	size_t begin, end;

	scan_peek(s);
	begin = s->at;
	if (!is_letter(char_at(s, begin)))
		return S("");
	for (end = begin;
	     is_letter(char_at(s, end)) || is_digit(char_at(s, end)) || char_at(s, end) == '.';)
		end++;
	s->at = end;
	return str_sub(s->text, begin, end - begin);
}

bool scan_word(struct odata_scan *s, struct str word)
{
	size_t at = s->at;

	if (str_eq(scan_name(s), word))
		return true;
	s->at = at;
	return false;
}

/* 'It''s'; s->at is at the quote. */
static bool scan_string(struct odata_scan *s, struct str *out, struct err *e)
{
	DEFER(buf_release) struct buf b = buf_make(LIMIT_URL);

	for (size_t i = s->at + 1; i < s->text.n; i++) {
		char c = s->text.p[i];

		if (c == '\'' && char_at(s, i + 1) != '\'') {
			s->at = i + 1;
			*out = str_dup(s->arena, buf_str(&b));
			return true;
		}
		i += c == '\'';
		buf_add_char(&b, c);
	}
	return fail_unfinished(s, e);
}

static bool scan_guid(struct odata_scan *s, struct odata_literal *out)
{
	struct str text = str_sub(s->text, s->at, GUID_CHARACTERS);
	char behind = char_at(s, s->at + GUID_CHARACTERS);
	struct guid g;

	if (is_letter(behind) || is_digit(behind) || behind == '-' || !guid_parse(text, &g))
		return false;
	*out = (struct odata_literal){ LITERAL_GUID, guid_text(s->arena, g) };
	s->at += GUID_CHARACTERS;
	return true;
}

/* A number or a moment. */
static bool scan_digits(struct odata_scan *s, struct odata_literal *out, struct err *e)
{
	enum datetime_zone zone;
	struct datetime moment;
	size_t end = s->at + 1;
	double number;

	for (char c = char_at(s, end); is_letter(c) || is_digit(c) || (c && strchr(".+-:", c));)
		c = char_at(s, ++end);

	struct str text = str_sub(s->text, s->at, end - s->at);

	if (str_parse_double(text, &number))
		*out = (struct odata_literal){ LITERAL_NUMBER, text };
	else if (datetime_parse_iso(text, &moment, &zone))
		*out = (struct odata_literal){ LITERAL_DATE, text };
	else
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "Unrecognized literal '%.*s' at position %zu in '%.*s'.",
				    STR_ARG(text), s->at, STR_ARG(shown(s)));
	s->at = end;
	return true;
}

/* null, true, false, or the name of an enumeration with a value in quotes. */
static bool scan_constant(struct odata_scan *s, struct odata_literal *out, bool *found,
			  struct err *e)
{
	size_t begin = s->at;
	struct str name = scan_name(s);
	struct odata_literal l = { .text = name };

	*found = true;
	if (str_eq(name, S("null"))) {
		l.kind = LITERAL_NULL;
	} else if (str_eq(name, S("true")) || str_eq(name, S("false"))) {
		l.kind = LITERAL_BOOLEAN;
	} else if (char_at(s, s->at) == '\'' && str_find_char(name, '.') != STR_NONE) {
		l.kind = LITERAL_ENUM;
		if (!scan_string(s, &l.text, e))
			return false;
	} else {
		*found = false;
		s->at = begin;
		return true;
	}
	*out = l;
	return true;
}

bool scan_literal(struct odata_scan *s, struct odata_literal *out, bool *found, struct err *e)
{
	char c = scan_peek(s);

	*found = true;
	if (c == '\'') {
		struct odata_literal l = { .kind = LITERAL_STRING };

		if (!scan_string(s, &l.text, e))
			return false;
		*out = l;
		return true;
	}
	if (isxdigit((unsigned char)c) && scan_guid(s, out))
		return true;
	if (is_digit(c) || c == '-')
		return scan_digits(s, out, e);
	if (is_letter(c))
		return scan_constant(s, out, found, e);
	*found = false;
	return true;
}

/* A text between apostrophes, which the platform's reader of JSON takes too, as JSON proper writes it. */
static struct str proper_json(struct arena *a, struct str text)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	buf_add_char(&b, '"');
	for (size_t i = 0; i < text.n; i++) {
		bool escaped = text.p[i] == '\\' && i + 1 < text.n;

		if (text.p[i] == '"' || (escaped && text.p[i + 1] != '\''))
			buf_add_char(&b, '\\');
		if (escaped)
			i++;
		buf_add_char(&b, text.p[i]);
	}
	buf_add_char(&b, '"');
	return str_dup(a, buf_str(&b));
}

/*
 * "text" or 'text' as JSON writes it; s->at is at the quote. A doubled apostrophe ends it: that the list then
 * lacks a comma is what the platform says of 'O''Brian' (4.2).
 */
static bool scan_json_text(struct odata_scan *s, struct str *out, struct err *e)
{
	struct json v;
	char quote = s->text.p[s->at];
	size_t end = s->at + 1;

	while (end < s->text.n && s->text.p[end] != quote)
		end += s->text.p[end] == '\\' ? 2 : 1;
	if (end >= s->text.n)
		return fail_unfinished(s, e);

	struct str text = str_sub(s->text, s->at, end + 1 - s->at);

	if (quote == '\'')
		text = proper_json(s->arena, str_sub(text, 1, text.n - 2));
	if (!json_parse(s->arena, text, "the list", &v, e)) {
		e->kind = ERR_BAD_REQUEST;
		e->code = CODE_ODATA;
		return false;
	}
	*out = v.text;
	s->at = end + 1;
	return true;
}

static bool scan_value(struct odata_scan *s, struct str *out, struct err *e)
{
	struct odata_literal l;
	bool found;

	if (scan_peek(s) == '"' || scan_peek(s) == '\'')
		return scan_json_text(s, out, e);
	if (!scan_literal(s, &l, &found, e))
		return false;
	if (!found || l.kind == LITERAL_ENUM)
		return scan_fail(s, e);
	*out = l.kind == LITERAL_NULL ? S("") : l.text;
	return true;
}

bool scan_values(struct odata_scan *s, struct str **out, size_t *n, struct err *e)
{
	VEC(struct str) values = { 0 };

	if (!scan_take(s, '['))
		return scan_expected(s, "'['", e);
	while (scan_peek(s) != ']') {
		if (values.n > 0 && !scan_take(s, ','))
			return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
					    "Invalid JSON. A comma character ',' was expected in "
					    "scope 'Array' at position %zu in '%.*s'.",
					    s->at, STR_ARG(shown(s)));
		if (!scan_value(s, VEC_PUSH(s->arena, &values), e))
			return false;
	}
	s->at++;
	*out = values.p;
	*n = values.n;
	return true;
}

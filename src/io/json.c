/* SPDX-License-Identifier: MIT */
/*
 * JSON documents. A scan goes over the text first and refuses what json-c, even in strict mode, takes or
 * changes in silence (json-c 0.16): bytes that are no UTF-8, control characters in strings, names in
 * apostrophes, NaN, malformed numbers, integers beyond 64 bits, names with a NUL, and repeated names
 * (json-c keeps the last; the scan counts the colons, which are as many as the members). The order of the
 * tokens is json-c's business. Then the objects of json-c are copied to the arena and given back.
 */
#include "io/json.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* Two typedefs of json-c bear names of functions of ours. */
#define json_object json_c_object
#define json_bool json_c_bool
#include <json-c/json.h>
#undef json_object
#undef json_bool

#include "base/limits.h"
#include "io/json_flat.h"

#include "base/banned.h"

struct scan {
	struct str text;
	size_t at;
	size_t members; /* colons outside strings */
	int depth;
	bool nul; /* in the last string */
};

static bool fail_at(struct str text, size_t at, const char *what, const char *why, struct err *e)
{
	size_t line = 1;
	size_t column = 1;

	for (size_t i = 0; i < at && i < text.n; i++) {
		column = text.p[i] == '\n' ? 1 : column + 1;
		line += text.p[i] == '\n';
	}
	return err_set(e, ERR_INPUT, "%s:%zu:%zu: %s", what, line, column, why);
}

/* Moves *at behind the digits there; false when there are none. */
static bool skip_digits(struct str s, size_t *at)
{
	size_t from = *at;

	while (*at < s.n && s.p[*at] >= '0' && s.p[*at] <= '9')
		(*at)++;
	return *at > from;
}

static bool skip_char(struct str s, size_t *at, char c)
{
	bool there = *at < s.n && s.p[*at] == c;

	*at += there;
	return there;
}

/* Each scan_x begins at s->at and moves it behind x, or returns what is wrong. */
static const char *scan_number(struct scan *s)
{
	static const char wrong[] = "not a number";
	struct str t = s->text;
	size_t i = s->at;
	int64_t ignored = 0;

	skip_char(t, &i, '-');
	size_t first = i;

	if (!skip_digits(t, &i) || (t.p[first] == '0' && i > first + 1))
		return wrong;
	size_t whole = i;

	if (skip_char(t, &i, '.') && !skip_digits(t, &i))
		return wrong;
	if (skip_char(t, &i, 'e') || skip_char(t, &i, 'E')) {
		if (!skip_char(t, &i, '-'))
			skip_char(t, &i, '+');
		if (!skip_digits(t, &i))
			return wrong;
	}
	if (i == whole && !str_parse_i64(str_sub(t, s->at, i - s->at), &ignored))
		return "an integer beyond 64 bits";
	s->at = i;
	return NULL;
}

static const char *scan_string(struct scan *s)
{
	struct str t = s->text;
	size_t i = s->at + 1;

	s->nul = false;
	while (i < t.n && t.p[i] != '"') {
		if ((unsigned char)t.p[i] < 0x20) {
			s->at = i;
			return "a control character in a string";
		}
		if (t.p[i] == '\\') {
			s->nul = s->nul || str_starts(str_skip(t, i), S("\\u0000"));
			i++;
		}
		i++;
	}
	if (i >= t.n)
		return "a string does not end";
	s->at = i + 1;
	return NULL;
}

static const char *scan_word(struct scan *s)
{
	static const struct str words[] = { STR_INIT("true"), STR_INIT("false"), STR_INIT("null") };

	for (size_t i = 0; i < COUNT_OF(words); i++) {
		if (str_starts(str_skip(s->text, s->at), words[i])) {
			s->at += words[i].n;
			return NULL;
		}
	}
	return "unexpected character";
}

static const char *scan_mark(struct scan *s, char c)
{
	if (!memchr("{}[]:, \t\r\n", c, 10))
		return scan_word(s);
	if (c == '{' || c == '[')
		s->depth++;
	else if (c == '}' || c == ']')
		s->depth--;
	else if (c == ':')
		s->members++;
	if (c == ':' && s->nul)
		return "a name holds the character U+0000";
	if (s->depth > LIMIT_JSON_DEPTH)
		return "arrays and objects are too deep inside each other";
	s->at++;
	return NULL;
}

static const char *scan(struct scan *s)
{
	const char *wrong = NULL;

	while (!wrong && s->at < s->text.n) {
		char c = s->text.p[s->at];

		if (c == '"')
			wrong = scan_string(s);
		else if (c == '-' || (c >= '0' && c <= '9'))
			wrong = scan_number(s);
		else
			wrong = scan_mark(s, c);
	}
	return wrong;
}

static struct str format_i64(struct arena *a, int64_t v)
{
	char digits_back[24];
	size_t n = sizeof(digits_back);
	uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	do {
		digits_back[--n] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (v < 0)
		digits_back[--n] = '-';
	return str_dup(a, str_of(digits_back + n, sizeof(digits_back) - n));
}

/* json-c keeps the text of a fraction as the object's user data. */
static struct str double_text(struct arena *a, struct json_c_object *o)
{
	const char *kept = (const char *)json_object_get_userdata(o);

	return str_dup(a, str_from(kept ? kept : json_object_to_json_string(o)));
}

static struct json convert(struct arena *a, struct json_c_object *o, size_t *members);

static struct json convert_array(struct arena *a, struct json_c_object *o, size_t *members)
{
	struct json v = { .kind = JSON_ARRAY, .n = json_object_array_length(o) };

	v.items = arena_array(a, struct json, v.n);
	for (size_t i = 0; i < v.n; i++)
		v.items[i] = convert(a, json_object_array_get_idx(o, i), members);
	return v;
}

static struct json convert_object(struct arena *a, struct json_c_object *o, size_t *members)
{
	struct json v = { .kind = JSON_OBJECT, .n = (size_t)json_object_object_length(o) };
	size_t i = 0;

	v.members = arena_array(a, struct json_member, v.n);
	for (struct lh_entry *m = json_object_get_object(o)->head; m; m = m->next) {
		v.members[i].name = str_dup(a, str_from((const char *)lh_entry_k(m)));
		v.members[i++].value = convert(a, (struct json_c_object *)lh_entry_v(m), members);
	}
	*members += v.n;
	return v;
}

static struct json convert(struct arena *a, struct json_c_object *o, size_t *members)
{
	struct json v = { .kind = JSON_NUMBER };

	switch (json_object_get_type(o)) {
	case json_type_null:
		v.kind = JSON_NULL;
		break;
	case json_type_boolean:
		v.kind = JSON_BOOL;
		v.yes = json_object_get_boolean(o);
		break;
	case json_type_double:
		v.text = double_text(a, o);
		break;
	case json_type_int:
		v.text = format_i64(a, json_object_get_int64(o));
		break;
	case json_type_string:
		v.kind = JSON_STRING;
		v.text = str_dup(a, str_of(json_object_get_string(o),
					   (size_t)json_object_get_string_len(o)));
		break;
	case json_type_array:
		return convert_array(a, o, members);
	case json_type_object:
		return convert_object(a, o, members);
	}
	return v;
}

static void tokener_close(json_tokener **t)
{
	if (*t)
		json_tokener_free(*t);
}

static void object_close(struct json_c_object **o)
{
	json_object_put(*o);
}

bool json_parse(struct arena *a, struct str text, const char *what, struct json *out, struct err *e)
{
	struct scan s = { .text = text };
	size_t members = 0;

	if (text.n >= INT_MAX)
		return err_set(e, ERR_INPUT, "%s: more than 2 GiB of JSON", what);
	if (!str_is_utf8(text))
		return err_set(e, ERR_INPUT, "%s: the JSON is not UTF-8", what);
	if (json_flat_parse(a, text, out))
		return true;
	const char *wrong = scan(&s);

	if (wrong)
		return fail_at(text, s.at, what, wrong, e);

	/* json-c counts a scalar as a level, too. */
	DEFER(tokener_close) json_tokener *t = json_tokener_new_ex(LIMIT_JSON_DEPTH + 2);

	if (!t)
		return err_set(e, ERR_INTERNAL, "%s: json-c is out of memory", what);
	json_tokener_set_flags(t, JSON_TOKENER_STRICT);
	DEFER(object_close) struct json_c_object *o =
		json_tokener_parse_ex(t, text.n ? text.p : "", (int)text.n);
	enum json_tokener_error status = json_tokener_get_error(t);
	size_t end = json_tokener_get_parse_end(t);

	if (status == json_tokener_continue) { /* a number may go on until it is told otherwise */
		o = json_tokener_parse_ex(t, "", 1);
		status = json_tokener_get_error(t);
	}
	if (status != json_tokener_success)
		return fail_at(text, end, what, json_tokener_error_desc(status), e);
	struct json v = convert(a, o, &members);

	if (members != s.members)
		return err_set(e, ERR_INPUT, "%s: an object has two members of the same name",
			       what);
	*out = v;
	return true;
}

const struct json *json_get(const struct json *o, struct str name)
{
	if (!o || o->kind != JSON_OBJECT)
		return NULL;
	for (size_t i = 0; i < o->n; i++) {
		if (str_eq(o->members[i].name, name))
			return &o->members[i].value;
	}
	return NULL;
}

struct str json_text(const struct json *o, struct str name)
{
	const struct json *v = json_get(o, name);

	return v && v->kind == JSON_STRING ? v->text : S("");
}

int64_t json_int(const struct json *o, struct str name, int64_t otherwise)
{
	const struct json *v = json_get(o, name);
	int64_t n = 0;

	return v && v->kind == JSON_NUMBER && str_parse_i64(v->text, &n) ? n : otherwise;
}

bool json_flag(const struct json *o, struct str name)
{
	const struct json *v = json_get(o, name);

	return v && v->kind == JSON_BOOL && v->yes;
}

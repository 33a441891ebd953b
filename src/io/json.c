/* SPDX-License-Identifier: MIT */
/*
 * JSON documents (RFC 8259), parsed by descent into trees on an arena. Own code, because a library behind this
 * face cost more than it gave: json-c needs a scan of the whole grammar before it (it takes NaN, names in
 * apostrophes and the last of repeated names, and cuts names at U+0000), and a microsecond for each value, which was
 * a third of the time of reading or writing many rows. tests/e2e/test_json.py compares it with Python's.
 * Members and items are gathered on a stack of bytes, and moved to the arena when their number is known.
 */
#include "io/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"

#include "base/banned.h"

struct parser {
	struct arena *arena;
	struct str text;
	size_t at;
	int depth;
	struct buf stack;  /* of struct json_member: of the arrays and objects that are open */
	const char *wrong; /* what is, when a function returns false; at `at` */
	struct str twice;  /* the name that an object has twice; then `at` is where it begins */
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

static bool wrong(struct parser *p, const char *why)
{
	p->wrong = why;
	return false;
}

/* 0 at the end; a NUL in the text is nothing that a rule waits for either. */
static char next(const struct parser *p)
{
	return p->at < p->text.n ? p->text.p[p->at] : '\0';
}

static void skip_blanks(struct parser *p)
{
	while (next(p) == ' ' || next(p) == '\n' || next(p) == '\r' || next(p) == '\t')
		p->at++;
}

static bool skip_char(struct parser *p, char c)
{
	bool there = p->at < p->text.n && p->text.p[p->at] == c;

	p->at += there;
	return there;
}

static bool skip_digits(struct parser *p)
{
	size_t from = p->at;

	while (next(p) >= '0' && next(p) <= '9')
		p->at++;
	return p->at > from;
}

static bool number_ends(struct parser *p, bool *whole)
{
	*whole = true;
	if (skip_char(p, '.')) {
		*whole = false;
		if (!skip_digits(p))
			return false;
	}
	if (next(p) == 'e' || next(p) == 'E') {
		*whole = false;
		p->at++;
		if (!skip_char(p, '-'))
			(void)skip_char(p, '+');
		return skip_digits(p);
	}
	return true;
}

static bool parse_number(struct parser *p, struct json *out)
{
	size_t from = p->at;
	int64_t ignored = 0;
	bool whole = true;

	(void)skip_char(p, '-');
	size_t first = p->at;

	if (!skip_digits(p) || (p->text.p[first] == '0' && p->at > first + 1) ||
	    !number_ends(p, &whole)) {
		p->at = from;
		return wrong(p, "not a number");
	}
	out->kind = JSON_NUMBER;
	out->text = str_dup(p->arena, str_sub(p->text, from, p->at - from));
	if (whole && !str_parse_i64(out->text, &ignored)) {
		p->at = from;
		return wrong(p, "an integer beyond 64 bits");
	}
	return true;
}

/* The four digits behind "\u" at `at`; false when they are not there. */
static bool read_unit(struct str t, size_t at, uint32_t *out)
{
	uint32_t unit = 0;

	if (t.n < 4 || at > t.n - 4)
		return false;
	for (size_t i = at; i < at + 4; i++) {
		int digit = str_hex_value(t.p[i]);

		if (digit < 0)
			return false;
		unit = unit * 16 + (uint32_t)digit;
	}
	*out = unit;
	return true;
}

/* Behind "\u": one code point, of two units when they are a pair. Half a pair becomes U+FFFD. */
static bool decode_unit(struct parser *p, struct buf *out)
{
	uint32_t unit, low;

	if (!read_unit(p->text, p->at, &unit))
		return wrong(p, "\\u is followed by four hexadecimal digits");
	p->at += 4;
	if (unit >= 0xd800 && unit < 0xdc00 && str_starts(str_skip(p->text, p->at), S("\\u")) &&
	    read_unit(p->text, p->at + 2, &low) && low >= 0xdc00 && low < 0xe000) {
		p->at += 6;
		unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
	} else if (unit >= 0xd800 && unit < 0xe000) {
		unit = 0xfffd;
	}
	buf_add_code_point(out, unit);
	return true;
}

static bool decode_escape(struct parser *p, struct buf *out)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	const char *letter = next(p) ? strchr(letters, next(p)) : NULL;

	if (skip_char(p, 'u'))
		return decode_unit(p, out);
	if (!letter)
		return wrong(p, "there is no such escape in a string");
	buf_add_char(out, meanings[letter - letters]);
	p->at++;
	return true;
}

/* Moves behind what stands for itself. */
static void skip_plain(struct parser *p)
{
	while (p->at < p->text.n && p->text.p[p->at] != '"' && p->text.p[p->at] != '\\' &&
	       (unsigned char)p->text.p[p->at] >= 0x20)
		p->at++;
}

static bool decode_string(struct parser *p, size_t from, struct str *out)
{
	DEFER(buf_release) struct buf decoded = buf_make(0);

	buf_add(&decoded, str_sub(p->text, from, p->at - from));
	while (skip_char(p, '\\')) {
		if (!decode_escape(p, &decoded))
			return false;
		from = p->at;
		skip_plain(p);
		buf_add(&decoded, str_sub(p->text, from, p->at - from));
	}
	*out = str_dup(p->arena, buf_str(&decoded));
	return true;
}

static bool parse_string(struct parser *p, struct str *out)
{
	size_t from = ++p->at;

	skip_plain(p);
	if (next(p) == '\\') {
		if (!decode_string(p, from, out))
			return false;
	} else {
		*out = str_dup(p->arena, str_sub(p->text, from, p->at - from));
	}
	if (skip_char(p, '"'))
		return true;
	return wrong(p, p->at < p->text.n ? "a control character in a string"
					  : "a string does not end");
}

static bool parse_word(struct parser *p, struct json *out)
{
	static const struct {
		struct str word;
		struct json value;
	} words[] = { { STR_INIT("null"), { .kind = JSON_NULL } },
		      { STR_INIT("true"), { .kind = JSON_BOOL, .yes = true } },
		      { STR_INIT("false"), { .kind = JSON_BOOL } } };

	for (size_t i = 0; i < COUNT_OF(words); i++) {
		if (!str_starts(str_skip(p->text, p->at), words[i].word))
			continue;
		p->at += words[i].word.n;
		*out = words[i].value;
		return true;
	}
	return wrong(p, p->at < p->text.n ? "unexpected character" : "a value is missing");
}

static bool parse_value(struct parser *p, struct json *out);

static bool open(struct parser *p)
{
	if (++p->depth > LIMIT_JSON_DEPTH)
		return wrong(p, "arrays and objects are too deep inside each other");
	p->at++;
	skip_blanks(p);
	return true;
}

static struct json_member *push(struct parser *p)
{
	struct json_member *m =
		(struct json_member *)(void *)buf_grow(&p->stack, sizeof(struct json_member));

	*m = (struct json_member){ .value = { .kind = JSON_NULL } };
	return m;
}

/* What was pushed since `base`; valid until the next push. */
static const struct json_member *pushed(const struct parser *p, size_t base, size_t *n)
{
	*n = (p->stack.n - base) / sizeof(struct json_member);
	return *n ? (const struct json_member *)(const void *)(p->stack.p + base) : NULL;
}

/* Behind an item or member: true at ',' with more to come, or at the end with *ended. */
static bool comma_or(struct parser *p, char end, bool *ended, const char *missing)
{
	skip_blanks(p);
	*ended = skip_char(p, end);
	if (*ended)
		return true;
	if (!skip_char(p, ','))
		return wrong(p, missing);
	skip_blanks(p);
	return true;
}

static bool parse_array(struct parser *p, struct json *out)
{
	size_t base = p->stack.n;
	struct json v = { .kind = JSON_ARRAY };
	bool ended;

	if (!open(p))
		return false;
	ended = skip_char(p, ']');
	while (!ended) {
		struct json item;

		if (!parse_value(p, &item))
			return false;
		push(p)->value = item;
		if (!comma_or(p, ']', &ended, "a ',' or ']' is missing"))
			return false;
	}

	const struct json_member *items = pushed(p, base, &v.n);

	v.items = arena_array(p->arena, struct json, v.n);
	for (size_t i = 0; i < v.n; i++)
		v.items[i] = items[i].value;
	buf_truncate(&p->stack, base);
	p->depth--;
	*out = v;
	return true;
}

static bool parse_name(struct parser *p, struct str *out)
{
	if (next(p) != '"')
		return wrong(p, next(p) == '}' ? "a member is missing behind ','"
					       : "the name of a member is a string");
	if (!parse_string(p, out))
		return false;
	skip_blanks(p);
	if (str_find_char(*out, '\0') != STR_NONE)
		return wrong(p, "a name holds the character U+0000");
	if (!skip_char(p, ':'))
		return wrong(p, "a ':' is missing");
	skip_blanks(p);
	return true;
}

static int by_name(const void *a, const void *b)
{
	const struct json_member *const *x = (const struct json_member *const *)a;
	const struct json_member *const *y = (const struct json_member *const *)b;

	return str_cmp((*x)->name, (*y)->name);
}

/* Of many: sorted, so that no choice of names makes it slow. */
static const struct json_member *find_twice_sorted(const struct json_member *members, size_t n)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	const struct json_member **sorted = arena_array(&scratch, const struct json_member *, n);

	for (size_t i = 0; i < n; i++)
		sorted[i] = &members[i];
	qsort((void *)sorted, n, sizeof(*sorted), by_name);
	for (size_t i = 1; i < n; i++) {
		if (str_eq(sorted[i - 1]->name, sorted[i]->name))
			return sorted[i];
	}
	return NULL;
}

#define FEW_MEMBERS 40

static const struct json_member *find_twice(const struct json_member *members, size_t n)
{
	if (n > FEW_MEMBERS)
		return find_twice_sorted(members, n);
	for (size_t i = 1; i < n; i++) {
		for (size_t k = 0; k < i; k++) {
			if (str_eq(members[i].name, members[k].name))
				return &members[i];
		}
	}
	return NULL;
}

static bool take_members(struct parser *p, size_t base, size_t from, struct json *out)
{
	struct json v = { .kind = JSON_OBJECT };
	const struct json_member *members = pushed(p, base, &v.n);
	const struct json_member *twice = find_twice(members, v.n);

	if (twice) {
		p->twice = twice->name;
		p->at = from;
		return wrong(p, "two members of one name");
	}
	v.members = arena_array(p->arena, struct json_member, v.n);
	if (v.n > 0)
		memcpy(v.members, members, v.n * sizeof(*members));
	buf_truncate(&p->stack, base);
	*out = v;
	return true;
}

static bool parse_object(struct parser *p, struct json *out)
{
	size_t base = p->stack.n, from = p->at;
	bool ended;

	if (!open(p))
		return false;
	ended = skip_char(p, '}');
	while (!ended) {
		struct json_member m;

		if (!parse_name(p, &m.name) || !parse_value(p, &m.value))
			return false;
		*push(p) = m;
		if (!comma_or(p, '}', &ended, "a ',' or '}' is missing"))
			return false;
	}
	p->depth--;
	return take_members(p, base, from, out);
}

/* At its first character; then behind its last. */
static bool parse_value(struct parser *p, struct json *out)
{
	struct json v = { .kind = JSON_STRING };
	char c = next(p);
	bool good;

	if (c == '"')
		good = parse_string(p, &v.text);
	else if (c == '{')
		good = parse_object(p, &v);
	else if (c == '[')
		good = parse_array(p, &v);
	else if (c == '-' || (c >= '0' && c <= '9'))
		good = parse_number(p, &v);
	else
		good = parse_word(p, &v);
	if (good)
		*out = v;
	return good;
}

static bool parse_document(struct parser *p, struct json *out)
{
	skip_blanks(p);
	if (!parse_value(p, out))
		return false;
	skip_blanks(p);
	return p->at == p->text.n || wrong(p, "unexpected character behind the end");
}

bool json_parse(struct arena *a, struct str text, const char *what, struct json *out, struct err *e)
{
	struct parser p = { .arena = a, .text = text, .stack = buf_make(0) };
	struct json v;

	if (!str_is_utf8(text))
		return err_set(e, ERR_INPUT, "%s: the JSON is not UTF-8", what);

	bool good = parse_document(&p, &v);

	buf_release(&p.stack);
	if (good) {
		*out = v;
		return true;
	}
	if (!p.twice.p)
		return fail_at(text, p.at, what, p.wrong, e);

	struct str why = str_fmt(a, "the object that begins here has two members \"%.*s\"",
				 (int)(p.twice.n < 200 ? p.twice.n : 200), p.twice.p);

	return fail_at(text, p.at, what, why.p, e);
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

/* SPDX-License-Identifier: MIT */
/*
 * A row of an answer is an object of scalars, and there are millions of them: json-c makes an object on the heap of
 * each value, which is most of the time that reading takes. What is parsed here is a strict part of JSON; at the first
 * thing that could be doubtful (nesting, \u, a repeated name, a long number, damage) nothing is decided here.
 * Texts are slices of one copy.
 */
#include "io/json_flat.h"

#include <string.h>

#include "base/vec.h"

#include "base/banned.h"

#define MEMBERS_MAX 4000 /* names are compared with each other */
#define DIGITS_MAX 18    /* that fit into 64 bits whatever they are */

struct flat {
	struct arena *a;
	char *p, *end; /* of the copy */
};

static void skip_blanks(struct flat *f)
{
	while (f->p < f->end && (*f->p == ' ' || *f->p == '\t' || *f->p == '\n' || *f->p == '\r'))
		f->p++;
}

static bool take(struct flat *f, char c)
{
	skip_blanks(f);
	if (f->p == f->end || *f->p != c)
		return false;
	f->p++;
	return true;
}

/* What stands behind a backslash; 0: something else. */
static char unescaped(char c)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	const char *at = memchr(from, c, sizeof(from) - 1);

	return at ? to[at - from] : 0;
}

/* The rest of a text behind the opening quote, from its first backslash on, decoded in place. */
static bool take_escaped(struct flat *f, char *from, struct str *out)
{
	char *to = f->p;

	while (f->p < f->end && *f->p != '"') {
		char c = *f->p++;

		if ((unsigned char)c < 0x20)
			return false;
		if (c == '\\')
			c = f->p < f->end ? unescaped(*f->p++) : 0;
		if (c == 0)
			return false;
		*to++ = c;
	}
	if (f->p == f->end)
		return false;
	*out = str_of(from, (size_t)(to - from));
	f->p++;
	return true;
}

static bool take_text(struct flat *f, struct str *out)
{
	if (!take(f, '"'))
		return false;

	char *from = f->p;
	char *p = from;

	while (p < f->end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
		p++;
	f->p = p;
	if (p == f->end || (unsigned char)*p < 0x20)
		return false;
	if (*p == '\\')
		return take_escaped(f, from, out);
	*out = str_of(from, (size_t)(p - from));
	f->p++;
	return true;
}

static size_t take_digits(struct flat *f)
{
	char *from = f->p;

	while (f->p < f->end && *f->p >= '0' && *f->p <= '9')
		f->p++;
	return (size_t)(f->p - from);
}

/* Exponents are rare. */
static bool take_number(struct flat *f, struct json *out)
{
	char *from = f->p;
	bool minus = *from == '-';

	f->p += minus;

	char *first = f->p;
	size_t digits = take_digits(f);

	bool fraction = f->p < f->end && *f->p == '.';

	if (digits == 0 || digits > DIGITS_MAX ||
	    (*first == '0' && (digits > 1 || (minus && !fraction))))
		return false;
	if (fraction) {
		f->p++;
		if (take_digits(f) == 0)
			return false;
	}
	if (f->p < f->end && (*f->p == 'e' || *f->p == 'E'))
		return false;
	*out = (struct json){ .kind = JSON_NUMBER, .text = str_of(from, (size_t)(f->p - from)) };
	return true;
}

static bool take_word(struct flat *f, struct json *out)
{
	static const struct {
		struct str word;
		struct json value;
	} words[] = {
		{ STR_INIT("true"), { .kind = JSON_BOOL, .yes = true } },
		{ STR_INIT("false"), { .kind = JSON_BOOL } },
		{ STR_INIT("null"), { .kind = JSON_NULL } },
	};
	struct str rest = str_of(f->p, (size_t)(f->end - f->p));

	for (size_t i = 0; i < COUNT_OF(words); i++) {
		if (!str_starts(rest, words[i].word))
			continue;
		*out = words[i].value;
		f->p += words[i].word.n;
		return true;
	}
	return false;
}

static bool take_value(struct flat *f, struct json *out)
{
	skip_blanks(f);
	if (f->p == f->end)
		return false;
	if (*f->p == '"') {
		*out = (struct json){ .kind = JSON_STRING };
		return take_text(f, &out->text);
	}
	if (*f->p == '-' || (*f->p >= '0' && *f->p <= '9'))
		return take_number(f, out);
	return take_word(f, out);
}

static bool repeats(const struct json_member *members, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++) {
		struct str other = members[i].name;

		if (other.n == name.n && memcmp(other.p, name.p, name.n) == 0)
			return true;
	}
	return false;
}

bool json_flat_parse(struct arena *a, struct str text, struct json *out)
{
	VEC(struct json_member) members = { 0 };
	struct arena_mark mark = arena_mark(a);
	struct flat f = { .a = a, .p = arena_alloc(a, text.n) };

	if (text.n == 0)
		return false;
	memcpy(f.p, text.p, text.n);
	f.end = f.p + text.n;

	bool fine = take(&f, '{');
	bool more = fine && !take(&f, '}');

	while (fine && more) {
		struct json_member m;

		fine = members.n < MEMBERS_MAX && take_text(&f, &m.name) && m.name.n > 0 &&
		       !repeats(members.p, members.n, m.name) && take(&f, ':') &&
		       take_value(&f, &m.value);
		if (!fine)
			break;
		*VEC_PUSH(a, &members) = m;
		more = take(&f, ',');
		fine = more || take(&f, '}');
	}
	skip_blanks(&f);
	if (!fine || f.p != f.end) {
		arena_rewind(a, mark);
		return false;
	}
	*out = (struct json){ .kind = JSON_OBJECT, .members = members.p, .n = members.n };
	return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * The stored forms of values: one function per form.
 */
#include "dv/value_form.h"

#include <float.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/codec.h"
#include "base/decimal.h"
#include "base/guid.h"

#include "base/banned.h"

#define QUOTED_BYTES ((size_t)60)

const char *form_quote(struct str text, char out[FORM_QUOTE_SIZE])
{
	bool cut = text.n > QUOTED_BYTES;
	size_t n = cut ? QUOTED_BYTES : text.n;
	size_t at = 0;

	/* not in the middle of a character */
	while (cut && n > 0 && ((unsigned char)text.p[n] & 0xc0) == 0x80)
		n--;
	out[at++] = '"';
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		out[at++] = c < 0x20 || c == 0x7f ? ' ' : text.p[i];
	}
	memcpy(out + at, cut ? "...\"" : "\"", cut ? 5 : 2);
	return out;
}

static bool fail(struct str text, const char *what, struct err *e)
{
	char quoted[FORM_QUOTE_SIZE];

	return err_set(e, ERR_INPUT, "%s is not %s", form_quote(text, quoted), what);
}

bool form_whole(struct arena *a, struct str text, struct str *out, struct err *e)
{
	int64_t v;

	if (!str_parse_i64(str_trim(text), &v))
		return fail(text, "a whole number", e);
	*out = str_from_i64(a, v);
	return true;
}

bool form_decimal(struct arena *a, struct str text, struct str *out, struct err *e)
{
	return decimal_parse(a, str_trim(text), out) || fail(text, "a decimal number", e);
}

/*
 * -12.5: up to DBL_DIG digits without a 0 too many, which is how double_format writes the double that they
 * mean, since no shorter text means the same.
 */
static bool is_shortest_double(struct str s)
{
	size_t begin = str_starts(s, S("-"));
	size_t point = str_find_char(s, '.');
	size_t whole = (point == STR_NONE ? s.n : point) - begin;
	size_t digits = s.n - begin - (point != STR_NONE);

	if (whole == 0 || digits > DBL_DIG || s.p[begin] == '0')
		return false;
	if (point != STR_NONE && (point + 1 == s.n || s.p[s.n - 1] == '0'))
		return false;
	for (size_t i = begin; i < s.n; i++) {
		if (i != point && (s.p[i] < '0' || s.p[i] > '9'))
			return false;
	}
	return true;
}

bool form_double(struct arena *a, struct str text, struct str *out, struct err *e)
{
	char formatted[DOUBLE_TEXT_SIZE];
	double v;

	if (is_shortest_double(text)) {
		*out = str_dup(a, text);
		return true;
	}
	if (!str_parse_double(str_trim(text), &v))
		return fail(text, "a number", e);
	/* + 0.0 makes one zero of two: JSON has no other, and the platform keeps none */
	*out = str_dup(a, double_format(v + 0.0, formatted));
	return true;
}

bool form_boolean(struct arena *a, struct str text, struct str *out, struct err *e)
{
	struct str word = str_trim(text);

	(void)a;
	if (str_eq_ascii_nocase(word, S("true")) || str_eq(word, S("1")))
		*out = S("1");
	else if (str_eq_ascii_nocase(word, S("false")) || str_eq(word, S("0")))
		*out = S("0");
	else
		return fail(text, "true or false", e);
	return true;
}

static int cmp_numbers(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a;
	int32_t y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

/* Takes off the brackets and the -1 that CMT puts at both ends inside them. */
static struct str options_inside(struct str list)
{
	struct str s = list;

	if (!str_starts(s, S("[")) || !str_ends(s, S("]")))
		return list;
	s = str_trim(str_sub(s, 1, s.n - 2));
	if (str_eq(s, S("-1,-1")))
		return S("");
	if (str_starts(s, S("-1,")) && str_ends(s, S(",-1")))
		s = str_sub(s, 3, s.n - 6);
	return s;
}

static struct str join_numbers(struct arena *a, const int32_t *numbers, size_t n)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	for (size_t i = 0; i < n; i++) {
		if (i == 0 || numbers[i] != numbers[i - 1])
			buf_add_fmt(&b, i == 0 ? "%" PRId32 : ",%" PRId32, numbers[i]);
	}
	return str_dup(a, buf_str(&b));
}

bool form_options(struct arena *a, struct str text, struct str *out, struct err *e)
{
	int32_t numbers[OPTIONS_MAX];
	size_t n = 0;
	struct str_splitter parts = str_splitter(options_inside(str_trim(text)));

	for (struct str part; str_split(&parts, ',', &part);) {
		int64_t v;

		if (!str_parse_i64(str_trim(part), &v) || v < INT32_MIN || v > INT32_MAX)
			return fail(text, "a list of choices like 1,2", e);
		if (n == COUNT_OF(numbers))
			return err_set(e, ERR_INPUT, "more than %d choices in one value",
				       OPTIONS_MAX);
		numbers[n++] = (int32_t)v;
	}
	qsort(numbers, n, sizeof(numbers[0]), cmp_numbers);
	*out = join_numbers(a, numbers, n);
	return true;
}

bool form_guid(struct arena *a, struct str text, struct str *out, struct err *e)
{
	struct guid g;

	if (!guid_parse(str_trim(text), &g))
		return fail(text, "a GUID", e);
	*out = guid_text(a, g);
	return true;
}

bool form_base64(struct arena *a, struct str text, struct str *out, struct err *e)
{
	DEFER(buf_release) struct buf bytes = buf_make(0);
	struct str s = str_trim(text);

	if (!base64_decode(&bytes, s))
		return fail(text, "base64", e);
	*out = str_dup(a, s);
	return true;
}

/* Whether the old form tells a time: 4/4/2019 7:22:50 PM. */
static bool has_time(struct str text)
{
	return str_find_char(text, ' ') != STR_NONE || str_find_char(text, 'T') != STR_NONE;
}

bool form_moment(struct arena *a, struct str text, struct str *out, struct err *e)
{
	struct str s = str_trim(text);
	enum datetime_zone zone = DATETIME_NO_ZONE;
	struct datetime d;

	if (!datetime_parse_iso(s, &d, &zone) && !datetime_parse_us(s, &d))
		return fail(text, "a date", e);
	if (zone != DATETIME_NO_ZONE)
		*out = form_moment_write(a, d, MOMENT_UTC);
	else
		*out = form_moment_write(a, d, has_time(s) ? MOMENT_CLOCK : MOMENT_DATE);
	return true;
}

bool form_moment_read(struct str stored, struct datetime *out, enum moment_kind *kind)
{
	enum datetime_zone zone;

	if (!datetime_parse_iso(stored, out, &zone))
		return false;
	if (zone != DATETIME_NO_ZONE)
		*kind = MOMENT_UTC;
	else
		*kind = has_time(stored) ? MOMENT_CLOCK : MOMENT_DATE;
	return true;
}

struct str form_moment_write(struct arena *a, struct datetime d, enum moment_kind kind)
{
	char text[DATETIME_TEXT_SIZE];

	if (kind == MOMENT_DATE)
		return str_dup(a, datetime_format_date(d, text));

	struct str iso = datetime_format_iso(d, text);

	/* the Z is the last character */
	return str_dup(a, kind == MOMENT_UTC ? iso : str_sub(iso, 0, iso.n - 1));
}

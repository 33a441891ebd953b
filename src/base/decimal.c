/* SPDX-License-Identifier: MIT */
/*
 * Decimals as text, and the text of doubles. A number is handled as a row of digits and the place of
 * its point in that row; arithmetic is on characters.
 */
#include "base/decimal.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

/* The parts of a number as written. */
struct written {
	bool negative;
	struct str whole;
	struct str fraction;
	int64_t exponent;
};

static struct str take_digits(struct str *s)
{
	size_t n = 0;

	while (n < s->n && s->p[n] >= '0' && s->p[n] <= '9')
		n++;

	struct str digits = str_of(s->p, n);

	*s = str_skip(*s, n);
	return digits;
}

static bool take_one(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	*s = str_skip(*s, 1);
	return true;
}

static bool take_sign(struct str *s)
{
	bool negative = take_one(s, '-');

	if (!negative)
		take_one(s, '+');
	return negative;
}

/* Far beyond DECIMAL_DIGITS_MAX one exponent is as hopeless as another. */
static int64_t exponent_value(struct str digits, bool negative)
{
	int64_t v = 0;

	for (size_t i = 0; i < digits.n && v < INT64_C(1000000000000000); i++)
		v = v * 10 + (digits.p[i] - '0');
	return negative ? -v : v;
}

static bool split(struct str s, struct written *w)
{
	*w = (struct written){ .negative = take_sign(&s) };
	w->whole = take_digits(&s);
	if (take_one(&s, '.'))
		w->fraction = take_digits(&s);
	if (w->whole.n == 0 && w->fraction.n == 0)
		return false;
	if (take_one(&s, 'e') || take_one(&s, 'E')) {
		bool negative = take_sign(&s);
		struct str digits = take_digits(&s);

		if (digits.n == 0)
			return false;
		w->exponent = exponent_value(digits, negative);
	}
	return s.n == 0;
}

/* Digit i of whole and fraction together; 0 outside. */
static char digit_at(const struct written *w, int64_t i)
{
	if (i < 0)
		return '0';

	size_t at = (size_t)i;

	if (at < w->whole.n)
		return w->whole.p[at];
	at -= w->whole.n;
	return at < w->fraction.n ? w->fraction.p[at] : '0';
}

bool decimal_parse(struct arena *a, struct str s, struct str *out)
{
	struct written w;

	if (!split(s, &w))
		return false;

	int64_t digits = (int64_t)(w.whole.n + w.fraction.n);
	int64_t point = (int64_t)w.whole.n + w.exponent;
	int64_t scale = digits > point ? digits - point : 0;
	int64_t first = 0; /* the first digit that is not 0 */

	while (first < digits && digit_at(&w, first) == '0')
		first++;

	bool zero = first == digits;
	int64_t whole = zero || point <= first ? 1 : point - first;

	if (whole > DECIMAL_DIGITS_MAX || scale > DECIMAL_DIGITS_MAX - whole)
		return false;

	char *p = arena_alloc(a, (size_t)(whole + scale) + 2);
	size_t n = 0;

	if (w.negative && !zero)
		p[n++] = '-';
	/* digits before the first, and behind the last, read as 0 */
	for (int64_t i = point - whole; i < point + scale; i++) {
		if (i == point)
			p[n++] = '.';
		p[n++] = zero ? '0' : digit_at(&w, i);
	}
	*out = str_of(p, n);
	return true;
}

static bool is_negative(struct str d)
{
	return d.n > 0 && d.p[0] == '-';
}

/* A normal form without its sign, cut at its point. */
static void halves(struct str d, struct str *whole, struct str *fraction)
{
	d = str_skip(d, is_negative(d));

	size_t point = str_find_char(d, '.');

	*whole = str_sub(d, 0, point);
	*fraction = point == STR_NONE ? str_of(NULL, 0) : str_skip(d, point + 1);
}

static int cmp_fractions(struct str a, struct str b)
{
	size_t n = a.n > b.n ? a.n : b.n;

	for (size_t i = 0; i < n; i++) {
		char x = i < a.n ? a.p[i] : '0';
		char y = i < b.n ? b.p[i] : '0';

		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

static int cmp_magnitudes(struct str a, struct str b)
{
	struct str whole_a, whole_b, fraction_a, fraction_b;

	halves(a, &whole_a, &fraction_a);
	halves(b, &whole_b, &fraction_b);
	if (whole_a.n != whole_b.n)
		return whole_a.n < whole_b.n ? -1 : 1;

	int order = str_cmp(whole_a, whole_b);

	return order != 0 ? order : cmp_fractions(fraction_a, fraction_b);
}

int decimal_cmp(struct str a, struct str b)
{
	if (is_negative(a) != is_negative(b))
		return is_negative(a) ? -1 : 1;
	return is_negative(a) ? cmp_magnitudes(b, a) : cmp_magnitudes(a, b);
}

/* Adds one to the last digit of p[from..n), which is digits and at most one point. */
static bool increment(char *p, size_t from, size_t n)
{
	for (size_t i = n; i > from; i--) {
		if (p[i - 1] == '.')
			continue;
		if (p[i - 1] != '9') {
			p[i - 1]++;
			return true;
		}
		p[i - 1] = '0';
	}
	return false; /* it was all nines: the 1 has to go before them */
}

static bool is_zero(struct str d)
{
	for (size_t i = 0; i < d.n; i++) {
		if (d.p[i] >= '1' && d.p[i] <= '9')
			return false;
	}
	return true;
}

struct str decimal_round(struct arena *a, struct str d, unsigned scale)
{
	unsigned has = decimal_scale(d);

	if (scale >= has)
		return d;

	size_t cut = d.n - (has - scale); /* the first digit that goes */
	bool up = d.p[cut] >= '5';
	size_t n = scale == 0 ? cut - 1 : cut;
	char *p = arena_alloc(a, n + 2);

	/* p[1..n] is the number, p[0] the room for a carry, p[1] may be the sign */
	memcpy(p + 1, d.p, n);

	size_t from = is_negative(d) ? 2 : 1;

	if (up && !increment(p, from, n + 1)) {
		p[from - 1] = '1';
		if (from == 2)
			p[0] = '-';
		return str_of(p, n + 1);
	}

	struct str result = str_of(p + 1, n);

	return is_negative(result) && is_zero(result) ? str_skip(result, 1) : result;
}

struct str decimal_strip(struct arena *a, struct str d)
{
	if (decimal_scale(d) == 0)
		return d;
	while (d.p[d.n - 1] == '0')
		d.n--;
	if (d.p[d.n - 1] == '.')
		d.n--;
	return str_dup(a, d);
}

struct str decimal_rescale(struct arena *a, struct str d, unsigned scale)
{
	unsigned has = decimal_scale(d);

	if (scale <= has)
		return decimal_round(a, d, scale);

	size_t n = d.n;
	char *p = arena_alloc(a, n + 1 + (scale - has));

	memcpy(p, d.p, n);
	if (has == 0)
		p[n++] = '.';
	memset(p + n, '0', scale - has);
	return str_of(p, n + (scale - has));
}

unsigned decimal_scale(struct str d)
{
	size_t point = str_find_char(d, '.');

	return point == STR_NONE ? 0 : (unsigned)(d.n - point - 1);
}

/* A finite number above 0: d.ddd times 10 to the exponent. */
struct digits {
	char d[17];
	size_t n;
	int exponent;
};

static bool reads_back(const char *text, size_t n, double v)
{
	double back = 0;

	return str_parse_double(str_of(text, n), &back) && !(back < v) && !(back > v);
}

/*
 * The fewest digits that read back as v. Above a power of two doubles lie twice as far apart as below,
 * so there the nearest text of some length may fail, being below, where the next one above does not. Every
 * text of up to DBL_DIG digits survives the way to a normal double and back: of fewer digits than those, only
 * the one with zeros behind it can do.
 */
static struct digits shortest_digits(double v)
{
	char text[DOUBLE_TEXT_SIZE];
	struct digits r = { .n = 0 };
	size_t n = 0;

	for (int precision = v < DBL_MIN ? 0 : DBL_DIG - 1; precision < 17; precision++) {
		n = (size_t)snprintf(text, sizeof(text), "%.*e", precision, v);
		if (reads_back(text, n, v))
			break;
		if (increment(text, 0, str_find_char(str_of(text, n), 'e')) &&
		    reads_back(text, n, v))
			break;
	}

	struct str s = str_of(text, n);
	size_t e = str_find_char(s, 'e');
	int64_t exponent = 0;

	bool has_exponent = str_parse_i64(str_skip(s, e + 1), &exponent);

	assert(has_exponent);
	r.exponent = (int)exponent;
	for (size_t i = 0; i < e; i++) {
		if (text[i] != '.')
			r.d[r.n++] = text[i];
	}
	while (r.n > 1 && r.d[r.n - 1] == '0')
		r.n--;
	return r;
}

/* d[.ddd]E+xx */
static size_t put_scientific(char *p, const struct digits *r)
{
	size_t n = 0;

	p[n++] = r->d[0];
	if (r->n > 1) {
		p[n++] = '.';
		memcpy(p + n, r->d + 1, r->n - 1);
		n += r->n - 1;
	}
	return n + (size_t)snprintf(p + n, DOUBLE_TEXT_SIZE - 1 - n, "E%+03d", r->exponent);
}

static size_t put_fixed(char *p, const struct digits *r)
{
	int first = r->exponent < 0 ? r->exponent : 0;
	int end = (int)r->n > r->exponent + 1 ? (int)r->n : r->exponent + 1;
	size_t n = 0;

	/* digit i counts from the first significant one; those before and behind are 0 */
	for (int i = first; i < end; i++) {
		if (i == r->exponent + 1)
			p[n++] = '.';
		p[n++] = i >= 0 && i < (int)r->n ? r->d[i] : '0';
	}
	return n;
}

struct str double_format(double v, char out[DOUBLE_TEXT_SIZE])
{
	size_t n = 0;

	if (isnan(v))
		return str_of(memcpy(out, "NaN", 4), 3);
	if (signbit(v))
		out[n++] = '-';
	v = fabs(v);
	if (isinf(v)) {
		memcpy(out + n, "Infinity", 9);
		return str_of(out, n + 8);
	}
	if (fpclassify(v) == FP_ZERO) {
		out[n++] = '0';
	} else {
		struct digits r = shortest_digits(v);

		/* .NET's "R" changes to the exponent from 1E+17 up and from 9.99E-05 down */
		if (r.exponent >= 17 || r.exponent < -4)
			n += put_scientific(out + n, &r);
		else
			n += put_fixed(out + n, &r);
	}
	out[n] = '\0';
	return str_of(out, n);
}

/* SPDX-License-Identifier: MIT */
/*
 * GUIDs: the text form, SQL Server's order, and finding them in free text.
 */
#include "base/guid.h"

#include <string.h>

#include "base/banned.h"

#define GUID_CHARS (GUID_TEXT_SIZE - 1)

/* Key byte i is text byte sql_order[i]: SQL Server looks at the last group first. */
static const uint8_t sql_order[16] = { 10, 11, 12, 13, 14, 15, 8, 9, 7, 6, 5, 4, 3, 2, 1, 0 };

static bool is_hyphen_place(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

/* Exactly 36 characters. */
static bool parse_plain(const char *p, struct guid *out)
{
	struct guid g = { 0 };
	size_t digits = 0;

	for (size_t i = 0; i < GUID_CHARS; i++) {
		if (is_hyphen_place(i)) {
			if (p[i] != '-')
				return false;
			continue;
		}

		int v = str_hex_value(p[i]);

		if (v < 0)
			return false;
		g.b[digits / 2] = (uint8_t)(g.b[digits / 2] << 4 | v);
		digits++;
	}
	*out = g;
	return true;
}

bool guid_parse(struct str s, struct guid *out)
{
	if (s.n == GUID_CHARS + 2 && s.p[0] == '{' && s.p[s.n - 1] == '}')
		s = str_sub(s, 1, GUID_CHARS);
	return s.n == GUID_CHARS && parse_plain(s.p, out);
}

struct str guid_format(struct guid g, char out[GUID_TEXT_SIZE])
{
	static const char hex[] = "0123456789abcdef";
	size_t digits = 0;

	for (size_t i = 0; i < GUID_CHARS; i++) {
		if (is_hyphen_place(i)) {
			out[i] = '-';
			continue;
		}
		out[i] = hex[digits % 2 == 0 ? g.b[digits / 2] >> 4 : g.b[digits / 2] & 15];
		digits++;
	}
	out[GUID_CHARS] = '\0';
	return str_of(out, GUID_CHARS);
}

struct str guid_text(struct arena *a, struct guid g)
{
	return guid_format(g, arena_alloc(a, GUID_TEXT_SIZE));
}

bool guid_is_null(struct guid g)
{
	return guid_eq(g, (struct guid){ 0 });
}

bool guid_eq(struct guid a, struct guid b)
{
	return memcmp(a.b, b.b, sizeof(a.b)) == 0;
}

struct guid guid_sql_key(struct guid g)
{
	struct guid key;

	for (size_t i = 0; i < sizeof(key.b); i++)
		key.b[i] = g.b[sql_order[i]];
	return key;
}

struct guid guid_from_sql_key(struct guid key)
{
	struct guid g;

	for (size_t i = 0; i < sizeof(g.b); i++)
		g.b[sql_order[i]] = key.b[i];
	return g;
}

int guid_cmp_sql(struct guid a, struct guid b)
{
	struct guid x = guid_sql_key(a);
	struct guid y = guid_sql_key(b);

	return memcmp(x.b, y.b, sizeof(x.b));
}

struct guid guid_random(struct rng *r)
{
	struct guid g;

	rng_fill(r, g.b, sizeof(g.b));
	g.b[6] = (uint8_t)((g.b[6] & 0x0f) | 0x40);
	g.b[8] = (uint8_t)((g.b[8] & 0x3f) | 0x80);
	return g;
}

static bool is_guid_char(char c)
{
	return c == '-' || str_hex_value(c) >= 0;
}

bool guid_scan(struct str text, size_t *pos, size_t *at, struct guid *out)
{
	size_t i = *pos;

	/* a run that began before *pos is no start of a GUID */
	if (i > 0 && i <= text.n && is_guid_char(text.p[i - 1])) {
		while (i < text.n && is_guid_char(text.p[i]))
			i++;
	}
	while (i < text.n) {
		size_t start = i;

		while (i < text.n && is_guid_char(text.p[i]))
			i++;
		if (i - start == GUID_CHARS && parse_plain(text.p + start, out)) {
			*at = start;
			*pos = i;
			return true;
		}
		if (i == start)
			i++;
	}
	return false;
}

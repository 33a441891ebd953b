/* SPDX-License-Identifier: MIT */
/*
 * Safe names and stems. The sets are of hashes: two that are equal by accident only give a longer name.
 */
#include "dv/folder_name.h"

#include <string.h>

#include "base/map.h"

#include "base/banned.h"

/* Ranges beyond ASCII that hold no letters and no digits; all the rest is taken for some. */
static const struct {
	uint32_t from, to;
} others[] = {
	{ 0x80, 0xa9 },     { 0xab, 0xb1 },     { 0xb4, 0xb4 },       { 0xb6, 0xb8 },
	{ 0xbb, 0xbf },     { 0xd7, 0xd7 },     { 0xf7, 0xf7 },       { 0x2b0, 0x2ff },
	{ 0x600, 0x60f },   { 0x61b, 0x61f },   { 0x2000, 0x206f },   { 0x207a, 0x207e },
	{ 0x20a0, 0x20cf }, { 0x2100, 0x2bff }, { 0x2e00, 0x2fff },   { 0x3000, 0x3004 },
	{ 0x3008, 0x3020 }, { 0x3030, 0x3030 }, { 0xd800, 0xf8ff },   { 0xfe00, 0xfe1f },
	{ 0xfe30, 0xfe6f }, { 0xfeff, 0xff0f }, { 0xff1a, 0xff20 },   { 0xff3b, 0xff40 },
	{ 0xff5b, 0xff65 }, { 0xffe0, 0xffff }, { 0x1f000, 0x1faff }, { 0xe0000, 0x10ffff },
};

static bool stays(uint32_t cp, const char *also)
{
	if (cp < 0x80)
		return (cp >= '0' && cp <= '9') || (cp >= 'A' && cp <= 'Z') ||
		       (cp >= 'a' && cp <= 'z') || (cp != 0 && strchr(also, (int)cp));
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		if (cp >= others[i].from && cp <= others[i].to)
			return false;
	}
	return true;
}

struct str folder_safe(struct arena *a, struct str name, const char *also, size_t max)
{
	char *out = arena_alloc(a, max + 1);
	size_t n = 0;
	bool gap = false;

	for (size_t at = 0; at < name.n;) {
		size_t from = at;
		uint32_t cp = str_next_code_point(name, &at);
		size_t room = at - from + (gap && n > 0 ? 1 : 0);

		if (!stays(cp, also)) {
			gap = true;
			continue;
		}
		if (n + room > max)
			break;
		if (gap && n > 0)
			out[n++] = '-';
		gap = false;
		memcpy(out + n, name.p + from, at - from);
		n += at - from;
	}
	return str_of(out, n);
}

void number_set_release(struct number_set *s)
{
	buf_release(&s->slots);
	*s = (struct number_set){ 0 };
}

static uint64_t *slot_of(struct number_set *s, uint64_t v)
{
	uint64_t *slots = (uint64_t *)(void *)s->slots.p;
	/* Fibonacci hashing: the numbers may be consecutive */
	size_t i = (size_t)((v * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (s->cap - 1);

	while (slots[i] != 0 && slots[i] != v)
		i = (i + 1) & (s->cap - 1);
	return &slots[i];
}

static void grow(struct number_set *s)
{
	struct number_set bigger = { .cap = s->cap ? s->cap * 2 : 1024,
				     .n = s->n,
				     .zero = s->zero };
	const uint64_t *old = (const uint64_t *)(const void *)s->slots.p;
	size_t size = bigger.cap * sizeof(uint64_t);

	bigger.slots = buf_make(0);
	memset(buf_grow(&bigger.slots, size), 0, size);
	for (size_t i = 0; i < s->cap; i++) {
		if (old[i] != 0)
			*slot_of(&bigger, old[i]) = old[i];
	}
	buf_release(&s->slots);
	*s = bigger;
}

bool number_set_put(struct number_set *s, uint64_t v)
{
	bool fresh;

	if (v == 0) {
		fresh = !s->zero;
		s->zero = true;
		return fresh;
	}
	if ((s->n + 1) * 4 > s->cap * 3)
		grow(s);

	uint64_t *slot = slot_of(s, v);

	fresh = *slot == 0;
	*slot = v;
	s->n += fresh;
	return fresh;
}

void stems_release(struct stems *s)
{
	number_set_release(&s->prefixes);
	number_set_release(&s->ids);
	s->rows = 0;
}

static struct str join(struct arena *a, struct str name, size_t max, struct str tail)
{
	struct str safe = folder_safe(a, name, "", max - tail.n - 1);

	return safe.n > 0 ? str_fmt(a, "%.*s-%.*s", STR_ARG(safe), STR_ARG(tail)) : tail;
}

struct str stem_next(struct stems *s, struct arena *a, struct str name, struct guid id)
{
	char text[GUID_TEXT_SIZE];
	struct str whole = guid_format(id, text);
	uint64_t prefix = (uint64_t)id.b[0] << 24 | (uint64_t)id.b[1] << 16 |
			  (uint64_t)id.b[2] << 8 | id.b[3];

	s->rows++;
	if (number_set_put(&s->prefixes, prefix))
		return join(a, name, FOLDER_STEM_MAX, str_dup(a, str_sub(whole, 0, 8)));
	if (number_set_put(&s->ids, hash_bytes(str_of((const char *)id.b, sizeof(id.b)))))
		return join(a, name, FOLDER_STEM_MAX, str_dup(a, whole));
	return join(a, name, FOLDER_STEM_MAX,
		    str_fmt(a, "%.*s-n%llu", STR_ARG(whole), (unsigned long long)s->rows));
}

bool folder_is_plain_name(struct str name)
{
	if (name.n == 0 || name.n > 255 || name.p[0] == '.' || !str_is_utf8(name))
		return false;
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];

		if (c < 0x20 || c == 0x7f || c == '/' || c == '\\' || c == ':')
			return false;
	}
	return true;
}

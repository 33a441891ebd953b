/* SPDX-License-Identifier: MIT */
/*
 * Targets of requests to the local organization. What was read, encoded again, is read the same.
 */
#include "fuzz.h"

#include "base/codec.h"
#include "base/limits.h"
#include "org/odata_url.h"

#include "base/banned.h"

static void write_url(struct buf *out, const struct url *u)
{
	for (size_t i = 0; i < u->nsegments; i++) {
		buf_add_char(out, '/');
		url_encode(out, u->segments[i].name);
		if (!u->segments[i].has_key)
			continue;
		buf_add_char(out, '(');
		url_encode(out, u->segments[i].key);
		buf_add_char(out, ')');
	}
	for (size_t i = 0; i < u->noptions; i++) {
		buf_add_char(out, i == 0 ? '?' : '&');
		url_encode(out, u->options[i].name);
		buf_add_char(out, '=');
		url_encode(out, u->options[i].value);
	}
}

static void check_same(const struct url *a, const struct url *b)
{
	assert(a->nsegments == b->nsegments && a->noptions == b->noptions);
	for (size_t i = 0; i < a->nsegments; i++) {
		assert(str_eq(a->segments[i].name, b->segments[i].name));
		assert(str_eq(a->segments[i].key, b->segments[i].key));
		assert(a->segments[i].has_key == b->segments[i].has_key);
	}
	for (size_t i = 0; i < a->noptions; i++) {
		assert(str_eq(a->options[i].name, b->options[i].name));
		assert(str_eq(a->options[i].value, b->options[i].value));
	}
}

static void look_inside(struct arena *a, const struct url *u)
{
	struct str *items;
	size_t n;

	for (size_t i = 0; i < u->noptions; i++) {
		assert(url_option(u, u->options[i].name) == &u->options[i].value);
		url_list(a, &u->options[i].value, &items, &n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(buf_release) struct buf out = buf_make(0);
	struct url first, second;
	struct err e;

	if (!url_parse(&a, fuzz_text(data, size), &first, &e)) {
		assert(e.kind == ERR_BAD_REQUEST || e.kind == ERR_NOT_FOUND);
		return 0;
	}
	look_inside(&a, &first);
	write_url(&out, &first);
	if (out.n > LIMIT_URL)
		return 0;
	bool read = url_parse(&a, buf_str(&out), &second, &e);

	assert(read);
	check_same(&first, &second);
	return 0;
}

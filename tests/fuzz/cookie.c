/* SPDX-License-Identifier: MIT */
/*
 * Paging cookies: taken out of their encodings and annotation, put back, and their inside.
 */
#include "fuzz.h"

#include "base/limits.h"
#include "dv/fetchxml.h"
#include "org/cookie.h"

#include "base/banned.h"

static void check_inner(struct arena *a, struct str inner)
{
	DEFER(buf_release) struct buf out = buf_make(0);
	struct str again;

	/* Encoded twice it is at most nine times as long. */
	if (inner.n > LIMIT_FILTER / 9)
		return;
	fetch_cookie_to_annotation(&out, 2, inner);
	bool read = fetch_cookie_from_annotation(a, buf_str(&out), &again);

	assert(read && str_eq(again, inner));
}

static void check_columns(struct arena *a, struct str text)
{
	DEFER(buf_release) struct buf out = buf_make(0);
	struct cookie_column *columns, *again;
	uint32_t page, same;
	size_t n, m;
	struct err e;

	if (!cookie_read(a, text, &page, &columns, &n, &e))
		return;
	cookie_write(&out, page, columns, n);
	bool read = cookie_read(a, buf_str(&out), &same, &again, &m, &e);

	assert(read && m == n && same == page);
	for (size_t i = 0; i < n; i++) {
		assert(str_eq(again[i].name, columns[i].name));
		assert(again[i].first_null == columns[i].first_null);
		assert(columns[i].first_null || str_eq(again[i].first, columns[i].first));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct str text = fuzz_text(data, size);
	struct str inner;

	if (fetch_cookie_from_annotation(&a, text, &inner))
		check_inner(&a, inner);
	if (fetch_cookie_decode(&a, text, &inner)) {
		check_inner(&a, inner);
		check_columns(&a, inner);
	}
	check_columns(&a, text);
	return 0;
}

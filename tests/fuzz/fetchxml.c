/* SPDX-License-Identifier: MIT */
/*
 * FetchXML. What is written from a query that was read gives the same query again.
 */
#include "fuzz.h"

#include "base/limits.h"
#include "dv/fetchxml.h"

#include "base/banned.h"

static struct str format(struct arena *a, const struct fetch *f)
{
	DEFER(buf_release) struct buf out = buf_make(0);

	fetch_format(&out, f);
	return str_dup(a, buf_str(&out));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct fetch first, second;
	struct err e;

	if (!fetch_parse(&a, fuzz_text(data, size), "query", 1, &first, &e)) {
		assert(e.kind == ERR_INPUT || e.kind == ERR_UNSUPPORTED);
		return 0;
	}
	struct str text = format(&a, &first);

	/* What is written out in full may be longer than what was read. */
	if (text.n > LIMIT_FILTER)
		return 0;
	bool parsed = fetch_parse(&a, text, "query", 1, &second, &e);

	assert(parsed);
	fuzz_check_same(format(&a, &second), text);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * ferry/origin.xml of somebody else's package.
 */
#include "fuzz.h"

#include "dv/package_origin.h"

#include "base/banned.h"

static void check(struct arena *a, const struct package_origin *o)
{
	DEFER(buf_release) struct buf bytes = buf_make(0);
	struct buf_sink sink = buf_sink_make(&bytes);
	struct package_origin again;
	struct err e;

	for (size_t i = 0; i < o->ntables; i++) {
		const struct package_origin_table *t = &o->tables[i];

		assert(package_origin_find(o, t->name) == t);
		for (size_t k = 0; k < t->ncolumns; k++)
			assert(package_origin_tells(t, t->columns[k]));
	}
	if (!package_origin_write(&sink.sink, o, &e))
		return;

	struct str_source in = str_source_make(buf_str(&bytes));
	bool read = package_origin_read(a, &in.source, "origin.xml", &again, &e);

	assert(!read || again.ntables == o->ntables);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct str_source in = str_source_make(fuzz_text(data, size));
	struct package_origin o;
	struct err e;

	if (!package_origin_read(&a, &in.source, "origin.xml", &o, &e)) {
		assert(e.kind == ERR_INPUT);
		return 0;
	}
	check(&a, &o);
	return 0;
}

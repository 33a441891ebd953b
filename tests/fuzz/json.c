/* SPDX-License-Identifier: MIT */
/*
 * JSON documents. What is written from a tree, in both layouts, gives the same tree again.
 */
#include "fuzz.h"

#include "io/json.h"

#include "base/banned.h"

static void write_tree(struct buf *out, const struct json *tree, bool pretty)
{
	struct buf_sink sink = buf_sink_make(out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	struct err e;

	w.pretty = pretty;
	json_tree(&w, tree);
	bool written = json_writer_finish(&w, &e);

	assert(written);
}

static void check_layout(struct arena *a, const struct json *tree, bool pretty)
{
	DEFER(buf_release) struct buf once = buf_make(0);
	DEFER(buf_release) struct buf twice = buf_make(0);
	struct json again;
	struct err e;

	write_tree(&once, tree, pretty);
	bool read = json_parse(a, buf_str(&once), "again", &again, &e);

	assert(read);
	write_tree(&twice, &again, pretty);
	fuzz_check_same(buf_str(&once), buf_str(&twice));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct json tree;
	struct err e;

	if (!json_parse(&a, fuzz_text(data, size), "document", &tree, &e)) {
		assert(e.kind == ERR_INPUT);
		return 0;
	}
	check_layout(&a, &tree, false);
	check_layout(&a, &tree, true);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * The rows of an answer as they arrive: wherever the pieces end, they and the envelope are together what
 * json_parse reads from the whole.
 */
#include "fuzz.h"

#include "base/limits.h"
#include "io/json.h"

#include "base/banned.h"

static void write_tree(struct buf *out, const struct json *tree)
{
	struct buf_sink sink = buf_sink_make(out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	struct err e;

	json_tree(&w, tree);
	bool written = json_writer_finish(&w, &e);

	assert(written);
}

static bool collect(void *context, const struct json *row, struct err *e)
{
	struct buf *rows = (struct buf *)context;

	(void)e;
	if (rows->n > 1)
		buf_add_char(rows, ',');
	write_tree(rows, row);
	return true;
}

/* The envelope with its rows put back. */
static void put_back(struct arena *a, struct json *envelope, struct str rows)
{
	struct json tree;
	struct err e;
	bool read = json_parse(a, rows, "rows", &tree, &e);

	assert(read);
	for (size_t i = 0; i < envelope->n && tree.n > 0 && envelope->kind == JSON_OBJECT; i++) {
		if (str_eq(envelope->members[i].name, S("value")))
			envelope->members[i].value = tree;
	}
}

/* The document as it came out of the pieces, or the message. */
static bool read_pieces(struct str text, enum pieces pieces, struct buf *out)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(arena_release) struct arena page = arena_make(0);
	DEFER(buf_release) struct buf rows = buf_make(0);
	DEFER(json_rows_release) struct json_rows r = json_rows_make(&page, "it", collect, &rows);
	struct piece_source cut = piece_source_make(text, pieces);
	struct json envelope;
	struct err e = { 0 };
	bool fine = true;

	buf_add_char(&rows, '[');
	while (fine && cut.rest.n > 0) {
		struct str piece = str_sub(cut.rest, 0, piece_size(&cut, cut.rest.n));

		fine = sink_write(&r.sink, piece, &e);
		cut.rest = str_skip(cut.rest, piece.n);
	}
	fine = fine && json_rows_finish(&r, &a, &envelope, &e);
	buf_add_char(&rows, ']');
	if (fine) {
		put_back(&a, &envelope, buf_str(&rows));
		write_tree(out, &envelope);
	} else {
		assert(e.kind == ERR_INPUT);
		buf_add(out, str_from(e.msg));
	}
	return fine;
}

/* Nesting inside a row is counted from the row on. */
static bool is_too_deep(const struct err *e)
{
	return str_find(str_from(e->msg), S("too deep")) != STR_NONE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(buf_release) struct buf whole = buf_make(0);
	DEFER(buf_release) struct buf out = buf_make(0);
	struct str text = fuzz_text(data, size);
	struct json tree;
	struct err e;
	bool parsed = json_parse(&a, text, "it", &tree, &e);
	bool read = read_pieces(text, PIECES_ONE, &out);

	/* The envelope has a limit of its own. */
	parsed = parsed && (read || size <= LIMIT_JSON_ENVELOPE);
	if (parsed) {
		assert(read);
		write_tree(&whole, &tree);
		fuzz_check_same(buf_str(&out), buf_str(&whole));
	}
	assert(parsed == read || is_too_deep(&e));
	for (enum pieces p = PIECES_SINGLE_BYTES; p <= PIECES_RANDOM; p++) {
		buf_clear(&whole);
		bool same = read_pieces(text, p, &whole) == read;

		fuzz_check_same(buf_str(&out), buf_str(&whole));
		assert(same);
	}
	return 0;
}

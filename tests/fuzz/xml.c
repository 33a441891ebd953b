/* SPDX-License-Identifier: MIT */
/*
 * XML documents. The events, and the message when there is one, are the same wherever the pieces end; and
 * what is written from the events with the encoders gives the same events again.
 */
#include "fuzz.h"

#include "io/xml.h"

#include "base/banned.h"

/* Every event as a text of its own; with `lines` also where it stands. */
static void record(struct buf *out, const struct xml_event *ev, bool lines)
{
	if (lines)
		buf_add_fmt(out, "%u%s:", ev->line, ev->empty ? "/" : "");
	buf_add_fmt(out, "%d ", (int)ev->kind);
	buf_add(out, ev->name);
	for (size_t i = 0; i < ev->nattrs; i++) {
		buf_add_fmt(out, " %zu ", ev->attrs[i].name.n);
		buf_add(out, ev->attrs[i].name);
		buf_add_fmt(out, " %zu ", ev->attrs[i].value.n);
		buf_add(out, ev->attrs[i].value);
	}
	buf_add(out, ev->text);
	buf_add_char(out, '\n');
}

static void write_event(struct buf *out, const struct xml_event *ev)
{
	if (ev->kind == XML_TEXT)
		xml_encode_text(out, ev->text);
	if (ev->kind != XML_OPEN && ev->kind != XML_CLOSE)
		return;
	buf_add(out, ev->kind == XML_OPEN ? S("<") : S("</"));
	buf_add(out, ev->name);
	for (size_t i = 0; i < ev->nattrs; i++) {
		buf_add_char(out, ' ');
		buf_add(out, ev->attrs[i].name);
		buf_add(out, S("=\""));
		xml_encode_attr(out, ev->attrs[i].value);
		buf_add_char(out, '"');
	}
	buf_add_char(out, '>');
}

/*
 * A message without its place: where the parser cannot know the column it is that of the tag, and how much is
 * known depends on the pieces. It is compared where events tell it.
 */
static void record_error(struct buf *out, const char *message)
{
	struct str rest = str_from(message);

	while (rest.n > 0 && !str_starts(rest, S(" ")))
		(void)fuzz_take(&rest, ':');
	buf_add(out, rest);
}

struct reading {
	bool lines;
	struct buf events;
	struct buf written;   /* the document again */
	bool carriage_return; /* in a text, where only a reference could tell it from a line end */
};

static void release(struct reading *r)
{
	buf_release(&r->events);
	buf_release(&r->written);
}

static bool read_document(struct str text, enum pieces pieces, struct reading *r)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	DEFER(xml_close) struct xml *x = NULL;
	struct piece_source source = piece_source_make(text, pieces);
	struct xml_event ev = { .kind = XML_OPEN };
	struct err e;
	bool opened = xml_open(&x, &a, &source.source, "it", &e);

	assert(opened);
	while (ev.kind != XML_END) {
		if (!xml_next(x, &ev, &e)) {
			assert(e.kind == ERR_INPUT);
			record_error(&r->events, e.msg);
			return false;
		}
		record(&r->events, &ev, r->lines);
		write_event(&r->written, &ev);
		if (str_find_char(ev.text, '\r') != STR_NONE)
			r->carriage_return = true;
	}
	return true;
}

static void check_written(struct str text)
{
	DEFER(release) struct reading first = { 0 };
	DEFER(release) struct reading second = { 0 };

	if (!read_document(text, PIECES_ONE, &first) || first.carriage_return)
		return;
	bool read = read_document(buf_str(&first.written), PIECES_ONE, &second);

	fuzz_check_same(buf_str(&first.events), buf_str(&second.events));
	assert(read);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	DEFER(release) struct reading whole = { .lines = true };
	struct str text = fuzz_text(data, size);
	bool read = read_document(text, PIECES_ONE, &whole);

	for (enum pieces p = PIECES_SINGLE_BYTES; p <= PIECES_RANDOM; p++) {
		DEFER(release) struct reading cut = { .lines = true };
		bool same = read_document(text, p, &cut) == read;

		fuzz_check_same(buf_str(&whole.events), buf_str(&cut.events));
		assert(same);
	}
	check_written(text);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * The text of a data.xml attribute as a value of each type. What is written from a value that was read gives
 * the same value again, also through XML; and a value that fits a column fits it a second time.
 */
#include "fuzz.h"

#include "dv/value.h"
#include "io/xml.h"

#include "base/banned.h"

/* Through an attribute of a document. */
static struct str through_xml(struct arena *a, struct str text)
{
	DEFER(buf_release) struct buf out = buf_make(0);

	buf_add(&out, S("<field value=\""));
	xml_encode_attr(&out, text);
	buf_add(&out, S("\" />"));

	struct str_source source = str_source_make(buf_str(&out));
	DEFER(xml_close) struct xml *x = NULL;
	struct xml_event ev = { 0 };
	struct err e;
	bool read = xml_open(&x, a, &source.source, "data.xml", &e) && xml_next(x, &ev, &e);

	assert(read && ev.nattrs == 1);
	return str_dup(a, ev.attrs[0].value);
}

static void check_same(const struct value *a, const struct value *b)
{
	assert(a->kind == b->kind);
	fuzz_check_same(a->text, b->text);
}

/* A mere date is written with its midnight (facts/cmt-format.md 3.4): the moment stays, the form does not. */
static void check_again(enum cmt_type type, const struct value *first, const struct value *again)
{
	struct column moment = { .type = COLUMN_DATETIME };

	if (type == CMT_DATETIME)
		assert(first->kind == again->kind && value_equal(&moment, first, again));
	else
		check_same(first, again);
}

static void check_columns(struct arena *a, enum cmt_type type, const struct value *v)
{
	for (enum column_type t = COLUMN_STRING; t <= COLUMN_VIRTUAL; t++) {
		struct column c = { .name = S("c"), .type = t, .precision = 2 };
		struct value once = *v;
		struct err e;

		if (cmt_type_of(t) != type || !value_adapt(a, &c, &once, &e))
			continue;
		struct value twice = once;
		bool fits = value_adapt(a, &c, &twice, &e);

		assert(fits);
		check_same(&once, &twice);
		assert(value_equal(&c, &once, &twice));
	}
}

static void check_type(struct arena *a, enum cmt_type type, struct str text)
{
	DEFER(buf_release) struct buf out = buf_make(0);
	struct value first, second;
	struct err e;

	if (!value_from_cmt(a, type, text, &first, &e)) {
		assert(e.kind == ERR_INPUT);
		return;
	}
	if (first.kind == VALUE_NULL || first.kind == VALUE_ABSENT)
		return;
	value_to_cmt(&out, type, &first);
	struct str written = through_xml(a, buf_str(&out));

	fuzz_check_same(written, buf_str(&out));
	bool read = value_from_cmt(a, type, written, &second, &e);

	assert(read);
	check_again(type, &first, &second);
	buf_clear(&out);
	value_to_cmt(&out, type, &second);
	fuzz_check_same(written, buf_str(&out));
	check_columns(a, type, &first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct str text = fuzz_text(data, size);

	/* The reader of the document has seen to that. */
	if (!str_is_utf8(text))
		return -1;
	for (enum cmt_type t = CMT_STRING; t <= CMT_UNKNOWN; t++)
		check_type(&a, t, text);
	return 0;
}

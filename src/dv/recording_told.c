/* SPDX-License-Identifier: MIT */
/*
 * Errors quote what they do not like: whole, cut, or in another form. A text of an error in which a value stands is written
 * without the value, or not at all when only a piece of it is there.
 */
#include "dv/recording_mask.h"

#include <stdlib.h>

#include "base/codec.h"
#include "io/json.h"
#include "dv/recording.h"

#include "base/banned.h"

#define SHORTEST 3 /* a value of fewer bytes stands everywhere */
#define PIECE 6    /* so many bytes of its beginning tell of a longer one */

struct told {
	struct arena *arena;
	VEC(struct str) forms; /* of all values */
	const struct masking *k;
};

static void add_form(struct told *t, const struct buf *form)
{
	if (form->n >= SHORTEST)
		*VEC_PUSH(t->arena, &t->forms) = str_dup(t->arena, buf_str(form));
}

static void add_forms(struct told *t, struct str value)
{
	void (*const encoders[])(struct buf *out, struct str s) = { url_encode, html_encode,
								    base64_encode };
	DEFER(buf_release) struct buf form = buf_make(0);

	if (value.n < SHORTEST || str_eq(value, S(RECORDING_SECRET)))
		return;
	buf_add(&form, value);
	add_form(t, &form);
	for (size_t i = 0; i < COUNT_OF(encoders); i++) {
		buf_clear(&form);
		encoders[i](&form, value);
		if (!str_eq(buf_str(&form), value))
			add_form(t, &form);
	}
}

/* The longest first: a value may stand in another one. */
static int by_length(const void *a, const void *b)
{
	const struct str *x = a, *y = b;

	return (x->n < y->n) - (x->n > y->n);
}

static struct told told_make(const struct masking *k, struct arena *a)
{
	struct told t = { .k = k, .arena = a };

	for (size_t i = 0; i < k->values.n; i++)
		add_forms(&t, k->values.p[i]);
	if (t.forms.n > 1)
		qsort(t.forms.p, t.forms.n, sizeof(t.forms.p[0]), by_length);
	return t;
}

static struct str without(struct arena *a, struct str text, struct str value)
{
	DEFER(buf_release) struct buf out = buf_make(0);
	size_t at = str_find(text, value);

	if (at == STR_NONE)
		return text;
	for (; at != STR_NONE; at = str_find(text, value)) {
		buf_add(&out, str_sub(text, 0, at));
		buf_add(&out, S(RECORDING_SECRET));
		text = str_skip(text, at + value.n);
	}
	buf_add(&out, text);
	return str_dup(a, buf_str(&out));
}

static struct str clean(const struct told *t, struct str text)
{
	for (size_t i = 0; i < t->forms.n; i++)
		text = without(t->arena, text, t->forms.p[i]);
	for (size_t i = 0; i < t->forms.n; i++) {
		struct str form = t->forms.p[i];

		if (form.n > PIECE && str_find(text, str_sub(form, 0, PIECE)) != STR_NONE)
			return S(RECORDING_SECRET);
	}
	return text;
}

static void clean_tree(const struct told *t, struct json *v)
{
	if (v->kind == JSON_STRING || v->kind == JSON_NUMBER) {
		struct str text = clean(t, v->text);

		if (!str_eq(text, v->text))
			*v = (struct json){ .kind = JSON_STRING, .text = text };
	}
	for (size_t i = 0; v->kind == JSON_ARRAY && i < v->n; i++)
		clean_tree(t, &v->items[i]);
	for (size_t i = 0; v->kind == JSON_OBJECT && i < v->n; i++) {
		v->members[i].name = clean(t, v->members[i].name);
		clean_tree(t, &v->members[i].value);
	}
}

/* In whatever form, across names and texts, too. */
static bool tells(const struct told *t, struct str text)
{
	for (size_t i = 0; i < t->forms.n; i++) {
		if (str_find(text, t->forms.p[i]) != STR_NONE)
			return true;
	}
	return false;
}

static void write_clean(struct buf *out, const struct told *t, struct str body)
{
	struct buf_sink sink = buf_sink_make(out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	struct err ignored;
	struct json v;

	if (!json_parse(t->arena, body, "error", &v, &ignored)) {
		buf_add(out, clean(t, body));
		return;
	}
	clean_tree(t, &v);
	json_tree(&w, &v);
	(void)!json_writer_finish(&w, &ignored);
}

void mask_told(struct buf *out, const struct masking *k, struct str body)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(buf_release) struct buf text = buf_make(0);
	struct told t = told_make(k, &scratch);

	if (t.forms.n == 0) {
		buf_add(out, body);
		return;
	}
	write_clean(&text, &t, body);
	buf_add(out, tells(&t, buf_str(&text)) ? S("\"" RECORDING_SECRET "\"") : buf_str(&text));
}

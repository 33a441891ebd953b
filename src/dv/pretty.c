/* SPDX-License-Identifier: MIT */
/*
 * XML is read twice as a stream: first to see which elements hold text, because in them white space
 * counts, then to write it. JSON becomes a tree, so what has very many items is left as text before
 * anything is read.
 */
#include "dv/pretty.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/sink.h"
#include "base/vec.h"
#include "io/json.h"
#include "io/xml.h"

#include "base/banned.h"

#define WHAT "text"
#define BOM S("\xef\xbb\xbf")

static bool is_blank(struct str s)
{
	return str_trim(s).n == 0;
}

static struct str fold(struct arena *a, struct str s)
{
	size_t at = str_find_char(s, '\r');

	if (at == STR_NONE)
		return s;
	char *p = arena_array(a, char, s.n);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\r' && i + 1 < s.n && s.p[i + 1] == '\n')
			continue;
		p[n++] = s.p[i] == '\r' ? '\n' : s.p[i];
	}
	return str_of(p, n);
}

/* Without what may stand before the first tag or bracket. */
static struct str body(struct str s)
{
	if (str_starts(s, BOM))
		s = str_skip(s, BOM.n);
	s = str_trim(s);
	if (!str_starts(s, S("<?xml")))
		return s;
	size_t end = str_find(s, S("?>"));

	/* It may name an encoding that was true of the bytes it once had. */
	return end == STR_NONE ? s : str_trim(str_skip(s, end + 2));
}

/* Which elements hold text, in the order of their start tags. */
struct element {
	bool text, child;
};
struct outline {
	VEC(struct element) elements;
	uint32_t open[LIMIT_XML_DEPTH + 1]; /* numbers of the elements around */
	size_t depth;
};

static bool is_html(struct str name)
{
	static const struct str names[] = {
		STR_INIT("html"), STR_INIT("body"),  STR_INIT("div"),    STR_INIT("p"),
		STR_INIT("span"), STR_INIT("em"),    STR_INIT("strong"), STR_INIT("font"),
		STR_INIT("h1"),   STR_INIT("h2"),    STR_INIT("h3"),     STR_INIT("h4"),
		STR_INIT("h5"),   STR_INIT("h6"),    STR_INIT("ul"),     STR_INIT("ol"),
		STR_INIT("li"),   STR_INIT("table"), STR_INIT("img"),    STR_INIT("br"),
		STR_INIT("pre"),
	};

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (str_eq_ascii_nocase(name, names[i]))
			return true;
	return false;
}

static bool note(struct arena *a, struct outline *o, const struct xml_event *ev)
{
	switch (ev->kind) {
	case XML_OPEN:
		if (o->depth > LIMIT_XML_DEPTH || (o->elements.n == 0 && is_html(ev->name)))
			return false;
		if (o->depth > 0)
			o->elements.p[o->open[o->depth - 1]].child = true;
		o->open[o->depth++] = (uint32_t)o->elements.n;
		*VEC_PUSH(a, &o->elements) = (struct element){ 0 };
		return true;
	case XML_CLOSE:
		o->depth--;
		return true;
	case XML_TEXT:
		assert(o->depth == 0 || o->elements.p);
		if (o->depth > 0 && !is_blank(ev->text))
			o->elements.p[o->open[o->depth - 1]].text = true;
		return true;
	case XML_END:
		return true;
	}
	return true;
}

static bool outline_read(struct arena *a, struct str text, struct outline *o)
{
	struct str_source source = str_source_make(text);
	DEFER(xml_close) struct xml *x = NULL;
	struct xml_event ev = { .kind = XML_OPEN };
	struct err unread;

	if (!xml_open(&x, a, &source.source, WHAT, &unread))
		return false;
	while (ev.kind != XML_END)
		if (!xml_next(x, &ev, &unread) || !note(a, o, &ev))
			return false;
	o->depth = 0;
	return o->elements.n > 0;
}

static int cmp_attrs(const void *x, const void *y)
{
	const struct xml_attr *a = x;
	const struct xml_attr *b = y;

	return str_cmp(a->name, b->name);
}

static bool write_start(struct arena *a, struct xml_writer *w, const struct xml_event *ev,
			struct err *e)
{
	struct xml_attr *attrs = arena_array(a, struct xml_attr, ev->nattrs);

	for (size_t i = 0; i < ev->nattrs; i++)
		attrs[i] = ev->attrs[i];
	qsort(attrs, ev->nattrs, sizeof(*attrs), cmp_attrs);
	if (!xml_write_open(w, ev->name, e))
		return false;
	for (size_t i = 0; i < ev->nattrs; i++)
		if (!xml_write_attr(w, attrs[i].name, attrs[i].value, e))
			return false;
	return true;
}

/* `next` is the number of the next start tag. */
static bool write_event(struct arena *a, struct outline *o, size_t *next, struct xml_writer *w,
			const struct xml_event *ev, struct err *e)
{
	const struct element *around = o->depth > 0 ? &o->elements.p[o->open[o->depth - 1]] : NULL;

	if (ev->kind == XML_CLOSE) {
		o->depth--;
		return xml_write_close(w, ev->name, e);
	}
	if (ev->kind == XML_TEXT) {
		if (!around || (!around->text && around->child))
			return true;
		return xml_write_text(w, ev->text, e);
	}
	if (ev->kind != XML_OPEN)
		return true;
	struct arena_mark mark = arena_mark(a);
	const struct element *this = &o->elements.p[*next];
	bool ok = write_start(a, w, ev, e);

	arena_rewind(a, mark);
	o->open[o->depth++] = (uint32_t)(*next)++;
	/* Keeps the writer from laying out what is inside. */
	return ok && (!this->text || xml_write_raw(w, S(""), e));
}

static bool print_xml(struct arena *a, struct str text, struct str *out)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(arena_release) struct arena attrs = arena_make(0);
	DEFER(buf_release) struct buf b = buf_make(0);
	struct buf_sink sink = buf_sink_make(&b);
	DEFER(xml_writer_release) struct xml_writer w = xml_writer_make(&sink.sink);
	struct str_source source = str_source_make(text);
	DEFER(xml_close) struct xml *x = NULL;
	struct outline o = { 0 };
	struct xml_event ev = { .kind = XML_OPEN };
	size_t next = 0;
	struct err unread;

	w.line_end = S("\n");
	if (!outline_read(&scratch, text, &o) ||
	    !xml_open(&x, &scratch, &source.source, WHAT, &unread))
		return false;
	while (ev.kind != XML_END)
		if (!xml_next(x, &ev, &unread) || !write_event(&attrs, &o, &next, &w, &ev, &unread))
			return false;
	if (!xml_write_flush(&w, &unread))
		return false;
	*out = str_dup(a, str_skip(buf_str(&b), 1)); /* the writer begins with a line end */
	return true;
}

static int cmp_members(const void *x, const void *y)
{
	const struct json_member *a = x;
	const struct json_member *b = y;

	return str_cmp(a->name, b->name);
}

/* As deep as LIMIT_JSON_DEPTH lets it be. */
static void sort_members(struct json *v)
{
	if (v->kind == JSON_OBJECT && v->n > 0)
		qsort(v->members, v->n, sizeof(*v->members), cmp_members);
	for (size_t i = 0; i < v->n; i++)
		sort_members(v->kind == JSON_OBJECT ? &v->members[i].value : &v->items[i]);
}

static bool has_many_items(struct str text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == ',' || text.p[i] == '[' || text.p[i] == '{';
	return n > LIMIT_PRETTY_ITEMS;
}

static bool print_json(struct arena *a, struct str text, struct str *out)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(buf_release) struct buf b = buf_make(0);
	struct buf_sink sink = buf_sink_make(&b);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	struct json tree;
	struct err unread;

	w.pretty = true;
	if (has_many_items(text) || !json_parse(&scratch, text, WHAT, &tree, &unread))
		return false;
	sort_members(&tree);
	json_tree(&w, &tree);
	if (!json_writer_finish(&w, &unread))
		return false;
	*out = str_dup(a, buf_str(&b));
	return true;
}

/* What the text may be by its first character. */
static enum pretty_kind guess(struct str text)
{
	if (text.n > 0 && text.p[0] == '<')
		return PRETTY_XML;
	if (text.n > 0 && (text.p[0] == '{' || text.p[0] == '['))
		return PRETTY_JSON;
	return PRETTY_TEXT;
}

enum pretty_kind pretty_print(struct arena *a, struct str text, struct str *out)
{
	struct str folded = fold(a, text);
	struct str inside = body(folded);
	enum pretty_kind kind = guess(inside);

	if (kind == PRETTY_XML && print_xml(a, inside, out))
		return kind;
	if (kind == PRETTY_JSON && print_json(a, inside, out))
		return kind;
	*out = folded;
	return PRETTY_TEXT;
}

bool pretty_equal(struct arena *scratch, struct str x, struct str y)
{
	struct str fx = fold(scratch, x);
	struct str fy = fold(scratch, y);
	enum pretty_kind kind = guess(body(fx));

	if (str_eq(fx, fy))
		return true;
	if (kind == PRETTY_TEXT || guess(body(fy)) != kind)
		return false;
	return pretty_print(scratch, fx, &fx) == kind && pretty_print(scratch, fy, &fy) == kind &&
	       str_eq(fx, fy);
}

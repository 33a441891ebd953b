/* SPDX-License-Identifier: MIT */
/*
 * Reading XML: source -> guard -> libxml2's push parser -> queue of events. The events of one chunk and their
 * bytes live on the arena `page`, which is rewound when the queue is empty and the next chunk is due; the
 * text that is still growing stands in `text`. The parser reports element names and attributes as written
 * (SAX1), so xmlns attributes are attributes like all others. Errors are kept until the events before
 * them have been handed out, and then come again and again; what libxml2 reports behind one is dropped.
 *
 * The struct is the caller's arena's; what libxml2 and the buffers allocate is given back by xml_close.
 */
#include "io/xml.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <libxml/parser.h>

#include "base/limits.h"
#include "base/vec.h"
#include "io/xml_guard.h"

#include "base/banned.h"

#define CHUNK (32 * LIMIT_KIB)
/* Bytes of distinct names; libxml2 keeps them all, in a table that gets slow with more. */
#define NAMES_MAX (1 * LIMIT_MIB)

struct xml {
	struct source *in;
	const char *name;
	xmlParserCtxtPtr parser;
	struct xml_guard guard;
	struct arena page;
	VEC(struct xml_event) queue;
	size_t next; /* of the queue */
	struct buf text;
	bool began;         /* an element was seen */
	bool close_follows; /* the start tag just reported was an empty one */
	unsigned line;      /* of the event handed out last */
	unsigned tag_end;   /* line where the tag reported last ends ... */
	int parser_line;    /* ... and what libxml2 thinks it is */
	bool ended, failed;
	struct err err;
	char chunk[CHUNK];
};

static struct str from_parser(const xmlChar *s)
{
	return str_from((const char *)s);
}

static void keep_error(struct xml *x, const struct err *e)
{
	if (!x->failed)
		x->err = *e;
	x->failed = true;
}

static void push_text(struct xml *x)
{
	if (x->text.n == 0)
		return;
	struct xml_event *ev = VEC_PUSH(&x->page, &x->queue);

	ev->kind = XML_TEXT;
	ev->line = x->tag_end;
	ev->text = str_dup(&x->page, buf_str(&x->text));
	buf_clear(&x->text);
}

/* Where the tag stands that the parser reports. The guard saw every tag that the parser can report. */
static struct xml_mark next_mark(struct xml *x)
{
	struct xml_mark mark = { { x->tag_end, 1 }, x->tag_end, false };

	if (!xml_guard_next_mark(&x->guard, &mark)) {
		struct err e = { 0 };

		err_set(&e, ERR_INPUT, "%s:%u:1: not well formed", x->name, x->tag_end);
		keep_error(x, &e);
	}
	x->tag_end = mark.end_line;
	x->parser_line = x->parser->input->line;
	return mark;
}

static void on_start(void *context, const xmlChar *name, const xmlChar **atts)
{
	struct xml *x = (struct xml *)context;
	size_t n = 0;

	if (x->failed)
		return;
	x->began = true;
	push_text(x);
	while (atts && atts[2 * n])
		n++;
	struct xml_mark mark = next_mark(x);
	struct xml_attr *attrs = arena_array(&x->page, struct xml_attr, n);

	for (size_t i = 0; i < n; i++) {
		attrs[i].name = str_dup(&x->page, from_parser(atts[2 * i]));
		attrs[i].value = str_dup(&x->page, from_parser(atts[2 * i + 1]));
	}
	*VEC_PUSH(&x->page, &x->queue) = (struct xml_event){
		.kind = XML_OPEN,
		.name = str_dup(&x->page, from_parser(name)),
		.attrs = attrs,
		.nattrs = n,
		.empty = mark.empty,
		.line = mark.at.line,
	};
	x->close_follows = mark.empty;
}

static void on_end(void *context, const xmlChar *name)
{
	struct xml *x = (struct xml *)context;
	unsigned line = x->tag_end;

	if (x->failed)
		return;
	push_text(x);
	if (!x->close_follows)
		line = next_mark(x).at.line;
	x->close_follows = false;
	*VEC_PUSH(&x->page, &x->queue) = (struct xml_event){
		.kind = XML_CLOSE,
		.name = str_dup(&x->page, from_parser(name)),
		.line = line,
	};
}

static void on_text(void *context, const xmlChar *text, int n)
{
	struct xml *x = (struct xml *)context;

	buf_add(&x->text, str_of((const char *)text, (size_t)n));
}

static struct str reason(struct xml *x, const xmlError *error)
{
	bool ended = error->code == XML_ERR_DOCUMENT_EMPTY || error->code == XML_ERR_DOCUMENT_END;

	if (!x->began && ended)
		return S("there is no element in it");
	if (error->code == XML_ERR_NO_MEMORY)
		return S("too many different names, or out of memory");
	if (error->code == XML_ERR_TAG_NAME_MISMATCH && error->str1 && error->str2)
		return str_fmt(&x->page, "<%s> ends with </%s>", error->str1, error->str2);
	return str_trim(str_from(error->message));
}

/* Where the parser cannot know the column: where the tag begins, or the line. */
static struct xml_place place(const struct xml *x, const xmlError *error)
{
	int moved = error->line - x->parser_line;
	unsigned line = x->tag_end + (unsigned)(moved > 0 ? moved : 0);
	struct xml_mark mark;

	if (!x->guard.altered && error->int2 > 0)
		return (struct xml_place){ line, (unsigned)error->int2 };
	if (xml_guard_peek_mark(&x->guard, &mark) && line >= mark.at.line && line <= mark.end_line)
		return mark.at;
	return (struct xml_place){ line, 1 };
}

static void PRINTF_LIKE(2, 3) on_error(void *context, const char *fmt, ...)
{
	struct xml *x = (struct xml *)context;
	const xmlError *error = xmlCtxtGetLastError(x->parser);
	struct err e = { 0 };

	(void)fmt;
	if (x->failed || !error || error->level < XML_ERR_ERROR)
		return;
	struct xml_place at = place(x, error);

	err_set(&e, ERR_INPUT, "%s:%u:%u: not well formed: %.*s", x->name, at.line, at.column,
		STR_ARG(reason(x, error)));
	keep_error(x, &e);
}

bool xml_open(struct xml **out, struct arena *a, struct source *in, const char *name, struct err *e)
{
	xmlSAXHandler sax = {
		.initialized = 1, /* SAX1: XML_SAX2_MAGIC would take namespaces out */
		.startElement = on_start,
		.endElement = on_end,
		.characters = on_text,
		.ignorableWhitespace = on_text,
		.error = on_error,
		.fatalError = on_error,
	};
	struct xml *x = arena_new(a, struct xml);

	xmlInitParser();
	x->in = in;
	x->name = str_cstr(a, str_from(name));
	x->line = x->tag_end = 1;
	x->parser_line = 1;
	x->parser = xmlCreatePushParserCtxt(&sax, x, NULL, 0, NULL);
	if (!x->parser)
		return err_set(e, ERR_INTERNAL, "%s: libxml2 is out of memory", name);
	/*
	 * NOENT: or an ampersand in a value would come as "&#38;". Other entities cannot be: the guard
	 * lets no DOCTYPE through. HUGE: the limits are the guard's.
	 */
	xmlCtxtUseOptions(x->parser, XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOENT);
	xmlDictSetLimit(x->parser->dict, NAMES_MAX);
	xml_guard_init(&x->guard, x->name);
	x->page = arena_make(0);
	x->text = buf_make(0);
	*out = x;
	return true;
}

void xml_close(struct xml **xml)
{
	struct xml *x = *xml;

	if (!x)
		return;
	xmlFreeParserCtxt(x->parser);
	xml_guard_release(&x->guard);
	buf_release(&x->text);
	arena_release(&x->page);
	*xml = NULL;
}

static void parse(struct xml *x, struct str bytes, bool last)
{
	struct err e = { 0 };

	if (x->failed)
		return;
	xmlParseChunk(x->parser, bytes.n ? bytes.p : "", (int)bytes.n, last);
	if (x->parser->wellFormed || x->failed)
		return;
	err_set(&e, ERR_INPUT, "%s:%u:1: not well formed", x->name, x->tag_end);
	keep_error(x, &e);
}

/* Feeds one chunk; the queue is empty before. */
static void advance(struct xml *x)
{
	struct err e = { 0 };
	size_t got = 0;

	arena_reset(&x->page);
	memset(&x->queue, 0, sizeof(x->queue));
	x->next = 0;
	if (!x->in->read(x->in, x->chunk, sizeof(x->chunk), &got, &e)) {
		keep_error(x, &e);
		return;
	}
	bool fine = got > 0 ? xml_guard_feed(&x->guard, str_of(x->chunk, got), &e)
			    : xml_guard_end(&x->guard, &e);
	struct str ready = xml_guard_ready(&x->guard);

	if (ready.n > 0)
		parse(x, ready, false);
	xml_guard_take(&x->guard, ready.n);
	if (!fine)
		keep_error(x, &e);
	if (got == 0)
		parse(x, S(""), true);
	x->ended = got == 0 && !x->failed;
}

bool xml_next(struct xml *x, struct xml_event *ev, struct err *e)
{
	while (x->next == x->queue.n && !x->failed && !x->ended)
		advance(x);
	if (x->next < x->queue.n) {
		*ev = x->queue.p[x->next++];
		x->line = ev->line;
		return true;
	}
	if (x->failed) {
		*e = x->err;
		return false;
	}
	*ev = (struct xml_event){ .kind = XML_END, .line = x->guard.line };
	x->line = ev->line;
	return true;
}

bool xml_skip(struct xml *x, struct err *e)
{
	struct xml_event ev = { 0 };

	for (int depth = 1; depth > 0;) {
		if (!xml_next(x, &ev, e))
			return false;
		if (ev.kind == XML_OPEN)
			depth++;
		else if (ev.kind != XML_TEXT)
			depth--;
	}
	return true;
}

bool xml_inner_text(struct xml *x, struct arena *a, size_t max, struct str *out, struct err *e)
{
	struct xml_event ev = { 0 };
	struct str text = S("");

	for (;;) {
		if (!xml_next(x, &ev, e))
			return false;
		if (ev.kind == XML_OPEN)
			return xml_fail(x, e, "element \"%.*s\" stands where only text belongs",
					STR_ARG(ev.name));
		if (ev.kind != XML_TEXT)
			break;
		if (ev.text.n > max)
			return xml_fail(x, e, "the text is longer than %zu bytes", max);
		text = str_dup(a, ev.text);
	}
	*out = text;
	return true;
}

const struct str *xml_attr(const struct xml_event *ev, struct str name)
{
	for (size_t i = 0; i < ev->nattrs; i++) {
		if (str_eq(ev->attrs[i].name, name))
			return &ev->attrs[i].value;
	}
	return NULL;
}

bool xml_fail(const struct xml *x, struct err *e, const char *fmt, ...)
{
	char why[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	return err_set(e, ERR_INPUT, "%s:%u: %s", x->name, x->line, why);
}

void xml_prepare(void)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct str_source text = str_source_make(S("<a b=\"c\">d</a>"));
	DEFER(xml_close) struct xml *x = NULL;
	struct xml_event event = { 0 };
	struct err e;

	if (!xml_open(&x, &a, &text.source, "xml", &e))
		return;
	/* the tables of the guard and of libxml2 are made when they are first used */
	while (event.kind != XML_END && xml_next(x, &event, &e))
		;
}

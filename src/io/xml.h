/* SPDX-License-Identifier: MIT */
/*
 * XML. Reading is by pulling events from a stream: libxml2's SAX2 parser is fed chunk by chunk through a
 * byte guard, so memory is bounded by the largest tag, not by the document. The guard stands before the
 * parser: it refuses DOCTYPE, over-long tags, values and names, and too many attributes, and keeps raw
 * tabs and line ends inside attribute values (an XML parser would turn them into blanks; real packages
 * hold them, facts/cmt-format.md 3.5). External entities are never loaded.
 *
 * Writing lays bytes out as the Configuration Migration Tool does: CRLF, two blanks, " />".
 */
#ifndef FERRY_IO_XML_H
#define FERRY_IO_XML_H

#include "base/arena.h"
#include "base/err.h"
#include "base/sink.h"
#include "base/str.h"

enum xml_kind {
	XML_OPEN,  /* a start tag; a self-closed element gives XML_OPEN and XML_CLOSE */
	XML_CLOSE, /* an end tag */
	XML_TEXT,  /* character data, one event per run between tags; never empty; CDATA included */
	XML_END    /* the end of the document; again and again */
};

struct xml_attr {
	struct str name; /* as written, with prefix */
	struct str value;
};

struct xml_event {
	enum xml_kind kind;
	struct str name; /* OPEN, CLOSE */
	const struct xml_attr *attrs;
	size_t nattrs;
	struct str text; /* TEXT */
	bool empty;      /* OPEN: written as <name/> */
	unsigned line;   /* where the event starts, from 1 */
};

struct xml; /* one document being read */

/* Before several threads read: makes what all readers share. */
void xml_prepare(void);

/*
 * `name` stands in messages ("data.xml"); `in` is read to its end. Everything is allocated on the
 * arena; close gives libxml2's memory back.
 */
MUST_CHECK bool xml_open(struct xml **out, struct arena *a, struct source *in, const char *name,
			 struct err *e);
void xml_close(struct xml **x); /* fits DEFER; *x may be NULL */

/*
 * The next event. Its slices live until the next call. Errors are ERR_INPUT with "name:line: ..." or
 * "name:line:column: ...": not well formed, DOCTYPE, a limit (base/limits.h), not UTF-8, end too early.
 */
MUST_CHECK bool xml_next(struct xml *x, struct xml_event *ev, struct err *e);

/* Skips the rest of the element whose XML_OPEN was just returned. */
MUST_CHECK bool xml_skip(struct xml *x, struct err *e);
/* The text inside the element whose XML_OPEN was just returned, up to its end tag, on the arena. Child
 * elements are an error. */
MUST_CHECK bool xml_inner_text(struct xml *x, struct arena *a, size_t max, struct str *out,
			       struct err *e);

/* The attribute's value; NULL when it is absent. */
const struct str *xml_attr(const struct xml_event *ev, struct str name);

/* "name:line: " + message; ERR_INPUT; for what a reader of ours finds wrong at the current event. */
bool xml_fail(const struct xml *x, struct err *e, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* The writer. Bytes go to `out` through a small buffer of its own. */
struct xml_writer {
	struct sink *out;
	struct buf buf;
	int depth;
	bool tag_open; /* the start tag still lacks its '>' */
	int mixed;     /* depth of the outermost element with text, 0: none; no indent inside it */
	struct str line_end;
	struct str indent;
	bool bare;           /* no line end before the first tag */
	bool tab_references; /* tabs in attribute values as &#x9;, which other parsers keep */
};

/* CRLF and two blanks; change line_end and indent before the first element for another layout. */
struct xml_writer xml_writer_make(struct sink *out);
void xml_writer_release(struct xml_writer *w); /* fits DEFER */

/*
 * Each returns false with *e when the sink fails, or (ERR_INPUT) for a character that XML cannot hold: a
 * control character, U+FFFE, U+FFFF. Names are written as they are and must be valid.
 */
MUST_CHECK bool xml_write_open(struct xml_writer *w, struct str name, struct err *e);
MUST_CHECK bool xml_write_attr(struct xml_writer *w, struct str name, struct str value,
			       struct err *e);
MUST_CHECK bool xml_write_text(struct xml_writer *w, struct str text, struct err *e);
MUST_CHECK bool xml_write_close(struct xml_writer *w, struct str name, struct err *e);
/* Bytes as they are, at the current place; inside an element they count as text. */
MUST_CHECK bool xml_write_raw(struct xml_writer *w, struct str bytes, struct err *e);
MUST_CHECK bool xml_write_flush(struct xml_writer *w, struct err *e);

/*
 * The one encoder for XML, as .NET's XmlWriter does it: text: & < > ; attribute values: also " as
 * &quot;, CR and LF as &#xD; and &#xA;, tabs raw. What XML cannot hold becomes U+FFFD.
 */
void xml_encode_text(struct buf *out, struct str s);
void xml_encode_attr(struct buf *out, struct str s);

#endif

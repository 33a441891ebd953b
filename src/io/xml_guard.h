/* SPDX-License-Identifier: MIT */
/*
 * Private to this room: the bytes of a document before libxml2 sees them. The guard is a byte machine that
 * knows where tags, values, comments and CDATA begin and end, and nothing else of XML; what it lets
 * through, libxml2 still checks. It
 *  - refuses what is no UTF-8, control characters, DOCTYPE, other encodings, and everything above a limit,
 *  - hands over markup and references only when they are complete, because libxml2's push parser would look at an incomplete
 *    tag again with every chunk,
 *  - writes tabs and line ends inside attribute values as character references, so that they survive,
 *  - writes CDATA as escaped text and takes the contents out of comments and processing instructions,
 *  - notes for every tag where it stands.
 */
#ifndef FERRY_IO_XML_GUARD_H
#define FERRY_IO_XML_GUARD_H

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum xml_guard_state {
	GUARD_TEXT,
	GUARD_REFERENCE, /* in text, behind '&' */
	GUARD_CDATA,
	GUARD_LESS, /* behind '<' */
	GUARD_BANG, /* behind "<!" */
	GUARD_COMMENT,
	GUARD_PI_NAME,
	GUARD_PI,
	GUARD_DECLARATION, /* <?xml ... ?> at the very start */
	GUARD_START,       /* a start tag, outside of values */
	GUARD_VALUE,
	GUARD_END
};

struct xml_place {
	unsigned line, column; /* from 1, in bytes */
};

/* A start or end tag, in the order of the document. */
struct xml_mark {
	struct xml_place at; /* its '<' */
	unsigned end_line;   /* of its '>' */
	bool empty;          /* a start tag that ends with "/>" */
};

struct xml_guard {
	const char *name; /* of the document, for messages */
	enum xml_guard_state state;
	unsigned line;
	uint64_t offset;     /* bytes seen */
	uint64_t line_start; /* of them, before this line */
	int depth;           /* of elements */
	bool ended;
	bool altered; /* columns of the parser are no longer those of the document */

	struct buf out; /* for the parser */
	size_t start;   /* in out: where the unfinished markup begins */
	uint64_t taken; /* bytes handed over before out */
	struct buf marks;
	size_t marks_read;

	struct xml_place open; /* the unfinished markup */
	size_t text_len;       /* of the text since the last tag */
	size_t name_len;
	size_t value_len;
	int nnames; /* in a start tag */
	char quote;
	bool slash; /* the last byte of a start tag */
	bool question;
	int dashes;
	int brackets;
	char word[8]; /* behind "<!" */
	size_t word_len;

	int need, have; /* bytes of an unfinished UTF-8 sequence */
	uint32_t code_point, low;
};

void xml_guard_init(struct xml_guard *g, const char *name);
void xml_guard_release(struct xml_guard *g);

/* On failure what stands before the fault is ready all the same. */
MUST_CHECK bool xml_guard_feed(struct xml_guard *g, struct str bytes, struct err *e);
/* There are no more bytes. */
MUST_CHECK bool xml_guard_end(struct xml_guard *g, struct err *e);

/* What may be given to the parser now, and that it was given. */
struct str xml_guard_ready(const struct xml_guard *g);
void xml_guard_take(struct xml_guard *g, size_t n);

/* The mark of the next tag that the parser reports; false when there is none. */
bool xml_guard_peek_mark(const struct xml_guard *g, struct xml_mark *out);
bool xml_guard_next_mark(struct xml_guard *g, struct xml_mark *out);

#endif

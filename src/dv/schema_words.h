/* SPDX-License-Identifier: MIT */
/*
 * The words of data_schema.xml (facts/cmt-format.md 2.2 to 2.6), for those who read it: which elements and
 * attributes there are, and what their values may be.
 */
#ifndef FERRY_DV_SCHEMA_WORDS_H
#define FERRY_DV_SCHEMA_WORDS_H

#include "base/buf.h"
#include "io/xml.h"
#include "dv/schema.h"

/* A logical name has no other characters; so it can stand in a request and in a message. */
#define SCHEMA_NAME_MAX 128
bool schema_name_valid(struct str name);

/* The words of XML Schema's boolean, and no others. */
MUST_CHECK bool schema_bool_parse(struct str word, bool *out);
MUST_CHECK bool schema_date_mode_parse(struct str word, enum date_mode *out);
struct str schema_date_mode_word(enum date_mode mode); /* empty for UNSET */

/*
 * The FetchXML inside the <filter> whose XML_OPEN was just returned, up to its end tag: escaped text, which is
 * what the tool writes, or elements, which people write: those are written out again. White space is kept,
 * so that lines can be counted. What does not fit makes the buffer full.
 */
MUST_CHECK bool schema_filter_text(struct xml *xml, struct buf *text, struct err *e);

/* The lists end with NULL. */
struct schema_element {
	const char *name;
	const char *const *attributes;
	const char *const *children; /* NULL: what is inside is not looked at */
};
const struct schema_element *schema_element_find(struct str name); /* NULL: there is none */
bool schema_word_among(const char *const *words, struct str word);

/* What other tools call a type, as its word here; empty when it is not known. */
struct str schema_foreign_type(struct str word);

#endif

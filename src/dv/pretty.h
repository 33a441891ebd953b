/* SPDX-License-Identifier: MIT */
/*
 * XML and JSON inside text columns, laid out one thing per line, for comparing and for people. Two texts
 * with the same layout say the same: white space between tags, the order of attributes and of an object's
 * members, line ends, the XML declaration, comments and how a character is escaped do not count.
 *
 * HTML is text: between its tags white space counts.
 */
#ifndef FERRY_DV_PRETTY_H
#define FERRY_DV_PRETTY_H

#include "base/arena.h"
#include "base/str.h"

enum pretty_kind { PRETTY_TEXT, PRETTY_XML, PRETTY_JSON };

/*
 * What the text is, and its layout on the arena. What is neither XML nor JSON, or is beyond the limits of
 * their readers, is TEXT: only its line ends become LF.
 */
enum pretty_kind pretty_print(struct arena *a, struct str text, struct str *out);

/* Whether both say the same. */
bool pretty_equal(struct arena *scratch, struct str x, struct str y);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Settings as INI text:
 *     # a comment, as a line of its own
 *     [section]
 *     key = the value is the rest of the line, without the white space around it
 * Nothing else: no comments behind values, no quotes, no escapes, no lines that go on. Names compare exactly; a
 * section stands once, and a key once in its section. UTF-8, at most LIMIT_INI bytes, with LF or CRLF.
 *
 * This is no library behind a face: inih cuts names of sections after 49 bytes (two profiles become one), takes
 * what follows " ;" from a value and indented lines for more of the value before, tells the first wrong line
 * without a reason, and cannot write.
 */
#ifndef FERRY_IO_INI_H
#define FERRY_IO_INI_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct ini_line {
	struct str section; /* "" before the first heading */
	struct str key;     /* "" for the heading itself */
	struct str value;
	unsigned line; /* from 1 */
};

struct ini {
	struct ini_line *lines; /* in order */
	size_t n;
};

/* The slices are of `text`. `what` (a path) and the line stand in errors, which are ERR_INPUT. */
MUST_CHECK bool ini_parse(struct arena *a, struct str text, const char *what, struct ini *out,
			  struct err *e);
bool ini_has(const struct ini *ini, struct str section);
/* NULL: there is no such section, or no such key in it. */
const struct ini_line *ini_get(const struct ini *ini, struct str section, struct str key);

struct ini_pair {
	struct str key, value;
};

/*
 * The text with that section: a new one at the end, or the one that is there with these keys instead of its
 * own. What stays keeps its place, its spelling and the comments around it. ERR_INPUT also for a name, key or
 * value that could not be read back as it is.
 */
MUST_CHECK bool ini_put(struct arena *a, struct str text, const char *what, struct str section,
			const struct ini_pair *pairs, size_t n, struct str *out, struct err *e);
/* Without it, its comments and those directly above its heading; the same text when it is not there. */
MUST_CHECK bool ini_remove(struct arena *a, struct str text, const char *what, struct str section,
			   struct str *out, struct err *e);

#endif

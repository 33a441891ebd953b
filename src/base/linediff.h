/* SPDX-License-Identifier: MIT */
/*
 * Which lines of a text changed. A line ends behind its LF; the last one may lack it. The edits are the
 * fewest possible up to LINEDIFF_EDITS changed lines; texts that differ in more, or that have more than
 * LINEDIFF_LINES lines between the first difference and the last, get a correct but coarse answer. Time
 * and memory grow with the length of the texts only.
 */
#ifndef FERRY_BASE_LINEDIFF_H
#define FERRY_BASE_LINEDIFF_H

#include "base/arena.h"
#include "base/str.h"

#define LINEDIFF_EDITS 400
#define LINEDIFF_LINES 100000

/* These whole lines of the old text became these of the new one; one of the slices may be empty. */
struct linediff_edit {
	struct str old, new;       /* slices of the texts, where they stand even when empty */
	size_t old_line, new_line; /* of the first line, from 0 */
	size_t nold, nnew;         /* lines */
};

struct linediff {
	struct str old, new;
	struct linediff_edit *edits; /* in order; between them the texts are equal */
	size_t n;
	bool coarse; /* fewer changed lines might do */
};

/* The texts must live as long as the result; the edits are on the arena. */
void linediff_make(struct arena *a, struct str old, struct str new, struct linediff *out);

enum linediff_kind {
	LINEDIFF_HUNK, /* @@ -1,3 +1,4 @@ */
	LINEDIFF_SAME,
	LINEDIFF_OLD,
	LINEDIFF_NEW,
	LINEDIFF_NO_END /* the line before has no LF */
};

/* The unified form: calls `line` for each, without LF; NO_END comes with an empty text. */
void linediff_unified(const struct linediff *d, size_t context,
		      void (*line)(void *user, enum linediff_kind kind, struct str text),
		      void *user);

#endif

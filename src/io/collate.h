/* SPDX-License-Identifier: MIT */
/*
 * How the platform compares text: by the collation of the organization's base language, ignoring case
 * always and accents in most languages (facts/webapi.md 4.7). ICU does the work.
 */
#ifndef FERRY_IO_COLLATE_H
#define FERRY_IO_COLLATE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct collate; /* of one thread: it remembers characters */

/* lcid: 1033 English, 1031 German, ... ; an unknown one compares as the root locale. */
MUST_CHECK bool collate_open(struct collate **out, struct arena *a, int lcid, struct err *e);
void collate_close(struct collate **c); /* fits DEFER */

/* <0, 0, >0; trailing blanks do not count, as in SQL Server. */
int collate_compare(const struct collate *c, struct str a, struct str b);

/* Bytes that are equal exactly when collate_compare calls the texts equal; on the arena. */
struct str collate_key(const struct collate *c, struct arena *a, struct str s);

/*
 * T-SQL LIKE: % any run, _ one character, [a-f] [^x] sets; [%] and the like escape; a '[' without ']'
 * matches nothing. Case and accents as in collate_compare, but character by character (a code point with
 * its combining marks), and trailing blanks count, as they do for nvarchar.
 */
bool collate_like(const struct collate *c, struct str text, struct str pattern);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * A GUID: 16 bytes in the order of its text form. Two orders exist: that of the text and that of SQL
 * Server, which is the order in which Dataverse returns rows (facts/cmt-format.md 3.3).
 */
#ifndef FERRY_BASE_GUID_H
#define FERRY_BASE_GUID_H

#include "base/base.h"
#include "base/rng.h"
#include "base/str.h"

struct guid {
	uint8_t b[16];
};

#define GUID_TEXT_SIZE 37 /* 36 characters and the NUL */

/* The whole slice: 8-4-4-4-12 hex digits, any case, with or without one pair of braces. */
MUST_CHECK bool guid_parse(struct str s, struct guid *out);
/* Lower case, no braces, into a buffer of GUID_TEXT_SIZE; returns the slice without the NUL. */
struct str guid_format(struct guid g, char out[GUID_TEXT_SIZE]);
struct str guid_text(struct arena *a, struct guid g);

bool guid_is_null(struct guid g); /* all zero */
bool guid_eq(struct guid a, struct guid b);

/*
 * The bytes permuted so that memcmp order is SQL Server's order of uniqueidentifier: text bytes
 * 10..15, 8, 9, 7, 6, 5, 4, 3, 2, 1, 0 become bytes 0..15. guid_from_sql_key undoes it.
 */
struct guid guid_sql_key(struct guid g);
struct guid guid_from_sql_key(struct guid key);
int guid_cmp_sql(struct guid a, struct guid b);

/* A version 4 GUID. */
struct guid guid_random(struct rng *r);

/*
 * The next GUID in free text (36 characters 8-4-4-4-12 not preceded or followed by a hex digit or a
 * hyphen): false when there is none at or after *pos. *at is where its 36 characters start, *pos is
 * moved behind it. Braces, if any, stand outside the 36.
 */
bool guid_scan(struct str text, size_t *pos, size_t *at, struct guid *out);

#endif

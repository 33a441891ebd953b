/* SPDX-License-Identifier: MIT */
/*
 * Reading the text of an OData option from left to right: words, literals, lists of values. Errors are 400
 * 0x80060888 and tell the position.
 */
#ifndef FERRY_ORG_ODATA_SCAN_H
#define FERRY_ORG_ODATA_SCAN_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum odata_literal_kind {
	LITERAL_NULL,
	LITERAL_BOOLEAN,
	LITERAL_NUMBER, /* its text */
	LITERAL_STRING, /* without quotes, doubled ones undone */
	LITERAL_GUID,
	LITERAL_DATE, /* a date, or a date and time */
	LITERAL_ENUM /* Microsoft.Dynamics.CRM.OwnershipTypes'UserOwned': what stands in the quotes */
};
struct odata_literal {
	enum odata_literal_kind kind;
	struct str text;
};

struct odata_scan {
	struct arena *arena;
	struct str text;
	size_t at;
};

/* All pass over white space first. */
char scan_peek(struct odata_scan *s); /* 0 at the end */
bool scan_take(struct odata_scan *s, char c);
/* Letters, digits, _ and '.', no digit first; empty when there is none. */
struct str scan_name(struct odata_scan *s);
/* The name, if it is `word`; else nothing is taken. */
bool scan_word(struct odata_scan *s, struct str word);

/* *found is false when what stands here begins no literal. */
MUST_CHECK bool scan_literal(struct odata_scan *s, struct odata_literal *out, bool *found,
			     struct err *e);
/* ["a","b"], the texts of the items; single quotes and numbers are taken too. */
MUST_CHECK bool scan_values(struct odata_scan *s, struct str **out, size_t *n, struct err *e);

/* "syntax error at position 3 in '...'"; an unfinished literal behind the place is told instead. */
bool scan_fail(const struct odata_scan *s, struct err *e);
/* "<what> expected at position 3 in '...'" */
bool scan_expected(const struct odata_scan *s, const char *what, struct err *e);

#endif

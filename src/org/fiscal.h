/* SPDX-License-Identifier: MIT */
/*
 * The fiscal calendar of the organization: when its years begin and into which periods they fall. Days are
 * wall clock; a year's number is that of the day on which it begins, or ends (struct variants).
 */
#ifndef FERRY_ORG_FISCAL_H
#define FERRY_ORG_FISCAL_H

#include "base/datetime.h"
#include "org/store.h"

struct fiscal {
	int month, day; /* on which a year begins */
	int periods; /* of a year: 1, 2, 4, 12 or 13 (of four weeks; the last ends with the year) */
	int ahead;   /* number of a year - year in which it begins */
};

/* From the row of table organization: fiscalcalendarstart, fiscalperiodtype (2000 to 2004). */
MUST_CHECK bool fiscal_read(struct store *s, struct fiscal *out, struct err *e);

/* The day on which a period begins; `period` may be 1 .. periods + 1. False when there is no such day. */
MUST_CHECK bool fiscal_start(const struct fiscal *f, int64_t year, int64_t period,
			     struct datetime *out);
/* Where a day stands. */
void fiscal_place(const struct fiscal *f, struct datetime day, int *year, int *period);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Dates that move with the day of the import (facts/cmt-format.md 5.8): a schema, or one of its fields, may ask for it. Such a column
 * is written when its row is created, and kept as it is in a row that exists: else no import of a package could be the last.
 */
#ifndef FERRY_MOVE_DATES_H
#define FERRY_MOVE_DATES_H

#include "base/arena.h"
#include "base/str.h"
#include "dv/schema.h"

/* What holds for a field: its own mode, else the schema's; absolute for everything that is no date. */
enum date_mode dates_mode(const struct schema *s, const struct schema_field *f);
/* Any field of the schema moves. */
bool dates_any(const struct schema *s);

/* How far dates move, in ticks. */
struct dates {
	int64_t relative, daily;
};
/*
 * From the package's timestamp to the moment of the import, ISO 8601 in UTC. Whole weeks, whole days, in both cases rounded down,
 * and never back. NULL, or what is missing: a clause for people.
 */
const char *dates_make(struct str timestamp, struct str now, struct dates *out);
/* A stored date and time, moved. Its form stays. */
struct str dates_move(const struct dates *d, struct arena *a, enum date_mode mode,
		      struct str stored);

#endif

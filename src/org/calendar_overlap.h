/* SPDX-License-Identifier: MIT */
/*
 * What becomes of the recurrences of a calendar when another one is laid over them with UseV2 (documentation of the
 * calendar actions, "overlapping rules"; seen live): on days of the week when both have times that meet, only the
 * newer counts. The older keeps what is before and behind, and in between its other days.
 */
#ifndef FERRY_ORG_CALENDAR_OVERLAP_H
#define FERRY_ORG_CALENDAR_OVERLAP_H

#include "org/calendar_rows.h"

/* `entry` stands in the calendar already, or is about to. */
MUST_CHECK bool calendar_overlap(struct store *s, struct arena *a,
				 const struct calendar_entries *entries,
				 const struct calendar_entry *entry, struct err *e);

#endif

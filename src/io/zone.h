/* SPDX-License-Identifier: MIT */
/*
 * Time zones with their summer times, by ICU. A wall clock is a datetime without zone.
 */
#ifndef FERRY_IO_ZONE_H
#define FERRY_IO_ZONE_H

#include "base/arena.h"
#include "base/datetime.h"
#include "base/err.h"

struct zone; /* of one thread */

/* By IANA name: "Europe/Berlin". ERR_INTERNAL when ICU does not know it. */
MUST_CHECK bool zone_open(struct zone **out, struct arena *a, const char *name, struct err *e);
void zone_close(struct zone **z); /* fits DEFER; *z may be NULL */

/* Both stay within the years 1 to 9999. */
struct datetime zone_to_local(const struct zone *z, struct datetime utc);
/*
 * Of a time that the clocks show twice, the first; one that they skip is counted on from before the gap,
 * so that a day that begins in the gap begins with its first instant.
 */
struct datetime zone_to_utc(const struct zone *z, struct datetime local);

#define ZONE_WINDOWS_SIZE 64
/* What Windows calls the zone of an IANA name: "Pacific Standard Time"; empty when it has no name for it. */
struct str zone_windows_name(const char *name, char out[ZONE_WINDOWS_SIZE]);

#endif

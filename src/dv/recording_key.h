/* SPDX-License-Identifier: MIT */
/*
 * Private to this room: what makes two requests the same in a recording, as one number.
 */
#ifndef FERRY_DV_RECORDING_KEY_H
#define FERRY_DV_RECORDING_KEY_H

#include "base/arena.h"
#include "dv/service.h"

/* Of a request in the form in which it is recorded: recording_masked(). */
uint64_t recording_key(const struct request *r);
struct json;
uint64_t recording_json_key(const struct json *v);
uint64_t recording_chained(uint64_t before, uint64_t next); /* both, in this order */
struct recording;
/* The request without the values of the columns that this recording hides. */
struct request recording_masked(struct recording *r, struct arena *a, const struct request *q);
/* It only reads: GET, or a batch with nothing but GET in it. */
bool recording_only_reads(const struct request *r);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Private to this room: what makes two requests the same in a recording, as one number.
 */
#ifndef FERRY_DV_RECORDING_KEY_H
#define FERRY_DV_RECORDING_KEY_H

#include "base/map.h"
#include "dv/service.h"

/* Adds the names of members whose value is RECORDING_SECRET, in a JSON or in the parts of a batch; on the map's arena. */
void recording_secrets(struct map *names, const struct request *r);
/* Values of members with these names do not count. */
uint64_t recording_key(const struct request *r, const struct map *secrets);
struct json;
uint64_t recording_json_key(const struct json *v, const struct map *secrets);
uint64_t recording_chained(uint64_t before, uint64_t next); /* both, in this order */
/* It only reads: GET, or a batch with nothing but GET in it. */
bool recording_only_reads(const struct request *r);

#endif

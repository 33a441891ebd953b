/* SPDX-License-Identifier: MIT */
/*
 * The numbers by which Dataverse names time zones (usersettings.timezonecode, calendar rules).
 */
#ifndef FERRY_DV_ZONE_CODE_H
#define FERRY_DV_ZONE_CODE_H

#include "base/base.h"

#define ZONE_CODE_UTC 92

/* The IANA name; NULL when there is no zone of that number. */
const char *zone_code_name(int64_t code);
/* The codes in their order; false behind the last. */
bool zone_code_at(size_t i, int64_t *code);

#endif

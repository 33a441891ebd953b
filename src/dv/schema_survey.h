/* SPDX-License-Identifier: MIT */
/*
 * Reads data_schema.xml to its end whatever is wrong with it, for schema_check.h. Where schema_read stops, a
 * finding is put down and reading goes on.
 */
#ifndef FERRY_DV_SCHEMA_SURVEY_H
#define FERRY_DV_SCHEMA_SURVEY_H

#include "dv/findings.h"
#include "dv/schema.h"

/*
 * What could be read: entities and fields that come twice are both there, by_name gives the first; a field
 * without a known type is CMT_UNKNOWN. False when the file is not XML or no schema, so that what follows
 * from the rest of it is not known; that is a finding, too.
 */
bool schema_survey(struct findings *f, struct str bytes, struct schema *out);

#endif

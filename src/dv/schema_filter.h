/* SPDX-License-Identifier: MIT */
/*
 * Checks the filters of a schema, for schema_check.h.
 */
#ifndef FERRY_DV_SCHEMA_FILTER_H
#define FERRY_DV_SCHEMA_FILTER_H

#include "dv/catalog.h"
#include "dv/fetchxml.h"
#include "dv/findings.h"
#include "dv/schema.h"

/* NULL when the entity has no filter, or one that does not parse or asks for another table's rows. */
struct fetch *schema_filter_parse(struct findings *f, const struct schema_entity *en);
/*
 * Looks its columns up in the environment; catalog NULL: in the schema, as far as that has their tables. A filter
 * may name a column that does not travel, so that is a note there.
 */
void schema_filter_columns(struct findings *f, const struct schema *schema,
			   const struct schema_entity *en, const struct fetch *filter,
			   const struct catalog *catalog);

#endif

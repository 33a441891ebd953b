/* SPDX-License-Identifier: MIT */
/*
 * Writes a data_schema.xml as the Configuration Migration Tool's builder does, byte for byte
 * (facts/cmt-format.md 2.1 to 2.7), from the definitions of an environment.
 */
#ifndef FERRY_DV_SCHEMA_NEW_H
#define FERRY_DV_SCHEMA_NEW_H

#include "base/buf.h"
#include "io/collate.h"
#include "dv/table.h"

struct new_entity {
	const struct table *table;
	const struct column **columns;
	size_t ncolumns;
	const struct many_to_many **links; /* this table is at one of the ends */
	size_t nlinks;
	struct str filter; /* FetchXML, or empty */
};

/*
 * Whether a column is among those that are taken when none are named: it can be read, and be given with a
 * create or an update, and its values travel. The primary key is.
 */
bool schema_new_takes(const struct table *t, const struct column *c);
/* By display name, as the builder sorts: hyphens and apostrophes weigh little. */
void schema_new_sort(const struct collate *c, struct new_entity *en);
void schema_new_write(struct buf *out, const struct new_entity *entities, size_t n);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * EntityMetadata as the Web API writes it (facts/webapi.md 5.1) and a struct table, both ways.
 */
#ifndef FERRY_DV_DEFINITION_H
#define FERRY_DV_DEFINITION_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "io/json.h"
#include "dv/table.h"

/*
 * The request by which a client reads the definitions of tables, as a target below the service root:
 * EntityDefinitions?$select=...&$filter=LogicalName eq 'a' or ...&$expand=Attributes,
 * ManyToOneRelationships,ManyToManyRelationships,Keys (encoded).
 */
void definition_url(struct buf *out, const struct str *tables, size_t n);

/* One element of the answer's value array. Columns with AttributeOf are left out. ERR_INPUT. */
MUST_CHECK bool definition_read(struct arena *a, const struct json *entity, struct table *out,
				struct err *e);

enum definition_part {
	DEFINITION_ATTRIBUTES = 1,
	DEFINITION_MANY_TO_ONE = 2,
	DEFINITION_MANY_TO_MANY = 4,
	DEFINITION_KEYS = 8
};
/*
 * Writes one EntityMetadata object with the expanded `parts` (bits). `select`, when n > 0, names the
 * properties of the table itself; MetadataId is always written. Ids are derived from the names, so that
 * they are stable.
 */
void definition_write(struct json_writer *w, const struct table *t, const struct str *select,
		      size_t n, unsigned parts);
/* Whether definition_write knows this property of a table: what may stand in `select`. */
bool definition_has_property(struct str name);
/* One AttributeMetadata object with everything its type has; with its option set when `options`. */
void definition_write_attribute(struct json_writer *w, const struct table *t,
				const struct column *c, bool options);

#endif

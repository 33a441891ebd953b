/* SPDX-License-Identifier: MIT */
/*
 * EntityMetadata as the Web API writes it (facts/webapi.md 5.1) and a struct table, both ways.
 */
#ifndef FERRY_DV_DEFINITION_H
#define FERRY_DV_DEFINITION_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/guid.h"
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
/*
 * One AttributeMetadata, also as a client sends it that creates a column: the logical name comes from the
 * schema name when it is missing, the type from the class. ERR_INPUT; `table` is for messages.
 */
MUST_CHECK bool definition_read_column(struct arena *a, const struct json *attribute,
				       struct str table, struct column *out, struct err *e);
struct str definition_read_label(struct arena *a, const struct json *object, struct str member);
struct option definition_read_option(struct arena *a, const struct json *option);

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

/* What of an object is written: the named properties, or all when n == 0 or it is NULL. */
struct definition_select {
	const struct str *names;
	size_t n;
};
/* The members of one object that the caller opened and closes. `typed`: with its @odata.type. */
void definition_members(struct json_writer *w, const struct table *t,
			const struct definition_select *select);
void definition_column_members(struct json_writer *w, const struct table *t, const struct column *c,
			       bool typed, const struct definition_select *select);
void definition_key_members(struct json_writer *w, const struct table *t, const struct table_key *k,
			    const struct definition_select *select);
void definition_lookup_members(struct json_writer *w, const struct table *child,
			       const struct many_to_one *r, bool typed,
			       const struct definition_select *select);
void definition_link_members(struct json_writer *w, const struct many_to_many *r, bool typed,
			     const struct definition_select *select);

/* A choice: that of a column, or a global one. `table` is empty for a global one. */
struct definition_choice {
	struct str name; /* account_accountcategorycode */
	struct str table;
	struct str metadata_id; /* empty: derived */
	bool unmanaged;
	const struct column *column; /* type, labels and options */
};
struct definition_choice definition_choice_of(struct arena *a, const struct table *t,
					      const struct column *c);
void definition_choice_members(struct json_writer *w, const struct definition_choice *choice,
			       bool typed, const struct definition_select *select);
bool definition_has_choice(const struct column *c); /* choices and yes/no */

/* A class of attributes: PicklistAttributeMetadata, and AttributeMetadata, which all of them are. */
struct definition_class {
	struct str name;
	unsigned types; /* bits 1 << enum column_type */
	bool exact;     /* no other class stands below it */
};
extern const struct definition_class definition_attributes;
/* By the name without namespace; NULL when there is none. */
const struct definition_class *definition_class_find(struct str name);
bool definition_class_has(const struct definition_class *c, const struct column *column);

/* Which properties there are, for $select and $filter. */
bool definition_key_has(struct str name);
bool definition_lookup_has(struct str name);
bool definition_link_has(struct str name);
bool definition_choice_has(struct str name);
bool definition_column_has(const struct definition_class *c, struct str name);

/* The columns that the platform adds to one: createdby has createdbyname. At most 3, on the arena. */
size_t definition_companions(struct arena *a, const struct table *t, const struct column *c,
			     struct column **out);

/* Whether a schema name begins with a publisher's prefix: new_, msdyn_. */
bool definition_is_custom(struct str schema_name);
/* Ids of metadata. */
struct guid definition_table_id(struct str table, struct str fixed);
struct guid definition_column_id(const struct table *t, const struct column *c);
struct guid definition_key_id(const struct table *t, const struct table_key *k);
struct guid definition_relationship_id(struct str schema_name);
struct guid definition_choice_id(const struct definition_choice *choice);

#endif

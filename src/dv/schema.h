/* SPDX-License-Identifier: MIT */
/*
 * CMT's data_schema.xml: which tables, columns, relationships and filters (facts/cmt-format.md 2). CMT's
 * words: entity, field. The bytes of the file are kept: an export copies them into its package.
 */
#ifndef FERRY_DV_SCHEMA_H
#define FERRY_DV_SCHEMA_H

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "dv/value.h"

enum date_mode {
	DATE_MODE_UNSET,
	DATE_MODE_ABSOLUTE,
	DATE_MODE_RELATIVE,
	DATE_MODE_RELATIVE_DAILY
};

struct schema_field {
	struct str name;
	struct str display_name;
	enum cmt_type type;
	bool primary_key;
	bool update_compare;
	struct str *targets; /* lookupType, split at '|'; "*" is kept as the one target */
	size_t ntargets;
	enum date_mode date_mode;
	unsigned line;
};

struct schema_relationship {
	struct str name; /* the intersect table, or the relationship's schema name */
	bool many_to_many;
	bool reflexive;
	struct str related;       /* relatedEntityName */
	struct str target;        /* m2mTargetEntity */
	struct str target_column; /* m2mTargetEntityPrimaryKey */
	unsigned line;
};

struct schema_entity {
	struct str name;
	struct str display_name;
	struct str primary_id;
	struct str primary_name; /* may be empty */
	bool disable_plugins;
	bool skip_update;  /* rows that match are left alone */
	bool force_create; /* rows are never matched */
	struct schema_field *fields;
	size_t nfields;
	struct schema_relationship *relationships;
	size_t nrelationships;
	struct str filter; /* FetchXML or empty; decoded once; child elements written out again */
	unsigned line;
	unsigned filter_line; /* the line of the <filter> tag */
	struct map by_name;   /* of fields */
};

struct schema {
	struct str bytes; /* the file */
	const char *name; /* for messages */
	enum date_mode date_mode;
	struct schema_entity *entities;
	size_t nentities;
	struct str *import_order; /* entityImportOrder */
	size_t nimport_order;
	struct map by_name; /* of entities */
};

/*
 * ERR_INPUT with name and line: not well formed, an unknown field type, an entity or field that comes
 * twice, a missing name or type, a boolean that is none of true false 1 0. Attributes and elements that
 * are not known are passed over.
 */
MUST_CHECK bool schema_read(struct arena *a, struct str bytes, const char *name, struct schema *out,
			    struct err *e);
MUST_CHECK bool schema_read_file(struct arena *a, const char *path, struct schema *out,
				 struct err *e);

const struct schema_entity *schema_entity(const struct schema *s, struct str name);
const struct schema_field *schema_field(const struct schema_entity *en, struct str name);

#endif

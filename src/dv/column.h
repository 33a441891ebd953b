/* SPDX-License-Identifier: MIT */
/*
 * What a column is: its type and the rules for its values.
 */
#ifndef FERRY_DV_COLUMN_H
#define FERRY_DV_COLUMN_H

#include "base/base.h"
#include "base/str.h"

enum column_type {
	COLUMN_STRING,
	COLUMN_MEMO,
	COLUMN_ENTITY_NAME, /* a table's logical name */
	COLUMN_INTEGER,
	COLUMN_BIGINT,
	COLUMN_DECIMAL,
	COLUMN_DOUBLE,
	COLUMN_MONEY,
	COLUMN_BOOLEAN,
	COLUMN_DATETIME,
	COLUMN_PICKLIST,
	COLUMN_MULTISELECT,
	COLUMN_STATE,
	COLUMN_STATUS,
	COLUMN_LOOKUP,
	COLUMN_CUSTOMER,
	COLUMN_OWNER,
	COLUMN_PARTYLIST,
	COLUMN_GUID,
	COLUMN_IMAGE,
	COLUMN_FILE,
	COLUMN_MANAGED, /* a managed property: a boolean that travels as an object */
	COLUMN_VIRTUAL  /* holds nothing that can be read or written as data */
};

enum required_level { REQUIRED_NONE, REQUIRED_RECOMMENDED, REQUIRED_APPLICATION, REQUIRED_SYSTEM };

enum date_behavior { DATE_USER_LOCAL, DATE_ONLY, DATE_ZONE_INDEPENDENT };

struct option {
	int32_t value;
	struct str label;
	struct str description; /* may be empty */
	struct str color;       /* "#ff0000"; may be empty */
	int32_t state;          /* of a status: the state that it belongs to */
	int32_t default_status; /* of a state: the status that it gets by default */
};

struct column {
	struct str name;
	struct str schema_name;
	struct str display_name; /* may be empty */
	struct str description;
	struct str metadata_id;  /* empty: derived from the names */
	struct str attribute_of; /* the column that it belongs to; empty: it stands for itself */
	bool unmanaged;          /* made here, not brought by a solution */
	enum column_type type;
	enum required_level required;
	bool create, update, read; /* valid for */
	bool secured;              /* column security: readers without the permission see null */
	uint32_t max_length;       /* code units; 0 = not told */
	struct str format;         /* "Email", "DateOnly"; empty: that of its type */
	struct str auto_number;    /* "WID-{SEQNUM:5}"; empty: none */
	uint32_t max_kb;           /* of files and images; 0 = not told */
	bool primary_image, full_image;
	bool has_min, has_max; /* of numbers; decimals as text, see decimal.h */
	struct str min, max;
	int precision; /* digits after the point of decimal, double, money; -1 = not told */
	enum date_behavior behavior;
	struct option *options;
	size_t noptions;
	struct str choice; /* the global choice that the options are; empty: its own */
	bool has_default;
	int32_t default_value; /* booleans and choices */
	struct str *targets;   /* tables that a lookup may point to */
	size_t ntargets;
};

bool column_is_lookup(const struct column *c); /* LOOKUP, CUSTOMER, OWNER */
bool column_is_choice(const struct column *c); /* PICKLIST, STATE, STATUS */
const char *column_edm_type(
	const struct column *c);             /* of its values in the Web API: Edm.Int32 ... */
bool column_is_text(const struct column *c); /* STRING, MEMO */
const struct option *column_option(const struct column *c, int32_t value); /* NULL when absent */
struct str column_type_name(enum column_type t); /* "LookupType": AttributeTypeName's value */
MUST_CHECK bool column_type_parse(struct str name, enum column_type *out);
struct str required_level_name(enum required_level level); /* "ApplicationRequired" */
MUST_CHECK bool required_level_parse(struct str name, enum required_level *out);
struct str date_behavior_name(enum date_behavior behavior); /* "UserLocal" */
MUST_CHECK bool date_behavior_parse(struct str name, enum date_behavior *out);

#endif

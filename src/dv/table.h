/* SPDX-License-Identifier: MIT */
/*
 * What a table is: its columns, relationships and keys, looked up by name. The same struct serves the
 * local organization (read from metadata/<table>.json) and a client (read from EntityDefinitions).
 * All names are Dataverse logical names unless the field says otherwise; they compare exactly.
 */
#ifndef FERRY_DV_TABLE_H
#define FERRY_DV_TABLE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"
#include "io/json.h"
#include "dv/column.h"

/* What happens to the rows that point to a row when it is deleted. */
enum cascade { CASCADE_REMOVE_LINK, CASCADE_RESTRICT, CASCADE_ALL, CASCADE_NONE };
struct str cascade_name(enum cascade c); /* "RemoveLink": CascadeType's word */
MUST_CHECK bool cascade_parse(struct str name, enum cascade *out);

struct many_to_one {
	struct str schema_name;
	struct str column; /* here */
	struct str target;
	struct str target_column;
	struct str navigation; /* the property to bind; case counts (facts/webapi.md 1.6) */
	struct str
		collection; /* the target's property for the rows here; the schema name if not told */
	enum cascade on_delete;
	/* CascadeType's words for the other events; empty: NoCascade */
	struct str on_assign, on_share, on_unshare, on_reparent, on_merge;
	bool hierarchical; /* above, under ... follow it */
	bool unmanaged;
};

struct many_to_many {
	struct str schema_name;
	struct str intersect; /* the intersect table */
	struct str table1, column1,
		navigation1; /* column1 in the intersect; navigation1 on table1 */
	struct str table2, column2, navigation2;
	bool unmanaged;
};

struct table_key {
	struct str name;
	struct str schema_name;  /* the name if not told */
	struct str display_name; /* may be empty */
	bool unmanaged;
	struct str *columns;
	size_t ncolumns;
};

struct table {
	struct str name;
	struct str schema_name;
	struct str display_name;
	struct str display_collection_name;
	struct str entity_set;
	struct str primary_id;
	struct str primary_name; /* may be empty */
	int32_t object_type_code;
	bool user_owned;
	bool is_intersect;
	struct str description;
	struct str collection_schema_name;
	struct str ownership;     /* OwnershipTypes' word; may be empty */
	struct str table_type;    /* "Standard", "Elastic", "Virtual" */
	struct str primary_image; /* may be empty */
	struct str metadata_id;   /* empty: derived from the name */
	struct str source;        /* where its facts come from; may be empty */
	bool unmanaged;           /* made here, not brought by a solution */
	bool solution_aware, is_activity, has_notes, has_activities;
	bool change_tracking, optimistic_concurrency;
	struct column *columns;
	size_t ncolumns;
	struct many_to_one *many_to_one;
	size_t nmany_to_one;
	struct many_to_many *many_to_many;
	size_t nmany_to_many;
	struct table_key *keys;
	size_t nkeys;
	struct map by_name; /* of columns */
};

/* From the project's own shape (metadata/README.md). `what` names the text in messages. ERR_INPUT. */
MUST_CHECK bool table_from_facts(struct arena *a, const struct json *facts, const char *what,
				 struct table *out, struct err *e);
/* And back: what table_from_facts reads from it is the same table. */
void table_to_facts(struct json_writer *w, const struct table *t);
/* Builds by_name; to be called when columns are complete. ERR_INPUT on a repeated name. */
MUST_CHECK bool table_index(struct arena *a, struct table *t, struct err *e);

const struct column *table_column(const struct table *t, struct str name); /* NULL when absent */
const struct column *table_primary(const struct table *t);
/* The relationship that binds `column` to `target`; NULL when there is none. */
const struct many_to_one *table_lookup(const struct table *t, struct str column, struct str target);
/* By intersect table or by schema name; NULL when absent. */
const struct many_to_many *table_link(const struct table *t, struct str name);

#endif

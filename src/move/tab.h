/* SPDX-License-Identifier: MIT */
/*
 * The tables of a run: the schema's entities joined with the environment's definitions and the knowledge.
 * `columns` are those of the run file's cells: first the schema's fields in their order, then what the
 * engine needs besides (keys, ismanaged, state).
 */
#ifndef FERRY_MOVE_TAB_H
#define FERRY_MOVE_TAB_H

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "dv/catalog.h"
#include "dv/schema.h"
#include "move/knowledge.h"
#include "move/run.h"

struct tab_column {
	struct str name;
	const struct schema_field *field; /* NULL: not of the schema */
	const struct column *column;      /* in the environment; NULL: it has none of that name */
	enum column_rule rule;
	int32_t party; /* participationtypemask of a party list: it is read and written as rows of their own; 0: none */
	bool read;    /* asked for */
	bool compare; /* a difference counts */
	bool create;  /* sent with a create */
	bool update;  /* sent with an update */
	bool clears;  /* a row of the package that does not tell it has it empty (move/origin.h) */
};

struct tab_relationship {
	uint32_t rel; /* the run's number, over all tabs */
	const struct schema_relationship *relationship;
	const struct many_to_many *link;
	const struct table *intersect;
	bool source_is_first; /* the entity is table1 of the relationship */
};

struct tab {
	uint32_t number;
	const struct schema_entity *entity;
	const struct table *table;
	const struct known_table *known; /* or NULL */
	struct tab_column *columns;
	size_t ncolumns;
	size_t nfields; /* the first ones are the schema's */
	struct map by_name;
	struct tab_relationship *relationships;
	size_t nrelationships;
	const struct many_to_one
		*parties; /* of activityparty, to this table; NULL: no field is a party list */
	/* positions in columns, or SIZE_MAX */
	size_t managed, state, status;
	uint64_t read; /* rows of the package, good or bad */
};

struct tabs {
	struct tab *p;
	size_t n;
	size_t nrelationships;
	struct map by_name;
};

struct tab_options {
	bool secrets;      /* secret columns are treated like any other */
	bool skip_missing; /* columns that the environment lacks are warnings, each told once */
	bool owner;        /* who owns new rows is said: rows that have an owner get that column */
	bool again;        /* of a run that has them already: nothing is told */
};
/*
 * ERR_INPUT listing every table, column and relationship of the schema that the environment lacks
 * (product.md, "Bad input"). Registers the tabs in the run.
 */
MUST_CHECK bool tabs_make(struct arena *a, struct run *r, const struct schema *schema,
			  const struct catalog *catalog, const struct knowledge *k,
			  const struct tab_options *options, struct tabs *out, struct err *e);
struct tab *tabs_find(const struct tabs *t, struct str table); /* NULL when absent */
size_t tab_column(const struct tab *t, struct str name);       /* SIZE_MAX when absent */
/* The columns of the intersect table: the entity's own end, the other one. ERR_INPUT: it lacks one. */
MUST_CHECK bool tab_relationship_ends(const struct tab_relationship *rel,
				      const struct column *ends[2], struct err *e);
/* A value as a message shows it: cut, and not at all when the column is secret. */
struct str tab_shown(const struct tab_column *c, const struct value *v);
/* Whether it has a file or image column that is read. */
bool tab_has_files(const struct tab *t);
/* The rule for a row of the package; NULL when the table has none that applies. values as in columns. */
const struct rows_rule *tab_rule(const struct tab *t, const struct value *values);
/* Whether a row with that rule (or NULL), once it is found in the target, stays there as it is. */
bool tab_leaves(const struct tab *t, const struct rows_rule *rule);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * plans/knowledge.xml: what holds for a table whatever the channel. The file's head explains its form.
 */
#ifndef FERRY_MOVE_KNOWLEDGE_H
#define FERRY_MOVE_KNOWLEDGE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/map.h"
#include "base/str.h"

enum rows_kind { ROWS_SYSTEM, ROWS_VOCABULARY, ROWS_ROOT, ROWS_CHILD };

enum when_op {
	WHEN_ALWAYS,
	WHEN_EQ,
	WHEN_NE,
	WHEN_NULL,
	WHEN_NOT_NULL,
	WHEN_BEGINS,
	WHEN_NOT_BEGINS,
	WHEN_CONTAINS
};

/* Columns that tell a row together. */
struct rows_key {
	struct str *columns;
	size_t n;
};

struct rows_rule {
	enum rows_kind kind;
	bool missing_stops; /* a source row without counterpart stops the run */
	bool link_only;     /* an adopted row is not updated */
	struct str *key;    /* the adoption key's columns */
	size_t nkey;
	struct rows_key *
		keys; /* where there is a key: all that are tried in their order; `key` is the first */
	size_t nkeys;
	enum when_op op;
	struct str when_column;
	struct str when_value; /* stored form */
	unsigned line;
};

/* A row of the target for which the condition holds is never taken silently for one of the source. */
struct unfit_rule {
	struct str called; /* "disabled", "a guest" */
	enum when_op op;
	struct str when_column;
	struct str when_value;
	struct str
		same; /* it is taken when both rows have one value in this column; may be empty */
	struct str but_column; /* nor of rows that have one of these values here; may be empty */
	struct str *but;
	size_t nbut;
	bool never; /* not even when a person says so */
	unsigned line;
};

enum column_rule {
	COLUMN_RULE_NONE,
	COLUMN_RULE_SECRET,
	COLUMN_RULE_GENERATED,
	COLUMN_RULE_PER_ENVIRONMENT,
	COLUMN_RULE_TEXT_REFERENCE
};

struct known_column {
	struct str name;
	enum column_rule rule;
	struct str *tables; /* TEXT_REFERENCE: whose ids the text may hold */
	size_t ntables;
	bool again; /* written once more when all rows are there, of a row that is new */
	bool switches; /* what is there already behaves otherwise at once: written when all else is there */
};

/* Columns that make sense only together: all of them are written, or none. At most so many sets of one table. */
#define KNOWN_SETS 8
struct known_set {
	struct str *columns;
	size_t n;
};

struct known_table {
	struct str name;
	struct rows_rule *rows; /* the first whose condition holds decides */
	size_t nrows;
	struct unfit_rule *unfit;
	size_t nunfit;
	struct known_column *columns;
	struct known_set *together;
	size_t ncolumns, ntogether;
	struct str *makes; /* tables in which the platform makes rows when one of this is created */
	struct str *after; /* tables whose new rows come before those of this one */
	size_t nmakes, nafter;
	bool one; /* written one row at a time: in no bulk message, and in one request at a time */
};

struct knowledge {
	struct str bytes; /* the file */
	struct known_table *tables;
	size_t ntables;
	struct map by_name;
};

/* ERR_INPUT with name:line. */
MUST_CHECK bool knowledge_read(struct arena *a, struct str bytes, const char *name,
			       struct knowledge *out, struct err *e);
/* The one that is part of the program. */
MUST_CHECK bool knowledge_builtin(struct arena *a, struct knowledge *out, struct err *e);

const struct known_table *knowledge_table(const struct knowledge *k, struct str name); /* or NULL */
/* What is known of a column, or NULL; `t` may be NULL. */
const struct known_column *knowledge_find_column(const struct known_table *t, struct str column);
/* The rule for a column; `t` may be NULL. */
enum column_rule knowledge_column(const struct known_table *t, struct str column);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What differs between two sides, whatever they come from. Both go into one run file, as its source and its
 * target; then they are walked together in the order of the ids. Rows belong together by id, columns by name, over
 * the union of what both sides describe.
 *
 * A side is filled by its schema and its rows, from a package here, from an environment by move/diff_env.h. Schemas of
 * environments come before those of packages, whose names for relationships may be others.
 */
#ifndef FERRY_MOVE_DIFF_H
#define FERRY_MOVE_DIFF_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/guid.h"
#include "base/map.h"
#include "base/vec.h"
#include "dv/event.h"
#include "dv/package.h"
#include "dv/schema.h"
#include "move/diff_cells.h"
#include "move/knowledge.h"
#include "move/progress.h"
#include "move/run.h"

struct diff_table {
	struct str name;
	uint32_t number;
	bool declared[DIFF_SIDES];
	VEC(struct diff_column) columns;
	struct map by_name;
	struct str primary_id, primary_name; /* columns; may be empty */
	uint64_t rows[DIFF_SIDES];
	uint64_t added, removed, changed, unchanged; /* after diff_count */
};

/* The pairs of one N:N relationship as one table tells them. */
struct diff_relationship {
	struct str name, table;
	uint32_t number;
	bool declared[DIFF_SIDES];
	uint64_t added, removed, unchanged;
};

struct diff {
	struct arena *arena; /* as long as the comparison */
	struct arena *page;  /* of one row */
	struct run *run;
	const struct progress *progress;
	VEC(struct diff_table) tables; /* in the order in which schemas were added */
	struct map by_name;
	VEC(struct diff_relationship) relationships;
	struct map by_link;
	struct buf cells;
	size_t undeclared; /* tables and relationships that no schema has */
	/* set after diff_init, if at all */
	const struct knowledge *knowledge; /* says which columns are secrets */
	bool secrets;                      /* they are treated like any other */
	const struct schema *limit;        /* only what it has is compared */
	bool limit_is_own; /* it is a package's own, so what that leaves out of its data is told */
};

void diff_init(struct diff *d, struct arena *arena, struct arena *page, struct run *run,
	       const struct progress *progress);
void diff_release(struct diff *d); /* fits DEFER */

/* Both sides' before any row. */
void diff_add_schema(struct diff *d, enum diff_side side, const struct schema *schema);

/* Positions; a table, column or relationship that no schema has is added. ERR_INPUT beyond LIMIT_UNDECLARED. */
MUST_CHECK bool diff_table(struct diff *d, struct str name, size_t *out, struct err *e);
MUST_CHECK bool diff_column(struct diff *d, struct diff_table *t, struct str name, uint32_t *out,
			    struct err *e);
MUST_CHECK bool diff_relationship(struct diff *d, struct str table, struct str name, size_t *out,
				  struct err *e);

/* Whether the limit does not have it: the table; one of its columns or relationships, where that is not empty. */
bool diff_leaves_out(const struct diff *d, struct str table, struct str column, struct str link);

/* Another name of a relationship that is there; of one that has it already nothing changes. */
void diff_name_relationship(struct diff *d, struct str table, struct str name, struct str other);

/* The first row of an id stays: *fresh false, and *same says whether this one has the same values. */
MUST_CHECK bool diff_put_row(struct diff *d, enum diff_side side, struct diff_table *t,
			     struct guid id, struct diff_value *values, size_t n, bool *fresh,
			     bool *same, struct err *e);

/* All rows and pairs of a package, called `name`. What does not fit its type is a problem, and compared as text. */
MUST_CHECK bool diff_load_package(struct diff *d, enum diff_side side, struct package *p,
				  const char *name, struct err *e);

/* Compares everything; the counts are right afterwards. */
MUST_CHECK bool diff_count(struct diff *d, struct err *e);

enum diff_kind { DIFF_ADDED, DIFF_REMOVED, DIFF_CHANGED };

struct diff_cell {
	const struct diff_column *column;
	const struct value *old, *new; /* NULL: the row has no value there */
};
struct diff_row {
	struct guid id;
	struct str name; /* primary name, the new side's if it has one; may be empty */
	const struct diff_cell *cells; /* of a changed row, in the order of the table's columns */
	size_t ncells;
};
/* The rows of one kind, by id; what the row points to lives during the call. */
MUST_CHECK bool diff_each_row(struct diff *d, const struct diff_table *t, enum diff_kind kind,
			      bool (*each)(void *context, const struct diff_row *row,
					   struct err *e),
			      void *context, struct err *e);
/* The pairs that were added or removed. */
MUST_CHECK bool diff_each_pair(struct diff *d, const struct diff_relationship *r,
			       enum diff_kind kind,
			       bool (*each)(void *context, struct guid source, struct guid target,
					    struct err *e),
			       void *context, struct err *e);

#endif

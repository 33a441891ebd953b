/* SPDX-License-Identifier: MIT */
/*
 * References to rows outside the package, in the run file.
 */
#ifndef FERRY_MOVE_RUN_REFERENCE_H
#define FERRY_MOVE_RUN_REFERENCE_H

#include "dv/references.h"
#include "move/run.h"

/* References that point to rows outside the package; each is kept once. `label` may be empty. */
MUST_CHECK bool run_put_reference(struct run *r, struct str table, struct guid id, struct str label,
				  struct err *e);
/* The tables that references point to, sorted, on the arena. */
MUST_CHECK bool run_reference_tables(struct run *r, struct arena *a, struct str **names, size_t *n,
				     struct err *e);
/* References to a table that no map entry answers yet, by id. */
MUST_CHECK bool run_open_references(struct run *r, struct str table, struct run_cursor *c,
				    struct err *e);
/* All references to a table, by id, answered or not. */
MUST_CHECK bool run_references(struct run *r, struct str table, struct run_cursor *c,
			       struct err *e);
MUST_CHECK bool run_next_reference(struct run_cursor *c, struct guid *id, struct str *label,
				   bool *more, struct err *e);

/* All of them at once, on the arena. */
struct reference_list {
	struct guid *ids;
	struct str *labels;
	size_t n;
};
MUST_CHECK bool run_list_references(struct run *r, struct arena *a, struct str table,
				    struct reference_list *out, struct err *e);

/* At most so many of those that no map entry answers yet and that come behind `after` (NULL: from the first), on the arena. */
MUST_CHECK bool run_next_references(struct run *r, struct arena *a, struct str table,
				    const struct guid *after, size_t most,
				    struct reference_list *out, struct err *e);

/* By what a row outside the package is known in every environment. */
MUST_CHECK bool run_put_reference_key(struct run *r, struct str table, struct guid id,
				      const struct reference_key *key, struct err *e);
MUST_CHECK bool run_reference_keys(struct run *r, struct arena *a, struct str table, struct guid id,
				   struct reference_key **keys, size_t *n, struct err *e);
/* Whether an id is that of a known outside row, of whatever table. */
MUST_CHECK bool run_find_reference(struct run *r, struct arena *a, struct guid id,
				   struct str *table, struct str *label, bool *found,
				   struct err *e);
/* Why a reference is open, for people: "is disabled in the target". */
MUST_CHECK bool run_set_reference_why(struct run *r, struct str table, struct guid id,
				      struct str why, struct err *e);
/* What is known of one reference, on the arena. */
MUST_CHECK bool run_get_reference(struct run *r, struct arena *a, struct str table, struct guid id,
				  struct str *label, struct str *why, bool *found, struct err *e);
/* The outside rows of a table that are shown or known as `text`: the first two, and how many. */
MUST_CHECK bool run_references_called(struct run *r, struct str table, struct str text,
				      struct guid ids[2], size_t *n, struct err *e);

#endif

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

/* By what a row outside the package is known in every environment. */
MUST_CHECK bool run_put_reference_key(struct run *r, struct str table, struct guid id,
				      const struct reference_key *key, struct err *e);
MUST_CHECK bool run_reference_keys(struct run *r, struct arena *a, struct str table, struct guid id,
				   struct reference_key **keys, size_t *n, struct err *e);
/* Whether an id is that of a known outside row, of whatever table. */
MUST_CHECK bool run_find_reference(struct run *r, struct arena *a, struct guid id,
				   struct str *table, struct str *label, bool *found,
				   struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Which row is which, in the run file: the ids of the source and those of the target, and target rows by their keys.
 */
#ifndef FERRY_MOVE_RUN_MAP_H
#define FERRY_MOVE_RUN_MAP_H

#include "move/run.h"

/* Source id -> target id, per table name, also for tables and rows outside the run. `how` for people. */
MUST_CHECK bool run_put_map(struct run *r, struct str table, struct guid source, struct guid target,
			    struct str how, struct err *e);
MUST_CHECK bool run_get_map(struct run *r, struct str table, struct guid source,
			    struct guid *target, bool *found, struct err *e);
/* The same without a table: for GUIDs in text. *found only if all tables that know it agree. */
MUST_CHECK bool run_get_map_any(struct run *r, struct guid source, struct guid *target, bool *found,
				struct err *e);
/* Whether any table knows it. */
MUST_CHECK bool run_has_map(struct run *r, struct guid source, bool *found, struct err *e);
/* The source row that a target row was mapped from; *found false when none. */
MUST_CHECK bool run_get_map_back(struct run *r, struct str table, struct guid target,
				 struct guid *source, bool *found, struct err *e);
/* By what a source row was found, as run_put_map was told; on the arena. */
MUST_CHECK bool run_get_how(struct run *r, struct arena *a, struct str table, struct guid source,
			    struct str *how, bool *found, struct err *e);
/* The target rows of a table to which several source rows are mapped, in the platform's order; then those source rows. */
MUST_CHECK bool run_shared_targets(struct run *r, struct str table, struct run_cursor *c,
				   struct err *e);
MUST_CHECK bool run_next_shared_target(struct run_cursor *c, struct guid *target, bool *more,
				       struct err *e);
MUST_CHECK bool run_map_sources(struct run *r, struct str table, struct guid target,
				struct run_cursor *c, struct err *e);
/* `how` lives until the next call. */
MUST_CHECK bool run_next_map_source(struct run_cursor *c, struct guid *source, struct str *how,
				    bool *more, struct err *e);

/* Rows by the exact text of one of their keys; `rule` numbers the key within its tab. */
MUST_CHECK bool run_put_keyed(struct run *r, uint32_t tab, uint32_t rule, struct str key,
			      struct guid id, struct err *e);
/* The number of rows with that key, 3 for more than two; the first two ids, in the platform's order. */
MUST_CHECK bool run_get_keyed(struct run *r, uint32_t tab, uint32_t rule, struct str key,
			      struct guid ids[2], size_t *n, struct err *e);
/* The same with the first `most` ids; the number is at most LIMIT_COUNTED_ROWS. */
MUST_CHECK bool run_list_keyed(struct run *r, uint32_t tab, uint32_t rule, struct str key,
			       struct guid *ids, size_t most, size_t *n, struct err *e);
MUST_CHECK bool run_has_keyed(struct run *r, uint32_t tab, uint32_t rule, struct str key,
			      struct guid id, bool *found, struct err *e);
/* The keys that several rows have. */
MUST_CHECK bool run_shared_keys(struct run *r, uint32_t tab, uint32_t rule, struct run_cursor *c,
				struct err *e);
/* The slice lives until the next call. */
MUST_CHECK bool run_next_shared_key(struct run_cursor *c, struct str *key, bool *more,
				    struct err *e);
/* All of them are only for the moment. */
MUST_CHECK bool run_clear_keyed(struct run *r, struct err *e);

#endif

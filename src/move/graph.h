/* SPDX-License-Identifier: MIT */
/*
 * What has to wait for what: edges between changes, in the run file. From them come the waves of the
 * creates, the lookups that close a cycle, and who is skipped when something fails.
 */
#ifndef FERRY_MOVE_GRAPH_H
#define FERRY_MOVE_GRAPH_H

#include "base/arena.h"
#include "base/err.h"
#include "base/guid.h"
#include "move/journal.h"
#include "move/run.h"

/* The planned create of a row; *number 0 when there is none. */
MUST_CHECK bool graph_find_create(struct run *r, uint32_t tab, struct guid id, int64_t *number,
				  struct err *e);
/* `change` waits for `needs`, because of column `column` of its tab (UINT32_MAX: not a column's). */
MUST_CHECK bool graph_put_edge(struct run *r, int64_t change, int64_t needs, uint32_t column,
			       struct err *e);

/* From now on the waves below are those of the planned deletes; edges between them may be there, or be put afterwards. */
MUST_CHECK bool graph_begin_deletes(struct run *r, struct err *e);
/* The planned delete of a row; *number 0 when there is none. */
MUST_CHECK bool graph_find_delete(struct run *r, uint32_t tab, struct guid id, int64_t *number,
				  struct err *e);

/* The planned delete or deactivation of a row; *number 0 when there is none. */
MUST_CHECK bool graph_find_removal(struct run *r, uint32_t tab, struct guid id, int64_t *number,
				   struct err *e);
/* Whether a row is to be removed or was, whatever became of that. */
MUST_CHECK bool graph_is_removed(struct run *r, uint32_t tab, struct guid id, bool *yes,
				 struct err *e);
/* How many changes a row has, whatever their state; its pairs are not counted. */
MUST_CHECK bool graph_count_changes(struct run *r, uint32_t tab, struct guid id, uint64_t *n,
				    struct err *e);

/*
 * Gives `wave` to every create without a wave that needs no create without a wave. *assigned: how many;
 * *left: how many creates still have none.
 */
MUST_CHECK bool graph_next_wave(struct run *r, uint32_t wave, uint64_t *assigned, uint64_t *left,
				struct err *e);

/* One lookup column that takes part in cycles among the creates without a wave. */
struct graph_knot {
	uint32_t tab;
	uint32_t column;
	uint64_t edges;
};
/* All of them, fewest edges first, then by tab and column; on the arena. */
MUST_CHECK bool graph_knots(struct run *r, struct arena *a, struct graph_knot **knots, size_t *n,
			    struct err *e);
/* The creates on cycles that have an edge of that column, by number; the edges are taken away. */
MUST_CHECK bool graph_untie(struct run *r, struct arena *a, const struct graph_knot *knot,
			    int64_t **changes, size_t *n, struct err *e);

/*
 * The same among the deletes. Of an edge between them the column is the referencing row's, which is the one that is needed:
 * knots are told by its tab, and what is untied are the deletes of those rows.
 */
MUST_CHECK bool graph_delete_knots(struct run *r, struct arena *a, struct graph_knot **knots,
				   size_t *n, struct err *e);
MUST_CHECK bool graph_untie_deletes(struct run *r, struct arena *a, const struct graph_knot *knot,
				    int64_t **changes, size_t *n, struct err *e);

/* Gives `wave` to every planned change of the kind that has none. */
MUST_CHECK bool graph_wave_kind(struct run *r, enum change_kind kind, uint32_t wave, struct err *e);

/* The first change that `change` needs and that failed or was skipped; *found false when none. */
MUST_CHECK bool graph_broken_need(struct run *r, int64_t change, struct change *needed, bool *found,
				  struct err *e);

/*
 * Marks as skipped every planned removal that needs a removal that was skipped, to the end of the chain; those that are
 * marked, on the arena.
 */
MUST_CHECK bool graph_skip_removals(struct run *r, struct arena *a, int64_t **changes, size_t *n,
				    struct err *e);

#endif

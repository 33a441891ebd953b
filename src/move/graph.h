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

/* Gives `wave` to every planned change of the kind that has none. */
MUST_CHECK bool graph_wave_kind(struct run *r, enum change_kind kind, uint32_t wave, struct err *e);

/* The first change that `change` needs and that failed or was skipped; *found false when none. */
MUST_CHECK bool graph_broken_need(struct run *r, int64_t change, struct change *needed, bool *found,
				  struct err *e);

#endif

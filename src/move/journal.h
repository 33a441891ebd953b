/* SPDX-License-Identifier: MIT */
/*
 * What a run decided and what happened, in the run file: changes in waves, the edges between them, the
 * outcome of every source row, problems. Counting them gives the summary, so its numbers add up.
 */
#ifndef FERRY_MOVE_JOURNAL_H
#define FERRY_MOVE_JOURNAL_H

#include "base/arena.h"
#include "base/err.h"
#include "base/guid.h"
#include "move/run.h"

enum change_kind {
	CHANGE_CREATE,
	CHANGE_UPDATE, /* columns of a row; deferred lookups of a new row too */
	CHANGE_LINK,
	CHANGE_STATE /* statecode and statuscode */
};
enum change_state { CHANGE_PLANNED, CHANGE_SENT, CHANGE_DONE, CHANGE_FAILED, CHANGE_SKIPPED };

struct change {
	int64_t number;
	enum change_kind kind;
	enum change_state state;
	uint32_t wave;      /* from 1; 0 = none yet */
	uint32_t tab;       /* LINK: the relationship's number */
	struct guid id;     /* of the target row; LINK: the source row's, as the target knows it */
	struct guid origin; /* the same row's id in the source */
	struct guid other;  /* LINK: the linked row's in the target */
	struct guid other_origin;
	struct str columns; /* one byte per column of the tab: 1 = to be written; LINK: empty */
};

MUST_CHECK bool journal_put_change(struct run *r, struct change *c,
				   struct err *e); /* sets number */
MUST_CHECK bool journal_set_state(struct run *r, int64_t number, enum change_state state,
				  struct err *e);
MUST_CHECK bool journal_set_wave(struct run *r, int64_t number, uint32_t wave, struct err *e);
MUST_CHECK bool journal_set_columns(struct run *r, int64_t number, struct str columns,
				    struct err *e);
MUST_CHECK bool journal_get_change(struct run *r, int64_t number, struct change *out,
				   struct err *e);
/* Planned changes of one wave, by tab, id, number. */
MUST_CHECK bool journal_changes(struct run *r, uint32_t wave, struct run_cursor *c, struct err *e);
/* The slices live until the next call. */
MUST_CHECK bool journal_next_change(struct run_cursor *c, struct change *out, bool *more,
				    struct err *e);
/* Changes of a kind in a state. */
MUST_CHECK bool journal_count(struct run *r, enum change_kind kind, enum change_state state,
			      uint64_t *n, struct err *e);
/* Rows and links whose changes are still planned or sent get OUTCOME_SKIPPED. */
MUST_CHECK bool journal_skip_unwritten(struct run *r, struct err *e);

/* Buckets of product.md "Output", strongest first: a row keeps the strongest that it ever got. */
enum outcome {
	OUTCOME_FAILED,
	OUTCOME_SKIPPED,
	OUTCOME_CREATED,
	OUTCOME_UPDATED,
	OUTCOME_ADOPTED,
	OUTCOME_UNCHANGED
};
#define OUTCOMES 6
MUST_CHECK bool journal_set_outcome(struct run *r, uint32_t tab, struct guid source,
				    enum outcome outcome, struct err *e);
MUST_CHECK bool journal_get_outcome(struct run *r, uint32_t tab, struct guid source,
				    enum outcome *outcome, bool *found, struct err *e);
/* counts[OUTCOMES] of one tab. */
MUST_CHECK bool journal_count_outcomes(struct run *r, uint32_t tab, uint64_t *counts,
				       struct err *e);
/* The same for the pairs of one relationship: created = linked. */
MUST_CHECK bool journal_set_link_outcome(struct run *r, uint32_t rel, struct guid source,
					 struct guid target, enum outcome outcome, struct err *e);
MUST_CHECK bool journal_get_link_outcome(struct run *r, uint32_t rel, struct guid source,
					 struct guid target, enum outcome *outcome, bool *found,
					 struct err *e);
MUST_CHECK bool journal_count_link_outcomes(struct run *r, uint32_t rel, uint64_t *counts,
					    struct err *e);

enum severity { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR };
struct problem {
	enum severity severity;
	struct str table, id, column; /* each may be empty */
	uint32_t code;                /* the platform's, or 0 */
	struct str message;
	struct str remedy; /* what to do; may be empty */
};
MUST_CHECK bool journal_put_problem(struct run *r, const struct problem *p, struct err *e);
MUST_CHECK bool journal_count_problems(struct run *r, enum severity severity, uint64_t *n,
				       struct err *e);
/* In the order in which they were put, most severe first. */
MUST_CHECK bool journal_problems(struct run *r, struct run_cursor *c, struct err *e);
MUST_CHECK bool journal_next_problem(struct run_cursor *c, struct problem *p, bool *more,
				     struct err *e);

#endif

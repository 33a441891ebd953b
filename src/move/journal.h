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
#include "move/change.h"
#include "move/run.h"

/*
 * Buckets of product.md "Output", strongest first: a row has the strongest that it ever got, of those that were not
 * forgotten. In the file a set of bits, those got in the writing shifted by OUTCOME_SHIFT.
 */
#define OUTCOME_SHIFT 8
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
/* For a look that is not committed. */
MUST_CHECK bool journal_forget_problems(struct run *r, struct err *e);
MUST_CHECK bool journal_count_problems(struct run *r, enum severity severity, uint64_t *n,
				       struct err *e);
/* In the order in which they were put, most severe first. */
MUST_CHECK bool journal_problems(struct run *r, struct run_cursor *c, struct err *e);
MUST_CHECK bool journal_next_problem(struct run_cursor *c, struct problem *p, bool *more,
				     struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * What happens to a change that cannot be made: it, its row and what needs it.
 */
#ifndef FERRY_MOVE_SKIP_H
#define FERRY_MOVE_SKIP_H

#include "move/job.h"
#include "move/journal.h"

/* The outcome of the row or pair that a change is about; what is to be removed is not of the source and has none. */
MUST_CHECK bool change_outcome(struct job *j, const struct change *c, enum outcome o,
			       struct err *e);
/* The table of a change's row; of a pair the first row's. */
struct tab *change_tab(struct job *j, const struct change *c);
/* The relationship of a LINK or UNLINK change. */
const struct tab_relationship *change_relationship(struct job *j, const struct change *c);

/* Not to be made, because `reason` (a clause: "queue 1234 was not written"). */
MUST_CHECK bool skip_change(struct job *j, const struct change *c, struct str reason,
			    struct err *e);
/* Skips the planned changes of a wave that need one that failed or was skipped. */
MUST_CHECK bool skip_dependants(struct job *j, uint32_t wave, struct err *e);
/* Tried and refused: the change and its row have failed, and nobody was told yet. */
MUST_CHECK bool fail_silently(struct job *j, const struct change *c, struct err *e);
/* The problem of it: `why` holds the service's code and message. */
MUST_CHECK bool tell_failed(struct job *j, const struct change *c, const struct err *why,
			    struct err *e);
/* The problem of n changes like this one. */
MUST_CHECK bool tell_many_failed(struct job *j, const struct change *c, uint64_t n,
				 const struct err *why, struct err *e);

/* Numbers of the planned changes of a wave, on the arena. */
MUST_CHECK bool change_numbers(struct job *j, uint32_t wave, struct arena *a, int64_t **numbers,
			       size_t *n, struct err *e);

#endif

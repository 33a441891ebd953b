/* SPDX-License-Identifier: MIT */
/*
 * A change in the words of the Web API: a request of its own inside a $batch, or one of the rows of a bulk message.
 */
#ifndef FERRY_MOVE_PUSH_PART_H
#define FERRY_MOVE_PUSH_PART_H

#include "dv/service.h"
#include "move/job.h"
#include "move/journal.h"

#define PUSH_BOUNDARY "batch_ferry"

/* The row in the target as it was read last; *found false: never. */
MUST_CHECK bool push_part_known(struct job *j, const struct change *c, struct run_row *row,
				bool *found, struct err *e);
/* The version of a row as it was read last, on the page; "*" when there is none to be kept. */
MUST_CHECK bool push_part_version(struct job *j, const struct change *c, struct str *etag,
				  struct err *e);
/*
 * What makes a row inactive: the first state that is not the active one, and its status (-1: none is told;
 * the platform gives it one). Where the definition lacks the states (move/states.h), 1. False: its rows are always active.
 */
bool push_part_inactive(const struct table *t, int32_t *state, int32_t *status);
/* What of the environment's own logic is told not to run on writes to a table: enum bypass, with |. */
unsigned push_part_bypass(const struct job *j, const struct tab *t);
/* The headers that every write to a table carries; how many. */
#define PUSH_HEADERS 3
size_t push_part_headers(const struct job *j, const struct tab *t, struct header out[PUSH_HEADERS]);

/*
 * Appends a part to a $batch. ERR_INPUT: the change cannot be put into words; then nothing is appended.
 */
MUST_CHECK bool push_part_request(struct job *j, const struct change *c, struct buf *out,
				  struct err *e);
/* Appends a row of Targets; the same. */
MUST_CHECK bool push_part_target(struct job *j, const struct change *c, struct buf *out,
				 struct err *e);

#endif

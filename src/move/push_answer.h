/* SPDX-License-Identifier: MIT */
/*
 * What an answer, or its absence, means for each change of its request.
 */
#ifndef FERRY_MOVE_PUSH_ANSWER_H
#define FERRY_MOVE_PUSH_ANSWER_H

#include "move/push_parcel.h"
#include "move/push_size.h"

struct push_refusals {
	/*
	 * Changes of one kind to one table that stood alone in a $batch that was refused as a whole, one after the
	 * other, for the same reason.
	 */
	uint64_t reason;
	uint32_t tab;
	enum change_kind kind;
	unsigned n;
	/* The reason for which the rest of some table failed, and nothing was made since; 0: none. */
	uint64_t given_up;
	/* requests that were sent as often as may be, and between which no change was made */
	unsigned exhausted;
	uint64_t made;
	struct err last;
};
/* After so many the rest fails, too. */
#define PUSH_EXHAUSTED 2

struct push_answering {
	struct push_queue *queue;
	struct push_bulk *bulk;
	struct push_size *size;
	struct push_refusals *refusals;
};

/*
 * Every change of the parcel goes to one of the queue's places. ERR_AUTH: the service let nothing of it in, and will let
 * in nothing else.
 */
MUST_CHECK bool push_answer_take(const struct push_answering *a, const struct push_parcel *p,
				 const struct response *r, struct err *e);

#endif

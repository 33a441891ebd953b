/* SPDX-License-Identifier: MIT */
/*
 * The changes of one wave on their way: what is still to be sent, what is to be sent again, and what has to be looked at
 * in the target first, because nobody knows whether it was done. A change is in exactly one of these places, or in
 * one request under way, until it is done, has failed or was skipped. Bounded: changes are taken from the wave
 * only when none waits to be sent again.
 */
#ifndef FERRY_MOVE_PUSH_QUEUE_H
#define FERRY_MOVE_PUSH_QUEUE_H

#include "base/vec.h"
#include "move/job.h"
#include "move/journal.h"
#include "move/push_tell.h"

/*
 * How often one change is sent, at most, when it is not in ever smaller requests; and how often in a row it is looked in
 * vain for something that was done, before it is taken that nothing will be: then what is lost fails at once. The
 * halves of a request of 100 changes are single changes before that.
 */
#define PUSH_ROUNDS 6
#define PUSH_VAIN 10

struct push_entry {
	int64_t number;
	uint32_t tab;        /* LINK: the relationship's number */
	uint32_t kind : 3;   /* enum change_kind */
	uint32_t rounds : 3; /* how often it was sent without being done */
	uint32_t bare : 1;   /* an update without a version that has to be kept */
	uint32_t serial : 1; /* not beside others of which this holds */
	uint32_t lost : 1;   /* it may have been done before */
	uint32_t apart : 1;  /* in no bulk message: one with it was refused */
	uint32_t most : 16;  /* changes in its request; 0: as many as there is room for */
};
static_assert(CHANGE_KINDS <= 1 << 3, "kind has room for every change_kind");
static_assert(PUSH_ROUNDS <= 1 << 3, "rounds has room for every count below PUSH_ROUNDS");

enum push_why {
	WHY_LOST, /* the answer */
	WHY_THERE, /* refused, because the row is there, or is no longer as it was: perhaps by ourselves */
	WHY_AMONG, /* the same, but said of some row of its request */
	WHY_BUSY,  /* refused, because something else held the row */
};

struct push_aside {
	struct push_entry entry;
	enum push_why why;
	struct push_cause cause; /* what the service said, or why there is no answer */
};

struct push_queue {
	struct job *j;
	struct arena *arena;          /* as long as the wave */
	VEC(struct push_entry) fresh; /* the wave, in order */
	VEC(struct push_entry) again; /* a stack */
	VEC(struct push_aside) aside; /* on its own arena, with its messages */
	size_t at;                    /* in fresh */
	struct arena doubts;
	struct push_tell *tell;
	uint64_t done;     /* changes that have come to their end */
	uint64_t made;     /* those that are in the target now */
	unsigned vain;     /* looks in a row between which none was made */
	struct str denied; /* what the platform said of a missing privilege; or empty */
	bool conflict; /* a planned change failed because somebody else wrote the row meanwhile */
};

MUST_CHECK bool push_queue_open(struct push_queue *q, struct job *j, struct arena *wave,
				struct push_tell *tell, uint32_t number, struct err *e);
void push_queue_close(struct push_queue *q);

/* The i-th from the front, without taking it; false: there are not so many. Only i = 0 is there for certain. */
bool push_queue_peek(const struct push_queue *q, size_t i, struct push_entry *out);
void push_queue_pop(struct push_queue *q);
size_t push_queue_left(const struct push_queue *q);

/* What became of one that was taken. */
MUST_CHECK bool push_queue_done(struct push_queue *q, const struct push_entry *entry,
				struct err *e);
MUST_CHECK bool push_queue_failed(struct push_queue *q, const struct push_entry *entry,
				  const struct err *why, struct err *e);
/* It was not done and is no worse than before: to the front. */
void push_queue_again(struct push_queue *q, const struct push_entry *entry);
/* It was sent once more in vain: to the front, or it fails with `why` when that was the last time, or nothing is ever made. */
MUST_CHECK bool push_queue_retry(struct push_queue *q, const struct push_entry *entry,
				 const struct err *why, struct err *e);
/* What was put to the front since there were `before`, one after the other: in that order. */
void push_queue_reverse(struct push_queue *q, size_t before);
/* Until nothing is under way. */
void push_queue_aside(struct push_queue *q, const struct push_entry *entry, enum push_why why,
		      const struct err *reason);

#endif

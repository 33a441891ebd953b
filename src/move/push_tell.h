/* SPDX-License-Identifier: MIT */
/*
 * Changes that failed, told to people: what is wrong with a row, with the row; what is wrong with all of them, once
 * with their number.
 */
#ifndef FERRY_MOVE_PUSH_TELL_H
#define FERRY_MOVE_PUSH_TELL_H

#include "base/vec.h"
#include "move/job.h"
#include "move/journal.h"

/* As many rows as may fail for one and the same reason and are still told one by one. */
#define TELL_EACH 10

/* An err that is kept, without the room that its words could need. */
struct push_cause {
	enum err_kind kind;
	uint32_t code;
	struct str message; /* on the arena */
};
struct push_cause push_cause_keep(struct arena *a, const struct err *why);
void push_cause_tell(const struct push_cause *cause, struct err *out);

struct push_told;

struct push_tell {
	struct job *j;
	VEC(struct push_told) reasons;
	struct arena words;
};

/* What a service says, without what is new each time it says it: ids of requests. For comparing only. */
struct str push_reason(struct arena *a, struct str message);

struct push_tell push_tell_make(struct job *j);
void push_tell_release(struct push_tell *t); /* fits DEFER; what was not flushed is not told */

/* The change and its row fail at once; the problem is put with the flush. */
MUST_CHECK bool push_tell_failed(struct push_tell *t, const struct change *c, const struct err *why,
				 struct err *e);
MUST_CHECK bool push_tell_flush(struct push_tell *t, struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Private to this room: the requests that a remote service was given and has not answered. Those that may be sent wait in
 * order; what was sent before and goes again stands in front of them; some wait for their time.
 */
#ifndef FERRY_REMOTE_REMOTE_CALL_H
#define FERRY_REMOTE_REMOTE_CALL_H

#include "base/guid.h"
#include "base/vec.h"
#include "io/http.h"
#include "dv/service.h"
#include "remote/intake.h"
#include "remote/seen.h"

struct call {
	struct call *next; /* in a list */
	struct request request;
	uint64_t tag;            /* the caller's */
	uint64_t number;         /* http's */
	unsigned tries;          /* refusals for the limits not counted */
	unsigned throttles;      /* those */
	int64_t throttled_at;    /* the first of them; times as steady_ms */
	unsigned refusals;       /* for the token */
	uint64_t let_in;         /* successes of all requests when it was refused last */
	uint64_t token;          /* which one it was sent with */
	int64_t not_before;      /* it waits until then */
	int64_t started;         /* the last try */
	bool under_way;          /* it was sent, and has no answer yet */
	char id[GUID_TEXT_SIZE]; /* of the last try */
	struct intake intake;
	struct seen *seen; /* the remote's */
	struct buf copy;   /* of the answer's body, for the record */
};

struct calls {
	struct arena *arena;
	struct call *first, **end; /* may be sent, in order */
	struct call *waiting;      /* for their time */
	struct call *unused;
	VEC(struct call *) all; /* by number */
	size_t pending;         /* submitted and not given back */
};

struct calls calls_make(struct arena *a);
void calls_release(struct calls *c);
struct call *calls_add(struct calls *c, const struct request *r, uint64_t tag);
void calls_return(struct calls *c, struct call *call); /* it was given back */
void calls_put_first(struct calls *c, struct call *call);
void calls_put_waiting(struct calls *c, struct call *call, int64_t until);
/* The next that may be sent now, taken out; NULL: none. */
struct call *calls_take(struct calls *c, int64_t now);
/* One that was not sent, whether or not its time has come, taken out; NULL: none. */
struct call *calls_take_any(struct calls *c);
/* Whether one could be taken; else *wait becomes smaller when one waits for its time. */
bool calls_ready(const struct calls *c, int64_t now, int64_t *wait);

/* Whether an answer is that of the call (io/http.h, is_ours). */
bool call_is_answered(void *call, unsigned connection, int status,
		      const struct http_header *headers, size_t n);
/* A body that had begun to arrive is taken back; false: that is not possible. */
bool call_start_again(struct call *call);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The answer to a $batch of one request, taken apart as its bytes arrive: the inner body goes on to where
 * the body of an answer without a batch would go.
 */
#ifndef FERRY_MOVE_READ_BATCHED_H
#define FERRY_MOVE_READ_BATCHED_H

#include "base/buf.h"
#include "base/sink.h"
#include "dv/service.h"

struct read_batched {
	struct sink sink;
	struct sink *into; /* the inner body when it is a result */
	struct buf line;   /* the line that is arriving */
	struct buf end;    /* what ends the body: a line end and the boundary */
	struct buf held;   /* bytes that may be the beginning of that */
	struct buf error;  /* the inner body when it is an error */
	int status;        /* of the inner answer; 0: not told yet */
	int state;
};

struct read_batched read_batched_make(struct sink *into);
void read_batched_release(struct read_batched *b); /* fits DEFER */
/* A broken answer comes anew, from its start. */
void read_batched_restart(struct read_batched *b);
/*
 * After the last byte: there was an inner answer, and it ended. ERR_NETWORK; an error status is an error. `outer` has the id
 * by which the platform's support finds it.
 */
MUST_CHECK bool read_batched_finish(const struct read_batched *b, const struct response *outer,
				    struct err *e);

#endif

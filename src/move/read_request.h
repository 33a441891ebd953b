/* SPDX-License-Identifier: MIT */
/*
 * What the parts of read share: one request that reads, and what an answer means that is none.
 */
#ifndef FERRY_MOVE_READ_REQUEST_H
#define FERRY_MOVE_READ_REQUEST_H

#include "move/read.h"

/* An answer whose status is an error: ERR_INPUT for what was asked wrongly, ERR_AUTH, else ERR_NETWORK. False always. */
bool read_refused(const struct response *answer, struct err *e);
/* What is no JSON, or no row, is the fault of who answered and not of what was asked: ERR_INPUT becomes ERR_NETWORK. False always. */
bool read_unreadable(struct err *e);
/* A request without an answer, or with one that is an error. */
MUST_CHECK bool read_answered(const struct response *answer, struct err *e);

/* "odata.include-annotations=..." */
void read_prefer(struct buf *out, struct str annotations);
/*
 * GET alone, without annotations when they are empty. `again` is called when a body broke off and comes anew: request.again of
 * dv/service.h.
 */
MUST_CHECK bool read_get(struct reader *r, struct str target, struct str annotations,
			 struct sink *into, void (*again)(void *context), void *context,
			 struct err *e);
/* The whole answer, for small ones. */
MUST_CHECK bool read_get_text(struct reader *r, struct str target, struct str annotations,
			      struct buf *out, struct err *e);

/* The same where an error status is an answer, too: then *told is false. */
MUST_CHECK bool read_try_text(struct reader *r, struct str target, struct str annotations,
			      struct buf *out, bool *told, struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Which tables of the run take many rows in one message, and what the answer to one has to be (facts/webapi.md 3.2).
 *
 * CreateMultiple is for every create. UpdateMultiple takes no If-Match, neither for the request nor for a row, so it
 * would overwrite what somebody else changed since the row was read: it is only for rows that this run has made itself a
 * moment ago, whose version nobody knows (deferred lookups); all other updates go as parts of a $batch, each with
 * its version. State and status, too: an update that sets them runs as several operations. On elastic tables a
 * bulk message may be done in part, so it is not used there.
 */
#ifndef FERRY_MOVE_PUSH_BULK_H
#define FERRY_MOVE_PUSH_BULK_H

#include "dv/service.h"
#include "move/push_queue.h"

/* Fewer rows of a table in a row go in a $batch, with those of other tables. */
#define PUSH_BULK_LEAST 10

enum push_way { WAY_BATCH, WAY_CREATE_MULTIPLE, WAY_UPDATE_MULTIPLE };

struct push_bulk {
	struct job *j;
	bool asked;
	bool *create, *update; /* by number of tab */
};

/* Nothing is asked until somebody wants to know. */
struct push_bulk push_bulk_make(struct job *j);
/*
 * Asks the service once; nothing else may be under way. A service that does not tell knows no bulk messages: that is no
 * failure.
 */
MUST_CHECK bool push_bulk_ask(struct push_bulk *b, struct err *e);
/* How the entry goes if there are enough like it. */
enum push_way push_bulk_way(const struct push_bulk *b, const struct push_entry *entry);
/* The service does not know the message after all. */
void push_bulk_forget(struct push_bulk *b, uint32_t tab, enum push_way way);

struct str push_bulk_target(struct arena *a, const struct table *t, enum push_way way);
/* Whether the answer to CreateMultiple names these rows, in order. */
MUST_CHECK bool push_bulk_ids(struct push_bulk *b, struct str body,
			      const struct push_entry *entries, size_t n, struct err *e);

#endif

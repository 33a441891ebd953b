/* SPDX-License-Identifier: MIT */
/*
 * What the platform makes because of new rows, where nothing points from the one to the other: the knowledge says in which tables that
 * happens, and what is newer there than when the run began to write, and not the run's own, was made because of it.
 */
#ifndef FERRY_MOVE_WATCH_H
#define FERRY_MOVE_WATCH_H

#include "move/job.h"

/* Before the first row is written: notes the highest row version of each such table in the run file. */
MUST_CHECK bool watch_begin(struct job *j, struct err *e);

/*
 * After the last: j->head.version becomes the highest row version of these tables and of the run's own. Whatever is written
 * afterwards has a higher one.
 */
MUST_CHECK bool watch_end(struct job *j, struct err *e);

struct watched {
	struct str table;   /* in which the platform makes rows */
	struct str because; /* of new rows of this one */
	int64_t version;    /* its rows had this one at most */
};
/* On the arena; each table once. */
MUST_CHECK bool watch_list(struct run *r, struct arena *a, struct watched **out, size_t *n,
			   struct err *e);

#endif

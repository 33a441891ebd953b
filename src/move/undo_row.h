/* SPDX-License-Identifier: MIT */
/*
 * What a run did to one row, and what taking that back means for it.
 */
#ifndef FERRY_MOVE_UNDO_ROW_H
#define FERRY_MOVE_UNDO_ROW_H

#include "move/job.h"
#include "move/journal.h"

struct undoing {
	struct job *j;  /* of the undo */
	struct job *of; /* of the run that is taken back */
	bool force;
	struct tab *t; /* of both: that is at work */
};

/* All of a run's changes of one row that were made, or perhaps made. */
struct undone_row {
	bool any, created, deleted, deactivated;
	char *columns; /* of the tab: 1 = written by updates, states and files */
};
MUST_CHECK bool undo_row_changes(struct undoing *u, struct guid id, struct undone_row *out,
				 struct err *e);

/*
 * Plans what puts back a row that was there before: its columns and state, or all of it when the run deleted it. For a
 * row that the run created only tells whether somebody changed it since: *deletable false. The row of the TARGET side is
 * there, as far as it exists now.
 */
MUST_CHECK bool undo_row_plan(struct undoing *u, struct guid id, const struct undone_row *row,
			      bool *deletable, struct err *e);

/* A problem of the undo that names the row; the row counts as left. */
MUST_CHECK bool undo_row_left(struct undoing *u, struct guid id, struct str column,
			      struct str message, struct str remedy, struct err *e);

/*
 * How a created row ends, as the `version` of its row in SIDE_NOW of the undo's run file, where they stand while it is planned.
 * Their cells are those of the TARGET side.
 */
#define UNDO_DELETED S("deleted")
#define UNDO_DEACTIVATED S("deactivated") /* kept, because others need it */
#define UNDO_LEFT S("left")               /* somebody has changed it since */

MUST_CHECK bool undo_mark(struct undoing *u, const struct tab *t, const struct run_row *row,
			  struct str how, struct err *e);
/* *how empty: the run did not create it, or it is gone. */
MUST_CHECK bool undo_marked(struct undoing *u, const struct tab *t, struct guid id, struct str *how,
			    struct err *e);

#endif

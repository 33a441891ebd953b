/* SPDX-License-Identifier: MIT */
/*
 * What a run means to do, or did, as people read it: one row or pair after the other, with old and new values. All changes of a row
 * are told as one.
 */
#ifndef FERRY_MOVE_CHANGES_H
#define FERRY_MOVE_CHANGES_H

#include "move/job.h"
#include "move/journal.h"

enum told_kind {
	TOLD_CREATE,
	TOLD_UPDATE,
	TOLD_ADOPT, /* a row with another id that is taken as the counterpart, and stays as it is */
	TOLD_DELETE,
	TOLD_DEACTIVATE,
	TOLD_LINK,
	TOLD_UNLINK
};
#define TOLD_KINDS (TOLD_UNLINK + 1)

/* Of a created row only `after`, of a deleted one only `before`; else both, of the columns that are written. */
struct told_column {
	const struct tab_column *column;
	const struct value *before,
		*after; /* NULL: none. An empty `after` of an update: it is cleared */
	bool secret;    /* neither value is to be shown */
};

struct told_change {
	enum told_kind kind;
	enum change_state
		state; /* the worst of the row's changes: PLANNED of a plan, FAILED, SKIPPED, SENT, DONE */
	struct str table;       /* of a pair: of its first row */
	struct guid id, origin; /* in the target, in the source */
	struct str name;        /* primary name; may be empty */
	struct str how; /* of an adopted row, also one that is updated: by what it was found */
	struct told_column *columns;
	size_t ncolumns;
	/* of a pair: the relationship's name, and its second row */
	struct str relationship, other_table, other_name;
	struct guid other;
};

/* By table in the order of the schema, of each: rows by kind as above, then id; then its pairs. `t` lives during the call. */
MUST_CHECK bool changes_each(struct job *j,
			     bool (*each)(void *context, const struct told_change *t,
					  struct err *e),
			     void *context, struct err *e);

/* How many of each kind there are, as changes_each tells them: counts[TOLD_KINDS]. */
MUST_CHECK bool changes_count(struct job *j, uint64_t *counts, struct err *e);

#endif

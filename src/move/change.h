/* SPDX-License-Identifier: MIT */
/*
 * Changes, in the run file: what is to be written, and what became of it. Part of the journal.
 */
#ifndef FERRY_MOVE_CHANGE_H
#define FERRY_MOVE_CHANGE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/guid.h"
#include "move/run.h"

enum change_kind {
	CHANGE_CREATE,
	CHANGE_UPDATE, /* columns of a row; deferred lookups of a new row too */
	CHANGE_LINK,
	CHANGE_STATE, /* statecode and statuscode */
	CHANGE_UNLINK,
	CHANGE_DELETE,     /* of a row of the TARGET side, as those below: it has no WANTED row */
	CHANGE_DEACTIVATE, /* sets the first state that is not the active one */
	CHANGE_FILE        /* the bytes of one file column of a WANTED row, or their removal */
};
#define CHANGE_KINDS (CHANGE_FILE + 1)
/* Whether it is about a pair. */
static inline bool change_is_pair(enum change_kind kind)
{
	return kind == CHANGE_LINK || kind == CHANGE_UNLINK;
}
/* Whether it takes something away. */
static inline bool change_is_removal(enum change_kind kind)
{
	return kind == CHANGE_UNLINK || kind == CHANGE_DELETE || kind == CHANGE_DEACTIVATE;
}
enum change_state { CHANGE_PLANNED, CHANGE_SENT, CHANGE_DONE, CHANGE_FAILED, CHANGE_SKIPPED };

struct change {
	int64_t number;
	enum change_kind kind;
	enum change_state state;
	uint32_t wave;  /* from 1; 0 = none yet */
	uint32_t tab;   /* of a pair: the relationship's number */
	struct guid id; /* of the target row; of a pair: the source row's, as the target knows it */
	struct guid origin; /* the same row's id in the source; where it has none, as `id` */
	struct guid other;  /* of a pair: the linked row's in the target */
	struct guid other_origin;
	struct str
		columns; /* one byte per column of the tab: 1 = to be written; of a pair: empty */
};

MUST_CHECK bool journal_put_change(struct run *r, struct change *c,
				   struct err *e); /* sets number */
MUST_CHECK bool journal_set_state(struct run *r, int64_t number, enum change_state state,
				  struct err *e);
MUST_CHECK bool journal_set_wave(struct run *r, int64_t number, uint32_t wave, struct err *e);
MUST_CHECK bool journal_set_columns(struct run *r, int64_t number, struct str columns,
				    struct err *e);
MUST_CHECK bool journal_get_change(struct run *r, int64_t number, struct change *out,
				   struct err *e);
/* Changes of one wave in a state, by tab, id, number. */
MUST_CHECK bool journal_changes(struct run *r, uint32_t wave, enum change_state state,
				struct run_cursor *c, struct err *e);
/* The slices live until the next call. */
MUST_CHECK bool journal_next_change(struct run_cursor *c, struct change *out, bool *more,
				    struct err *e);
/* The changes of one row, or pairs of one kind and relationship, by number, whatever their state. */
MUST_CHECK bool journal_row_changes(struct run *r, uint32_t tab, struct guid id,
				    struct run_cursor *c, struct err *e);
MUST_CHECK bool journal_kind_changes(struct run *r, enum change_kind kind, uint32_t tab,
				     struct run_cursor *c, struct err *e);
/* The changes of all rows of a tab, by id, then number, whatever their state. */
MUST_CHECK bool journal_tab_changes(struct run *r, uint32_t tab, struct run_cursor *c,
				    struct err *e);
/* The number of the last change; 0: there is none. */
MUST_CHECK bool journal_last_change(struct run *r, int64_t *number, struct err *e);
/* Changes of a kind and tab (or relationship) in a state. */
MUST_CHECK bool journal_count_tab(struct run *r, enum change_kind kind, uint32_t tab,
				  enum change_state state, uint64_t *n, struct err *e);
/* Changes of a kind in a state. */
MUST_CHECK bool journal_count(struct run *r, enum change_kind kind, enum change_state state,
			      uint64_t *n, struct err *e);
/* Rows and links whose changes are still planned or sent get OUTCOME_SKIPPED. Not to be committed: see journal_resume. */
MUST_CHECK bool journal_skip_unwritten(struct run *r, struct err *e);
/* Takes away the changes that failed or were skipped while the run was planned: nobody will make them. */
MUST_CHECK bool journal_drop_skipped(struct run *r, struct err *e);
/*
 * To go on with the writing: forgets what was noted of it (run.writing), takes away changes beyond `planned` that are not
 * done, and plans again what failed or was skipped. What was sent stays sent: it may have been done.
 */
MUST_CHECK bool journal_resume(struct run *r, int64_t planned, struct err *e);

#endif

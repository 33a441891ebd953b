/* SPDX-License-Identifier: MIT */
/*
 * What a run file holds besides sides and changes: the definitions of the target's tables as they were when the run was planned,
 * the bytes of file and image columns, rows that the platform made because of the run, and steps that are switched off.
 */
#ifndef FERRY_MOVE_RUN_KEEP_H
#define FERRY_MOVE_RUN_KEEP_H

#include "base/sink.h"
#include "move/run.h"

/* A table in the project's own form (metadata/README.md); one of that name is replaced. */
MUST_CHECK bool run_put_definition(struct run *r, struct str table, struct str facts,
				   struct err *e);
/* All of them, by name. */
MUST_CHECK bool run_definitions(struct run *r, struct run_cursor *c, struct err *e);
MUST_CHECK bool run_next_definition(struct run_cursor *c, struct str *table, struct str *facts,
				    bool *more, struct err *e);

/*
 * Bytes under the hex text of their SHA-256, in parts of RUN_FILE_PART that are put in their order from 0. What is
 * there already stays.
 */
#define RUN_FILE_PART ((size_t)1 << 20)
MUST_CHECK bool run_put_file(struct run *r, struct str hash, uint32_t part, struct str bytes,
			     struct err *e);
MUST_CHECK bool run_has_file(struct run *r, struct str hash, bool *found, struct err *e);
/* ERR_INTERNAL when there is none. */
MUST_CHECK bool run_get_file(struct run *r, struct str hash, struct sink *out, struct err *e);
/* One part of it; the slice lives until the next call. */
MUST_CHECK bool run_get_file_part(struct run *r, struct str hash, uint32_t part, struct str *bytes,
				  struct err *e);
/*
 * Bytes whose hash is known only at their end stand under a name that is no hash until then: from then on under their
 * hash, unless it has some already; or not at all.
 */
MUST_CHECK bool run_name_file(struct run *r, struct str name, struct str hash, struct err *e);
MUST_CHECK bool run_drop_file(struct run *r, struct str name, struct err *e);

/* From one run file into another; when the other has none, nothing is put. */
MUST_CHECK bool run_copy_file(struct run *to, struct run *from, struct str hash, struct err *e);

/*
 * A row that the platform made, or perhaps made, because of this run: row `of` of a tab pointed to it. In an undo: one that is
 * deleted with the rows because of which it was made.
 */
MUST_CHECK bool run_put_made(struct run *r, struct str table, struct guid id, uint32_t tab,
			     struct guid of, struct err *e);
MUST_CHECK bool run_has_made(struct run *r, struct str table, struct guid id, bool *found,
			     struct err *e);
struct run_made {
	struct str table;
	struct guid id;
	uint32_t tab;
	struct guid of;
};
MUST_CHECK bool run_made(struct run *r, struct run_cursor *c, struct err *e);
MUST_CHECK bool run_next_made(struct run_cursor *c, struct run_made *out, bool *more,
			      struct err *e);

/* Custom steps of the target that this run switches off while it writes. */
enum step_state {
	STEP_ON_AGAIN, /* as it was: nothing is left to do */
	STEP_OFF /* off, or about to be, or about to be on again: put before the request is sent */
};
MUST_CHECK bool run_put_step(struct run *r, struct guid id, struct str name, enum step_state state,
			     struct err *e);
MUST_CHECK bool run_steps(struct run *r, enum step_state state, struct run_cursor *c,
			  struct err *e);
MUST_CHECK bool run_next_step(struct run_cursor *c, struct guid *id, struct str *name, bool *more,
			      struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Party lists in a run (dv/party.h). They come as rows of activityparty, after the activities themselves, and stand in the activity's
 * cells. An activity is created with its parties; later they are changed by an update of their own, because the
 * platform takes them only as a whole (facts/webapi.md 1.6): those of columns that the change is not about are told as they are.
 */
#ifndef FERRY_MOVE_PARTIES_H
#define FERRY_MOVE_PARTIES_H

#include "io/json.h"
#include "dv/event.h"
#include "move/job.h"
#include "move/journal.h"

/*
 * What a package tells. ERR_INPUT: a party has no id, or no table. *without: parties that are left out, because they are no rows and
 * the target takes no addresses.
 */
MUST_CHECK bool parties_read(struct job *j, const struct package_field *f, struct value *out,
			     size_t *without, struct err *e);

/* Those of rows that the side has, into their cells; does nothing for a tab without party lists. */
MUST_CHECK bool parties_pull(struct job *j, enum side side, struct tab *t, const struct guid *ids,
			     size_t n, struct err *e);
/* Those of all rows of the side. */
MUST_CHECK bool parties_pull_side(struct job *j, enum side side, struct tab *t, struct err *e);

/* Calls `each` with every row that a list points to, as a reference. */
MUST_CHECK bool parties_each(const struct value *list,
			     bool (*each)(void *context, const struct value *reference,
					  struct err *e),
			     void *context, struct err *e);
/*
 * Another list: `map` changes each reference, which is left out when it is empty afterwards. Without names and what else the
 * source tells.
 */
MUST_CHECK bool parties_rewrite(struct arena *a, struct value *list,
				bool (*map)(void *context, struct value *reference, struct err *e),
				void *context, struct err *e);

/* An update as one change or two: parties go alone. c->columns is as it was before. */
MUST_CHECK bool parties_put_update(struct run *r, const struct tab *t, struct change *c,
				   struct err *e);
/* Whether a change's columns are party lists. */
bool parties_are_all(const struct tab *t, struct str columns);

/*
 * The URL of an activity's parties, and what they shall be: {"value":[...]}. `wanted` holds for the columns of the change, `is` for the
 * others.
 */
void parties_url(struct buf *out, const struct tab *t, struct guid id);
MUST_CHECK bool parties_write(struct job *j, const struct tab *t, struct str columns,
			      const struct value *wanted, const struct value *is,
			      struct json_writer *w, struct err *e);
/* As a member of a create's body; those of the columns that are party lists. */
MUST_CHECK bool parties_write_member(struct job *j, const struct tab *t,
				     const struct column *const *columns,
				     const struct value *values, size_t n, struct json_writer *w,
				     struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The filter of a schema's table as a question to the target: which of its rows it is about.
 */
#ifndef FERRY_MOVE_PRUNE_FILTER_H
#define FERRY_MOVE_PRUNE_FILTER_H

#include "dv/fetchxml.h"
#include "move/job.h"

/*
 * On the page; no filter: all rows. Ids in it are the source's and become the target's. ERR_CONFLICT: what it says of a row is not
 * the same in every environment (who asks, when, when the row was made), or it names a row without counterpart.
 */
MUST_CHECK bool prune_filter(struct job *j, const struct tab *t, struct fetch *out, struct err *e);

#endif

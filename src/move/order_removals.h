/* SPDX-License-Identifier: MIT */
/*
 * Deletes -> waves: a row goes before those that it points to. A circle is opened where the platform itself takes care of what
 * points to a deleted row; else by an update that empties a lookup of a row that is deleted afterwards.
 */
#ifndef FERRY_MOVE_ORDER_REMOVALS_H
#define FERRY_MOVE_ORDER_REMOVALS_H

#include "move/job.h"

/*
 * `deletes`: the numbers of all planned deletes. Updates that open circles get the wave `cuts`; the deletes those after *wave,
 * which is the last one's number then. What no order makes possible is left to the service to refuse.
 */
MUST_CHECK bool order_deletes(struct job *j, const int64_t *deletes, size_t n, uint32_t cuts,
			      uint32_t *wave, struct err *e);

#endif

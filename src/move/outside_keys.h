/* SPDX-License-Identifier: MIT */
/*
 * References to rows outside the package, resolved by the keys that the package tells.
 */
#ifndef FERRY_MOVE_OUTSIDE_KEYS_H
#define FERRY_MOVE_OUTSIDE_KEYS_H

#include "move/job.h"

/*
 * Maps the open references to a table whose key fits exactly one row of the target. A key that fits several
 * is a problem, and counted.
 */
MUST_CHECK bool outside_keys(struct job *j, const struct table *table, uint64_t *ambiguous,
			     struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Whether the rows that a plan creates are still nobody else's: the keys by which they were looked for in the target, asked again.
 */
#ifndef FERRY_MOVE_STALE_KEYS_H
#define FERRY_MOVE_STALE_KEYS_H

#include "move/keys.h"

/*
 * Each planned create of the tab of which a row with another id has a key now, exact or but for case and accents, is a problem
 * that names both; their number is added to *rows. What is read goes into SIDE_NOW, which is empty before and after.
 */
MUST_CHECK bool stale_keys(struct job *j, const struct match_keys *keys, uint64_t *rows,
			   struct err *e);

#endif

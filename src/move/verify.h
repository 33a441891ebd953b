/* SPDX-License-Identifier: MIT */
/*
 * Reading again what was written, and putting right what the platform made of it.
 */
#ifndef FERRY_MOVE_VERIFY_H
#define FERRY_MOVE_VERIFY_H

#include "move/job.h"

/* Rounds of reading, comparing and repairing (product.md, "Verify"). */
#define VERIFY_ROUNDS 3

/*
 * After all waves up to `wave` were pushed. What still differs after the last round fails its row, with a
 * problem per column. *same: nothing differs of what was written.
 */
MUST_CHECK bool verify_written(struct job *j, uint32_t wave, bool *same, struct err *e);

#endif

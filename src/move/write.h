/* SPDX-License-Identifier: MIT */
/*
 * The second half of a run: what was planned is written, read again and put right. The phases of its head follow.
 */
#ifndef FERRY_MOVE_WRITE_H
#define FERRY_MOVE_WRITE_H

#include "move/job.h"

/* The plan stands: from now on it is not changed. `seal`: it may be applied later. */
MUST_CHECK bool write_planned(struct job *j, uint32_t waves, bool seal, struct err *e);

/*
 * Of a run that is planned, or was stopped or killed while it wrote: what is not done is done. *same: the target was read again
 * and nothing differs of what was written. False: it stopped, for a reason that is no row's.
 */
MUST_CHECK bool write_changes(struct job *j, bool *same, struct err *e);

#endif

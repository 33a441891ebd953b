/* SPDX-License-Identifier: MIT */
/*
 * The CHANGE_FILE of a wave: they are no part of a $batch, each is a request of its own, or several where the file is large. Whatever
 * of it came to nothing is done again from its start: that does no harm.
 */
#ifndef FERRY_MOVE_FILE_PUSH_H
#define FERRY_MOVE_FILE_PUSH_H

#include "move/push_queue.h"

/*
 * Those that are planned, and those that a run that was killed had sent. The queue, which is open and knows nothing of them, is told
 * what became of each. False: the run stops; what was under way is finished then.
 */
MUST_CHECK bool file_push_wave(struct push_queue *q, uint32_t wave, struct err *e);

#endif

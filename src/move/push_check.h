/* SPDX-License-Identifier: MIT */
/*
 * Looking, before anything is sent again: is what was wanted there already?
 */
#ifndef FERRY_MOVE_PUSH_CHECK_H
#define FERRY_MOVE_PUSH_CHECK_H

#include "base/rng.h"
#include "move/push_queue.h"

/*
 * What something else held, or what is lost again and again, goes not at once: waits, the longer the more often it was so,
 * where the progress can wait.
 */
void push_check_pause(const struct push_queue *q, struct rng *rng);

/*
 * Takes everything that was put aside to where it belongs: done, failed, or to be sent again. Nothing may be under
 * way. What could not be looked at, because the service did not answer, stays aside, one round older.
 */
MUST_CHECK bool push_check_aside(struct push_queue *q, struct err *e);

#endif

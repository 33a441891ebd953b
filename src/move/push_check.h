/* SPDX-License-Identifier: MIT */
/*
 * Looking, before anything is sent again: is what was wanted there already?
 */
#ifndef FERRY_MOVE_PUSH_CHECK_H
#define FERRY_MOVE_PUSH_CHECK_H

#include "move/push_queue.h"

/*
 * Takes everything that was put aside to where it belongs: done, failed, or to be sent again. Nothing may be under
 * way. What could not be looked at, because the service did not answer, stays aside, one round older.
 */
MUST_CHECK bool push_check_aside(struct push_queue *q, struct err *e);

#endif

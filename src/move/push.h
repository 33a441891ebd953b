/* SPDX-License-Identifier: MIT */
/*
 * Waves -> service.
 */
#ifndef FERRY_MOVE_PUSH_H
#define FERRY_MOVE_PUSH_H

#include "move/job.h"

/*
 * Sends the planned changes of waves first..last, one wave after the other, as many requests of a wave at once as the
 * service's width says: bulk messages where the table takes them, else $batch requests in which each part stands
 * alone. A refused change fails its row and skips what needs it; the rest goes on. What may have been done is looked at
 * before it is sent again. An intent is on disk before its request is sent. ERR_NETWORK, ERR_AUTH: the service is
 * gone; ERR_INPUT: a change cannot be put into words; ERR_CANCELLED; ERR_INTERNAL: the run file.
 */
MUST_CHECK bool push_waves(struct job *j, uint32_t first, uint32_t last, struct err *e);

#endif

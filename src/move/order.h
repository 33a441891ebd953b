/* SPDX-License-Identifier: MIT */
/*
 * Changes -> waves. New rows come by dependency; a nullable lookup that closes a cycle is taken out of its
 * create and written by an update after all creates; then updates, files, N:N pairs, state and status. When all that is added is
 * there, the updates of rows that were there before which switch behaviour (knowledge.h), and the states that end it. Then what is
 * removed: pairs, and rows before those that they point to.
 */
#ifndef FERRY_MOVE_ORDER_H
#define FERRY_MOVE_ORDER_H

#include "move/job.h"

/* *waves: the last wave's number. ERR_CONFLICT when a cycle has no lookup that may be empty. */
MUST_CHECK bool order_changes(struct job *j, uint32_t *waves, struct err *e);

#endif

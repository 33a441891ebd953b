/* SPDX-License-Identifier: MIT */
/*
 * How many changes go in one request: a decision from how long the last ones took.
 */
#ifndef FERRY_MOVE_PUSH_SIZE_H
#define FERRY_MOVE_PUSH_SIZE_H

#include "base/base.h"

struct push_size {
	unsigned fixed; /* asked for by a person; 0: as the service answers */
	unsigned now;
	size_t bytes; /* a request is closed when its body passes this */
};

struct push_size push_size_make(unsigned fixed);
/* For the next request, when `left` changes are still to be sent and `width` requests may be under way. */
size_t push_size_next(const struct push_size *s, size_t left, unsigned width);
/* A request of n changes was answered after so many milliseconds; 0: in no time (a service in process). */
void push_size_answered(struct push_size *s, size_t n, unsigned ms);
/* A body of so many bytes was too large. */
void push_size_refused(struct push_size *s, size_t bytes);

#endif

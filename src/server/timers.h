/* SPDX-License-Identifier: MIT */
/*
 * What shall happen later, on a thread of its own: a heap by the time at which it is due. Calls are short
 * and do not block.
 */
#ifndef FERRY_SERVER_TIMERS_H
#define FERRY_SERVER_TIMERS_H

#include <pthread.h>

#include "base/err.h"
#include "base/vec.h"

struct timer {
	int64_t due;
	void (*call)(struct timer *);
};

struct timers {
	VEC(struct timer *) heap;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	struct arena arena;
	bool hurry, stop, running;
};

MUST_CHECK bool timers_start(struct timers *t, struct err *e);
/* `timer` lives until it was called. */
void timers_add(struct timers *t, struct timer *timer, uint64_t ms, void (*call)(struct timer *));
/* All that wait are called now, and all that come from now on at once. */
void timers_hurry(struct timers *t);
void timers_stop(struct timers *t); /* none waits any more */

#endif

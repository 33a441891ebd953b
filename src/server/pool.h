/* SPDX-License-Identifier: MIT */
/*
 * The workers: threads, each with a connection of its own to the organization. Requests are taken in the
 * order in which they came; of those that write, only so many at a time that readers are never kept waiting
 * by writers that wait for each other.
 */
#ifndef FERRY_SERVER_POOL_H
#define FERRY_SERVER_POOL_H

#include "server/gate.h"
#include "server/job.h"

#define POOL_WORKERS 8
#define POOL_WRITERS 5 /* of them at most */

struct pool;

struct worker {
	struct pool *pool;
	struct arena arena;
	struct org *org;
	pthread_t thread;
	bool running;
};

struct pool {
	struct worker workers[POOL_WORKERS];
	struct gate gate;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct job *first, *last;
	unsigned writers;
	bool stop;
	void (*finished)(struct job *j); /* on the worker */
};

/* Opens the file as often as there are workers. */
MUST_CHECK bool pool_open(struct pool *p, const char *path, void (*finished)(struct job *),
			  struct err *e);
MUST_CHECK bool pool_start(struct pool *p, struct err *e);
void pool_put(struct pool *p, struct job *j);
/* All that wait for a worker; in their order, linked by `next`. */
struct job *pool_drain(struct pool *p);
void pool_interrupt(struct pool *p); /* what the workers do at the moment */
void pool_close(struct pool *p);     /* nothing waits any more; fine when open or start failed */

#endif

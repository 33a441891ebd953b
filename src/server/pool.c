/* SPDX-License-Identifier: MIT */
/*
 * A queue and its threads.
 */
#include "server/pool.h"

#include <string.h>

#include "base/datetime.h"

#include "base/banned.h"

/* The first that may be taken now, off the queue. */
static struct job *take(struct pool *p)
{
	struct job *before = NULL;

	for (struct job *j = p->first; j; before = j, j = j->next) {
		if (j->writes && p->writers >= POOL_WRITERS)
			continue;
		if (before)
			before->next = j->next;
		else
			p->first = j->next;
		if (p->last == j)
			p->last = before;
		return j;
	}
	return NULL;
}

static void answer(struct worker *w, struct job *j)
{
	j->taken = steady_ms();
	j->handler->answer(j, w->org);
	/* as a proxy sends again what was answered, but not to it */
	if (j->verdict.effect == EFFECT_DUPLICATE)
		j->handler->answer(j, w->org);
}

static void *work(void *context)
{
	struct worker *w = context;
	struct pool *p = w->pool;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		struct job *j = take(p);

		if (!j && p->stop)
			break;
		if (!j) {
			pthread_cond_wait(&p->changed, &p->lock);
			continue;
		}

		bool writes = j->writes;

		p->writers += writes;
		pthread_mutex_unlock(&p->lock);
		answer(w, j);
		p->finished(j);
		pthread_mutex_lock(&p->lock);
		p->writers -= writes;
		/* one that waited because of its like */
		if (writes && p->first)
			pthread_cond_signal(&p->changed);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

bool pool_open(struct pool *p, const char *path, void (*finished)(struct job *), struct err *e)
{
	*p = (struct pool){ .finished = finished };
	gate_init(&p->gate);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->changed, NULL);
	for (size_t i = 0; i < POOL_WORKERS; i++) {
		struct worker *w = &p->workers[i];

		w->pool = p;
		w->arena = arena_make(0);
		if (!org_open_shared(&w->org, &w->arena, path, &p->gate.face, e))
			return false;
	}
	return true;
}

bool pool_start(struct pool *p, struct err *e)
{
	for (size_t i = 0; i < POOL_WORKERS; i++) {
		struct worker *w = &p->workers[i];
		int error = pthread_create(&w->thread, NULL, work, w);

		if (error)
			return err_set(e, ERR_INTERNAL, "a thread cannot be started: %s",
				       strerror(error));
		w->running = true;
	}
	return true;
}

void pool_put(struct pool *p, struct job *j)
{
	j->next = NULL;
	pthread_mutex_lock(&p->lock);
	if (p->last)
		p->last->next = j;
	else
		p->first = j;
	p->last = j;
	pthread_cond_signal(&p->changed);
	pthread_mutex_unlock(&p->lock);
}

struct job *pool_drain(struct pool *p)
{
	pthread_mutex_lock(&p->lock);

	struct job *all = p->first;

	p->first = p->last = NULL;
	pthread_mutex_unlock(&p->lock);
	return all;
}

void pool_interrupt(struct pool *p)
{
	for (size_t i = 0; i < POOL_WORKERS; i++)
		org_interrupt(p->workers[i].org);
}

void pool_close(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
	for (size_t i = 0; i < POOL_WORKERS; i++) {
		struct worker *w = &p->workers[i];

		if (w->running)
			pthread_join(w->thread, NULL);
		org_close(&w->org);
		arena_release(&w->arena);
	}
	gate_release(&p->gate);
	pthread_cond_destroy(&p->changed);
	pthread_mutex_destroy(&p->lock);
}

/* SPDX-License-Identifier: MIT */
/*
 * The thread sleeps until the first one is due, or until an earlier one comes.
 */
#include "server/timers.h"

#include <string.h>
#include <time.h>

#include "base/datetime.h"

#include "base/banned.h"

static void swap(struct timers *t, size_t i, size_t k)
{
	struct timer *one = t->heap.p[i];

	t->heap.p[i] = t->heap.p[k];
	t->heap.p[k] = one;
}

static void push(struct timers *t, struct timer *timer)
{
	size_t i = t->heap.n;

	*VEC_PUSH(&t->arena, &t->heap) = timer;
	for (; i > 0 && t->heap.p[(i - 1) / 2]->due > t->heap.p[i]->due; i = (i - 1) / 2)
		swap(t, i, (i - 1) / 2);
}

static struct timer *pop(struct timers *t)
{
	struct timer *first = t->heap.p[0];
	size_t i = 0;

	t->heap.p[0] = t->heap.p[--t->heap.n];
	for (;;) {
		size_t least = i;

		for (size_t k = 2 * i + 1; k <= 2 * i + 2 && k < t->heap.n; k++) {
			if (t->heap.p[k]->due < t->heap.p[least]->due)
				least = k;
		}
		if (least == i)
			return first;
		swap(t, i, least);
		i = least;
	}
}

static void sleep_until(struct timers *t, int64_t due)
{
	struct timespec when = { .tv_sec = due / 1000, .tv_nsec = due % 1000 * 1000000 };

	pthread_cond_timedwait(&t->changed, &t->lock, &when);
}

static void *run(void *context)
{
	struct timers *t = context;

	pthread_mutex_lock(&t->lock);
	while (!t->stop || t->heap.n > 0) {
		if (t->heap.n == 0) {
			pthread_cond_wait(&t->changed, &t->lock);
			continue;
		}
		if (!t->hurry && t->heap.p[0]->due > steady_ms()) {
			sleep_until(t, t->heap.p[0]->due);
			continue;
		}

		struct timer *timer = pop(t);

		pthread_mutex_unlock(&t->lock);
		timer->call(timer);
		pthread_mutex_lock(&t->lock);
	}
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

bool timers_start(struct timers *t, struct err *e)
{
	pthread_condattr_t attributes;

	*t = (struct timers){ .arena = arena_make(0) };
	pthread_mutex_init(&t->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&t->changed, &attributes);
	pthread_condattr_destroy(&attributes);

	int error = pthread_create(&t->thread, NULL, run, t);

	t->running = error == 0;
	return t->running ||
	       err_set(e, ERR_INTERNAL, "a thread cannot be started: %s", strerror(error));
}

void timers_add(struct timers *t, struct timer *timer, uint64_t ms, void (*call)(struct timer *))
{
	timer->due = steady_ms() + (int64_t)ms;
	timer->call = call;
	pthread_mutex_lock(&t->lock);
	push(t, timer);
	pthread_cond_signal(&t->changed);
	pthread_mutex_unlock(&t->lock);
}

void timers_hurry(struct timers *t)
{
	pthread_mutex_lock(&t->lock);
	t->hurry = true;
	pthread_cond_signal(&t->changed);
	pthread_mutex_unlock(&t->lock);
}

void timers_stop(struct timers *t)
{
	if (!t->running)
		return;
	pthread_mutex_lock(&t->lock);
	t->stop = t->hurry = true;
	pthread_cond_signal(&t->changed);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->thread, NULL);
	pthread_cond_destroy(&t->changed);
	pthread_mutex_destroy(&t->lock);
	arena_release(&t->arena);
	t->running = false;
}

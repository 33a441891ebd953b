/* SPDX-License-Identifier: MIT */
/*
 * A lock with numbers, as at a counter.
 */
#include "server/gate.h"

#include "base/banned.h"

static void enter(void *context)
{
	struct gate *g = context;

	pthread_mutex_lock(&g->lock);

	uint64_t mine = g->next++;

	while (g->serving != mine)
		pthread_cond_wait(&g->moved, &g->lock);
	pthread_mutex_unlock(&g->lock);
}

static void leave(void *context)
{
	struct gate *g = context;

	pthread_mutex_lock(&g->lock);
	g->serving++;
	pthread_cond_broadcast(&g->moved);
	pthread_mutex_unlock(&g->lock);
}

void gate_init(struct gate *g)
{
	*g = (struct gate){ .face = { .enter = enter, .leave = leave, .context = g } };
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->moved, NULL);
}

void gate_release(struct gate *g)
{
	pthread_cond_destroy(&g->moved);
	pthread_mutex_destroy(&g->lock);
}

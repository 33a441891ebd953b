/* SPDX-License-Identifier: MIT */
/*
 * Several requests about files under way at once, each in a lane of its own; what one answer leads to may be another request in the
 * same lane. Whoever drives them says what goes into a free lane.
 */
#ifndef FERRY_MOVE_FILE_LANES_H
#define FERRY_MOVE_FILE_LANES_H

#include "dv/service.h"
#include "move/run.h"

#define FILE_LANES 4

struct file_lanes {
	struct service *service;
	uint64_t *requests; /* counted */
	/* Fills a free lane with file_lanes_send; *more false: there is nothing to do now that is not under way. */
	bool (*begin)(void *context, size_t lane, bool *more, struct err *e);
	/* What became of a lane's request; the lane is free, unless another one is sent. */
	bool (*answered)(void *context, size_t lane, const struct response *answer, struct err *e);
	void *context;
	struct request request[FILE_LANES];
	bool busy[FILE_LANES];
	size_t under_way;
};

/* l->request[lane]; what it points to lives until it is answered. */
MUST_CHECK bool file_lanes_send(struct file_lanes *l, size_t lane, struct err *e);
/* Until nothing is under way. On failure, too: what its requests point to may go. */
MUST_CHECK bool file_lanes_run(struct file_lanes *l, struct err *e);

/* Of a fate that is not ANSWERED: why. Fills *e, returns false always. */
bool file_lanes_lost(const struct response *answer, struct err *e);

#endif

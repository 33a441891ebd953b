/* SPDX-License-Identifier: MIT */
/*
 * The loop over the lanes.
 */
#include "move/file_lanes.h"

#include "base/banned.h"

bool file_lanes_send(struct file_lanes *l, size_t lane, struct err *e)
{
	assert(!l->busy[lane]);
	++*l->requests;
	if (!l->service->submit(l->service, &l->request[lane], lane, e))
		return false;
	l->busy[lane] = true;
	l->under_way++;
	return true;
}

static size_t width_of(const struct file_lanes *l)
{
	size_t width = l->service->width > 0 ? l->service->width : 1;

	return width < FILE_LANES ? width : FILE_LANES;
}

static bool fill(struct file_lanes *l, struct err *e)
{
	bool more = true;

	for (size_t lane = 0; lane < FILE_LANES && more && l->under_way < width_of(l); lane++)
		/* what fails without a request leaves the lane free for the next one */
		while (!l->busy[lane] && more)
			if (!l->begin(l->context, lane, &more, e))
				return false;
	return true;
}

/* *lane FILE_LANES: the service has nothing more to give. */
static bool next(struct file_lanes *l, size_t *lane, struct response *answer, struct err *e)
{
	uint64_t tag = FILE_LANES;
	bool there = l->service->next(l->service, &tag, answer, e);

	*lane = tag < FILE_LANES ? (size_t)tag : FILE_LANES;
	if (*lane == FILE_LANES) {
		assert(!there);
		l->under_way = 0;
		return false;
	}
	assert(l->busy[*lane]);
	l->busy[*lane] = false;
	l->under_way--;
	return there;
}

static bool go(struct file_lanes *l, struct err *e)
{
	for (;;) {
		struct response answer;
		size_t lane;

		if (!fill(l, e))
			return false;
		if (l->under_way == 0)
			return true;
		if (!next(l, &lane, &answer, e) || !l->answered(l->context, lane, &answer, e))
			return false;
	}
}

bool file_lanes_run(struct file_lanes *l, struct err *e)
{
	bool ok = go(l, e);

	while (l->under_way > 0) {
		struct response answer;
		struct err ignored;
		size_t lane;

		(void)!next(l, &lane, &answer, &ignored);
	}
	return ok;
}

bool file_lanes_lost(const struct response *answer, struct err *e)
{
	if (!answer->failure)
		return err_set(e, ERR_NETWORK, "the service gave no answer");
	*e = *answer->failure;
	return false;
}

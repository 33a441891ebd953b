/* SPDX-License-Identifier: MIT */
/*
 * Private to this room: what becomes of requests when a person cancels. Writes that are under way are waited for, so that it is known
 * whether they were done; what was not sent yet is given back. Then nothing is under way, and whoever has something to put
 * in order may go on asking.
 */
#ifndef FERRY_REMOTE_REMOTE_STOP_H
#define FERRY_REMOTE_REMOTE_STOP_H

#include "remote/remote_call.h"

/* So long at most. */
#define STOP_MS 30000

struct stopping {
	bool asked, over;
	int64_t since; /* as steady_ms */
};

enum stop_step {
	STOP_NOT,  /* all goes on */
	STOP_WAIT, /* for what is under way: nothing else is sent */
	STOP_GIVE, /* *call is given back, taken out of the lists */
	STOP_OVER  /* nothing is waited for any more: once */
};
enum stop_step stop_next(struct stopping *s, bool cancelled, struct calls *calls, int64_t now,
			 struct call **call);

/* Nothing is under way or waits any more. */
void stop_drop(struct calls *calls, struct http *http);

#endif

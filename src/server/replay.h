/* SPDX-License-Identifier: MIT */
/*
 * A recording (dv/recording.h), answered from over HTTP: without an organization, a sign-in, or a thread
 * beside the one for connections. Where answers lead (next pages, rows that were made) is this server, and
 * this server's URLs in requests are the environment's again; what rows say stays as it is. A request that is not in the recording gets 404 with an OData
 * error that names the nearest which is; one that got no answer then gets none now.
 */
#ifndef FERRY_SERVER_REPLAY_H
#define FERRY_SERVER_REPLAY_H

#include "base/sink.h"
#include "base/str.h"

struct replay;

struct replay_options {
	const char *recording;
	const char *address; /* in numbers, or localhost */
	uint16_t port;       /* 0: any that is free */
	struct str token;    /* empty: everybody may ask, by whatever token */
	const char *const *hosts;
	size_t nhosts; /* names by which it may be called beside its own */
};

/* Answers from now on. ERR_INPUT: the recording; ERR_USAGE: an address that others can reach needs a token. */
MUST_CHECK bool replay_start(struct replay **out, struct arena *a, const struct replay_options *o,
			     struct err *e);
struct str replay_url(const struct replay *r);
/* Not 0: the last line of the recording, which is not whole. */
unsigned replay_cut(const struct replay *r);
/* How many of the recorded exchanges were asked for, and how many requests were not among them. */
struct replay_counts {
	size_t exchanges, answered, unknown;
};
/* Fine for NULL; *counts may be NULL. */
void replay_stop(struct replay **at, struct replay_counts *counts);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Private to this room: whether an answer is the one to the request that was sent last over its connection. A broken
 * proxy may give an answer twice, or one that nobody asked for; it would be taken for that of the next request, which
 * may be a write that was never done, and all that follow would be taken for those of others, too.
 */
#ifndef FERRY_REMOTE_SEEN_H
#define FERRY_REMOTE_SEEN_H

#include "io/http.h"
#include "dv/service.h"

#define SEEN_CONNECTIONS 128
#define SEEN_METHODS 5
#define SEEN_BELIEVED 4

struct seen {
	struct {
		unsigned connection;
		uint64_t answer, request;
	} p[SEEN_CONNECTIONS];       /* what came last over each */
	size_t n, next;              /* the oldest gives way */
	bool numbered[SEEN_METHODS]; /* successes of this method have the service's id */
};

struct seen_answer {
	unsigned connection;
	int status;
	const struct http_header *headers;
	size_t nheaders;
	const struct request *request;
	unsigned tries; /* of the request, this one counted */
};

/*
 * False: by its id it is the answer that came last here, and the request is another one (the same one may get the same
 * answer: a recording that is replayed has no other); or it is a success without an id where one before had it, which is
 * believed at the fourth try: so it is then.
 */
bool seen_is_ours(struct seen *s, const struct seen_answer *a);

#endif

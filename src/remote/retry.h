/* SPDX-License-Identifier: MIT */
/*
 * Whether a request that went wrong is sent again, by whom, and when.
 */
#ifndef FERRY_REMOTE_RETRY_H
#define FERRY_REMOTE_RETRY_H

#include "base/rng.h"
#include "io/http.h"
#include "dv/service.h"

enum verdict {
	RETRY_NO,     /* the answer stands, whatever its status */
	RETRY_AGAIN,  /* certainly not done, or harmless: send it again after the wait */
	RETRY_CHECK,  /* perhaps done: whoever sent it has to look before it is repeated */
	RETRY_BROKEN, /* will fail again */
};

struct retry_question {
	const struct request *request;
	enum http_outcome outcome;
	bool hopeless;  /* http_answer.hopeless */
	bool foreign;   /* an answer, but none of the service: a page of a proxy, half of a JSON */
	int status;     /* 0: none */
	unsigned tries; /* so far, at least 1 */
};
#define RETRY_TRIES 8 /* of one request, with throttled ones not counted */
/* A status that is none of the platform's, or says that it had no time: 408, 502, 503, 504. */
bool retry_is_passing(int status);
enum verdict retry_verdict(const struct retry_question *q);

/* 0.5 s, 1 s, 2 s ... 30 s, each between half and whole of it. */
int64_t retry_wait_ms(unsigned tries, struct rng *rng);
/* Seconds since 1970 of an HTTP date, in the one form that is sent (RFC 9110 5.6.7). */
MUST_CHECK bool retry_http_date(struct str s, int64_t *seconds);
/* Retry-After: seconds, or an HTTP date against `now` (seconds since 1970). -1: neither; at most RETRY_AFTER_MAX_MS. */
#define RETRY_AFTER_MAX_MS ((int64_t)30 * 60 * 1000)
int64_t retry_after_ms(struct str header, int64_t now);

#endif

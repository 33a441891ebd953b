/* SPDX-License-Identifier: MIT */
/*
 * A real environment as a service: requests over HTTPS, many at once by one thread, at the pace that the
 * environment allows; what certainly was not done is sent again, what perhaps was done is given back as such
 * (dv/service.h: FATE_UNKNOWN). Every message about a failure names the request id, by which the platform's
 * support finds it.
 *
 * What becomes of a request (retry.h): throttled, it is sent again when the service allows, and nothing else
 * meanwhile; refused for its token, once again with a renewed one, which all share (and more often only while others
 * are let in); not done, or harmless, up to RETRY_TRIES times; else it is FATE_UNKNOWN. Nothing lasts for ever: next()
 * ends the service with
 * ERR_NETWORK when no request was answered for REMOTE_DOWN_SECONDS though RETRY_TRIES were sent, and a request
 * that is throttled for too long gets its 429 as answer: REMOTE_THROTTLES times in REMOTE_THROTTLED_SECONDS or
 * more, or RETRY_TRIES times in REMOTE_THROTTLED_LONG. So a service that is gone is noticed after
 * three minutes, or as long as two requests may be silent. One that was never heard of is given up sooner: where
 * nobody is (no such name, refused, no TLS) at the third try, after a second or two, or when one attempt to connect
 * has taken its 15 seconds; where somebody ends each connection at once, after six tries and at least ten seconds.
 *
 * Nothing leaves while a Retry-After runs, not even what waits for its connection. An answer that is that of another
 * request (seen.h) is none.
 */
#ifndef FERRY_REMOTE_REMOTE_H
#define FERRY_REMOTE_REMOTE_H

#include "dv/recording.h"
#include "dv/service.h"
#include "remote/profile.h"
#include "remote/token.h"

struct remote;

#define REMOTE_DOWN_SECONDS 180
#define REMOTE_THROTTLES 60
#define REMOTE_THROTTLED_SECONDS 240
#define REMOTE_THROTTLED_LONG 600

struct remote_options {
	const struct profile *profile;
	struct token_source *tokens; /* NULL: none is sent */
	unsigned concurrency;        /* 0: as the service recommends */
	unsigned
		request_seconds; /* a request at most; 0: 300 (the platform ends one after 120, an upload takes longer) */
	unsigned silence_seconds;         /* without a byte, at most; 0: 180 */
	struct recorder *recorder;        /* NULL: no record */
	bool (*cancelled)(void *context); /* looked at several times a second; may be NULL */
	void *context;
	uint64_t seed; /* of request ids and of the jitter; 0: from the system */
	const char *user_agent;
};

struct remote_counts {
	uint64_t requests, throttled, retried, renewed; /* renewed: tokens in mid-run */
	uint64_t bytes_out, bytes_in;
};

/* Nothing is sent. */
MUST_CHECK bool remote_open(struct remote **out, struct arena *a, const struct remote_options *o,
			    struct err *e);
void remote_close(struct remote **at); /* fits DEFER */
struct service *remote_service(struct remote *r);
struct remote_counts remote_counts(const struct remote *r);

#endif

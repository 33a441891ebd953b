/* SPDX-License-Identifier: MIT */
/*
 * How many requests may be in flight, and when the next may be sent: a decision from what the service has answered, without
 * clock or network (times are milliseconds that only go up, given by the caller).
 * Starts with what the service recommends (x-ms-dop-hint), goes back by half when it is throttled, comes back one by one, and never
 * sends while a Retry-After runs. Service protection counts requests and execution time over 300 s (facts/webapi.md 3.5): when the
 * headers say that what remains of the window would not last, or a 429 has named that limit, requests are spread out so that the
 * sustained rate stays just below it.
 */
#ifndef FERRY_REMOTE_PACE_H
#define FERRY_REMOTE_PACE_H

#include "base/base.h"

#include <stdint.h>

struct pace_options {
	unsigned most;  /* connections; 0: PACE_MOST */
	unsigned fixed; /* --concurrency N: never more, and no hint is asked; 0: adaptive */
};
#define PACE_FIRST 4 /* until the first hint */
#define PACE_MOST 52 /* what every environment takes (facts/webapi.md 3.5) */

/* What the headers of an answer tell; -1: not there. */
struct pace_answer {
	int status;
	uint32_t code;              /* the platform's, of a 429: which of the three limits */
	int64_t hint;               /* x-ms-dop-hint */
	int64_t requests_remaining; /* x-ms-ratelimit-burst-remaining-xrm-requests */
	int64_t time_remaining_ms;  /* x-ms-ratelimit-time-remaining-xrm-requests */
	int64_t retry_after_ms;
	int64_t took_ms; /* from the first byte sent to the last received */
};

struct pace {
	struct pace_options options;
	double width; /* how many now */
	unsigned hint;
	int64_t quiet_until; /* a Retry-After runs */
	int64_t next_at;     /* spread out: not before */
	int64_t interval;    /* ms between requests; 0: as they come */
	int64_t halved_at;
	unsigned throttled; /* answers that were 429 */
	/* what the implementation needs beside that */
	int64_t rtt_ms, work_ms, window_began, work_in_window, requests_in_window;
};

struct pace pace_make(struct pace_options o);
unsigned pace_width(const struct pace *p);
/* How long to wait before another request may be sent with `in_flight` on the way: 0 now; INT64_MAX when an answer has to come first. */
int64_t pace_wait(const struct pace *p, unsigned in_flight, int64_t now);
void pace_sent(struct pace *p, int64_t now);
void pace_answered(struct pace *p, const struct pace_answer *a, int64_t now);
/* The connection broke: nothing about limits, but the width goes back a little. */
void pace_broken(struct pace *p, int64_t now);

#endif

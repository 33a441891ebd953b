/* SPDX-License-Identifier: MIT */
/*
 * How many requests may be in flight, and when the next may be sent: a decision from what the service has
 * answered, without clock or network (times are milliseconds that only go up, given by the caller).
 * Starts with what the service recommends (x-ms-dop-hint). A recommendation is no limit, and what is on its way is
 * not worked on: with each answer that is no refusal one more is tried, up to twice as many. Goes back by half when
 * it is throttled, comes back one by one, and never sends while a Retry-After runs.
 *
 * Service protection counts requests and execution time over a window of 300 s (facts/webapi.md 3.5).
 * What was answered is counted here in the same way, and the limit learned: from what the headers say is left
 * (which is all of the user's use, also by others), or from a 429 that names it. While there is plenty,
 * requests go as they come; below a quarter of the window they are spread out over the next minute, with what
 * becomes free meanwhile, so that the sustained rate stays just below the limit. What a request costs is taken
 * to be the time it took, ways included: too much by a factor, which the learned limit has, too.
 */
#ifndef FERRY_REMOTE_PACE_H
#define FERRY_REMOTE_PACE_H

#include <stdint.h>

#include "base/base.h"

struct pace_options {
	unsigned most;  /* connections; 0: PACE_MOST */
	unsigned fixed; /* --concurrency N: never more, and no hint is asked; 0: adaptive */
};
#define PACE_FIRST 4                 /* until the first hint */
#define PACE_BEYOND 2                /* times the hint, at most */
#define PACE_UNHINTED 8              /* the most when there is never a hint */
#define PACE_MOST 52                 /* what every environment takes (facts/webapi.md 3.5) */
#define PACE_WINDOW 300              /* seconds */
#define PACE_STEPS (PACE_WINDOW + 1) /* a second that has begun to leave it counts */

/* What the headers of an answer tell; -1: not there. */
struct pace_answer {
	int status;
	uint32_t code;              /* the platform's, of a 429: which of the three limits */
	int64_t hint;               /* x-ms-dop-hint */
	int64_t requests_remaining; /* x-ms-ratelimit-burst-remaining-xrm-requests */
	int64_t time_remaining_ms;  /* x-ms-ratelimit-time-remaining-xrm-requests */
	int64_t retry_after_ms;
	int64_t took_ms; /* from when it was sent to the end of its answer, the way included */
};

/* One of the two budgets of the window: requests, or milliseconds of work. */
struct pace_budget {
	int64_t steps[PACE_STEPS]; /* what was used, by second */
	int64_t used;              /* their sum */
	int64_t limit;             /* what the window holds, by this count; 0: not known */
	int64_t most;              /* the most that was ever left */
	int64_t credit;            /* what was used since a learned limit grew last */
};

struct pace {
	struct pace_options options;
	double width; /* how many now */
	double cap;   /* not more, since too many at once were refused; 0: none */
	unsigned hint;
	int64_t quiet_until; /* a Retry-After runs; ms, as the caller's clock */
	int64_t next_at;     /* spread out: not before */
	int64_t interval;    /* ms between requests; 0: as they come */
	int64_t halved_at;
	unsigned throttled; /* answers that were 429 */
	unsigned streak;    /* refusals in a row, of requests that were sent one after the other */
	unsigned in_flight;
	int64_t began, sent_at; /* the first request, the last one; -1: none */
	double took_ms;         /* an answer takes, lately, the way included */
	int64_t step;           /* of the newest second */
	int64_t span;           /* seconds that the window seems to have, at most PACE_WINDOW */
	struct pace_budget requests, work;
};

struct pace pace_make(struct pace_options o);
unsigned pace_width(const struct pace *p);
/* How long to wait before another request may be sent: 0 now; INT64_MAX when an answer has to come first. */
int64_t pace_wait(const struct pace *p, int64_t now);
/* Each is followed by one of the two below. */
void pace_sent(struct pace *p, int64_t now);
void pace_answered(struct pace *p, const struct pace_answer *a, int64_t now);
/* The connection broke: nothing about limits, but the width goes back a little. */
void pace_broken(struct pace *p, int64_t now);
/* It was not sent after all. */
void pace_unsent(struct pace *p, int64_t now);
/* The service asks for quiet, or seems to need it: nothing is sent for so long. */
void pace_hold(struct pace *p, int64_t ms, int64_t now);

#endif

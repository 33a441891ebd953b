/* SPDX-License-Identifier: MIT */
/*
 * What a real environment adds to an answer: distance, limits, accidents. A pure decision engine: a request
 * and the time go in, what shall become of it comes out; it sleeps nowhere, answers nothing, and is the same
 * for the same seed and the same requests. One thread at a time.
 *
 *   latency  rtt=150ms,row=20ms     of every request, and of every row read or written
 *   limits   service-protection     per user: 6000 requests and 1200 s of work in 300 s, 52 at once
 *            requests=100/10s,time=60s/300s,concurrent=4,dop=4    other numbers, or only these limits
 *   fault    METHOD TARGET [WHICH]: EFFECT        several are separated by ';'
 *            METHOD  GET, POST, PATCH, PUT, DELETE, several with '|' between them, or *
 *            TARGET  what stands below the service root: queues means queues, queues(...), queues?...;
 *                    with a * in it, the whole target, in which * stands for anything; with a / at
 *                    its beginning it means the paths of the sign-in beside the service, too
 *            WHICH   of the requests that fit: 3, 3-5, 3-, every 4, 10%; else all of them
 *            EFFECT  a status from 400 to 599 with an optional retry-after=SECONDS; or a word of FAULTS below
 */
#ifndef FERRY_ORG_REALITY_H
#define FERRY_ORG_REALITY_H

#include "base/arena.h"
#include "base/err.h"
#include "base/guid.h"
#include "dv/service.h"

enum effect {
	EFFECT_NONE,
	/* the request is not carried out */
	EFFECT_THROTTLE,     /* 429 of the limits */
	EFFECT_STATUS,       /* 503 ... */
	EFFECT_EXPIRE_TOKEN, /* expire-token: 401; once, unless it says which */
	EFFECT_HTML,         /* html: a page with status 200, as of a proxy */
	EFFECT_CUT,          /* cut: the connection ends before anything */
	/* it is */
	EFFECT_CUT_AFTER_HEADERS, /* cut-after-headers */
	EFFECT_CUT_MID_BODY,      /* cut-mid-body */
	EFFECT_LOST,              /* lost: done, but nobody hears of it */
	EFFECT_DUPLICATE,         /* duplicate: carried out twice, the second answer counts */
	EFFECT_SLOW,              /* slow=BYTES: so many a second; k and M are understood */
	EFFECT_TRUNCATE,          /* truncate: half of the body, complete for HTTP */
};
bool effect_runs(enum effect e); /* the request is carried out */

struct reality;

struct reality_options {
	const char *latency; /* NULL: none */
	const char *limits;
	const char *const *faults;
	size_t nfaults;
	uint64_t seed; /* of the accidents by chance */
};
/* ERR_USAGE says where the text is wrong. */
MUST_CHECK bool reality_make(struct reality **out, struct arena *a,
			     const struct reality_options *options, struct err *e);

/* Milliseconds of a clock that only goes forward. */
struct arrival {
	enum method method;
	struct str target; /* below the service root */
	struct guid user;
	int64_t now;
	bool apart; /* not at the organization but beside it: no limits there */
};

struct verdict {
	enum effect effect;
	int status;         /* THROTTLE, STATUS */
	int retry_after;    /* seconds; -1: nothing is said */
	uint32_t code;      /* the platform's; THROTTLE, STATUS */
	const char *reason; /* of it, lives with the reality */
	uint64_t rate;      /* SLOW: bytes a second */
	const char *fault;  /* as it was given; NULL: none */
	bool counted;       /* reality_leave has to follow */
};
struct verdict reality_arrive(struct reality *r, const struct arrival *a);
/* The request was answered; it took `worked` milliseconds of the service's time. */
void reality_leave(struct reality *r, struct guid user, int64_t now, uint64_t worked);

/* The way to the service, in milliseconds; and the way back with the time of the rows. */
uint64_t reality_way_there(const struct reality *r);
uint64_t reality_way_back(const struct reality *r, uint64_t rows);
uint64_t reality_row_time(const struct reality *r, uint64_t rows);

/* The rate headers of an answer now (facts/webapi.md 1.3, 3.5); none without limits. */
#define REALITY_HEADERS 3
size_t reality_headers(struct reality *r, struct arena *a, struct guid user, int64_t now,
		       struct header out[REALITY_HEADERS]);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The parts of a reality, for the files that make one: reality_read.c reads them, reality_limits.c counts,
 * reality.c decides.
 */
#ifndef FERRY_ORG_REALITY_PARTS_H
#define FERRY_ORG_REALITY_PARTS_H

#include "base/rng.h"
#include "base/vec.h"
#include "org/reality.h"

struct latency {
	uint64_t rtt, row; /* milliseconds */
};

enum fault_which { FAULT_ALL, FAULT_RANGE, FAULT_EVERY, FAULT_CHANCE };

struct fault {
	const char *text;
	unsigned methods;  /* 1 << enum method */
	struct str target; /* empty: any */
	bool glob;
	bool beside; /* it began with a '/' */
	enum fault_which which;
	uint64_t from, to; /* RANGE; from alone: EVERY, and the percentage of CHANCE */
	enum effect effect;
	int status;
	int retry_after; /* -1: none */
	uint64_t rate;
	uint64_t seen; /* requests that fit */
	struct rng rng;
};

/* A limit of 0 is none. */
struct limits {
	bool on;
	uint64_t requests, requests_span; /* spans in milliseconds */
	uint64_t work, work_span;         /* milliseconds of work */
	uint64_t concurrent;
	uint64_t dop;
};

/* ERR_USAGE. */
MUST_CHECK bool reality_read_latency(struct str text, struct latency *out, struct err *e);
MUST_CHECK bool reality_read_limits(struct str text, struct limits *out, struct err *e);
/* `text` is one fault without ';' around it. */
MUST_CHECK bool reality_read_fault(struct arena *a, struct str text, struct fault *out,
				   struct err *e);
bool fault_fits(const struct fault *f, enum method method, struct str target);

/* What a user has used of the limits; the window slides in this many steps. */
#define WINDOW_STEPS 300
struct window {
	uint64_t span;
	struct {
		int64_t step; /* which one of all time */
		uint64_t n;
	} steps[WINDOW_STEPS];
};

enum facet { FACET_REQUESTS, FACET_WORK, FACET_CONCURRENT };

struct usage {
	struct guid user;
	int64_t seen;
	struct window requests, work;
	uint64_t running;
	uint64_t pushes; /* refusals since a request was last taken */
	int64_t blocked; /* until then, because of `facet` */
	enum facet facet;
};

struct usages {
	struct arena *arena;
	const struct limits *limits;
	VEC(struct usage *) all;
	const char *reasons[FACET_CONCURRENT + 1];
};

struct usages usages_make(struct arena *a, const struct limits *l);
struct usage *usages_of(struct usages *all, struct guid user, int64_t now);
/* False: refused, with the verdict of it. */
bool usages_take(struct usages *all, struct usage *u, int64_t now, struct verdict *refused);
void usages_leave(struct usage *u, int64_t now, uint64_t worked);
uint64_t usages_requests_left(const struct usages *all, const struct usage *u, int64_t now);
uint64_t usages_work_left(const struct usages *all, const struct usage *u, int64_t now);

#endif

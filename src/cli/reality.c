/* SPDX-License-Identifier: MIT */
/*
 * In process a delay is slept, in steps so that it can be cancelled.
 */
#include "cli/reality.h"

#include <time.h>

#include "cli/cancel.h"

#include "base/banned.h"

#define STEP_MS 50

struct reality_options reality_options(const struct reality_values *v)
{
	return (struct reality_options){
		.latency = v->latency,
		.limits = v->limits,
		.faults = v->faults.items,
		.nfaults = v->faults.n,
		.seed = v->seed.value,
	};
}

static int64_t now(void *context)
{
	struct timespec t;

	(void)context;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void wait_ms(void *context, uint64_t ms)
{
	int64_t end = now(context) + (int64_t)ms;

	for (int64_t left = (int64_t)ms; left > 0 && !cancel_asked(); left = end - now(context)) {
		int64_t step = left < STEP_MS ? left : STEP_MS;
		struct timespec moment = { .tv_nsec = step * 1000000 };

		nanosleep(&moment, NULL);
	}
}

bool reality_from_environment(struct arena *a, const char *(*environment)(const char *name),
			      struct org *org, struct err *e)
{
	const char *fault = environment("FERRY_FAULT");
	const char *seed = environment("FERRY_SEED");
	struct surroundings s = { .now = now, .wait = wait_ms };
	struct reality_options o = {
		.latency = environment("FERRY_LATENCY"),
		.limits = environment("FERRY_LIMITS"),
		.faults = &fault,
		.nfaults = fault != NULL,
	};

	if (!o.latency && !o.limits && !fault)
		return true;
	if (seed && !str_parse_u64(str_from(seed), &o.seed))
		return err_set(e, ERR_USAGE, "the variable FERRY_SEED: \"%s\" is no number", seed);
	if (!reality_make(&s.reality, a, &o, e))
		return err_wrap(e, "of the environment");
	org_set_surroundings(org, &s);
	return true;
}

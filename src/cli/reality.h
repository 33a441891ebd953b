/* SPDX-License-Identifier: MIT */
/*
 * The knobs of reality (org/reality.h) on the command line, and from the environment for organizations in
 * process.
 */
#ifndef FERRY_CLI_REALITY_H
#define FERRY_CLI_REALITY_H

#include "org/app.h"
#include "org/reality.h"
#include "cli/opt.h"

struct reality_values {
	const char *latency;
	const char *limits;
	struct opt_list faults;
	struct opt_number seed;
};

struct reality_options reality_options(const struct reality_values *v);
/*
 * What FERRY_LATENCY, FERRY_LIMITS, FERRY_FAULT and FERRY_SEED say, for an organization in process; without
 * them it stays as it is.
 */
MUST_CHECK bool reality_from_environment(struct arena *a,
					 const char *(*environment)(const char *name),
					 struct org *org, struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The options by which people decide about a run in advance (move/decisions.h), and those about how it writes.
 */
#ifndef FERRY_CLI_DECIDE_H
#define FERRY_CLI_DECIDE_H

#include "move/decisions.h"
#include "cli/command.h"

struct decide_values {
	struct opt_list match, adopt, unresolved;
	const char *map, *owner, *managed, *prune;
	struct opt_number max_delete;
	bool same_environment, secrets, skip_missing;
};

struct execute_values {
	unsigned batch_size;
	const char *bypass;
	struct opt_number settle, max_failures;
	bool disable_steps;
};

/* Options like EXECUTE_OPTIONS, of struct execute_values alone. */
extern const struct opt execute_opts[];
extern const size_t nexecute_opts;

/* ERR_USAGE; ERR_INPUT of the map file. What they point to is on the arena. */
MUST_CHECK bool decide_read(struct arena *a, const struct decide_values *v, struct datetime now,
			    struct decisions *out, struct err *e);
MUST_CHECK bool execute_read(const struct execute_values *v, struct execution *out, struct err *e);

#endif

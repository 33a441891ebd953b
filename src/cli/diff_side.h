/* SPDX-License-Identifier: MIT */
/*
 * One of the two things that ferry diff compares: a package, or an environment.
 */
#ifndef FERRY_CLI_DIFF_SIDE_H
#define FERRY_CLI_DIFF_SIDE_H

#include "dv/package.h"
#include "move/diff_env.h"
#include "cli/env.h"

struct diff_operand {
	const char *name; /* as given */
	bool is_environment;
	struct package *package;
	struct env env;
	struct diff_environment from;
	struct diff_env reading;
};

/* Says what the names mean: sets name and is_environment of both, and parses environments. ERR_USAGE. */
MUST_CHECK bool diff_operands_parse(struct diff_operand o[DIFF_SIDES], struct program *p,
				    const char *const names[DIFF_SIDES],
				    const struct env_options *remote, struct err *e);
/* Opens both packages. */
MUST_CHECK bool diff_operands_open(struct diff_operand o[DIFF_SIDES], struct program *p,
				   struct err *e);
/* The schema of an environment without one of its own: that of the package on the other side; or NULL. */
const struct schema *diff_operands_schema(const struct diff_operand o[DIFF_SIDES]);
/* Both sides, from their definitions to the last row. `schema` is for the environments. */
MUST_CHECK bool diff_operands_load(struct diff_operand o[DIFF_SIDES], struct program *p,
				   struct diff *d, const struct schema *schema, struct err *e);
/* ERR_INTERNAL: the record of a conversation is not complete. */
MUST_CHECK bool diff_operands_finish(struct diff_operand o[DIFF_SIDES], struct err *e);

struct diff_operands {
	struct diff_operand p[DIFF_SIDES];
};
void diff_operands_close(struct diff_operands *o); /* fits DEFER */

#endif

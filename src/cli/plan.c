/* SPDX-License-Identifier: MIT */
/*
 * ferry plan and ferry drift: what an import would change, kept in a run file or only told.
 */
#include "cli/commands.h"

#include <stddef.h>

#include "cli/rows_from.h"
#include "cli/decide_options.h"
#include "cli/transfer.h"

#include "base/banned.h"

struct plan_values {
	struct common common;
	const char *what;
	const char *from;
	const char *to;
	const char *out;
	struct decide_values decide;
	struct work_output output;
	struct env_options remote;
};

static bool plan(struct program *p, const struct command *command, const struct plan_values *v,
		 bool keep, int *status, struct err *e)
{
	DEFER(rows_from_close) struct rows_from origin = { 0 };
	const struct execute_values execute = { 0 };
	struct transfer t = { .command = command,
			      .values = v,
			      .kind = RUN_PLAN,
			      .dry_run = true,
			      .temporary = !keep,
			      .name = command->name,
			      .to = v->to,
			      .out = v->out,
			      .decide = &v->decide,
			      .execute = &execute,
			      .output = &v->output,
			      .remote = &v->remote };

	if (!rows_from_open(&origin, p, v->what, v->from, &v->decide, &v->remote, e))
		return work_refused(p, &v->output, command->name, v->from ? v->from : v->what,
				    v->to, e);
	t.package = origin.package;
	t.source = origin.name;
	return transfer_rows(p, &t, status, e);
}

static bool plan_run(struct program *p, const void *values, int *status, struct err *e)
{
	return plan(p, &command_plan, values, true, status, e);
}

static bool drift_run(struct program *p, const void *values, int *status, struct err *e)
{
	struct plan_values v = *(const struct plan_values *)values;

	v.output.detailed = true;
	return plan(p, &command_drift, &v, false, status, e);
}

static const struct operand operands[] = {
	{ .name = "WHAT",
	  .kind = OPT_FILE,
	  .optional = true,
	  .offset = offsetof(struct plan_values, what),
	  .help = "a package, or with --from ENV a schema: the rows that it selects are read from there" },
};

#define PLAN_OPTIONS                                                                               \
	{ .name = "from",                                                                          \
	  .kind = OPT_ENVIRONMENT,                                                                 \
	  .offset = offsetof(struct plan_values, from),                                            \
	  .argument = "ENV|PKG",                                                                   \
	  .help = "where the rows come from, when WHAT is a schema or left out" },                 \
		{ .name = "to",                                                                    \
		  .kind = OPT_ENVIRONMENT,                                                         \
		  .required = true,                                                                \
		  .offset = offsetof(struct plan_values, to),                                      \
		  .argument = "ENV",                                                               \
		  .help = "the environment that would be written to" },                            \
		DECIDE_OPTIONS(struct plan_values, decide),                                        \
		WORK_OUTPUT_OPTIONS(struct plan_values, output),                                   \
		ENV_OPTIONS(struct plan_values, remote)

static const struct opt plan_opts[] = {
	PLAN_OPTIONS,
	{ .name = "out",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct plan_values, out),
	  .argument = "RUN",
	  .help = "where the plan goes (default: $XDG_STATE_HOME/ferry/runs, which keeps the last twenty)" },
};

static const struct opt drift_opts[] = { PLAN_OPTIONS };

static const struct example plan_examples[] = {
	{ "ferry plan skills.zip --to local:b.db --out skills.run",
	  "show every change, and keep the plan" },
	{ "ferry apply skills.run", "make exactly those changes" },
	{ "ferry plan skills.xml --from dev --to prod --out skills.run",
	  "from one environment to another, by a schema" },
};

static const struct example drift_examples[] = {
	{ "ferry drift skills.zip --to prod",
	  "exit status 0: nothing would change; 10: something would" },
	{ "ferry drift skills.xml --from dev --to prod", "have two environments drifted apart?" },
};

const struct command command_plan = {
	.name = "plan",
	.summary = "show every change that an import would make, and keep the plan",
	.text = "Compares the rows of a package, or of an environment, with the target and shows what an import would "
		"create (+), update (~, with the old and the new value of each column), adopt (=), link, and remove (-). "
		"Nothing is written.\n\n"
		"The run file of a plan holds everything that it decided, is bound to the target's organization, and is "
		"sealed: \"ferry apply\" makes these changes and no others, on any machine and as any user, and "
		"refuses when the rows in question have changed meanwhile.",
	.examples = plan_examples,
	.nexamples = COUNT_OF(plan_examples),
	.syntax = { .opts = plan_opts,
		    .nopts = COUNT_OF(plan_opts),
		    .operands = operands,
		    .noperands = COUNT_OF(operands) },
	.size = sizeof(struct plan_values),
	.run = plan_run,
};

const struct command command_drift = {
	.name = "drift",
	.summary = "tell whether an import would change anything",
	.text = "Does what \"ferry plan\" does and keeps nothing. The exit status is 0 when the target is as the source "
		"says, and 10 when there are changes. That a row has another id in the target (=) is no change.",
	.examples = drift_examples,
	.nexamples = COUNT_OF(drift_examples),
	.syntax = { .opts = drift_opts,
		    .nopts = COUNT_OF(drift_opts),
		    .operands = operands,
		    .noperands = COUNT_OF(operands) },
	.size = sizeof(struct plan_values),
	.run = drift_run,
};

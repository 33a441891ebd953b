/* SPDX-License-Identifier: MIT */
/*
 * ferry version.
 */
#include "cli/commands.h"

#include "base/banned.h"

static bool version_run(struct program *p, const void *values, int *status, struct err *e)
{
	(void)values;
	(void)e;
	fputs("ferry " FERRY_VERSION "\n", p->ui->out);
	*status = 0;
	return true;
}

static const struct example examples[] = {
	{ "ferry version", "the same as \"ferry --version\"" },
};

const struct command command_version = {
	.name = "version",
	.summary = "print the version",
	.text = "Prints the name and the version of the program.",
	.examples = examples,
	.nexamples = COUNT_OF(examples),
	.size = sizeof(struct common),
	.run = version_run,
};

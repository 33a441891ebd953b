/* SPDX-License-Identifier: MIT */
/*
 * ferry org ...: local organizations.
 */
#include "cli/commands.h"

#include <stddef.h>

#include "base/file.h"
#include "org/app.h"

#include "base/banned.h"

struct create_values {
	struct common common;
	const char *file;
	const char *sample;
	struct opt_number seed;
};

static bool sample_exists(struct program *p, const char *sample, struct err *e)
{
	struct str *names;
	size_t n = org_samples(p->arena, &names);
	DEFER(buf_release) struct buf list = buf_make(1024);

	for (size_t i = 0; i < n; i++) {
		if (str_eq(names[i], str_from(sample)))
			return true;
		buf_add_fmt(&list, "%s%.*s", i ? ", " : "", STR_ARG(names[i]));
	}
	return err_set(e, ERR_USAGE, "no sample \"%s\"; there is: %.*s", sample,
		       STR_ARG(buf_str(&list)));
}

static bool create_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct create_values *v = values;
	struct org_create_options options = {
		.sample = v->sample,
		.seeded = v->seed.given,
		.seed = v->seed.value,
	};

	*status = 0;
	if (str_starts(str_from(v->file), S("local:")))
		return err_set(e, ERR_USAGE, "%s: give the file alone, without local:", v->file);
	if (file_exists(v->file))
		return err_set(e, ERR_USAGE,
			       "%s exists already; ferry does not replace an organization",
			       v->file);
	if (v->sample && !sample_exists(p, v->sample, e))
		return false;
	if (!org_create(v->file, &options, e))
		return false;
	if (!v->common.quiet)
		fprintf(p->ui->out, "%s: a new organization%s%s\n", v->file,
			v->sample ? " with the sample " : "", v->sample ? v->sample : "");
	return true;
}

static const struct operand create_operands[] = {
	{ .name = "FILE",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct create_values, file),
	  .help = "the SQLite file to be made; other commands call it local:FILE" },
};

static const struct opt create_opts[] = {
	{ .name = "sample",
	  .kind = OPT_TEXT,
	  .offset = offsetof(struct create_values, sample),
	  .argument = "NAME",
	  .help = "rows to begin with: contoso is a contact center with live chat" },
	{ .name = "seed",
	  .kind = OPT_NUMBER,
	  .offset = offsetof(struct create_values, seed),
	  .argument = "N",
	  .help = "the same ids and dates for the same number" },
};

static const struct example create_examples[] = {
	{ "ferry org create a.db --sample contoso", "an organization with a live chat set-up" },
	{ "ferry org create b.db", "one with only the rows that every organization has" },
};

const struct command command_org_create = {
	.name = "org create",
	.summary = "make a local organization",
	.text = "Makes a local organization: a Dataverse environment in one SQLite file, with the routing "
		"tables and the rows that every real organization has. Two organizations differ in the ids "
		"of these rows, as real ones do.\n\n"
		"The file is open to other programs: every table is an SQLite table of its logical name.",
	.examples = create_examples,
	.nexamples = COUNT_OF(create_examples),
	.syntax = { .opts = create_opts,
		    .nopts = COUNT_OF(create_opts),
		    .operands = create_operands,
		    .noperands = COUNT_OF(create_operands) },
	.size = sizeof(struct create_values),
	.run = create_run,
};

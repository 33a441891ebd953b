/* SPDX-License-Identifier: MIT */
/*
 * ferry data export, ferry data import: the spellings and lines of Microsoft's pac (facts/cmt-format.md 6), so that
 * a pipeline changes one word. What is done, and the exit status, are those of ferry export and ferry import.
 */
#include "cli/commands.h"

#include <stddef.h>

#include "base/limits.h"
#include "cli/env.h"
#include "cli/transfer.h"

#include "base/banned.h"

/* The environment: the option, else the variable of the command of ferry's own. */
static bool choose(struct program *p, const char *option, const char *variable, const char **out,
		   struct err *e)
{
	const char *reference = option ? option : p->environment(variable);
	struct env env;

	if (!reference || !*reference)
		return err_set(e, ERR_USAGE,
			       "--environment ENV is missing, and so is the variable %s", variable);
	if (!env_parse(&env, p, option ? "--environment" : variable, reference, NULL, e))
		return false;
	*out = reference;
	return true;
}

static void say(struct program *p, const char *before, const char *what, const char *after)
{
	if (p->ui->quiet)
		return;
	fprintf(p->ui->out, "%s%s%s\n", before, what, after);
	fflush(p->ui->out); /* before what goes to the other stream */
}

/* ---- export ---- */

struct data_export_values {
	struct common common;
	const char *schema;
	const char *file;
	const char *environment;
	bool overwrite;
	struct env_options remote;
};

static bool data_export_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct data_export_values *v = values;
	struct export_values export = {
		.common = v->common,
		.schema = v->schema,
		.out = v->file ? v->file : "data.zip",
		.overwrite = v->overwrite,
		.remote = v->remote,
	};

	if (!choose(p, v->environment, "FERRY_FROM", &export.from, e))
		return false;
	say(p, "Exporting data ...", "", "");
	if (!transfer_export(p, &export, status, e))
		return false;
	if (*status == 0)
		say(p, "Data export to ", export.out, " is complete");
	return true;
}

static const struct opt export_opts[] = {
	{ .name = "schemaFile",
	  .short_name = "-sf",
	  .kind = OPT_FILE,
	  .required = true,
	  .offset = offsetof(struct data_export_values, schema),
	  .argument = "FILE",
	  .help = "the schema" },
	{ .name = "dataFile",
	  .short_name = "-df",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct data_export_values, file),
	  .argument = "PKG",
	  .help = "the package to make (default: data.zip)" },
	{ .name = "environment",
	  .short_name = "-env",
	  .kind = OPT_ENVIRONMENT,
	  .offset = offsetof(struct data_export_values, environment),
	  .argument = "ENV",
	  .help = "the environment to read (default: the variable FERRY_FROM)" },
	{ .name = "overwrite",
	  .letter = 'o',
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct data_export_values, overwrite),
	  .help = "replace the package if it exists, and the recording that --record names" },
	ENV_OPTIONS(struct data_export_values, remote),
};

static const struct example export_examples[] = {
	{ "ferry data export -sf skills.xml -df skills.zip --environment local:a.db",
	  "what \"pac data export\" does" },
};

const struct command command_data_export = {
	.name = "data export",
	.summary = "\"ferry export\" with the spellings of pac",
	.text = "Does what \"ferry export\" does, called as \"pac data export\" is.",
	.examples = export_examples,
	.nexamples = COUNT_OF(export_examples),
	.syntax = { .opts = export_opts, .nopts = COUNT_OF(export_opts) },
	.size = sizeof(struct data_export_values),
	.run = data_export_run,
};

/* ---- import ---- */

struct data_import_values {
	struct common common;
	const char *data;
	const char *environment;
	struct opt_number connections;
	const char *directory;
	struct env_options remote;
};

static bool data_import_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct data_import_values *v = values;
	struct import_values import = {
		.common = v->common,
		.package = v->data,
		.remote = v->remote,
	};

	if (v->connections.given) {
		if (v->connections.value < 1 || v->connections.value > LIMIT_CONCURRENCY)
			return err_set(e, ERR_USAGE, "--connection-count is not from 1 to %d",
				       LIMIT_CONCURRENCY);
		import.remote.concurrency = (unsigned)v->connections.value;
	}
	if (!choose(p, v->environment, "FERRY_TO", &import.to, e))
		return false;
	say(p, "Importing data ...", "", "");
	if (!transfer_import(p, &import, status, e))
		return false;
	if (*status == 0)
		say(p, "Data import is complete", "", "");
	return true;
}

static const struct opt import_opts[] = {
	{ .name = "data",
	  .letter = 'd',
	  .kind = OPT_FILE,
	  .required = true,
	  .offset = offsetof(struct data_import_values, data),
	  .argument = "PKG",
	  .help = "the package: a zip, or a folder" },
	{ .name = "environment",
	  .short_name = "-env",
	  .kind = OPT_ENVIRONMENT,
	  .offset = offsetof(struct data_import_values, environment),
	  .argument = "ENV",
	  .help = "the environment to write into (default: the variable FERRY_TO)" },
	{ .name = "connection-count",
	  .letter = 'c',
	  .kind = OPT_NUMBER,
	  .offset = offsetof(struct data_import_values, connections),
	  .argument = "N",
	  .help = "the same as --concurrency, in the spelling of pac" },
	{ .name = "dataDirectory",
	  .short_name = "-dd",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct data_import_values, directory),
	  .argument = "DIR",
	  .help = "accepted and ignored, as by pac" },
	ENV_OPTIONS(struct data_import_values, remote),
	ENV_OVERWRITE_OPTION(struct data_import_values, remote),
	ENV_CONFIRM_OPTION(struct data_import_values, remote),
};

static const struct example import_examples[] = {
	{ "ferry data import --data skills.zip -env local:b.db", "what \"pac data import\" does" },
};

const struct command command_data_import = {
	.name = "data import",
	.summary = "\"ferry import\" with the spellings of pac",
	.text = "Does what \"ferry import\" does, called as \"pac data import\" is. It ends with \"Data import "
		"is complete\" and the exit status 0 only when every row is where it was meant to be.",
	.examples = import_examples,
	.nexamples = COUNT_OF(import_examples),
	.syntax = { .opts = import_opts, .nopts = COUNT_OF(import_opts) },
	.size = sizeof(struct data_import_values),
	.run = data_import_run,
};

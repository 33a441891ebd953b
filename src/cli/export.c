/* SPDX-License-Identifier: MIT */
/*
 * ferry export: environment to package.
 */
#include "cli/commands.h"

#include <stddef.h>

#include "base/file.h"
#include "move/export.h"
#include "cli/env.h"
#include "cli/kept.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/transfer.h"

#include "base/banned.h"

/* In a package every row is new: created = read. */
static struct import_table *counts(struct arena *a, const struct export_table *tables, size_t n)
{
	struct import_table *out = arena_array(a, struct import_table, n);

	for (size_t i = 0; i < n; i++) {
		out[i].name = tables[i].name;
		out[i].read = tables[i].rows;
		out[i].counts[OUTCOME_CREATED] = tables[i].rows;
	}
	return out;
}

static bool work(struct program *p, const struct export_values *v, struct env *from,
		 struct run *run, struct report *report, struct err *e)
{
	struct knowledge knowledge;
	struct export_result result = { 0 };
	struct progress progress = ui_progress(p->ui);
	struct export_options options = {
		.schema = v->schema,
		.out = v->out,
		.plain = v->plain,
		.secrets = v->secrets,
		.skip_missing = v->skip_missing,
		.metadata_folder = kept_metadata_folder(p->arena, from, p->environment),
		.now = report->started,
	};

	if (!knowledge_builtin(p->arena, &knowledge, e) || !env_open(from, p, false, e) ||
	    !run_create(run, p->arena, NULL, e))
		return false;
	report->run = run;
	bool ok = export_run(p->arena, run, from->service, &knowledge, &options, &progress, &result,
			     e);

	env_counts(from, &report->throttled, &report->retried);
	report->tables = counts(p->arena, result.tables, result.ntables);
	report->ntables = result.ntables;
	report->relationships = counts(p->arena, result.relationships, result.nrelationships);
	report->nrelationships = result.nrelationships;
	return ok;
}

bool transfer_export(struct program *p, const void *values, int *status, struct err *e)
{
	const struct export_values *v = values;
	DEFER(env_close) struct env from = { 0 };
	DEFER(run_close) struct run run = { 0 };
	struct report report = {
		.command = "export",
		.exported = true,
		.source = v->from,
		.target = v->out,
		.started = datetime_now(),
	};

	*status = 0;
	if (!env_parse(&from, p, "--from", v->from, &v->remote, e) ||
	    !output_package(v->out, v->overwrite, e))
		return report_stop(p->ui, v->json, &report, e);
	from.options.overwrite = from.options.overwrite || v->overwrite;

	bool ok = work(p, v, &from, &run, &report, e);

	report.ended = datetime_now();
	if (!ok)
		return report_stop(p->ui, v->json, &report, e);
	if (v->json)
		return report_json(p->ui, &report, e) && env_finish(&from, e);
	if (!report_text(p->ui, &report, e))
		return false;
	ui_note(p->ui, "%s is written", v->out);
	return env_finish(&from, e);
}

static const struct opt opts[] = {
	{ .name = "from",
	  .kind = OPT_ENVIRONMENT,
	  .required = true,
	  .offset = offsetof(struct export_values, from),
	  .argument = "ENV",
	  .help = "the environment to read" },
	{ .name = "schema",
	  .kind = OPT_FILE,
	  .required = true,
	  .offset = offsetof(struct export_values, schema),
	  .argument = "FILE",
	  .help = "what to read: tables, columns, relationships, filters, in the form of the "
		  "Configuration Migration Tool" },
	{ .name = "out",
	  .kind = OPT_FILE,
	  .required = true,
	  .offset = offsetof(struct export_values, out),
	  .argument = "PKG",
	  .help = "the package to make: a zip if the name ends in .zip, else a folder" },
	{ .name = "overwrite",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct export_values, overwrite),
	  .help = "replace the package if it exists, and the recording that --record names" },
	{ .name = "plain",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct export_values, plain),
	  .help = "leave out ferry/references.xml, which describes the rows outside the package that it refers to, "
		  "so that they are found in another environment, and ferry/origin.xml, which tells what an import "
		  "may clear" },
	{ .name = "include-secrets",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct export_values, secrets),
	  .help = "read secret columns, too; without this they are left out" },
	{ .name = "skip-missing-columns",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct export_values, skip_missing),
	  .help = "warn of columns of the schema that the environment lacks, and go on" },
	ENV_OPTIONS(struct export_values, remote),
	{ .name = "json",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct export_values, json),
	  .help = "print the result as one JSON document" },
};

static const struct example examples[] = {
	{ "ferry export --from local:a.db --schema skills.xml --out skills.zip",
	  "what the schema describes, as a package" },
	{ "ferry export --from prod --schema skills.xml --out skills.zip",
	  "from an environment on a server, by the name of its profile (\"ferry env add\")" },
	{ "ferry export --from local:a.db --schema skills.xml --out skills --overwrite",
	  "as a folder, replacing the one from last time" },
};

const struct command command_export = {
	.name = "export",
	.summary = "write rows of an environment into a package",
	.text = "Reads from an environment what a schema describes and writes a package of the "
		"Configuration Migration Tool. The schema is that tool's data_schema.xml, which \"ferry schema "
		"new\" makes, too; its filters are FetchXML.\n\n"
		"The package appears complete or not at all.",
	.examples = examples,
	.nexamples = COUNT_OF(examples),
	.syntax = { .opts = opts, .nopts = COUNT_OF(opts) },
	.size = sizeof(struct export_values),
	.run = transfer_export,
};

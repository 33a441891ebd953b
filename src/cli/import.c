/* SPDX-License-Identifier: MIT */
/*
 * ferry import: package to environment.
 */
#include "cli/commands.h"

#include <stddef.h>

#include "move/import.h"
#include "cli/kept.h"
#include "cli/decide_options.h"
#include "cli/transfer.h"

#include "base/banned.h"

static bool run_it(struct work *w, const struct transfer *t, struct err *e)
{
	struct program *p = w->p;
	struct knowledge knowledge;
	struct import_options options = { .package = t->package, .dry_run = t->dry_run };
	const struct work_new run = { .kind = t->kind,
				      .source = t->source,
				      .out = t->out,
				      .temporary = t->temporary,
				      .asked = { t->command, t->values } };

	if (!decide_read(p->arena, t->decide, w->report.started, &options.decisions, e) ||
	    !execute_read(t->execute, &options.execution, e) ||
	    !work_env(w, "--to", t->to, t->remote, e) ||
	    !knowledge_builtin(p->arena, &knowledge, e) || !env_open(&w->to, p, !t->dry_run, e) ||
	    !work_new_run(w, &run, e))
		return false;
	options.metadata_folder = kept_metadata_folder(p->arena, &w->to, p->environment);
	return import_run(p->arena, &w->run, w->to.service, &knowledge, &options, &w->progress,
			  &w->result, e);
}

bool transfer_rows(struct program *p, const struct transfer *t, int *status, struct err *e)
{
	DEFER(work_close) struct work w = work_make(p, t->name, t->output);

	w.report.source = t->source;
	w.report.target = t->to;
	w.report.dry_run = t->dry_run;
	return work_end(&w, run_it(&w, t, e), t->dry_run, status, e);
}

bool transfer_import(struct program *p, const void *values, int *status, struct err *e)
{
	const struct import_values *v = values;
	const struct transfer t = { .command = &command_import,
				    .values = values,
				    .kind = RUN_IMPORT,
				    .dry_run = v->dry_run,
				    .name = "import",
				    .package = v->package,
				    .source = v->package,
				    .to = v->to,
				    .out = v->out,
				    .decide = &v->decide,
				    .execute = &v->execute,
				    .output = &v->output,
				    .remote = &v->remote };

	return transfer_rows(p, &t, status, e);
}

static const struct operand operands[] = {
	{ .name = "PKG",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct import_values, package),
	  .help = "the package: a zip, or a folder with data.xml and data_schema.xml" },
};

static const struct opt opts[] = {
	{ .name = "to",
	  .kind = OPT_ENVIRONMENT,
	  .required = true,
	  .offset = offsetof(struct import_values, to),
	  .argument = "ENV",
	  .help = "the environment to write into" },
	{ .name = "dry-run",
	  .letter = 'n',
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct import_values, dry_run),
	  .help = "compare and show what would change, but write nothing" },
	{ .name = "out",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct import_values, out),
	  .argument = "RUN",
	  .help = "where the run file goes (default: $XDG_STATE_HOME/ferry/runs, which keeps the last twenty)" },
	DECIDE_OPTIONS(struct import_values, decide),
	EXECUTE_OPTIONS(struct import_values, execute),
	WORK_OUTPUT_OPTIONS(struct import_values, output),
	ENV_OPTIONS(struct import_values, remote),
	ENV_CONFIRM_OPTION(struct import_values, remote),
};

static const struct example examples[] = {
	{ "ferry import skills.zip --to local:b.db --dry-run",
	  "what would be created and updated" },
	{ "ferry import skills.zip --to local:b.db", "do it; a second time finds nothing to do" },
	{ "ferry import skills.zip --to https://contoso.crm4.dynamics.com",
	  "into an environment on a server; with a profile by its name: --to prod" },
	{ "ferry import chat.zip --to prod --map users.xml",
	  "users and teams as the file says that \"ferry map init\" drafted" },
	{ "ferry import skills.zip --to local:b.db --json >result.json", "for other programs" },
	{ "ferry undo last", "take it back" },
};

const struct command command_import = {
	.name = "import",
	.summary = "write the rows of a package into an environment",
	.text = "Compares a package with an environment and writes what differs, in an order that "
		"respects references; then reads the environment again and compares again. Rows are matched by "
		"id, by the schema's comparison columns, by alternate keys, and by what ferry knows about the tables; the "
		"rules have to agree, else the run stops before it writes. A column that the schema lacks is never "
		"touched; one without a value is emptied only when the package tells that it was seen empty "
		"(ferry/origin.xml).\n\n"
		"What was planned, done and replaced is kept in a run file: \"ferry resume\" goes on with a run that was "
		"ended, \"ferry undo\" takes it back, \"ferry runs\" shows it.\n\n"
		"Every row of the package is counted once: as created, updated, adopted (an existing row "
		"with another id), unchanged, skipped or failed.",
	.examples = examples,
	.nexamples = COUNT_OF(examples),
	.syntax = { .opts = opts,
		    .nopts = COUNT_OF(opts),
		    .operands = operands,
		    .noperands = COUNT_OF(operands) },
	.size = sizeof(struct import_values),
	.run = transfer_import,
};

/* SPDX-License-Identifier: MIT */
/*
 * ferry import: package to environment.
 */
#include "cli/commands.h"

#include <stddef.h>

#include "base/file.h"
#include "move/import.h"
#include "move/job.h"
#include "cli/env.h"
#include "cli/kept.h"
#include "cli/output.h"
#include "cli/report.h"
#include "cli/runs.h"
#include "cli/transfer.h"

#include "base/banned.h"

#define STATUS_ROWS 1
#define STATUS_CHANGES 10
/* To wait for the platform's jobs, when nothing is said. */
#define SETTLE_SECONDS 60
#define SETTLE_MOST 86400

/* "sync,flows" */
static bool read_bypass(const char *text, unsigned *out, struct err *e)
{
	static const struct {
		struct str word;
		enum bypass bit;
	} words[] = {
		{ STR_INIT("sync"), BYPASS_SYNC },
		{ STR_INIT("async"), BYPASS_ASYNC },
		{ STR_INIT("flows"), BYPASS_FLOWS },
	};
	struct str_splitter sp = str_splitter(str_from(text));
	unsigned bits = 0;

	for (struct str part; str_split(&sp, ',', &part);) {
		unsigned bit = 0;

		for (size_t i = 0; i < COUNT_OF(words); i++)
			bit |= str_eq(str_trim(part), words[i].word) ? words[i].bit : 0;
		if (bit == 0)
			return err_set(e, ERR_USAGE,
				       "--bypass: \"%.*s\" is none of sync, async and flows",
				       STR_ARG(part));
		bits |= bit;
	}
	*out = bits;
	return true;
}

static bool read_settle(const struct opt_number *settle, unsigned *ms, struct err *e)
{
	uint64_t seconds = settle->given ? settle->value : SETTLE_SECONDS;

	if (seconds > SETTLE_MOST)
		return err_set(e, ERR_USAGE, "--settle: at most %d seconds", SETTLE_MOST);
	*ms = (unsigned)seconds * 1000;
	return true;
}

/* Where the run file goes; what is there and may be replaced, is removed. */
static bool choose_run_file(struct program *p, const struct import_values *v, struct datetime now,
			    const char **out, struct err *e)
{
	struct rng rng = rng_from_system();

	if (!v->out)
		return runs_path(p->arena, p->environment, now, &rng, out, e);
	if (!output_run(v->out, v->overwrite, e) || !file_remove(v->out, e))
		return false;
	*out = v->out;
	return true;
}

struct writing {
	unsigned bypass, settle_ms;
};

static bool work(struct program *p, const struct import_values *v, const struct writing *writing,
		 struct env *to, struct run *run, struct import_result *result,
		 struct report *report, struct err *e)
{
	struct knowledge knowledge;
	struct progress progress = ui_progress(p->ui);
	struct rng rng = rng_from_system();
	struct import_options options = {
		.seed = rng_next(&rng),
		.package = v->package,
		.metadata_folder = kept_metadata_folder(p->arena, to, p->environment),
		.dry_run = v->dry_run,
		.secrets = v->secrets,
		.skip_missing = v->skip_missing,
		.batch_size = v->batch_size,
		.bypass = writing->bypass,
		.settle_ms = writing->settle_ms,
	};

	if (!knowledge_builtin(p->arena, &knowledge, e) || !env_open(to, p, !v->dry_run, e) ||
	    !choose_run_file(p, v, report->started, &report->run_path, e) ||
	    !run_create(run, p->arena, report->run_path, e))
		return false;
	report->run = run;
	bool ok =
		import_run(p->arena, run, to->service, &knowledge, &options, &progress, result, e);

	env_counts(to, &report->throttled, &report->retried);
	report->tables = result->tables;
	report->ntables = result->ntables;
	report->relationships = result->relationships;
	report->nrelationships = result->nrelationships;
	report->verified = result->verified;
	return ok;
}

static void tidy_up(struct program *p, const struct report *report, bool own_place)
{
	struct err e;

	if (own_place && report->run_path && !runs_prune(report->run_path, &e))
		ui_note(p->ui, "old run files are left: %s", e.msg);
	if (report->run && report->run_path)
		ui_detail(p->ui, "the run file is %s", report->run_path);
}

/* Input at which a run ended before it wrote anything: its run file would tell nothing. */
static bool is_idle(const struct report *report, const struct err *e)
{
	return report->run && e->kind == ERR_INPUT && report->run->writes == 0;
}

static bool stop(struct program *p, const struct import_values *v, struct run *run,
		 struct report *report, struct err *e)
{
	const char *path = report->run_path;
	bool idle = is_idle(report, e);
	struct err second;

	if (idle)
		report->run_path = NULL;
	tidy_up(p, report, v->out == NULL);
	bool told = report_stop(p->ui, v->json, report, e);

	run_close(run);
	if (idle && !file_remove(path, &second))
		ui_note(p->ui, "the run file is left: %s", second.msg);
	return told;
}

static int status_of(const struct import_values *v, const struct import_result *result,
		     const struct report *report)
{
	if (!result->complete)
		return STATUS_ROWS;
	return v->detailed && report_changes(report) ? STATUS_CHANGES : 0;
}

bool transfer_import(struct program *p, const void *values, int *status, struct err *e)
{
	const struct import_values *v = values;
	DEFER(env_close) struct env to = { 0 };
	DEFER(run_close) struct run run = { 0 };
	struct import_result result = { 0 };
	struct writing writing = { 0 };
	struct report report = {
		.command = "import",
		.source = v->package,
		.target = v->to,
		.dry_run = v->dry_run,
		.started = datetime_now(),
	};

	if (!env_parse(&to, p, "--to", v->to, &v->remote, e) ||
	    !read_bypass(v->bypass, &writing.bypass, e) ||
	    !read_settle(&v->settle, &writing.settle_ms, e) ||
	    (v->out && !output_run(v->out, v->overwrite, e)))
		return stop(p, v, &run, &report, e);
	to.options.overwrite = to.options.overwrite || v->overwrite;

	bool ok = work(p, v, &writing, &to, &run, &result, &report, e);

	report.ended = datetime_now();
	if (!ok)
		return stop(p, v, &run, &report, e);
	tidy_up(p, &report, v->out == NULL);
	*status = status_of(v, &result, &report);
	/* what was done is told even when the recording of it is not complete */
	return (v->json ? report_json(p->ui, &report, e) : report_text(p->ui, &report, e)) &&
	       env_finish(&to, e);
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
	  .help = "compare and count, but write nothing" },
	{ .name = "out",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct import_values, out),
	  .argument = "RUN",
	  .help = "where the run file goes (default: $XDG_STATE_HOME/ferry/runs, which keeps the last twenty)" },
	{ .name = "overwrite",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct import_values, overwrite),
	  .help = "replace the run file that --out names, and the recording that --record names, if they exist" },
	{ .name = "include-secrets",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct import_values, secrets),
	  .help = "write secret columns that are in the package, too" },
	{ .name = "skip-missing-columns",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct import_values, skip_missing),
	  .help = "warn of columns of the schema that the environment lacks, and go on" },
	{ .name = "batch-size",
	  .kind = OPT_AUTO,
	  .offset = offsetof(struct import_values, batch_size),
	  .argument = "N|auto",
	  .help = "changes that go in one request; 1 sends each alone" },
	{ .name = "bypass",
	  .kind = OPT_TEXT,
	  .offset = offsetof(struct import_values, bypass),
	  .argument = "KINDS",
	  .help = "custom logic of the environment that does not run for the rows that are written: sync, async, "
		  "flows, separated by commas; needs the privilege prvBypassCustomBusinessLogic" },
	{ .name = "settle",
	  .kind = OPT_NUMBER,
	  .offset = offsetof(struct import_values, settle),
	  .argument = "SECONDS",
	  .help = "how long to wait, at most, for jobs of the platform on rows that were written, before they are "
		  "compared; 0: not at all (default: 60)" },
	ENV_OPTIONS(struct import_values, remote),
	ENV_CONFIRM_OPTION(struct import_values, remote),
	{ .name = "json",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct import_values, json),
	  .help = "print the result as one JSON document" },
	{ .name = "detailed-exitcode",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct import_values, detailed),
	  .help = "exit with 10 instead of 0 when there are changes" },
};

static const struct example examples[] = {
	{ "ferry import skills.zip --to local:b.db --dry-run",
	  "what would be created and updated" },
	{ "ferry import skills.zip --to local:b.db", "do it; a second time finds nothing to do" },
	{ "ferry import skills.zip --to https://contoso.crm4.dynamics.com",
	  "into an environment on a server; with a profile by its name: --to prod" },
	{ "ferry import skills.zip --to local:b.db --json >result.json", "for other programs" },
};

const struct command command_import = {
	.name = "import",
	.summary = "write the rows of a package into an environment",
	.text = "Compares a package with an environment and writes what differs, in an order that "
		"respects references; then reads the environment again and compares again. Rows are matched by "
		"id, by the schema's comparison columns, and by what ferry knows about the tables. A column "
		"that is not in the package is never cleared.\n\n"
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

/* SPDX-License-Identifier: MIT */
/*
 * ferry verify: whether an environment is as a run, or a package, wants it.
 */
#include "cli/commands.h"

#include <stddef.h>
#include <string.h>

#include "base/file.h"
#include "move/journal.h"
#include "move/verify_run.h"
#include "cli/decide.h"
#include "cli/decide_options.h"
#include "cli/runs.h"
#include "cli/transfer.h"

#include "base/banned.h"

#define STATUS_DIFFERS 1

struct verify_values {
	struct common common;
	const char *what;
	const char *to;
	struct decide_values decide;
	struct work_output output;
	struct env_options remote;
};

/* A run file begins as every SQLite database does; a package does not. */
static bool is_run(const char *path)
{
	static const char magic[] = "SQLite format 3";
	DEFER(file_source_close) struct file_source f = { .fd = -1 };
	char bytes[sizeof(magic)];
	struct err e;
	size_t n = 0;

	return !file_is_directory(path) && file_source_open(&f, path, &e) &&
	       f.source.read(&f.source, bytes, sizeof(bytes), &n, &e) && n == sizeof(bytes) &&
	       memcmp(bytes, magic, sizeof(magic)) == 0;
}

static bool same_organization(struct work *w, struct err *e)
{
	struct guid organization, user;
	char is[GUID_TEXT_SIZE], planned[GUID_TEXT_SIZE];

	if (!read_identity(&w->job.reader, &organization, &user, e))
		return false;
	return guid_eq(organization, w->job.head.target_organization) ||
	       err_set(e, ERR_USAGE, "%s is organization %.*s, but the run is about %.*s",
		       w->to.service->label, STR_ARG(guid_format(organization, is)),
		       STR_ARG(guid_format(w->job.head.target_organization, planned)));
}

static bool look(struct work *w, const struct verify_values *v, struct err *e)
{
	const char *to = v->to;

	if (!work_open_run(w, v->what, true, e))
		return false;
	w->report.source = str_cstr(w->p->arena, w->job.head.source);
	if (!to)
		to = str_cstr(w->p->arena, w->job.head.target);
	return work_env(w, "--to", to, &v->remote, e) && env_open(&w->to, w->p, false, e) &&
	       work_restore(w, e) && same_organization(w, e) &&
	       journal_forget_problems(&w->run, e) && verify_run(&w->job, &w->result, e);
}

static bool verify_package(struct program *p, const struct verify_values *v, int *status,
			   struct err *e)
{
	const struct execute_values execute = { 0 };
	struct work_output output = v->output;
	const struct transfer t = { .command = &command_verify,
				    .values = v,
				    .kind = RUN_PLAN,
				    .dry_run = true,
				    .temporary = true,
				    .name = "verify",
				    .package = v->what,
				    .source = v->what,
				    .to = v->to,
				    .decide = &v->decide,
				    .execute = &execute,
				    .output = &output,
				    .remote = &v->remote };

	if (!v->to)
		return err_set(e, ERR_USAGE,
			       "--to ENV is missing: the environment that %s is compared with",
			       v->what);
	output.detailed = true;
	if (!transfer_rows(p, &t, status, e))
		return false;
	if (*status != 0)
		*status = STATUS_DIFFERS;
	return true;
}

static bool verify(struct program *p, const void *values, int *status, struct err *e)
{
	const struct verify_values *v = values;
	const char *path;
	struct err unfound;

	if (file_exists(v->what) && !is_run(v->what))
		return verify_package(p, v, status, e);
	if (!runs_find(p->arena, p->environment, v->what, &path, &unfound)) {
		*e = unfound;
		return work_refused(p, &v->output, "verify", v->what, v->to, e);
	}

	DEFER(work_close) struct work w = work_make(p, "verify", &v->output);

	return work_end(&w, look(&w, v, e), false, status, e);
}

static const struct operand operands[] = {
	{ .name = "RUN|PKG",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct verify_values, what),
	  .help = "a run file (its path, the beginning of its name, or \"last\"), or a package" },
};

static const struct opt opts[] = {
	{ .name = "to",
	  .kind = OPT_ENVIRONMENT,
	  .offset = offsetof(struct verify_values, to),
	  .argument = "ENV",
	  .help = "the environment: of a package it has to be said; of a run, the same organization by another "
		  "name" },
	DECIDE_OPTIONS(struct verify_values, decide),
	WORK_OUTPUT_OPTIONS(struct verify_values, output),
	ENV_OPTIONS(struct verify_values, remote),
};

static const struct example examples[] = {
	{ "ferry verify last", "is everything still as the last run wanted it?" },
	{ "ferry verify skills.zip --to prod", "is everything in prod as the package says?" },
};

const struct command command_verify = {
	.name = "verify",
	.summary = "compare an environment with what a run or a package wants",
	.text = "Reads the rows again and tells what differs; nothing is written, in the run file neither. Of a run: the "
		"rows that it was about are compared with what it wanted them to be. Of a package: as \"ferry plan\" does; the "
		"options about matching and references count here alone.\n\n"
		"The exit status is 0 when nothing differs, and 1 when something does.",
	.examples = examples,
	.nexamples = COUNT_OF(examples),
	.syntax = { .opts = opts,
		    .nopts = COUNT_OF(opts),
		    .operands = operands,
		    .noperands = COUNT_OF(operands) },
	.size = sizeof(struct verify_values),
	.run = verify,
};

/* SPDX-License-Identifier: MIT */
/*
 * ferry undo: what a run wrote is taken back, by a run of its own.
 */
#include "cli/commands.h"

#include <stddef.h>

#include "move/journal.h"
#include "move/restore.h"
#include "move/undo.h"
#include "cli/changes_text.h"
#include "cli/decide.h"
#include "cli/decide_options.h"
#include "cli/env_person.h"
#include "cli/runs.h"
#include "cli/work.h"

#include "base/banned.h"

struct undo_values {
	struct common common;
	const char *run;
	const char *to;
	const char *out;
	bool dry_run;
	bool force;
	struct execute_values execute;
	struct work_output output;
	struct env_options remote;
};

/* The run that is taken back: its file is read, and told at the end that it was. */
struct undone {
	struct run run;
	struct arena page;
	struct job job;
	const char *path;
};

static void undone_close(struct undone *u)
{
	run_close(&u->run);
	arena_release(&u->page);
}

static bool open_undone(struct work *w, const struct undo_values *v, struct undone *u,
			struct err *e)
{
	struct arena *a = w->p->arena;

	u->page = arena_make(0);
	if (!runs_find(a, w->p->environment, v->run, &u->path, e) ||
	    !run_open(&u->run, a, u->path, false, e) || !run_read_head(&u->run, a, &u->job.head, e))
		return false;
	if (u->job.head.phase < RUN_WRITING)
		return err_set(
			e, ERR_USAGE,
			"%s: the run has written nothing: there is nothing to take back; \"ferry runs list\" "
			"shows the others",
			u->path);
	w->report.source = u->path;
	return run_check_seal(&u->run, &u->job.head, e);
}

static bool open_target(struct work *w, const struct undo_values *v, const struct undone *u,
			struct err *e)
{
	const char *to = v->to ? v->to : str_cstr(w->p->arena, u->job.head.target);

	return work_env(w, "--to", to, &v->remote, e) && env_open(&w->to, w->p, !v->dry_run, e);
}

static bool restore(struct work *w, struct undone *u, struct err *e)
{
	struct arena *a = w->p->arena;

	u->job = (struct job){ .arena = a,
			       .page = &u->page,
			       .run = &u->run,
			       .service = w->to.service,
			       .progress = &w->progress };
	u->job.reader = (struct reader){ .service = w->to.service, .run = &u->run, .arena = a };
	return job_restore(&u->job, e);
}

static bool plan(struct work *w, const struct undo_values *v, struct undone *u, struct err *e)
{
	const struct work_new run = { .kind = RUN_UNDO,
				      .source = u->path,
				      .out = v->out,
				      .temporary = v->dry_run && !v->out,
				      .asked = { &command_undo, v } };

	if (!restore(w, u, e) || !work_new_run(w, &run, e))
		return false;
	w->job = (struct job){ .arena = w->p->arena,
			       .page = &w->page,
			       .run = &w->run,
			       .service = w->to.service,
			       .progress = &w->progress };
	w->job.reader =
		(struct reader){ .service = w->to.service, .run = &w->run, .arena = w->p->arena };
	if (!undo_plan(&w->job, &u->job, v->force, e))
		return false;
	w->has_job = true;
	w->report.job = &w->job;
	return import_count(&w->job, &w->result, e);
}

/* The two know of each other. */
static bool mark_undone(struct work *w, struct undone *u, struct err *e)
{
	if (u->job.head.kind != RUN_UNDO)
		u->job.head.undone = guid_text(w->p->arena, w->job.head.id);
	return run_write_head(&u->run, &u->job.head, e) && run_commit(&u->run, e);
}

static bool write_it(struct work *w, const struct undo_values *v, struct undone *u, struct err *e)
{
	struct execution execution;
	const struct import_writing writing = { .to = w->to.service,
						.execution = &execution,
						.progress = &w->progress };

	if (!execute_read(&v->execute, &execution, e) || !mark_undone(w, u, e))
		return false;
	w->has_job = false;
	w->report.job = NULL;
	return import_write(w->p->arena, &w->run, &writing, &w->result, e);
}

static bool has_changes(struct work *w)
{
	return w->job.head.changes > 0;
}

static bool confirm(struct work *w, const struct undo_values *v, struct err *e)
{
	struct ui *ui = w->p->ui;

	if (v->remote.yes)
		return true;
	if (!v->output.json &&
	    !(changes_text(ui, &w->job, e) && report_problems_text(ui, &w->run, e)))
		return false;
	if (!env_person_can_answer())
		return err_set(
			e, ERR_USAGE,
			"nothing was written: there is no terminal to ask on; --yes says that it is to be done");
	return env_person_agrees(w->p, "Take this back?") ||
	       err_set(e, ERR_CANCELLED, "nothing was written: it was not confirmed");
}

static bool undo(struct work *w, const struct undo_values *v, struct undone *u, struct err *e)
{
	if (!open_undone(w, v, u, e) || !open_target(w, v, u, e) || !plan(w, v, u, e))
		return false;
	if (v->dry_run)
		return true;
	if (!has_changes(w)) {
		w->result.verified = w->result.complete;
		return true;
	}
	if (!confirm(w, v, e)) {
		w->report.dry_run = w->unwanted = true;
		return false;
	}
	return write_it(w, v, u, e);
}

static bool undo_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct undo_values *v = values;
	DEFER(undone_close) struct undone undone = { 0 };
	DEFER(work_close) struct work w = work_make(p, "undo", &v->output);

	w.report.dry_run = v->dry_run;
	w.keep_always = true;
	return work_end(&w, undo(&w, v, &undone, e), v->dry_run, status, e);
}

static const struct operand operands[] = {
	{ .name = "RUN",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct undo_values, run),
	  .help = "the run that is taken back: its file, the beginning of its name in the folder of runs, or \"last\"" },
};

static const struct opt opts[] = {
	{ .name = "to",
	  .kind = OPT_ENVIRONMENT,
	  .offset = offsetof(struct undo_values, to),
	  .argument = "ENV",
	  .help = "the same organization as the run says, by another name (default: by the name "
		  "that the run has for it)" },
	{ .name = "dry-run",
	  .letter = 'n',
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct undo_values, dry_run),
	  .help = "show what would be taken back, but write nothing" },
	{ .name = "force",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct undo_values, force),
	  .help = "also take back what somebody has changed since" },
	{ .name = "out",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct undo_values, out),
	  .argument = "RUN",
	  .help = "where the undo's own run file goes (default: $XDG_STATE_HOME/ferry/runs)" },
	EXECUTE_OPTIONS(struct undo_values, execute),
	WORK_OUTPUT_OPTIONS(struct undo_values, output),
	ENV_OPTIONS(struct undo_values, remote),
	ENV_CONFIRM_OPTION(struct undo_values, remote),
};

static const struct example examples[] = {
	{ "ferry undo last --dry-run", "what the last run would give back" },
	{ "ferry undo skills.run", "take that run back, after a question" },
	{ "ferry undo last --yes", "without the question: in a pipeline" },
	{ "ferry undo 20260131T120000Z",
	  "a run by the beginning of its name; if it is an undo, what that took back comes again" },
};

const struct command command_undo = {
	.name = "undo",
	.summary = "take back what a run wrote",
	.text = "Deletes the rows that the run created, with what the platform made because of them; gives updated columns, "
		"links and states back their old values; creates deleted rows again. What cannot come back is told before "
		"anything is written.\n\n"
		"Rows and columns that somebody changed since the run are left as they are, and told; --force takes them back, "
		"too. A created row to which somebody attached something since is not deleted but deactivated. "
		"Also a run that was stopped midway is taken back.\n\n"
		"An undo is a run: it can be resumed, verified, and taken back itself.",
	.examples = examples,
	.nexamples = COUNT_OF(examples),
	.syntax = { .opts = opts,
		    .nopts = COUNT_OF(opts),
		    .operands = operands,
		    .noperands = COUNT_OF(operands) },
	.size = sizeof(struct undo_values),
	.run = undo_run,
};

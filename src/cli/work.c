/* SPDX-License-Identifier: MIT */
/*
 * What commands that work on a run have in common.
 */
#include "cli/work.h"

#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/rng.h"
#include "io/json.h"
#include "move/restore.h"
#include "cli/annotations.h"
#include "cli/changes_summary.h"
#include "cli/changes_text.h"
#include "cli/output.h"
#include "cli/report_dir.h"
#include "cli/runs.h"

#include "base/banned.h"

#define STATUS_ROWS 1
#define STATUS_CHANGES 10

struct work work_make(struct program *p, const char *command, const struct work_output *output)
{
	return (struct work){ .p = p,
			      .output = output,
			      .page = arena_make(0),
			      .progress = ui_progress(p->ui),
			      .report = { .command = command, .started = datetime_now() } };
}

void work_close(struct work *w)
{
	run_close(&w->run);
	env_close(&w->to);
	arena_release(&w->page);
}

bool work_env(struct work *w, const char *option, const char *reference,
	      const struct env_options *remote, struct err *e)
{
	if (!env_parse(&w->to, w->p, option, reference, remote, e))
		return false;
	w->to.options.overwrite = w->to.options.overwrite || w->output->overwrite;
	w->report.target = reference;
	return true;
}

/* The folder that relative paths of the command line are in. */
static struct str working_folder(struct arena *a)
{
	char path[4096];

	return getcwd(path, sizeof(path)) ? str_dup(a, str_from(path)) : S("/");
}

const char *work_absolute(struct arena *a, const char *path)
{
	struct str folder = working_folder(a);

	return path[0] == '/' ? path : str_fmt(a, "%.*s/%s", STR_ARG(folder), path).p;
}

static bool put_words(struct arena *a, const struct work_asked *asked, struct str *out,
		      struct err *e)
{
	DEFER(buf_release) struct buf json = buf_make(0);
	struct buf_sink sink = buf_sink_make(&json);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);
	struct str *words;
	size_t n = opt_words(a, &asked->command->syntax, asked->values, &words);

	json_array(&w);
	json_str(&w, str_from(asked->command->name));
	for (size_t i = 0; i < n; i++)
		json_str(&w, words[i]);
	json_array_end(&w);
	if (!json_writer_finish(&w, e))
		return false;
	*out = str_dup(a, buf_str(&json));
	return true;
}

/* As somebody in another folder would have to say it. */
static struct str lasting_reference(struct arena *a, const struct env *env, struct str folder)
{
	if (!env->path)
		return str_from(env->reference);
	if (env->path[0] == '/')
		return str_fmt(a, "local:%s", env->path);
	return str_fmt(a, "local:%.*s/%s", STR_ARG(folder), env->path);
}

/* Before anything is done: what would be in the way at the end. */
static bool check_files(const struct work *w, struct err *e)
{
	const struct work_output *o = w->output;

	return (!o->report || report_dir_check(o->report, o->overwrite, e)) &&
	       (!o->summary || changes_summary_check(o->summary, o->overwrite, e));
}

static bool choose_path(struct work *w, const struct work_new *n, struct err *e)
{
	struct rng rng = rng_from_system();
	const char *path = NULL;

	if (n->temporary)
		return true;
	if (!n->out) {
		w->own_place = true;
		if (!runs_path(w->p->arena, w->p->environment, w->report.started, &rng, &path, e))
			return false;
	} else {
		if (!output_run(n->out, w->output->overwrite, e) || !runs_remove(n->out, e))
			return false;
		path = n->out;
		w->keep_always = n->kind == RUN_PLAN;
	}
	w->path = path;
	return true;
}

/* The file stands under its name when its head is in it: who finds it, whatever happened, finds a run. */
static bool make_file(struct work *w, const struct run_head *head, struct err *e)
{
	DEFER(run_close) struct run run = { 0 };
	struct arena *a = w->p->arena;
	const char *temp = w->path ? file_temp_name(a, w->path) : NULL;
	struct err second;

	if (!run_create(&run, a, temp, e) || !run_write_head(&run, head, e) || !run_commit(&run, e))
		return false;
	if (!temp) {
		w->run = run;
		run = (struct run){ 0 };
		return true;
	}
	run_close(&run);
	if (file_exists(w->path))
		err_set(e, ERR_USAGE, "%s: exists already; choose another name for the run",
			w->path);
	else if (file_commit(temp, w->path, e))
		return run_open(&w->run, a, w->path, false, e);
	(void)!runs_remove(temp, &second);
	return false;
}

bool work_new_run(struct work *w, const struct work_new *n, struct err *e)
{
	struct arena *a = w->p->arena;
	struct rng rng = rng_from_system();
	char now[DATETIME_TEXT_SIZE];
	struct run_head head = {
		.kind = n->kind,
		.id = guid_random(&rng),
		.ferry = S(FERRY_VERSION),
		.folder = working_folder(a),
		.source = str_from(n->source),
		.created = str_dup(a, datetime_format_iso(w->report.started, now)),
	};

	head.target = lasting_reference(a, &w->to, head.folder);
	if (!check_files(w, e) || !put_words(a, &n->asked, &head.arguments, e) ||
	    !choose_path(w, n, e) || !make_file(w, &head, e))
		return false;
	w->has_run = true;
	w->report.run = &w->run;
	w->report.run_path = w->path;
	return true;
}

bool work_open_run(struct work *w, const char *word, bool look, struct err *e)
{
	if (!check_files(w, e) || !runs_find(w->p->arena, w->p->environment, word, &w->path, e) ||
	    !run_open(&w->run, w->p->arena, w->path, look, e))
		return false;
	w->has_run = w->keep_always = true;
	w->report.run = &w->run;
	w->report.run_path = w->path;
	return run_read_head(&w->run, w->p->arena, &w->job.head, e);
}

bool work_asked_again(struct work *w, const struct work_asked *asked, struct err *e)
{
	struct run_head *head = &w->job.head;

	head->folder = working_folder(w->p->arena);
	return put_words(w->p->arena, asked, &head->arguments, e) &&
	       run_write_head(&w->run, head, e) && run_commit(&w->run, e);
}

bool work_restore(struct work *w, struct err *e)
{
	w->job = (struct job){ .arena = w->p->arena,
			       .page = &w->page,
			       .run = &w->run,
			       .service = w->to.service,
			       .progress = &w->progress };
	w->job.reader =
		(struct reader){ .service = w->to.service, .run = &w->run, .arena = w->p->arena };
	w->has_job = job_restore(&w->job, e);
	w->report.job = w->has_job ? &w->job : NULL;
	return w->has_job;
}

static void take_result(struct work *w)
{
	struct report *r = &w->report;

	if (w->to.service)
		env_counts(&w->to, &r->throttled, &r->retried);
	r->tables = w->result.tables;
	r->ntables = w->result.ntables;
	r->relationships = w->result.relationships;
	r->nrelationships = w->result.nrelationships;
	r->verified = w->result.verified;
	r->ended = datetime_now();
}

/* A run file that would tell nothing: the input was wrong or nobody agreed, and nothing was written. */
static bool is_idle(const struct work *w, const struct err *e)
{
	bool told_nothing = !w->keep_always && (e->kind == ERR_INPUT || e->kind == ERR_USAGE) &&
			    w->run.writes == 0;

	return w->has_run && w->path && (w->unwanted || told_nothing);
}

static void tidy_up(struct work *w)
{
	struct err e;

	if (w->own_place && w->path && !runs_prune(w->path, &e))
		ui_note(w->p->ui, "old run files are left: %s", e.msg);
	if (w->has_run && w->path)
		ui_detail(w->p->ui, "the run file is %s", w->path);
}

/* What goes into files: also of a run that stopped. */
static bool write_files(struct work *w, struct err *e)
{
	const struct work_output *o = w->output;
	struct job *job = w->has_job ? &w->job : NULL;

	annotations_write(w->p, &w->report);
	if (o->summary && !changes_summary_write(o->summary, o->overwrite, &w->report, job, e))
		return false;
	return !o->report || report_dir_write(w->p, o->report, &w->report, job, o->overwrite, e);
}

static bool stop(struct work *w, struct err *e)
{
	bool idle = is_idle(w, e);
	struct err second;

	w->report.stopped = e;
	if (!idle && w->has_run && !write_files(w, &second))
		ui_note(w->p->ui, "%s", second.msg);
	w->report.stopped = NULL;
	if (idle)
		w->report.run_path = NULL;
	tidy_up(w);

	bool told = report_stop(w->p->ui, w->output->json, &w->report, e);

	run_close(&w->run);
	if (idle && !runs_remove(w->path, &second))
		ui_note(w->p->ui, "the run file is left: %s", second.msg);
	return told;
}

static int status_of(const struct work *w)
{
	if (!w->result.complete)
		return STATUS_ROWS;
	return w->output->detailed && report_changes(&w->report) ? STATUS_CHANGES : 0;
}

/* What is shown comes out of the run file; when that cannot be read, the reason why the run ended counts. */
static void show_job(struct work *w)
{
	struct err unshown;
	struct run_head head = { 0 };

	if (w->has_job || !w->has_run)
		return;
	if (!run_read_head(&w->run, w->p->arena, &head, &unshown) || head.phase == RUN_BEGUN)
		return;
	(void)!work_restore(w, &unshown);
}

bool work_refused(struct program *p, const struct work_output *output, const char *command,
		  const char *source, const char *target, struct err *e)
{
	struct report report = { .command = command,
				 .source = source,
				 .target = target,
				 .started = datetime_now(),
				 .ended = datetime_now() };

	return report_stop(p->ui, output->json, &report, e);
}

bool work_end(struct work *w, bool ok, bool show, int *status, struct err *e)
{
	take_result(w);
	show_job(w);
	/* what was done is counted; what would be done is listed */
	w->report.job = show && w->has_job ? &w->job : NULL;
	/* page and summary tell the changes always, the document where they are what was asked for */
	if (!show)
		w->report.job = NULL;
	if (!ok)
		return stop(w, e);
	if (!write_files(w, e))
		return stop(w, e);
	tidy_up(w);
	*status = status_of(w);
	if (w->output->json)
		return report_json(w->p->ui, &w->report, e) && env_finish(&w->to, e);
	if (show && w->has_job && !changes_text(w->p->ui, &w->job, e))
		return false;
	return report_text(w->p->ui, &w->report, e) && env_finish(&w->to, e);
}

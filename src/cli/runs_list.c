/* SPDX-License-Identifier: MIT */
/*
 * ferry runs list, show and remove.
 */
#include "cli/commands.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "base/file.h"
#include "io/json.h"
#include "move/journal.h"
#include "cli/runs.h"
#include "cli/work.h"

#include "base/banned.h"

struct list_values {
	struct common common;
	bool json;
};

/* A run as it stands in the list. */
struct listed {
	const char *path;
	bool readable;
	struct run_head head;
	struct err why; /* it is not */
};

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* What can be done with it. */
static const char *state_of(const struct run_head *h)
{
	switch (h->phase) {
	case RUN_BEGUN:
		return "not planned";
	case RUN_PLANNED:
		return "planned";
	case RUN_WRITING:
		return "interrupted";
	case RUN_STOPPED:
		return "stopped";
	case RUN_DONE:
		return guid_is_null(h->id) || h->undone.n == 0 || h->kind == RUN_UNDO
			       ? "done"
			       : "taken back";
	}
	return "";
}

static void list_line(struct ui *ui, const struct listed *l)
{
	fprintf(ui->out, "%-30s ", name_of(l->path));
	if (!l->readable) {
		fputs("cannot be read: ", ui->out);
		ui_put(ui->out, str_from(l->why.msg));
		fputc('\n', ui->out);
		return;
	}
	fprintf(ui->out, "%-7.*s %-12s %8" PRId64 "  ", STR_ARG(run_kind_name(l->head.kind)),
		state_of(&l->head), l->head.changes);
	ui_put(ui->out, l->head.source);
	fputs(" -> ", ui->out);
	ui_put(ui->out, l->head.target);
	fputc('\n', ui->out);
}

static void head_members(struct json_writer *w, const struct run_head *h)
{
	json_text_member(w, S("kind"), run_kind_name(h->kind));
	json_text_member(w, S("state"), run_phase_name(h->phase));
	json_guid(w, S("id"), h->id);
	json_text_member(w, S("source"), h->source);
	json_text_member(w, S("target"), h->target);
	json_guid(w, S("targetOrganization"), h->target_organization);
	json_text_member(w, S("created"), h->created);
	json_text_member(w, S("planned"), h->planned);
	json_text_member(w, S("started"), h->started);
	json_text_member(w, S("ended"), h->ended);
	json_text_member(w, S("undone"), h->undone);
	json_text_member(w, S("planHash"), h->seal);
	json_text_member(w, S("ferry"), h->ferry);
	json_key(w, S("changes"));
	json_i64(w, h->changes);
}

static bool list_json(struct ui *ui, const struct listed *list, size_t n, struct err *e)
{
	struct report_sink sink = report_sink_make(ui->out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);

	w.pretty = true;
	json_object(&w);
	json_key(&w, S("schemaVersion"));
	json_i64(&w, 1);
	json_text_member(&w, S("command"), S("runs list"));
	json_key(&w, S("runs"));
	json_array(&w);
	for (size_t i = 0; i < n; i++) {
		json_object(&w);
		json_text_member(&w, S("path"), str_from(list[i].path));
		if (list[i].readable)
			head_members(&w, &list[i].head);
		else
			json_text_member(&w, S("error"), str_from(list[i].why.msg));
		json_object_end(&w);
	}
	json_array_end(&w);
	json_object_end(&w);
	return json_writer_finish(&w, e) && fputc('\n', ui->out) != EOF;
}

static bool list_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct list_values *v = values;
	struct run_paths paths;
	struct listed *list;

	(void)status;
	if (!runs_list(p->arena, p->environment, &paths, e))
		return false;
	list = arena_array(p->arena, struct listed, paths.n);
	for (size_t i = 0; i < paths.n; i++) {
		list[i].path = paths.p[i];
		list[i].readable = run_peek_head(p->arena, paths.p[i], &list[i].head, &list[i].why);
	}
	if (v->json)
		return list_json(p->ui, list, paths.n, e);
	if (paths.n == 0)
		ui_note(p->ui, "there are no runs");
	else
		fprintf(p->ui->out, "%-30s %-7s %-12s %8s  %s\n", "run", "kind", "state", "changes",
			"from -> to");
	for (size_t i = 0; i < paths.n; i++)
		list_line(p->ui, &list[i]);
	return true;
}

/* ---- show ---- */

struct show_values {
	struct common common;
	const char *run;
	struct work_output output;
};

static void show_head(struct ui *ui, const char *path, const struct run_head *h)
{
	char user[GUID_TEXT_SIZE], organization[GUID_TEXT_SIZE];
	const struct {
		const char *what;
		struct str value;
	} lines[] = {
		{ "run", str_from(path) },
		{ "kind", run_kind_name(h->kind) },
		{ "state", str_from(state_of(h)) },
		{ "from", h->source },
		{ "to", h->target },
		{ "organization", guid_is_null(h->target_organization)
					  ? S("")
					  : guid_format(h->target_organization, organization) },
		{ "user",
		  guid_is_null(h->target_user) ? S("") : guid_format(h->target_user, user) },
		{ "created", h->created },
		{ "planned", h->planned },
		{ "written", h->started },
		{ "ended", h->ended },
		{ "takes back", h->kind == RUN_UNDO ? h->undone : S("") },
		{ "taken back by", h->kind == RUN_UNDO ? S("") : h->undone },
		{ "plan hash", h->seal },
		{ "ferry", h->ferry },
	};

	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		if (lines[i].value.n == 0)
			continue;
		fprintf(ui->out, "%-13s ", lines[i].what);
		ui_put(ui->out, lines[i].value);
		fputc('\n', ui->out);
	}
	fputc('\n', ui->out);
}

static bool show(struct work *w, const struct show_values *v, struct err *e)
{
	struct run_head head;

	if (!work_open_run(w, v->run, true, e))
		return false;
	head = w->job.head;
	w->report.source = str_cstr(w->p->arena, head.source);
	w->report.target = str_cstr(w->p->arena, head.target);
	w->report.dry_run = head.phase < RUN_WRITING;
	if (!v->output.json)
		show_head(w->p->ui, w->path, &head);
	if (head.phase == RUN_BEGUN)
		return true;
	w->run.writing = head.phase >= RUN_WRITING;
	if (!work_restore(w, e) || (head.phase > RUN_PLANNED && head.phase < RUN_DONE &&
				    !journal_skip_unwritten(&w->run, e)))
		return false;
	w->result.verified = head.phase == RUN_DONE;
	return import_count(&w->job, &w->result, e);
}

static bool show_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct show_values *v = values;
	DEFER(work_close) struct work w = work_make(p, "runs show", &v->output);
	bool ok = show(&w, v, e);

	/* that some rows failed then is no failure of showing it */
	if (!work_end(&w, ok, true, status, e))
		return false;
	*status = 0;
	return true;
}

/* ---- remove ---- */

struct remove_values {
	struct common common;
	struct opt_list runs;
};

static bool remove_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct remove_values *v = values;
	struct run_head head;
	const char *path;

	(void)status;
	for (size_t i = 0; i < v->runs.n; i++) {
		if (!runs_find(p->arena, p->environment, v->runs.items[i], &path, e))
			return false;
		if (!file_exists(path))
			return err_set(e, ERR_USAGE, "%s: there is no such run", path);
		/* whatever else stands there is not for us to remove */
		if (!run_peek_head(p->arena, path, &head, e) || !runs_remove(path, e))
			return false;
		ui_note(p->ui, "%s is removed", path);
	}
	return true;
}

static const struct opt list_opts[] = {
	{ .name = "json",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct list_values, json),
	  .help = "print the list as one JSON document" },
};
static const struct example list_examples[] = {
	{ "ferry runs list", "the runs of this person on this machine, the newest first" },
};
const struct command command_runs_list = {
	.name = "runs list",
	.summary = "list the runs that are kept",
	.text = "Lists the run files in $XDG_STATE_HOME/ferry/runs (~/.local/state/ferry/runs), where the last twenty are "
		"kept; those that --out put elsewhere are not in the list.\n\n"
		"The states: not planned (it ended before anything was decided), planned (nothing was written: a dry run, or "
		"a plan), interrupted (it was killed, or is at work), stopped, done, taken back.",
	.examples = list_examples,
	.nexamples = COUNT_OF(list_examples),
	.syntax = { .opts = list_opts, .nopts = COUNT_OF(list_opts) },
	.size = sizeof(struct list_values),
	.run = list_run,
};

static const struct operand show_operands[] = {
	{ .name = "RUN",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct show_values, run),
	  .help = "the run file: its path, the beginning of its name, or \"last\"" },
};
static const struct opt show_opts[] = {
	WORK_OUTPUT_OPTIONS(struct show_values, output),
};
static const struct example show_examples[] = {
	{ "ferry runs show last", "what the last run did, or means to do" },
	{ "ferry runs show skills.run --report report", "the same as files" },
};
const struct command command_runs_show = {
	.name = "runs show",
	.summary = "show what a run did, or means to do",
	.text = "Shows a run out of its file: where it went, how far it came, every change with the old and the new value, "
		"and its problems. No environment is asked.",
	.examples = show_examples,
	.nexamples = COUNT_OF(show_examples),
	.syntax = { .opts = show_opts,
		    .nopts = COUNT_OF(show_opts),
		    .operands = show_operands,
		    .noperands = COUNT_OF(show_operands) },
	.size = sizeof(struct show_values),
	.run = show_run,
};

static const struct operand remove_operands[] = {
	{ .name = "RUN",
	  .kind = OPT_FILE,
	  .many = true,
	  .offset = offsetof(struct remove_values, runs),
	  .help = "run files: paths, or beginnings of names" },
};
static const struct example remove_examples[] = {
	{ "ferry runs remove 20260131T120000Z", "its changes cannot be taken back any more" },
};
const struct command command_runs_remove = {
	.name = "runs remove",
	.summary = "remove run files",
	.text = "Removes run files. A run whose file is gone can neither be resumed nor taken back.",
	.examples = remove_examples,
	.nexamples = COUNT_OF(remove_examples),
	.syntax = { .operands = remove_operands, .noperands = COUNT_OF(remove_operands) },
	.size = sizeof(struct remove_values),
	.run = remove_run,
};

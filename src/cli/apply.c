/* SPDX-License-Identifier: MIT */
/*
 * ferry apply and ferry resume: what a run file has left to write.
 */
#include "cli/commands.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/vec.h"
#include "io/json.h"
#include "cli/work.h"
#include "cli/decide.h"
#include "cli/decide_options.h"

#include "base/banned.h"

struct apply_values {
	struct common common;
	const char *run;
	const char *to;
	struct execute_values execute;
	struct work_output output;
	struct env_options remote;
};

/* The environment that the run is about, or the one that is named. */
static bool open_target(struct work *w, const struct apply_values *v, struct err *e)
{
	struct str known = w->job.head.target;
	const char *to = v->to ? v->to : str_cstr(w->p->arena, known);

	w->report.source = str_cstr(w->p->arena, w->job.head.source);
	if (!*to)
		return err_set(e, ERR_USAGE, "%s does not tell its target: --to has to", w->path);
	return work_env(w, "--to", to, &v->remote, e) && env_open(&w->to, w->p, true, e);
}

static bool write_rest(struct work *w, const struct execution *execution, bool apply, struct err *e)
{
	const struct import_writing writing = { .to = w->to.service,
						.execution = execution,
						.progress = &w->progress,
						.apply = apply };

	return import_write(w->p->arena, &w->run, &writing, &w->result, e);
}

static bool apply(struct work *w, const struct apply_values *v, struct err *e)
{
	const struct work_asked asked = { &command_apply, v };
	struct execution execution;

	return execute_read(&v->execute, &execution, e) && work_open_run(w, v->run, false, e) &&
	       open_target(w, v, e) && import_may_write(&w->job.head, w->path, true, e) &&
	       work_asked_again(w, &asked, e) && write_rest(w, &execution, true, e);
}

static bool apply_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct apply_values *v = values;
	DEFER(work_close) struct work w = work_make(p, "apply", &v->output);

	return work_end(&w, apply(&w, v, e), false, status, e);
}

/* ---- resume ---- */

/* The words by which the run was asked for. */
struct words {
	struct str *p;
	size_t n;
};

static bool read_words(struct work *w, struct words *out, struct err *e)
{
	struct arena *a = w->p->arena;
	struct json json;
	VEC(struct str) list = { 0 };

	if (!json_parse(a, w->job.head.arguments, w->path, &json, e))
		return false;
	for (size_t i = 0; json.kind == JSON_ARRAY && i < json.n; i++)
		if (json.items[i].kind == JSON_STRING)
			*VEC_PUSH(a, &list) = json.items[i].text;
	if (list.n == 0)
		return err_set(e, ERR_INPUT, "%s does not tell by which command it was made",
			       w->path);
	*out = (struct words){ list.p, list.n };
	return true;
}

static const char *no_environment(const char *name)
{
	(void)name;
	return NULL;
}

/* How the run was written before is how the rest is. */
static bool same_execution(struct work *w, const struct words *words, struct execution *out,
			   struct err *e)
{
	struct syntax syntax = { .opts = execute_opts, .nopts = nexecute_opts };
	struct execute_values values = { 0 };
	VEC(char *) argv = { 0 };
	bool help = false;

	for (size_t i = 1; i < words->n && !str_eq(words->p[i], S("--")); i++)
		for (size_t k = 0; k < nexecute_opts; k++) {
			struct str name = str_fmt(w->p->arena, "--%s", execute_opts[k].name);
			size_t equals = str_find_char(words->p[i], '=');

			if (str_eq(str_sub(words->p[i], 0, equals), name))
				*VEC_PUSH(w->p->arena, &argv) =
					(char *)(uintptr_t)str_cstr(w->p->arena, words->p[i]);
		}
	return opt_parse(&syntax, (int)argv.n, argv.p, no_environment, &values, &help, e) &&
	       execute_read(&values, out, e);
}

static bool resume(struct work *w, const struct apply_values *v, const struct words *words,
		   struct err *e)
{
	const struct run_head *h = &w->job.head;
	/* a plan that nothing was written of may have become stale, whoever writes it */
	bool apply = h->phase == RUN_PLANNED && h->seal.n > 0;
	struct execution execution;

	return same_execution(w, words, &execution, e) && open_target(w, v, e) &&
	       write_rest(w, &execution, apply, e);
}

/* A run that nothing was decided in is asked for again, into the same file. */
static bool begin_again(struct work *w, const struct apply_values *v, const struct words *words,
			int *status, struct err *e)
{
	struct program *p = w->p;
	const char *path = str_cstr(p->arena, str_from(w->path));
	const char *folder = str_cstr(p->arena, w->job.head.folder);
	const struct command *c;
	VEC(char *) argv = { 0 };
	size_t used;
	bool help = false;

	c = command_find(p->commands, words->p, 1, &used, e);
	if (!c)
		return false;
	*VEC_PUSH(p->arena, &argv) =
		(char *)(uintptr_t)str_fmt(p->arena, "--out=%s", work_absolute(p->arena, path)).p;
	*VEC_PUSH(p->arena, &argv) = (char *)(uintptr_t)"--overwrite";
	if (v->output.json)
		*VEC_PUSH(p->arena, &argv) = (char *)(uintptr_t)"--json";
	for (size_t i = 1; i < words->n; i++)
		if (!str_starts(words->p[i], S("--out=")) && !str_eq(words->p[i], S("--json")))
			*VEC_PUSH(p->arena, &argv) =
				(char *)(uintptr_t)str_cstr(p->arena, words->p[i]);
	work_close(w);
	if (chdir(folder) != 0)
		return err_set(
			e, ERR_USAGE,
			"%s: the run was begun in this folder, which cannot be entered: begin it again",
			folder);

	struct syntax syntax = command_syntax(c);
	void *values = arena_alloc(p->arena, c->size);

	return opt_parse(&syntax, (int)argv.n, argv.p, p->environment, values, &help, e) &&
	       c->run(p, values, status, e);
}

static bool resume_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct apply_values *v = values;
	DEFER(work_close) struct work w = work_make(p, "resume", &v->output);
	struct words words = { 0 };

	if (!work_open_run(&w, v->run, false, e) || !read_words(&w, &words, e))
		return work_end(&w, false, false, status, e);
	if (w.job.head.phase == RUN_BEGUN)
		return begin_again(&w, v, &words, status, e);
	return work_end(&w, resume(&w, v, &words, e), false, status, e);
}

static const struct operand operands[] = {
	{ .name = "RUN",
	  .kind = OPT_FILE,
	  .offset = offsetof(struct apply_values, run),
	  .help = "the run file: its path, the beginning of its name in the folder of runs, or \"last\"" },
};

#define TO_OPTION                                                                                  \
	{ .name = "to",                                                                            \
	  .kind = OPT_ENVIRONMENT,                                                                 \
	  .offset = offsetof(struct apply_values, to),                                             \
	  .argument = "ENV",                                                                       \
	  .help = "the same organization as the run says, by another name (default: by the name "  \
		  "that the run has for it)" }

static const struct opt apply_opts[] = {
	TO_OPTION,
	EXECUTE_OPTIONS(struct apply_values, execute),
	WORK_OUTPUT_OPTIONS(struct apply_values, output),
	ENV_OPTIONS(struct apply_values, remote),
	ENV_CONFIRM_OPTION(struct apply_values, remote),
};

static const struct opt resume_opts[] = {
	TO_OPTION,
	WORK_OUTPUT_OPTIONS(struct apply_values, output),
	ENV_OPTIONS(struct apply_values, remote),
	ENV_CONFIRM_OPTION(struct apply_values, remote),
};

static const struct example apply_examples[] = {
	{ "ferry plan skills.zip --to prod --out skills.run", "what would change" },
	{ "ferry apply skills.run", "change that, and nothing else" },
	{ "ferry apply skills.run --to https://contoso.crm4.dynamics.com",
	  "on another machine, where that environment has no profile of the name" },
};

static const struct example resume_examples[] = {
	{ "ferry resume last", "go on with the last run, whatever ended it" },
	{ "ferry resume skills.run --to prod", "with a run file from another machine" },
};

const struct command command_apply = {
	.name = "apply",
	.summary = "make the changes of a plan, and no others",
	.text = "Reads the rows that the plan touches again. When one of them has another value in a column that is to be "
		"written, or in one by which it was found, the plan is stale: nothing is written, the rows are named, and the "
		"exit status is 7. Otherwise the changes are made, read again and compared, as \"ferry import\" does.\n\n"
		"A plan is good for one organization, and can be applied once. A plan that was changed since it was "
		"made is refused.",
	.examples = apply_examples,
	.nexamples = COUNT_OF(apply_examples),
	.syntax = { .opts = apply_opts,
		    .nopts = COUNT_OF(apply_opts),
		    .operands = operands,
		    .noperands = COUNT_OF(operands) },
	.size = sizeof(struct apply_values),
	.run = apply_run,
};

const struct command command_resume = {
	.name = "resume",
	.summary = "go on with a run that was stopped or killed",
	.text = "Does what a run has left to do. What may have been done just before it ended is looked at first, so "
		"nothing is done twice; what failed is tried again. A run that ended before anything was decided "
		"begins again. Custom steps that --disable-steps had switched off are switched on again.\n\n"
		"It writes as the run was told to: with its --batch-size, --bypass, --disable-steps, --settle and "
		"--max-failures.",
	.examples = resume_examples,
	.nexamples = COUNT_OF(resume_examples),
	.syntax = { .opts = resume_opts,
		    .nopts = COUNT_OF(resume_opts),
		    .operands = operands,
		    .noperands = COUNT_OF(operands) },
	.size = sizeof(struct apply_values),
	.run = resume_run,
};

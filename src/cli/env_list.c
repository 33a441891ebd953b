/* SPDX-License-Identifier: MIT */
/*
 * ferry env list, ferry env remove.
 */
#include "cli/commands.h"

#include <stddef.h>

#include "remote/sign_in.h"
#include "cli/env_file.h"
#include "cli/env_person.h"
#include "cli/env_session.h"
#include "cli/report.h"

#include "base/banned.h"

/* ---- list ---- */

struct list_values {
	struct common common;
	bool json;
};

/* One profile that cannot be read does not hide the others. */
struct listing {
	struct env_file file;
	struct profile *all;
	size_t n;
	struct err *problems;
	size_t nproblems;
};

static bool read_all(struct program *p, struct listing *l, struct err *e)
{
	struct str *names;
	size_t n;

	if (!env_file_read(&l->file, p, e))
		return false;
	n = env_file_names(&l->file, p->arena, &names);
	l->all = arena_array(p->arena, struct profile, n);
	l->problems = arena_array(p->arena, struct err, n);
	for (size_t i = 0; i < n; i++) {
		if (profile_read(p->arena, &l->file.ini, l->file.path, names[i], &l->all[l->n],
				 &l->problems[l->nproblems]))
			l->n++;
		else
			l->nproblems++;
	}
	return true;
}

/* The file as a whole cannot be used. */
static void note_problem(struct program *p, struct listing *l, const struct err *e)
{
	l->problems = arena_new(p->arena, struct err);
	l->problems[0] = *e;
	l->nproblems = 1;
}

static int width_of(const struct profile *all, size_t n, struct str (*text)(const struct profile *),
		    size_t width)
{
	for (size_t i = 0; i < n; i++)
		width = text(&all[i]).n > width ? text(&all[i]).n : width;
	return width < 200 ? (int)width : 200;
}

static struct str name_of(const struct profile *p)
{
	return p->name;
}

static struct str url_of(const struct profile *p)
{
	return p->url;
}

static struct str kind_of(const struct profile *p)
{
	return auth_kind_name(p->kind);
}

static void print_text(struct ui *ui, const struct profile *all, size_t n)
{
	int name = width_of(all, n, name_of, 4), url = width_of(all, n, url_of, 3);
	int kind = width_of(all, n, kind_of, 7);

	fprintf(ui->out, "%s%-*s  %-*s  %s%s\n", ui_color(ui, UI_BOLD), name, "name", url, "url",
		"sign-in", ui_color(ui, UI_PLAIN));
	for (size_t i = 0; i < n; i++) {
		const struct profile *p = &all[i];
		struct str who = p->username.n > 0 ? p->username : p->client;

		fprintf(ui->out, "%-*.*s  %-*.*s  %.*s", name, STR_ARG(p->name), url,
			STR_ARG(p->url), STR_ARG(kind_of(p)));
		if (who.n > 0 || p->protected)
			fprintf(ui->out, "%*s", kind - (int)kind_of(p).n, "");
		if (who.n > 0) {
			fputs("  ", ui->out);
			ui_put(ui->out, who);
		}
		fputs(p->protected ? "  protected\n" : "\n", ui->out);
	}
}

static void json_profile(struct json_writer *w, struct arena *a, const struct profile *p)
{
	const struct ini_pair *pairs;
	size_t n = profile_pairs(a, p, &pairs);

	json_object(w);
	json_key(w, S("name"));
	json_str(w, p->name);
	for (size_t i = 0; i < n; i++) {
		if (str_eq(pairs[i].key, S("protected")))
			continue;
		json_key(w, pairs[i].key);
		json_str(w, pairs[i].value);
	}
	json_key(w, S("protected"));
	json_bool(w, p->protected);
	json_object_end(w);
}

static bool print_json(struct program *p, const struct listing *l, struct err *e)
{
	struct report_sink sink = report_sink_make(p->ui->out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);

	json_object(&w);
	json_key(&w, S("schemaVersion"));
	json_i64(&w, 1);
	json_key(&w, S("command"));
	json_str(&w, S("env list"));
	json_key(&w, S("file"));
	json_str(&w, str_from(l->file.path));
	json_key(&w, S("environments"));
	json_array(&w);
	for (size_t i = 0; i < l->n; i++)
		json_profile(&w, p->arena, &l->all[i]);
	json_array_end(&w);
	json_key(&w, S("problems"));
	json_array(&w);
	for (size_t i = 0; i < l->nproblems; i++)
		report_problem_json(&w, &l->problems[i]);
	json_array_end(&w);
	json_object_end(&w);
	return json_writer_finish(&w, e) && sink_write(&sink.sink, S("\n"), e);
}

static bool list_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct list_values *v = values;
	struct listing l = { .n = 0 };

	if (!read_all(p, &l, e)) {
		if (err_exit_status(e->kind) != err_exit_status(ERR_INPUT))
			return false;
		note_problem(p, &l, e);
	}
	for (size_t i = 0; i < l.nproblems; i++)
		ui_error(p->ui, &l.problems[i]);
	*status = l.nproblems > 0 ? err_exit_status(ERR_INPUT) : 0;
	if (v->json)
		return print_json(p, &l, e);
	if (l.n > 0)
		print_text(p->ui, l.all, l.n);
	else if (l.nproblems == 0)
		ui_note(p->ui, "there are no profiles yet; \"ferry env add\" makes one");
	return true;
}

static const struct opt list_opts[] = {
	{ .name = "json",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct list_values, json),
	  .help = "print them as one JSON document" },
};

static const struct example list_examples[] = {
	{ "ferry env list", "which profiles there are" },
	{ "ferry env list --json", "all that is stored, for other programs" },
};

const struct command command_env_list = {
	.name = "env list",
	.summary = "list the profiles",
	.text = "Lists the profiles of the configuration file: name, address, kind of sign-in, the account or application "
		"that it names, and whether it is protected. Nothing is sent.",
	.examples = list_examples,
	.nexamples = COUNT_OF(list_examples),
	.syntax = { .opts = list_opts, .nopts = COUNT_OF(list_opts) },
	.size = sizeof(struct list_values),
	.run = list_run,
};

/* ---- remove ---- */

struct remove_values {
	struct common common;
	const char *name;
	bool yes;
};

/* A profile that cannot be read any more can still be removed. */
static void forget_tokens(struct program *p, const struct env_file *file, struct str name)
{
	DEFER(env_close) struct env env = { 0 };
	struct err e;
	bool was_there = false;

	if (!profile_read(p->arena, &file->ini, file->path, name, &env.profile, &e) ||
	    !env_session_open(&env.session, p, &env, &e) ||
	    !sign_in_forget(env_session_sign_in(env.session), &was_there, &e))
		ui_note(p->ui, "its tokens may be left in the cache: %s", e.msg);
	else if (was_there)
		ui_note(p->ui, "its tokens are forgotten, too");
}

static bool may_remove(struct program *p, const struct remove_values *v, struct err *e)
{
	const char *question = str_fmt(p->arena, "remove the profile %s?", v->name).p;

	if (v->yes || env_person_agrees(p, question))
		return true;
	if (!env_person_can_answer())
		return err_set(e, ERR_USAGE,
			       "there is no terminal to ask on; --yes removes the profile %s",
			       v->name);
	return err_set(e, ERR_CANCELLED, "the profile %s stays", v->name);
}

static bool read_with(struct env_file *file, struct program *p, struct str name, struct err *e)
{
	return env_file_read(file, p, e) &&
	       (ini_has(&file->ini, name) || env_file_no_such(file, name, e));
}

/* Read again: nobody waits while a person is asked. */
static bool take_out(struct program *p, struct str name, struct err *e)
{
	DEFER(env_file_unlock) struct env_file_lock lock = { .fd = -1 };
	struct env_file file;
	struct str text;

	return env_file_lock(&lock, p, e) && read_with(&file, p, name, e) &&
	       ini_remove(p->arena, file.text, file.path, name, &text, e) &&
	       env_file_write(&file, p, text, e);
}

static bool remove_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct remove_values *v = values;
	struct str name = str_from(v->name);
	struct env_file file;

	*status = 0;
	if (!env_file_check_name(name, e) || !read_with(&file, p, name, e) || !may_remove(p, v, e))
		return false;
	forget_tokens(p, &file, name);
	if (!take_out(p, name, e))
		return false;
	ui_note(p->ui, "the profile %s is removed", v->name);
	return true;
}

static const struct operand remove_operands[] = {
	{ .name = "NAME",
	  .kind = OPT_PROFILE,
	  .offset = offsetof(struct remove_values, name),
	  .help = "the profile" },
};

static const struct opt remove_opts[] = {
	{ .name = "yes",
	  .letter = 'y',
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct remove_values, yes),
	  .help = "do not ask" },
};

static const struct example remove_examples[] = {
	{ "ferry env remove dev", "asks first" },
	{ "ferry env remove dev --yes", "in a script" },
};

const struct command command_env_remove = {
	.name = "env remove",
	.summary = "remove a profile and its tokens",
	.text = "Removes a profile from the configuration file, and its tokens from the cache. The environment itself is "
		"not touched. Asks first on a terminal; without one --yes is required.",
	.examples = remove_examples,
	.nexamples = COUNT_OF(remove_examples),
	.syntax = { .opts = remove_opts,
		    .nopts = COUNT_OF(remove_opts),
		    .operands = remove_operands,
		    .noperands = COUNT_OF(remove_operands) },
	.size = sizeof(struct remove_values),
	.run = remove_run,
};

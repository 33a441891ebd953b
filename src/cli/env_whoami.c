/* SPDX-License-Identifier: MIT */
/*
 * ferry env whoami: who is signed in, where, and what they may do to the tables of routing.
 */
#include "cli/commands.h"

#include <stddef.h>

#include "cli/env.h"
#include "cli/env_file.h"
#include "cli/env_who.h"
#include "cli/report.h"

#include "base/banned.h"

struct whoami_values {
	struct common common;
	const char *name, *from; /* one of the two, at most */
	bool json;
	struct env_options remote;
};

/* The only profile, when no environment is named. */
static bool choose(struct program *p, const struct whoami_values *v, const char **out,
		   struct err *e)
{
	struct env_file file;
	struct str *names;

	if (v->name && v->from && v->from != p->environment("FERRY_FROM"))
		return err_set(e, ERR_USAGE, "%s and --from %s: one environment is enough", v->name,
			       v->from);
	*out = v->name ? v->name : v->from;
	if (*out)
		return true;
	if (!env_file_read(&file, p, e))
		return false;
	if (env_file_names(&file, p->arena, &names) != 1)
		return err_set(
			e, ERR_USAGE,
			"ENV is missing: a profile, or the URL of an environment (it can be left out where there "
			"is one profile only)");
	*out = str_cstr(p->arena, names[0]);
	return true;
}

/* ---- text ---- */

static void line(struct ui *ui, const char *what, struct str value, struct str more)
{
	if (value.n == 0 && more.n == 0)
		return;
	fprintf(ui->out, "%-16s ", what);
	ui_put(ui->out, value.n > 0 ? value : more);
	if (value.n > 0 && more.n > 0) {
		fputs(" (", ui->out);
		ui_put(ui->out, more);
		fputc(')', ui->out);
	}
	fputc('\n', ui->out);
}

static struct str where(const struct env *env)
{
	return env->path ? str_from(env->reference) : env->profile.url;
}

static struct str how(const struct env *env)
{
	if (env->path)
		return S("in process");
	/* without one it is not known what the environment is */
	return env->profile.url.n > 0 ? auth_kind_name(env->profile.kind) : S("");
}

static struct str joined(struct arena *a, const struct str *items, size_t n)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	for (size_t i = 0; i < n; i++)
		buf_add_fmt(&b, "%s%.*s", i ? ", " : "", STR_ARG(items[i]));
	return str_dup(a, buf_str(&b));
}

static void print_privileges(struct ui *ui, const struct who *w)
{
	const int name = 40;

	fprintf(ui->out, "\n%s%-*s", ui_color(ui, UI_BOLD), name, "table");
	for (size_t v = 0; v < WHO_VERBS; v++)
		fprintf(ui->out, " %8.*s", STR_ARG(who_verb_name((enum who_verb)v)));
	fprintf(ui->out, "%s\n", ui_color(ui, UI_PLAIN));
	for (size_t i = 0; i < w->ntables; i++) {
		const struct who_table *t = &w->tables[i];

		fprintf(ui->out, "%-*.*s", name, STR_ARG(t->name));
		for (size_t v = 0; v < WHO_VERBS; v++)
			fprintf(ui->out, " %s%8.*s%s",
				ui_color(ui, t->depth[v] == WHO_NONE ? UI_YELLOW : UI_PLAIN),
				STR_ARG(who_depth_name(t->depth[v])), ui_color(ui, UI_PLAIN));
		fputc('\n', ui->out);
	}
	fputs("all: of every business unit; deep: of the user's and those below it; unit: of the\n"
	      "user's; user: the user's own rows; -: none\n",
	      ui->out);
}

static void print_text(struct program *p, const struct env *env, const struct who *w)
{
	struct ui *ui = p->ui;

	line(ui, "environment", where(env), env->profile.name);
	line(ui, "organization", w->organization, w->unique_name);
	line(ui, "version", w->version, S(""));
	line(ui, "organization id", w->organization_id, S(""));
	line(ui, "environment id", w->environment_id, S(""));
	line(ui, "tenant", w->tenant_id, S(""));
	line(ui, "sign-in", how(env), env->profile.client);
	line(ui, "user", w->user.n > 0 ? w->user : w->user_id, w->account);
	line(ui, "user id", w->user_id, S(""));
	line(ui, "application", w->application, S(""));
	line(ui, "acting for", env->profile.impersonate, S(""));
	line(ui, "business unit", w->unit, S(""));
	line(ui, "roles", joined(p->arena, w->roles, w->nroles), S(""));
	if (w->privileges_told)
		print_privileges(ui, w);
	else if (w->untold.n > 0)
		ui_note(ui, "its privileges are not told: %.*s", STR_ARG(w->untold));
}

static void json_privileges(struct json_writer *w, const struct who *who)
{
	json_key(w, S("privileges"));
	if (!who->privileges_told) {
		json_null(w);
		return;
	}
	json_array(w);
	for (size_t i = 0; i < who->ntables; i++) {
		json_object(w);
		json_text_member(w, S("table"), who->tables[i].name);
		for (size_t v = 0; v < WHO_VERBS; v++) {
			enum who_depth d = who->tables[i].depth[v];

			json_text_member(w, who_verb_name((enum who_verb)v),
					 d == WHO_NONE ? S("") : who_depth_name(d));
		}
		json_object_end(w);
	}
	json_array_end(w);
}

static bool json_who(struct json_writer *w, const struct env *env, const struct who *who,
		     const struct err *stopped, struct err *e)
{
	json_object(w);
	json_key(w, S("schemaVersion"));
	json_i64(w, 1);
	json_text_member(w, S("command"), S("env whoami"));
	json_text_member(w, S("profile"), env->profile.name);
	json_text_member(w, S("url"), where(env));
	json_text_member(w, S("auth"), how(env));
	json_text_member(w, S("organization"), who->organization);
	json_text_member(w, S("uniqueName"), who->unique_name);
	json_text_member(w, S("organizationId"), who->organization_id);
	json_text_member(w, S("environmentId"), who->environment_id);
	json_text_member(w, S("tenantId"), who->tenant_id);
	json_text_member(w, S("version"), who->version);
	json_text_member(w, S("user"), who->user);
	json_text_member(w, S("userId"), who->user_id);
	json_text_member(w, S("account"), who->account);
	json_text_member(w, S("applicationId"), who->application);
	json_text_member(w, S("impersonate"), env->profile.impersonate);
	json_text_member(w, S("businessUnit"), who->unit);
	json_key(w, S("roles"));
	json_array(w);
	for (size_t i = 0; i < who->nroles; i++)
		json_str(w, who->roles[i]);
	json_array_end(w);
	json_privileges(w, who);
	if (!report_problems_json(w, NULL, stopped, e))
		return false;
	json_object_end(w);
	return true;
}

static bool print_json(struct program *p, const struct env *env, const struct who *who,
		       const struct err *stopped, struct err *e)
{
	struct report_sink sink = report_sink_make(p->ui->out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);

	return json_who(&w, env, who, stopped, e) && json_writer_finish(&w, e) &&
	       sink_write(&sink.sink, S("\n"), e);
}

/* ---- the command ---- */

static bool ask(struct program *p, struct env *env, struct who *who, struct err *e)
{
	return env_open(env, p, false, e) && who_read(p->arena, env->service, who, e) &&
	       who_read_rights(p->arena, env->service, who, e) && env_finish(env, e);
}

/* *e stays. */
static bool stop(struct program *p, const struct env *env, bool json, struct err *e)
{
	struct who nobody = { 0 };
	struct err second;

	if (json && report_has_document(e))
		(void)!print_json(p, env, &nobody, e, &second);
	return false;
}

static bool whoami_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct whoami_values *v = values;
	DEFER(env_close) struct env env = { 0 };
	const char *from;
	struct who who;

	*status = 0;
	if (!choose(p, v, &from, e) ||
	    !env_parse(&env, p, v->name ? "ENV" : "--from", from, &v->remote, e) ||
	    !ask(p, &env, &who, e))
		return stop(p, &env, v->json, e);
	if (v->json)
		return print_json(p, &env, &who, NULL, e);
	print_text(p, &env, &who);
	return true;
}

static const struct operand operands[] = {
	{ .name = "ENV",
	  .kind = OPT_ENVIRONMENT,
	  .optional = true,
	  .offset = offsetof(struct whoami_values, name),
	  .help = "the environment (default: the only profile, if there is one only)" },
};

static const struct opt opts[] = {
	{ .name = "from",
	  .kind = OPT_ENVIRONMENT,
	  .offset = offsetof(struct whoami_values, from),
	  .argument = "ENV",
	  .help = "the same" },
	{ .name = "json",
	  .kind = OPT_FLAG,
	  .offset = offsetof(struct whoami_values, json),
	  .help = "print the result as one JSON document" },
	ENV_OPTIONS(struct whoami_values, remote),
	ENV_OVERWRITE_OPTION(struct whoami_values, remote),
};

static const struct example examples[] = {
	{ "ferry env whoami prod", "whether the sign-in works, and what it may do" },
	{ "ferry env whoami https://contoso.crm4.dynamics.com --json", "for other programs" },
};

const struct command command_env_whoami = {
	.name = "env whoami",
	.summary = "show who is signed in to an environment, and with which privileges",
	.text = "Signs in and shows user, organization, version and roles, and for each table that moving routing "
		"configuration needs, how far the privileges reach. Nothing is written.",
	.examples = examples,
	.nexamples = COUNT_OF(examples),
	.syntax = { .opts = opts,
		    .nopts = COUNT_OF(opts),
		    .operands = operands,
		    .noperands = COUNT_OF(operands) },
	.size = sizeof(struct whoami_values),
	.run = whoami_run,
};

/* SPDX-License-Identifier: MIT */
/*
 * ferry env login, ferry env logout.
 */
#include "cli/commands.h"

#include <stddef.h>

#include "remote/sign_in.h"
#include "cli/env_session.h"
#include "cli/env_who.h"

#include "base/banned.h"

struct login_values {
	struct common common;
	const char *name;
};

static bool open_session(struct program *p, const struct login_values *v, struct env *env,
			 struct err *e)
{
	if (!env_parse(env, p, "NAME", v->name, NULL, e))
		return false;
	if (env->path)
		return err_set(e, ERR_USAGE, "%s is a local organization, to which nobody signs in",
			       v->name);
	if (env->profile.kind == AUTH_NONE)
		return err_set(e, ERR_USAGE, "nobody signs in to %s: its sign-in is \"none\"",
			       v->name);
	return env_open(env, p, false, e);
}

static bool login_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct login_values *v = values;
	DEFER(env_close) struct env env = { 0 };
	struct who who;

	*status = 0;
	if (!open_session(p, v, &env, e) || !sign_in_anew(env_session_sign_in(env.session), e) ||
	    !who_read(p->arena, env.service, &who, e))
		return false;
	struct str user = who.user.n > 0 ? who.user : who.user_id;

	ui_note(p->ui, "signed in to %.*s as %.*s%s%.*s", STR_ARG(env.profile.url), STR_ARG(user),
		who.account.n > 0 ? ", " : "", STR_ARG(who.account));
	return true;
}

static bool logout_run(struct program *p, const void *values, int *status, struct err *e)
{
	const struct login_values *v = values;
	DEFER(env_close) struct env env = { 0 };
	bool was_there = false;

	*status = 0;
	if (!open_session(p, v, &env, e) ||
	    !sign_in_forget(env_session_sign_in(env.session), &was_there, e))
		return false;
	ui_note(p->ui,
		was_there ? "what was kept of the sign-in to %s is forgotten"
			  : "nothing was kept of a sign-in to %s",
		v->name);
	return true;
}

static const struct operand operands[] = {
	{ .name = "ENV",
	  .kind = OPT_TEXT,
	  .offset = offsetof(struct login_values, name),
	  .help = "a profile, or the URL of an environment" },
};

static const struct example login_examples[] = {
	{ "ferry env login dev",
	  "a person signs in with the browser, or with a code on another device" },
};

const struct command command_env_login = {
	.name = "env login",
	.summary = "sign in to an environment now, so that other commands need not ask",
	.text = "Signs in as the profile says, also when an earlier sign-in is still good, and keeps what the "
		"authority gives (for people that they stay signed in) in $XDG_CACHE_HOME/ferry/tokens, which only "
		"its owner can read. Then asks the environment who that is.",
	.examples = login_examples,
	.nexamples = COUNT_OF(login_examples),
	.syntax = { .operands = operands, .noperands = COUNT_OF(operands) },
	.size = sizeof(struct login_values),
	.run = login_run,
};

static const struct example logout_examples[] = {
	{ "ferry env logout dev", "the next command signs in again" },
};

const struct command command_env_logout = {
	.name = "env logout",
	.summary = "forget what is kept of a sign-in",
	.text = "Forgets the tokens that are kept for an environment. The profile stays.",
	.examples = logout_examples,
	.nexamples = COUNT_OF(logout_examples),
	.syntax = { .operands = operands, .noperands = COUNT_OF(operands) },
	.size = sizeof(struct login_values),
	.run = logout_run,
};

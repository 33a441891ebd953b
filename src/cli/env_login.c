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
	struct env_options remote;
};

static bool open_session(struct program *p, const struct login_values *v, struct env *env,
			 struct err *e)
{
	if (!env_parse(env, p, "ENV", v->name, &v->remote, e))
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
	    !who_read(p->arena, env.service, &who, e) || !env_finish(&env, e))
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
		was_there ? "signed out of %s: its tokens are forgotten"
			  : "there are no tokens of %s in the cache",
		v->name);
	return true;
}

static const struct operand operands[] = {
	{ .name = "ENV",
	  .kind = OPT_PROFILE,
	  .offset = offsetof(struct login_values, name),
	  .help = "the name of a profile, or the URL of an environment" },
};

static const struct opt login_opts[] = {
	ENV_OPTIONS(struct login_values, remote),
	ENV_OVERWRITE_OPTION(struct login_values, remote),
};

static const struct example login_examples[] = {
	{ "ferry env login dev",
	  "a person signs in with the browser, or with a code on another device" },
	{ "ferry env login https://contoso.crm4.dynamics.com", "without a profile" },
};

const struct command command_env_login = {
	.name = "env login",
	.summary = "sign in to an environment now, so that other commands need not ask",
	.text = "Signs in as the profile says, even when an earlier sign-in is still valid, asks the environment who that "
		"is, and says so. The tokens stay in $XDG_CACHE_HOME/ferry/tokens, in files that only their owner "
		"can read, so that later commands need not sign in again.",
	.examples = login_examples,
	.nexamples = COUNT_OF(login_examples),
	.syntax = { .opts = login_opts,
		    .nopts = COUNT_OF(login_opts),
		    .operands = operands,
		    .noperands = COUNT_OF(operands) },
	.size = sizeof(struct login_values),
	.run = login_run,
};

static const struct example logout_examples[] = {
	{ "ferry env logout dev", "the next command signs in again" },
};

const struct command command_env_logout = {
	.name = "env logout",
	.summary = "sign out: remove the tokens of an environment from the cache",
	.text = "Removes the tokens of an environment from $XDG_CACHE_HOME/ferry/tokens. The profile stays. What keeps a "
		"person signed in is revoked at the authority, too, where it allows that; an access token that was "
		"given out stays valid until it expires, as a rule within two hours.",
	.examples = logout_examples,
	.nexamples = COUNT_OF(logout_examples),
	.syntax = { .operands = operands, .noperands = COUNT_OF(operands) },
	.size = sizeof(struct login_values),
	.run = logout_run,
};

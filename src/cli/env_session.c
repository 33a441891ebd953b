/* SPDX-License-Identifier: MIT */
/*
 * Joins what the room remote has: signing in, the service, the record.
 */
#include "cli/env_session.h"

#include "base/file.h"
#include "dv/recording.h"
#include "move/knowledge.h"
#include "remote/remote.h"
#include "remote/sign_in.h"
#include "cli/cancel.h"
#include "cli/env_person.h"

#include "base/banned.h"

#define COMMAND_SECONDS 120 /* a person may have to unlock a store of passwords meanwhile */
#define USER_AGENT "ferry/" FERRY_VERSION

struct env_session {
	struct sign_in *sign_in;
	struct remote *remote;
	struct recorder *recorder;
	struct knowledge knowledge;
};

static bool is_cancelled(void *context)
{
	(void)context;
	return cancel_asked();
}

/* NULL: there is no place, and nothing is kept. */
static const char *cache_folder(struct program *p)
{
	const char *cache = p->environment("XDG_CACHE_HOME");
	const char *home = p->environment("HOME");

	if (cache && cache[0] == '/')
		return str_fmt(p->arena, "%s/ferry/tokens", cache).p;
	if (home && home[0] == '/')
		return str_fmt(p->arena, "%s/.cache/ferry/tokens", home).p;
	return NULL;
}

/* ---- warnings ---- */

static void warn_of_file(struct program *p, struct str path)
{
	const char *name = str_cstr(p->arena, path);

	if (path.n > 0 && credential_is_exposed(name))
		ui_note(p->ui,
			"warning: others on this machine can read %s; chmod 600 keeps it from them",
			name);
}

static void warn_of(struct program *p, const struct credential *c)
{
	if (c->source == CREDENTIAL_FILE)
		warn_of_file(p, c->place);
}

static void warn_of_exposed(struct program *p, const struct profile *profile)
{
	warn_of(p, &profile->secret);
	warn_of(p, &profile->certificate_password);
	warn_of(p, &profile->token);
	warn_of_file(p, profile->certificate);
}

/* ---- the record ---- */

/* In whatever table: a record is not read by who knows which. */
static bool is_secret(void *context, struct str column)
{
	const struct knowledge *k = context;

	for (size_t i = 0; i < k->ntables; i++) {
		if (knowledge_column(&k->tables[i], column) == COLUMN_RULE_SECRET)
			return true;
	}
	return false;
}

static bool open_record(struct env_session *s, struct program *p, const struct env *env,
			struct err *e)
{
	const char *path = env->options.record;

	if (!path)
		return true;
	if (file_exists(path))
		return err_set(e, ERR_USAGE,
			       "--record: %s exists already; remove it or name another", path);
	return knowledge_builtin(p->arena, &s->knowledge, e) &&
	       recorder_open(&s->recorder, p->arena, path, env->profile.url, is_secret,
			     &s->knowledge, e);
}

/* ---- the session ---- */

bool env_session_open(struct env_session **out, struct program *p, const struct env *env,
		      struct err *e)
{
	DEFER(env_session_close) struct env_session *s = arena_new(p->arena, struct env_session);
	struct sign_in_options sign_in = {
		.in = { .variable = p->environment,
			.cancelled = is_cancelled,
			.command_seconds = COMMAND_SECONDS },
		.cache_folder = cache_folder(p),
		.user_agent = USER_AGENT,
	};
	struct profile *profile = arena_new(p->arena, struct profile);

	*profile = env->profile;
	if (env_person_is_there())
		sign_in.person = (struct sign_in_person){ .device = env_person_device,
							  .browse = env_person_browse,
							  .context = p };
	warn_of_exposed(p, profile);
	if (!open_record(s, p, env, e) ||
	    !sign_in_open(&s->sign_in, p->arena, profile, &sign_in, e))
		return false;
	struct remote_options remote = {
		.profile = profile,
		.tokens = sign_in_source(s->sign_in),
		.concurrency = env->options.concurrency,
		.recorder = s->recorder,
		.cancelled = is_cancelled,
		.user_agent = USER_AGENT,
	};

	if (!remote_open(&s->remote, p->arena, &remote, e))
		return false;
	*out = s;
	s = NULL;
	return true;
}

struct service *env_session_service(struct env_session *s)
{
	return remote_service(s->remote);
}

struct sign_in *env_session_sign_in(struct env_session *s)
{
	return s->sign_in;
}

void env_session_counts(const struct env_session *s, uint64_t *throttled, uint64_t *retried)
{
	struct remote_counts counts = remote_counts(s->remote);

	*throttled = counts.throttled;
	*retried = counts.retried;
}

bool env_session_finish(struct env_session *s, struct err *e)
{
	remote_close(&s->remote);
	return recorder_close(&s->recorder, e);
}

void env_session_close(struct env_session **session)
{
	struct env_session *s = *session;
	struct err e;

	*session = NULL;
	if (!s)
		return;
	remote_close(&s->remote);
	sign_in_close(&s->sign_in);
	(void)!recorder_close(&s->recorder, &e);
}

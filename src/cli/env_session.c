/* SPDX-License-Identifier: MIT */
/*
 * Joins what the room remote has: signing in, the service, the record.
 */
#include "cli/env_session.h"

#include "dv/recording.h"
#include "move/knowledge.h"
#include "remote/remote.h"
#include "remote/sign_in.h"
#include "cli/cancel.h"
#include "cli/env_person.h"
#include "cli/output.h"
#include "cli/xdg.h"

#include "base/banned.h"

#define COMMAND_SECONDS 60 /* a person may have to unlock a store of passwords meanwhile */
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

static struct credential_sources sources(struct program *p)
{
	return (struct credential_sources){ .variable = p->environment,
					    .cancelled = is_cancelled,
					    .command_seconds = COMMAND_SECONDS };
}

bool env_session_credential(struct program *p, const struct credential *c, const char *what,
			    struct str *out, struct err *e)
{
	struct credential_sources in = sources(p);

	return credential_get(p->arena, c, what, &in, out, e);
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
	return output_recording(path, env->options.overwrite, e) &&
	       knowledge_builtin(p->arena, &s->knowledge, e) &&
	       recorder_open(&s->recorder, p->arena, path, env->profile.url, is_secret,
			     &s->knowledge, e);
}

/* ---- the session ---- */

bool env_session_open(struct env_session **out, struct program *p, const struct env *env,
		      struct err *e)
{
	DEFER(env_session_close) struct env_session *s = arena_new(p->arena, struct env_session);
	struct sign_in_options sign_in = {
		.in = sources(p),
		.cache_folder = xdg_path(p->arena, p->environment, XDG_CACHE, "ferry/tokens"),
		.user_agent = USER_AGENT,
		.reference = env->reference,
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

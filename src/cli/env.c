/* SPDX-License-Identifier: MIT */
/*
 * References are told apart by their form. What may hold a credential is never repeated.
 */
#include "cli/env.h"

#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "org/app.h"
#include "cli/env_file.h"
#include "cli/env_person.h"
#include "cli/env_session.h"
#include "cli/reality.h"

#include "base/banned.h"

#define CONNECTION_STRING "FERRY_CONNECTION_STRING"

struct parse {
	struct program *p;
	struct env *env;
	const char *option;
};

/* ---- on a server ---- */

/* ASCII case is no matter in a scheme. */
static bool has_scheme(struct str text, const char *scheme)
{
	return str_eq_ascii_nocase(str_sub(text, 0, str_from(scheme).n), str_from(scheme));
}

static bool is_url(struct str text)
{
	return has_scheme(text, "https://") || has_scheme(text, "http://");
}

/*
 * AuthType=OAuth means a window of its own library; here a browser where one can open, else a code, as for a bare
 * URL.
 */
static bool read_string(const struct parse *s, struct str text, struct profile *out, struct err *e)
{
	struct profile p;

	if (!connection_string_read(s->p->arena, text, &p, e))
		return false;
	if (p.kind == AUTH_BROWSER && !env_person_has_display(s->p)) {
		p.kind = AUTH_DEVICE_CODE;
		p.redirect = S("");
	}
	*out = p;
	return true;
}

/* *found: the connection string is about this URL. One that cannot be read is told even then: it was meant. */
static bool by_connection_string(const struct parse *s, struct str url, bool *found, struct err *e)
{
	const char *text = s->p->environment(CONNECTION_STRING);
	struct profile p;

	*found = false;
	if (!text || !*text)
		return true;
	if (!read_string(s, str_from(text), &p, e))
		return err_wrap(e, "the variable " CONNECTION_STRING);
	*found = str_eq(p.url, url);
	if (*found)
		s->env->profile = p;
	return true;
}

static bool parse_url(const struct parse *s, struct str text, struct err *e)
{
	struct str url;
	bool found;

	if (!profile_url(s->p->arena, text, &url, e))
		return err_wrap(e, "%s", s->option);
	if (!by_connection_string(s, url, &found, e))
		return false;
	return found || profile_of_variables(s->p->arena, url, s->p->environment,
					     env_person_has_display(s->p), &s->env->profile, e);
}

static bool parse_name(const struct parse *s, struct str name, struct err *e)
{
	struct env_file file;

	if (!env_file_check_name(name, e))
		return err_wrap(e, "%s", s->option);
	if (!env_file_read(&file, s->p, e))
		return false;
	if (ini_has(&file.ini, name))
		return profile_read(s->p->arena, &file.ini, file.path, name, &s->env->profile, e);
	env_file_no_such(&file, name, e);
	return err_wrap(e, "%s", s->option);
}

/* ---- all ---- */

static bool parse_local(const struct parse *s, const char *reference, struct err *e)
{
	const char *path = reference + S("local:").n;

	if (!*path)
		return err_set(e, ERR_USAGE, "%s local:: the file is missing; write local:FILE",
			       s->option);
	s->env->path = path;
	return true;
}

static bool parse_text(const struct parse *s, const char *reference, struct err *e)
{
	struct str text = str_from(reference);

	if (str_starts(text, S("local:")))
		return parse_local(s, reference, e);
	if (is_url(text))
		return parse_url(s, text, e);
	if (file_exists(reference))
		return err_set(e, ERR_USAGE, "%s %s: a file; did you mean local:%s?", s->option,
			       reference, reference);
	return parse_name(s, text, e);
}

static bool parse_variable(const struct parse *s, const char *name, struct err *e)
{
	const char *value = s->p->environment(name);

	if (!value || !*value)
		return err_set(e, ERR_USAGE, "%s env:%s: the variable %s is not set", s->option,
			       name, name);
	if (!connection_string_is(str_from(value)))
		return parse_text(s, value, e);
	return read_string(s, str_from(value), &s->env->profile, e) ||
	       err_wrap(e, "%s env:%s", s->option, name);
}

static bool apply_options(struct env *env, struct program *p, const char *option, struct err *e)
{
	struct env_options *o = &env->options;

	/* the variable may be set for all commands */
	if (env->path && o->record == p->environment("FERRY_RECORD"))
		o->record = NULL;
	if (env->path && o->record)
		return err_set(e, ERR_USAGE,
			       "--record is for an environment on a server; %s %s is a local one",
			       option, env->reference);
	if (env->path && o->impersonate)
		return err_set(
			e, ERR_USAGE,
			"--impersonate is for an environment on a server; %s %s is a local one",
			option, env->reference);
	if (o->concurrency > LIMIT_CONCURRENCY)
		return err_set(e, ERR_USAGE, "--concurrency: %u is more than %d", o->concurrency,
			       LIMIT_CONCURRENCY);
	if (!o->impersonate)
		return true;
	env->profile.impersonate = str_from(o->impersonate);
	return profile_check(&env->profile, e);
}

bool env_parse(struct env *env, struct program *p, const char *option, const char *reference,
	       const struct env_options *o, struct err *e)
{
	struct str text = str_from(reference);
	struct env parsed = { .reference = reference };
	struct parse s = { .p = p, .env = &parsed, .option = option };
	bool ok;

	if (o)
		parsed.options = *o;
	if (str_starts(text, S("env:")))
		ok = parse_variable(&s, reference + S("env:").n, e);
	else if (!str_starts(text, S("local:")) && !is_url(text) && connection_string_is(text))
		ok = err_set(
			e, ERR_USAGE,
			"%s: a connection string is not taken as an argument, which others on this machine can "
			"see; put it into a variable and write env:VARIABLE",
			option);
	else
		ok = parse_text(&s, reference, e);
	if (!ok || !apply_options(&parsed, p, option, e))
		return false;
	*env = parsed;
	return true;
}

bool env_open(struct env *env, struct program *p, bool write, struct err *e)
{
	if (!env->path) {
		if ((write && !env_person_confirms(p, env, e)) ||
		    !env_session_open(&env->session, p, env, e))
			return false;
		env->service = env_session_service(env->session);
		return true;
	}
	if (!org_open(&env->org, p->arena, env->path, write, e) ||
	    !reality_from_environment(p->arena, p->environment, env->org, e))
		return false;
	env->service = org_service(env->org);
	return true;
}

void env_counts(const struct env *env, uint64_t *throttled, uint64_t *retried)
{
	*throttled = *retried = 0;
	if (env->session)
		env_session_counts(env->session, throttled, retried);
}

bool env_finish(struct env *env, struct err *e)
{
	bool ok = !env->session || env_session_finish(env->session, e);

	env_close(env);
	return ok;
}

void env_close(struct env *env)
{
	org_close(&env->org);
	env_session_close(&env->session);
	env->service = NULL;
}

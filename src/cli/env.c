/* SPDX-License-Identifier: MIT */
/*
 * A local organization is the one kind of environment so far.
 */
#include "cli/env.h"

#include "base/file.h"
#include "org/app.h"
#include "cli/reality.h"

#include "base/banned.h"

bool env_parse(struct env *env, const char *option, const char *reference, struct err *e)
{
	struct str text = str_from(reference);

	if (str_starts(text, S("https://")) || str_starts(text, S("http://")))
		return err_set(
			e, ERR_USAGE,
			"%s %s: this ferry reaches local organizations only, not yet those on "
			"a server; write local:FILE",
			option, reference);
	if (str_eq(text, S("local:")))
		return err_set(e, ERR_USAGE, "%s %s: the file is missing; write local:FILE", option,
			       reference);
	if (!str_starts(text, S("local:")) && file_exists(reference))
		return err_set(e, ERR_USAGE, "%s %s: a file; did you mean local:%s?", option,
			       reference, reference);
	if (!str_starts(text, S("local:")))
		return err_set(e, ERR_USAGE,
			       "%s %s: there is no profile of that name; write local:FILE", option,
			       reference);
	*env = (struct env){ .reference = reference, .path = reference + S("local:").n };
	return true;
}

bool env_open(struct env *env, struct arena *a, bool write, struct err *e)
{
	if (!org_open(&env->org, a, env->path, write, e))
		return false;
	env->service = org_service(env->org);
	return true;
}

bool env_surround(struct env *env, struct arena *a, const char *(*environment)(const char *name),
		  struct err *e)
{
	return reality_from_environment(a, environment, env->org, e);
}

void env_close(struct env *env)
{
	org_close(&env->org);
	env->service = NULL;
}

/* SPDX-License-Identifier: MIT */
/*
 * A cache may be removed at any time, and nothing stops without one.
 */
#include "cli/kept.h"

#include "base/banned.h"

/* $XDG_CACHE_HOME counts only when absolute, as its specification says. */
const char *kept_metadata_folder(struct arena *a, const struct env *env,
				 const char *(*environment)(const char *name))
{
	const char *cache = environment("XDG_CACHE_HOME");
	const char *home = environment("HOME");

	/* a recorded conversation has to have everything in it */
	if (env->path || env->options.record)
		return NULL;
	if (cache && cache[0] == '/')
		return str_fmt(a, "%s/ferry/metadata", cache).p;
	return home && home[0] == '/' ? str_fmt(a, "%s/.cache/ferry/metadata", home).p : NULL;
}

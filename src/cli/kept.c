/* SPDX-License-Identifier: MIT */
/*
 * A cache may be removed at any time, and nothing stops without one.
 */
#include "cli/kept.h"

#include "cli/xdg.h"

#include "base/banned.h"

const char *kept_metadata_folder(struct arena *a, const struct env *env,
				 const char *(*environment)(const char *name))
{
	/* a recorded conversation has to have everything in it */
	if (env->path || env->options.record)
		return NULL;
	return xdg_path(a, environment, XDG_CACHE, "ferry/metadata");
}

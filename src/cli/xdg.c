/* SPDX-License-Identifier: MIT */
/*
 * One table: the variable of each folder, and where it is below the home folder.
 */
#include "cli/xdg.h"

#include "base/str.h"

#include "base/banned.h"

static const struct {
	const char *variable, *usual;
} folders[] = {
	[XDG_CONFIG] = { "XDG_CONFIG_HOME", ".config" },
	[XDG_CACHE] = { "XDG_CACHE_HOME", ".cache" },
	[XDG_STATE] = { "XDG_STATE_HOME", ".local/state" },
};

const char *xdg_path(struct arena *a, const char *(*environment)(const char *name),
		     enum xdg_folder folder, const char *below)
{
	const char *own = environment(folders[folder].variable);
	const char *home = environment("HOME");

	if (own && own[0] == '/')
		return str_fmt(a, "%s/%s", own, below).p;
	if (home && home[0] == '/')
		return str_fmt(a, "%s/%s/%s", home, folders[folder].usual, below).p;
	return NULL;
}

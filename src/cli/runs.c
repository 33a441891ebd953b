/* SPDX-License-Identifier: MIT */
/*
 * Names begin with the time, so the first in order is the oldest. Only names of the exact form are removed.
 */
#include "cli/runs.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/vec.h"
#include "cli/xdg.h"

#include "base/banned.h"

#define NAME_FORM "dddddddd?dddddd?-hhhhhhhh.run" /* d: digit, h: hex digit, ?: T or Z */

static bool folder(struct arena *a, const char *(*environment)(const char *), struct str *out,
		   struct err *e)
{
	const char *path = xdg_path(a, environment, XDG_STATE, "ferry/runs");

	if (!path)
		return err_set(
			e, ERR_USAGE,
			"there is no place for the run file: neither XDG_STATE_HOME nor HOME is "
			"an absolute path; --out says where it goes");
	*out = str_from(path);
	return true;
}

bool runs_path(struct arena *a, const char *(*environment)(const char *name), struct datetime now,
	       struct rng *rng, const char **out, struct err *e)
{
	struct civil c = datetime_to_civil(now);
	struct str directory;

	if (!folder(a, environment, &directory, e))
		return false;
	if (!file_make_directory(str_cstr(a, directory), 0700, e))
		return err_wrap(e, "making the folder of the run files");
	*out = str_fmt(a, "%.*s/%04d%02d%02dT%02d%02d%02dZ-%08" PRIx32 ".run", STR_ARG(directory),
		       c.year, c.month, c.day, c.hour, c.minute, c.second,
		       (uint32_t)(rng_next(rng) >> 32))
		       .p;
	return true;
}

static bool fits(char form, char c)
{
	switch (form) {
	case 'd':
		return c >= '0' && c <= '9';
	case 'h':
		return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
	case '?':
		return c == 'T' || c == 'Z';
	default:
		return c == form;
	}
}

static bool is_run_name(const char *name)
{
	static const char form[] = NAME_FORM;

	if (strlen(name) != sizeof(form) - 1)
		return false;
	for (size_t i = 0; form[i]; i++) {
		if (!fits(form[i], name[i]))
			return false;
	}
	return true;
}

static void close_folder(DIR **d)
{
	if (*d)
		closedir(*d);
}

static int newest_first(const void *a, const void *b)
{
	return strcmp(*(const char *const *)b, *(const char *const *)a);
}

bool runs_prune(const char *path, struct err *e)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	VEC(const char *) names = { 0 };
	const char *slash = strrchr(path, '/');

	assert(slash);
	struct str directory = str_of(path, (size_t)(slash - path));
	DEFER(close_folder) DIR *d = opendir(str_cstr(&a, directory));

	while (d) {
		const struct dirent *entry = readdir(d);

		if (!entry)
			break;
		if (is_run_name(entry->d_name))
			*VEC_PUSH(&a, &names) = str_cstr(&a, str_from(entry->d_name));
	}
	if (names.n > RUNS_KEPT)
		qsort(names.p, names.n, sizeof(*names.p), newest_first);
	for (size_t i = RUNS_KEPT; i < names.n; i++) {
		struct str old = str_fmt(&a, "%.*s/%s", STR_ARG(directory), names.p[i]);

		if (!file_remove(str_cstr(&a, old), e))
			return false;
	}
	return true;
}

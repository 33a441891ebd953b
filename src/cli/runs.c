/* SPDX-License-Identifier: MIT */
/*
 * Names begin with the time, the ticks of the second included, so the first in order is the oldest. Only names of the exact
 * form are removed.
 */
#include "cli/runs.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/vec.h"
#include "move/run.h"
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
	*out = str_fmt(a, "%.*s/%04d%02d%02dT%02d%02d%02dZ-%06x%02x.run", STR_ARG(directory),
		       c.year, c.month, c.day, c.hour, c.minute, c.second, (unsigned)c.ticks,
		       (unsigned)(rng_next(rng) >> 56))
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

/* Names of run files in a folder, the newest first; a folder that is not there has none. */
static void list_names(struct arena *a, struct str directory, struct run_paths *out)
{
	DEFER(close_folder) DIR *d = opendir(str_cstr(a, directory));
	VEC(const char *) names = { 0 };

	while (d) {
		const struct dirent *entry = readdir(d);

		if (!entry)
			break;
		if (is_run_name(entry->d_name))
			*VEC_PUSH(a, &names) = str_cstr(a, str_from(entry->d_name));
	}
	if (names.n > 1)
		qsort(names.p, names.n, sizeof(*names.p), newest_first);
	*out = (struct run_paths){ names.p, names.n };
}

static const char *path_in(struct arena *a, struct str directory, const char *name)
{
	return str_cstr(a, str_fmt(a, "%.*s/%s", STR_ARG(directory), name));
}

bool runs_remove(const char *path, struct err *e)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	const char *journal = str_cstr(&a, str_fmt(&a, "%s-journal", path));
	DEFER(run_close) struct run run = { 0 };

	if (file_exists(path) && !run_open(&run, &a, path, true, e) && e->kind == ERR_USAGE)
		return false;
	run_close(&run);
	return (!file_exists(path) || file_remove(path, e)) &&
	       (!file_exists(journal) || file_remove(journal, e));
}

bool runs_prune(const char *path, struct err *e)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	const char *slash = strrchr(path, '/');
	struct run_paths names;

	assert(slash);
	struct str directory = str_of(path, (size_t)(slash - path));

	list_names(&a, directory, &names);
	for (size_t i = RUNS_KEPT; i < names.n; i++)
		if (!runs_remove(path_in(&a, directory, names.p[i]), e))
			return false;
	return true;
}

bool runs_list(struct arena *a, const char *(*environment)(const char *name), struct run_paths *out,
	       struct err *e)
{
	struct run_paths names;
	struct str directory;

	if (!folder(a, environment, &directory, e))
		return false;
	list_names(a, directory, &names);
	for (size_t i = 0; i < names.n; i++)
		names.p[i] = path_in(a, directory, names.p[i]);
	*out = names;
	return true;
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* What begins so, or whose id does. */
static bool is_meant(const char *path, struct str word)
{
	struct str name = str_from(name_of(path));
	size_t dash = str_find_char(name, '-');

	return str_starts(name, word) ||
	       (dash != STR_NONE && str_starts(str_skip(name, dash + 1), word));
}

static bool several(const char *word, const char *first, const char *second, struct err *e)
{
	return err_set(e, ERR_USAGE,
		       "%s: several runs are meant, as %s and %s; say more of the name", word,
		       name_of(first), name_of(second));
}

bool runs_find(struct arena *a, const char *(*environment)(const char *name), const char *word,
	       const char **path, struct err *e)
{
	struct run_paths runs;
	const char *found = NULL;
	bool last = strcmp(word, "last") == 0;

	if (strchr(word, '/') || file_exists(word)) {
		*path = word;
		return true;
	}
	if (!runs_list(a, environment, &runs, e))
		return false;
	for (size_t i = 0; i < runs.n && !(last && found); i++) {
		if (!last && !is_meant(runs.p[i], str_from(word)))
			continue;
		if (found)
			return several(word, found, runs.p[i], e);
		found = runs.p[i];
	}
	if (!found)
		return err_set(
			e, ERR_USAGE,
			"%s: there is no such run: neither a file, nor one of those that \"ferry runs list\" shows",
			word);
	*path = found;
	return true;
}

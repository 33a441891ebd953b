/* SPDX-License-Identifier: MIT */
/*
 * Guards what is there already: a slip of the pen after --overwrite must not cost an organization or a
 * folder of letters. A package without .zip is a folder, and replacing a folder removes all that is in it;
 * so only one that looks like a package, or an empty one, is replaced.
 */
#include "cli/output.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "dv/recording.h"
#include "move/run.h"

#include "base/banned.h"

static bool refuse_existing(const char *path, struct err *e)
{
	return err_set(e, ERR_USAGE, "%s exists already; --overwrite replaces it", path);
}

static void close_folder(DIR **d)
{
	if (*d)
		closedir(*d);
}

/* Empty, or with data_schema.xml in it. */
static bool looks_like_package(const char *path)
{
	DEFER(close_folder) DIR *d = opendir(path);
	bool empty = true;

	while (d) {
		const struct dirent *entry = readdir(d);

		if (!entry)
			return empty;
		if (strcmp(entry->d_name, "data_schema.xml") == 0)
			return true;
		if (entry->d_name[0] != '.') /* hidden ones stay */
			empty = false;
	}
	return false;
}

bool output_has_folder(const char *path, struct err *e)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct str folder = str_from(path);

	while (folder.n > 1 && folder.p[folder.n - 1] == '/')
		folder.n--;
	while (folder.n > 0 && folder.p[folder.n - 1] != '/')
		folder.n--;
	if (folder.n == 0 || file_is_directory(str_cstr(&a, folder)))
		return true;
	return err_set(e, ERR_USAGE, "%s: there is no folder %.*s", path, STR_ARG(folder));
}

/* The start of the file, or an empty slice; what cannot be read is not of our kind. */
static struct str head_of(const char *path, char *out, size_t n)
{
	DEFER(file_source_close) struct file_source f = { .fd = -1 };
	struct err ignored;
	size_t got = 0;

	if (!file_source_open(&f, path, &ignored) ||
	    !f.source.read(&f.source, out, n, &got, &ignored))
		got = 0;
	return str_of(out, got);
}

static bool looks_like_zip(const char *path)
{
	char head[4];

	return str_starts(head_of(path, head, sizeof(head)), S("PK"));
}

/* SQLite keeps the application's number in big-endian order at byte 68 (sqlite.org/fileformat). */
static bool looks_like_run(const char *path)
{
	static const unsigned char number[] = {
		RUN_APPLICATION_ID >> 24 & 0xff,
		RUN_APPLICATION_ID >> 16 & 0xff,
		RUN_APPLICATION_ID >> 8 & 0xff,
		RUN_APPLICATION_ID & 0xff,
	};
	char head[72];
	struct str found = head_of(path, head, sizeof(head));

	return str_starts(found, S("SQLite format 3")) && found.n == sizeof(head) &&
	       memcmp(head + 68, number, sizeof(number)) == 0;
}

static bool refuse_other(const char *path, const char *kind, struct err *e)
{
	return err_set(e, ERR_USAGE, "%s is not a %s; ferry does not replace it", path, kind);
}

static bool output_folder(const char *path, struct err *e)
{
	if (!file_is_directory(path))
		return err_set(
			e, ERR_USAGE,
			"%s is a file, but a package whose name does not end in .zip is a folder",
			path);
	if (!looks_like_package(path))
		return err_set(
			e, ERR_USAGE,
			"%s is a folder that holds other things than a package; ferry does not "
			"replace it",
			path);
	return true;
}

bool output_package(const char *path, bool overwrite, struct err *e)
{
	if (!output_has_folder(path, e))
		return false;
	if (!file_exists(path))
		return true;
	if (!overwrite)
		return refuse_existing(path, e);
	if (!str_ends(str_from(path), S(".zip")))
		return output_folder(path, e);
	return looks_like_zip(path) || refuse_other(path, "zip file", e);
}

/* Files at the top that are neither a package's nor hidden would go with the folder. */
static bool has_stranger(const char *path, char *out, size_t size)
{
	static const char *const ours[] = { "ferry.xml", "data.xml", "data_schema.xml",
					    "[Content_Types].xml" };
	DEFER(close_folder) DIR *d = opendir(path);

	for (const struct dirent *entry = d ? readdir(d) : NULL; entry; entry = readdir(d)) {
		bool known = entry->d_name[0] == '.' || entry->d_type == DT_DIR;

		for (size_t i = 0; i < COUNT_OF(ours) && !known; i++)
			known = strcmp(entry->d_name, ours[i]) == 0;
		if (known)
			continue;
		snprintf(out, size, "%s", entry->d_name);
		return true;
	}
	return false;
}

bool output_tree(const char *path, bool overwrite, struct err *e)
{
	char name[256];

	if (!output_has_folder(path, e))
		return false;
	if (!file_exists(path))
		return true;
	if (!overwrite)
		return refuse_existing(path, e);
	if (!output_folder(path, e))
		return false;
	return !has_stranger(path, name, sizeof(name)) ||
	       err_set(e, ERR_USAGE,
		       "%s holds %s, which is no part of a package; ferry does not replace the "
		       "folder",
		       path, name);
}

bool output_run(const char *path, bool overwrite, struct err *e)
{
	if (!output_has_folder(path, e))
		return false;
	if (!file_exists(path))
		return true;
	if (!overwrite)
		return refuse_existing(path, e);
	return looks_like_run(path) || refuse_other(path, "run file", e);
}

bool output_recording(const char *path, bool overwrite, struct err *e)
{
	if (!output_has_folder(path, e))
		return err_wrap(e, "--record");
	if (!file_exists(path))
		return true;
	if (!recording_is(path))
		return err_set(e, ERR_USAGE,
			       "--record: %s is not a recording; ferry does not replace it", path);
	return overwrite ||
	       err_set(e, ERR_USAGE,
		       "--record: %s exists already; --overwrite replaces it, or name another file",
		       path);
}

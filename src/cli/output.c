/* SPDX-License-Identifier: MIT */
/*
 * Guards what is there already. A package without .zip is a folder, and replacing a folder removes all
 * that is in it; so only a folder that looks like a package, or an empty one, is replaced.
 */
#include "cli/output.h"

#include <dirent.h>
#include <string.h>

#include "base/file.h"

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
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			empty = false;
	}
	return false;
}

bool output_package(const char *path, bool overwrite, struct err *e)
{
	bool zip = str_ends(str_from(path), S(".zip"));

	if (!file_exists(path))
		return true;
	if (zip)
		return output_file(path, overwrite, e);
	if (!overwrite)
		return refuse_existing(path, e);
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

bool output_file(const char *path, bool overwrite, struct err *e)
{
	if (!file_exists(path))
		return true;
	if (file_is_directory(path))
		return err_set(e, ERR_USAGE, "%s is a folder", path);
	return overwrite || refuse_existing(path, e);
}

/* SPDX-License-Identifier: MIT */
/*
 * The recorded data that lies beside the project, and the project's own files. Tests skip what is absent.
 */
#ifndef FERRY_TESTS_UNIT_DV_SHARED_H
#define FERRY_TESTS_UNIT_DV_SHARED_H

#include "../base/expect.h"

#include <dirent.h>

#include "base/arena.h"
#include "base/file.h"

/* A path below the source tree; lives until the next call. */
static inline const char *source_path(const char *path)
{
	static char text[4096];
	const char *root = getenv("FERRY_SOURCE_ROOT");
	snprintf(text, sizeof(text), "%s/%s", root ? root : ".", path);
	return text;
}

/* A path below FERRY_SHARED; lives until the next call. */
static inline const char *shared_path(const char *path)
{
	static char text[8192];
	const char *shared = getenv("FERRY_SHARED");
	if (shared)
		snprintf(text, sizeof(text), "%s/%s", shared, path);
	else
		snprintf(text, sizeof(text), "%s/%s", source_path("../shared"), path);
	return text;
}

/* The text of a file; skips the test when it is absent. Skipping jumps: allocate nothing before. */
static inline struct str file_or_skip(struct arena *a, const char *path)
{
	struct str text = { 0 };
	struct err e;
	if (!file_exists(path))
		skip();
	if (!file_read(a, path, (size_t)64 << 20, &text, &e))
		fail_msg("%s", e.msg);
	return text;
}

/* Calls one(path) for each file of the folder whose name holds `part`; skips when the folder is absent. */
static inline size_t each_file(struct arena *a, const char *folder, const char *part,
			       void (*one)(struct arena *a, const char *path))
{
	size_t n = 0;
	DIR *dir = opendir(folder);
	if (!dir)
		skip();
	for (struct dirent *d = readdir(dir); d; d = readdir(dir)) {
		if (!strstr(d->d_name, part))
			continue;
		one(a, str_cstr(a, str_fmt(a, "%s/%s", folder, d->d_name)));
		n++;
	}
	closedir(dir);
	return n;
}

#endif

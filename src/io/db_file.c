/* SPDX-License-Identifier: MIT */
/*
 * A database's file, before SQLite opens it.
 */
#include "io/db_file.h"

#include "base/file.h"

#include "base/banned.h"

const char *db_file_name(struct arena *a, const char *path, enum db_mode mode)
{
	if (mode == DB_MEMORY)
		return "";
	return path[0] == ':' ? str_cstr(a, str_fmt(a, "./%s", path)) : path;
}

bool db_file_prepare(const char *path, enum db_mode mode, struct err *e)
{
	if (mode == DB_MEMORY)
		return true;
	if (mode == DB_READ || mode == DB_WRITE || mode == DB_SHARED) {
		uint64_t size = 0;

		return file_size(path, &size, e);
	}
	DEFER(file_sink_close) struct file_sink created = { .fd = -1 };

	if (file_exists(path))
		return err_set(e, ERR_USAGE, "%s: exists already", path);
	return file_sink_open(&created, path, 0600, e);
}

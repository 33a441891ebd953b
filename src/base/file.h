/* SPDX-License-Identifier: MIT */
/*
 * Files by path. An output appears under its name complete or not at all: it is written beside its
 * destination under a temporary name and renamed at the end. Paths are byte strings with a NUL.
 * An input that cannot be read is ERR_INPUT. An output that cannot stand where it should (exists, no
 * such folder, no permission) is ERR_USAGE; a full disk or a failing device is ERR_INTERNAL.
 */
#ifndef FERRY_BASE_FILE_H
#define FERRY_BASE_FILE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/sink.h"
#include "base/str.h"

/* ERR_INPUT when missing, unreadable or larger than max. */
MUST_CHECK bool file_read(struct arena *a, const char *path, size_t max, struct str *out,
			  struct err *e);

bool file_exists(const char *path);
bool file_is_directory(const char *path);
/* ERR_INPUT when missing, or a folder, pipe or device. */
MUST_CHECK bool file_size(const char *path, uint64_t *out, struct err *e);
/* Directory and its parents; an existing one is fine. mode e.g. 0700. */
MUST_CHECK bool file_make_directory(const char *path, unsigned mode, struct err *e);
/* A file, or a directory with all in it; a missing one is fine. Symbolic links are removed, not followed. */
MUST_CHECK bool file_remove(const char *path, struct err *e);

/* Reading as a stream. */
struct file_source {
	struct source source;
	int fd; /* -1 when closed */
	const char *path;
};
MUST_CHECK bool file_source_open(struct file_source *f, const char *path, struct err *e);
void file_source_close(struct file_source *f); /* fits DEFER */
/* In a folder that strangers may have filled: a symbolic link, a pipe, a device are ERR_INPUT. */
MUST_CHECK bool file_source_open_regular(struct file_source *f, const char *path, struct err *e);
bool file_is_real_directory(const char *path); /* and no symbolic link to one */

/*
 * The temporary name for an output: "<dir>/.<base>.<random>.part", on the arena. Nothing is created.
 * file_commit renames it over the destination (both on one file system) and flushes the directory; a
 * destination that is a directory is replaced as a whole.
 */
const char *file_temp_name(struct arena *a, const char *destination);
MUST_CHECK bool file_commit(const char *temp, const char *destination, struct err *e);
/*
 * The same for a directory; what begins with a dot (.git) in the one that is replaced goes over to the new
 * one. On failure `temp` is removed, unless that would take something of the old one with it.
 */
MUST_CHECK bool file_commit_keeping(const char *temp, const char *destination, struct err *e);

/* Writing as a stream to `path`, created with `mode`, refused when it exists. close flushes to disk. */
struct file_sink {
	struct sink sink;
	int fd; /* -1 when closed */
	const char *path;
};
MUST_CHECK bool file_sink_open(struct file_sink *f, const char *path, unsigned mode, struct err *e);
MUST_CHECK bool file_sink_finish(struct file_sink *f, struct err *e);
void file_sink_close(struct file_sink *f); /* without flushing; fits DEFER; fine after finish */
/* For outputs of many small files: a new file with these bytes, which is not flushed. */
MUST_CHECK bool file_write(const char *path, unsigned mode, struct str bytes, struct err *e);

#endif

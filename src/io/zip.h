/* SPDX-License-Identifier: MIT */
/*
 * Zip files, as hostile input and as CMT's output. Opening lists every entry and refuses what no package
 * holds: encrypted entries, duplicate names (ignoring case), names that leave the folder, absolute names,
 * more than LIMIT_ZIP_ENTRIES, a ratio above LIMIT_ZIP_RATIO. The CRC is known only at the end of an
 * entry: zip_source's last read (got == 0) checks it and the size, so act only after that.
 */
#ifndef FERRY_IO_ZIP_H
#define FERRY_IO_ZIP_H

#include "base/arena.h"
#include "base/datetime.h"
#include "base/err.h"
#include "base/sink.h"
#include "base/str.h"

struct zip;

struct zip_entry {
	struct str name;
	uint64_t size; /* uncompressed */
	uint64_t compressed;
	bool directory; /* the name ends with '/' */
};

/* ERR_INPUT "path: not a zip file, or cut off", "path: entry name: ...". */
MUST_CHECK bool zip_open(struct zip **out, struct arena *a, const char *path, struct err *e);
void zip_close(struct zip **z); /* fits DEFER; closes an open entry */

const struct zip_entry *zip_entries(const struct zip *z, size_t *n);
/* By exact name; NULL when absent. */
const struct zip_entry *zip_find(const struct zip *z, struct str name);

/* One entry at a time. The source belongs to the zip and ends with zip_entry_close or the next open. */
MUST_CHECK bool zip_entry_open(struct zip *z, const struct zip_entry *entry, struct source **out,
			       struct err *e);
void zip_entry_close(struct zip *z);

/* What is wrong with a name for an entry: absolute, leads elsewhere, control characters; NULL: nothing. */
const char *zip_bad_name(struct str name);

/* Writing to a new file at `path` (a temporary name: see file_commit). */
struct zip_writer;
MUST_CHECK bool zip_writer_open(struct zip_writer **out, struct arena *a, const char *path,
				struct err *e);
/* Deflated, level 6, UTF-8 names, the given local time stamp; large: the entry may pass 4 GiB. */
MUST_CHECK bool zip_writer_entry(struct zip_writer *w, struct str name, struct datetime when,
				 bool large, struct sink **out, struct err *e);
/* Ends the current entry. */
MUST_CHECK bool zip_writer_entry_end(struct zip_writer *w, struct err *e);
/* Writes the directory and closes; without it zip_writer_close leaves a broken file to be removed. */
MUST_CHECK bool zip_writer_finish(struct zip_writer *w, struct err *e);
void zip_writer_close(struct zip_writer **w); /* fits DEFER */

#endif

/* SPDX-License-Identifier: MIT */
/*
 * Files and images of a comparison are known by their content, as in a run (move/file_cell.h): a package's by the bytes that it
 * has under the id that data.xml tells. An id without bytes stays what it is.
 */
#ifndef FERRY_MOVE_DIFF_FILES_H
#define FERRY_MOVE_DIFF_FILES_H

#include "base/map.h"
#include "base/vec.h"
#include "dv/package.h"
#include "move/progress.h"

struct diff_files {
	VEC(struct str) hashes;
	struct map by_entry; /* names of entries, in lower case */
};

/* Reads all files of a package; before its first event. */
MUST_CHECK bool diff_files_read(struct diff_files *f, struct arena *a, struct package *p,
				const struct progress *progress, struct err *e);
/* Into a told cell, if the package has the bytes. */
void diff_files_put(const struct diff_files *f, struct arena *page, struct value *v);
/* An image's base64 into a told cell. ERR_INPUT: it is none. */
MUST_CHECK bool diff_files_image(struct arena *page, struct value *v, struct err *e);

#endif

/* SPDX-License-Identifier: MIT */
/*
 * The contents of file and image columns in a package (facts/cmt-format.md 1.6, 1.7): a file's bytes are an entry of their own, an
 * image's stand in the field as base64.
 */
#ifndef FERRY_MOVE_FILE_PACKAGE_H
#define FERRY_MOVE_FILE_PACKAGE_H

#include "dv/package.h"
#include "move/job.h"

/* An image's field, read from base64, becomes a told cell. ERR_INPUT: it is no base64. */
MUST_CHECK bool file_package_image(struct job *j, struct value *v, struct err *e);
/*
 * After the package's last event: the raw cells of the SOURCE side become told ones. A row whose file is not in the package
 * fails; entries that no row names are passed over.
 */
MUST_CHECK bool file_package_load(struct job *j, struct package *p, struct err *e);

/* A row's told cells as the package's values. What `text` held of another row is gone. */
MUST_CHECK bool file_package_values(struct job *j, const struct tab *t, struct value *values,
				    struct buf *text, struct err *e);
/* After the last table: the files that the SOURCE side's cells name, each once. */
MUST_CHECK bool file_package_save(struct job *j, struct package_writer *w, struct err *e);

#endif

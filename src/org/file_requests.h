/* SPDX-License-Identifier: MIT */
/*
 * File and image columns over HTTP (facts/webapi.md 2.7): the column is a resource of its own below its row. The
 * messages that do the same stand in file_messages.h.
 */
#ifndef FERRY_ORG_FILE_REQUESTS_H
#define FERRY_ORG_FILE_REQUESTS_H

#include "org/call.h"
#include "org/files.h"

/* Files and images. */
bool files_is_column(const struct column *c);

/*
 * PATCH set(id)/column: a whole file, the beginning of a chunked upload (x-ms-transfer-mode: chunked), or with
 * ?sessiontoken= one of its chunks. Runs inside call_write.
 */
MUST_CHECK bool files_upload(struct call *c, struct err *e);
/* GET set(id)/column/$value, of a column that files_is_column; with ?size=full an image in full size. */
MUST_CHECK bool files_download(struct call *c, const struct table *t, struct guid id,
			       const struct column *column, struct err *e);
/*
 * GET set(id)/column of a file, or with ?size=full of an image: JSON with the bytes in base64, those of the header
 * Range if there is one; clients that download in chunks read this form.
 */
MUST_CHECK bool files_property(struct call *c, const struct table *t, struct guid id,
			       const struct column *column, struct err *e);
/* DELETE set(id)/column, of such a column. Runs inside call_write. */
MUST_CHECK bool files_delete(struct call *c, const struct table *t, struct guid id,
			     const struct column *column, struct err *e);

/* For the messages. The row and the column exist, and the column can be written. */
MUST_CHECK bool files_check_place(struct call *c, const struct file_place *place, bool write,
				  struct err *e);
/* The upload is the column's value from now on. */
MUST_CHECK bool files_commit(struct call *c, struct file *f, struct err *e);
/* The column no longer has a value. */
MUST_CHECK bool files_unset(struct call *c, const struct file_place *place, struct err *e);
bool files_fail_missing(struct call *c, const struct file_place *place, struct err *e); /* 404 */

#endif

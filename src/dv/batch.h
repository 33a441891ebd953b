/* SPDX-License-Identifier: MIT */
/*
 * multipart/mixed bodies of $batch, both ways (facts/webapi.md 3.1). Requests are written and read, and so
 * are answers; change sets are nested parts.
 */
#ifndef FERRY_DV_BATCH_H
#define FERRY_DV_BATCH_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "dv/service.h"

/* Writing. `boundary` is a token like batch_<guid>. Paths are written as /api/data/v9.2/<target>. */
void batch_write_request(struct buf *out, struct str boundary, struct str content_id,
			 const struct request *r);
void batch_write_response(struct buf *out, struct str boundary, struct str content_id,
			  const struct response *r);
/* Opens a change set part inside `boundary`; its parts and end use `inner`. */
void batch_write_changeset(struct buf *out, struct str boundary, struct str inner);
void batch_write_end(struct buf *out, struct str boundary);

/* Reading: one part after the other. */
struct batch_reader {
	struct str rest;
	struct str boundary;
	size_t parts; /* given so far; LIMIT_BATCH_PARTS ends the reading */
	bool started, ended;
};
struct batch_part {
	struct str content_type; /* lower case, without parameters */
	struct str boundary;     /* of a nested multipart/mixed; else empty */
	struct str content_id;
	struct str body; /* of the part: an HTTP message or a nested multipart */
};
/* The boundary parameter of a Content-Type value; quotes taken off. ERR_BAD_REQUEST. */
MUST_CHECK bool batch_boundary(struct str content_type, struct str *out, struct err *e);
struct batch_reader batch_reader_make(struct str body, struct str boundary);
/* *more is false at the end. CRLF and LF are both read. ERR_BAD_REQUEST on a malformed part. */
MUST_CHECK bool batch_next(struct batch_reader *r, struct arena *a, struct batch_part *out,
			   bool *more, struct err *e);

/* The HTTP message of a part. The request's target is taken below the service root, whether it was
 * written relative, host-relative or absolute, and whatever the version. */
MUST_CHECK bool batch_read_request(struct arena *a, struct str message, struct request *out,
				   struct err *e);
MUST_CHECK bool batch_read_response(struct arena *a, struct str message, struct response *out,
				    struct err *e);

#endif

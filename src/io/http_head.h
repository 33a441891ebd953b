/* SPDX-License-Identifier: MIT */
/*
 * Private to this room: what comes before the body of an answer, line by line. Interim answers (1xx) and what a
 * proxy asked for first are forgotten when the next status line comes; trailers are not kept.
 */
#ifndef FERRY_IO_HTTP_HEAD_H
#define FERRY_IO_HTTP_HEAD_H

#include "base/vec.h"
#include "io/http.h"

struct http_head {
	VEC(struct http_header) headers;
	size_t size; /* of all lines */
	int status;  /* a final one; 0: none yet */
	bool ended;  /* the empty line was there */
};

/* One line with its end; copied onto `a`. False: all together are larger than LIMIT_HTTP_HEADERS. */
MUST_CHECK bool http_head_add(struct http_head *head, struct arena *a, struct str line);

#endif

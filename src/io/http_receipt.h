/* SPDX-License-Identifier: MIT */
/*
 * Private to this room: what of an answer has arrived, whatever brings it, and what is told to people when that is not
 * all. Limits are kept here.
 */
#ifndef FERRY_IO_HTTP_RECEIPT_H
#define FERRY_IO_HTTP_RECEIPT_H

#include "base/buf.h"
#include "io/http_head.h"

struct http_receipt {
	const struct http_options *options;
	struct http_request request; /* of it, what is asked and where the body goes */
	struct str host;             /* with its port, for messages */
	struct http_head head;
	struct buf body;
	uint64_t received; /* of the body, unpacked */
	bool strange;      /* the answer is that of another request */
	enum http_outcome outcome;
	struct err failure;
};

/* Both: false when nothing more is to come; then outcome is no longer HTTP_ANSWERED. */
MUST_CHECK bool http_receipt_line(struct http_receipt *r, struct arena *a, unsigned connection,
				  struct str line);
/* `came`: bytes of the body so far, packed. */
MUST_CHECK bool http_receipt_bytes(struct http_receipt *r, struct str bytes, uint64_t came);

/* Tells host, what, and why: `words`. What has its own error already (a sink, a limit) keeps it. */
void http_receipt_fail(struct http_receipt *r, struct str words);

#endif

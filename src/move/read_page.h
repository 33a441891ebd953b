/* SPDX-License-Identifier: MIT */
/*
 * One page of a query: its request, and its answer as the bytes arrive.
 */
#ifndef FERRY_MOVE_READ_PAGE_H
#define FERRY_MOVE_READ_PAGE_H

#include "base/map.h"
#include "base/vec.h"
#include "io/json.h"
#include "move/read.h"
#include "move/read_batched.h"

struct read_page {
	const struct read_query *query;
	unsigned number; /* from 1 on */
	/* Called at its first row: what stands before the rows tells whether there is a page after it. */
	bool (*began)(void *context, struct read_page *p, struct err *e);
	void *context;
	bool in_flight;
	bool followed;           /* the page after it is on its way already */
	bool stray;              /* nothing follows from where it ends */
	uint64_t led_to;         /* the hash of the cookie with which that one was asked for */
	VEC(struct guid) ids;    /* of the rows that were handed on */
	struct map seen;         /* the same, once the page had to come again */
	struct arena rows_arena; /* of the row that is arriving */
	struct arena kept;       /* ids and seen */
	struct json_rows rows;
	struct read_batched batched;
	struct buf target, prefer, body;
	struct header headers[2];
	struct request request;
	const bool *stopped; /* nobody wants the rest */
	bool in_batch, restarted, has_begun;
};

void read_page_init(struct read_page *p, const bool *stopped);
void read_page_release(struct read_page *p);

/*
 * Makes p->request for this FetchXML. One that is too long for a URL of its own travels inside a $batch, where URLs may be twice
 * as long (facts/webapi.md 1.1). ERR_INPUT: it is too long for that, too.
 */
MUST_CHECK bool read_page_begin(struct read_page *p, const struct read_query *query,
				struct str annotations, struct str fetchxml, struct err *e);
/* The same for a link to the next page, relative to the root of the service. */
MUST_CHECK bool read_page_follow(struct read_page *p, const struct read_query *query,
				 struct str annotations, struct str target, struct err *e);
/* What stands before the rows that arrive, as an object; false: it is not to be read yet. */
MUST_CHECK bool read_page_head(const struct read_page *p, struct arena *a, struct json *out);
/* When its answer is there: what is around the rows, on the arena of rows until the page begins anew. */
MUST_CHECK bool read_page_end(struct read_page *p, const struct response *answer,
			      struct json *envelope, struct err *e);

#endif

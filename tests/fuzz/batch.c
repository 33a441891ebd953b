/* SPDX-License-Identifier: MIT */
/*
 * Batches: the first line is the content type, the rest the body. A request that was read is read again the
 * same when a batch with it is written.
 */
#include "fuzz.h"

#include "dv/batch.h"

#include "base/banned.h"

#define NESTED_MAX 4

/* A carriage return inside a line becomes a blank when it is written. */
static bool is_plain(struct str message)
{
	for (size_t i = 0; i < message.n; i++) {
		if (message.p[i] == '\r' && (i + 1 == message.n || message.p[i + 1] != '\n'))
			return false;
	}
	return true;
}

static void check_request(struct arena *a, const struct request *r)
{
	DEFER(buf_release) struct buf out = buf_make(0);
	struct str boundary = S("boundary_of_our_own");
	struct batch_part part = { 0 };
	struct request again = { 0 };
	bool more = false;
	struct err e;

	if (str_find(r->body, boundary) != STR_NONE)
		return;
	batch_write_request(&out, boundary, S("1"), r);
	batch_write_end(&out, boundary);

	struct batch_reader reader = batch_reader_make(buf_str(&out), boundary);
	bool read = batch_next(&reader, a, &part, &more, &e) && more &&
		    batch_read_request(a, part.body, &again, &e);

	assert(read);
	assert(again.method == r->method && str_eq(again.target, r->target));
	assert(again.nheaders == r->nheaders && str_eq(again.body, r->body));
}

static void read_parts(struct arena *a, struct str body, struct str boundary, int depth)
{
	struct batch_reader reader = batch_reader_make(body, boundary);
	struct batch_part part;
	struct request request;
	struct response response;
	bool more = true;
	struct err e;

	while (batch_next(&reader, a, &part, &more, &e) && more) {
		if (part.boundary.n > 0 && depth < NESTED_MAX)
			read_parts(a, part.body, part.boundary, depth + 1);
		if (batch_read_request(a, part.body, &request, &e) && is_plain(part.body))
			check_request(a, &request);
		(void)!batch_read_response(a, part.body, &response, &e);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct str body = fuzz_text(data, size);
	struct str content_type = str_trim(fuzz_take(&body, '\n'));
	struct str boundary;
	struct err e;

	if (!batch_boundary(content_type, &boundary, &e)) {
		assert(e.kind == ERR_BAD_REQUEST);
		return 0;
	}
	read_parts(&a, body, boundary, 0);
	return 0;
}

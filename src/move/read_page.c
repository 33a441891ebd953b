/* SPDX-License-Identifier: MIT */
/*
 * A page. Its rows are handed on one at a time while it arrives. When its body breaks off and comes again, the parser starts
 * anew, and the rows that were handed on already are passed over by their ids: so the result is exact also when
 * rows came, went or changed in between.
 */
#include "move/read_page.h"

#include "base/limits.h"
#include "dv/batch.h"
#include "dv/odata.h"
#include "move/read_request.h"

#include "base/banned.h"

#define BOUNDARY "batch_ferry_read"
/* Below the limits by what the root of the service may take. */
#define URL_ROOM ((size_t)512)
#define URL_DIRECT (LIMIT_URL / 2 - URL_ROOM)
#define URL_BATCHED (LIMIT_URL - URL_ROOM)

static struct str id_bytes(const struct guid *id)
{
	return str_of((const char *)id->b, sizeof(id->b));
}

static bool take_row(void *context, const struct json *json, struct err *e)
{
	struct read_page *p = context;
	const struct read_query *q = p->query;
	struct read_row row = { .values = arena_array(&p->rows_arena, struct value, q->n) };
	uint32_t index;

	if (*p->stopped)
		return err_set(e, ERR_CANCELLED, "another query failed");
	if (!p->has_begun && !p->began(p->context, p, e))
		return false;
	p->has_begun = true;
	if (!odata_row_read(&p->rows_arena, q->table, q->columns, q->n, json, &row.id, &row.version,
			    row.values, e))
		return false;
	if (p->restarted && map_get(&p->seen, id_bytes(&row.id), &index))
		return true;
	*VEC_PUSH(&p->kept, &p->ids) = row.id;
	return q->row(q->context, &row, e);
}

static void open_parser(struct read_page *p)
{
	json_rows_release(&p->rows);
	arena_reset(&p->rows_arena);
	p->rows = json_rows_make(&p->rows_arena, "the answer", take_row, p);
}

/* The body comes again from its start. */
static void restart(void *context)
{
	struct read_page *p = context;

	open_parser(p);
	read_batched_restart(&p->batched);
	p->restarted = true;
	p->seen = map_make(&p->kept);
	for (size_t i = 0; i < p->ids.n; i++) {
		uint32_t index = (uint32_t)i;

		map_put(&p->seen, str_dup(&p->kept, id_bytes(&p->ids.p[i])), &index);
	}
}

void read_page_init(struct read_page *p, const bool *stopped)
{
	*p = (struct read_page){ .rows_arena = arena_make(0),
				 .kept = arena_make(0),
				 .target = buf_make(0),
				 .prefer = buf_make(0),
				 .body = buf_make(LIMIT_BODY),
				 .stopped = stopped };
	p->batched = read_batched_make(&p->rows.sink);
}

void read_page_release(struct read_page *p)
{
	json_rows_release(&p->rows);
	read_batched_release(&p->batched);
	buf_release(&p->target);
	buf_release(&p->prefer);
	buf_release(&p->body);
	arena_release(&p->kept);
	arena_release(&p->rows_arena);
}

static void wrap_in_batch(struct read_page *p)
{
	static const struct header headers[] = {
		{ STR_INIT("Content-Type"), STR_INIT("multipart/mixed; boundary=" BOUNDARY) },
		/* else an error inside is one outside, with a body that is none (facts/webapi.md 3.1) */
		{ STR_INIT("Prefer"), STR_INIT("odata.continue-on-error") },
	};

	buf_clear(&p->body);
	batch_write_request(&p->body, S(BOUNDARY), S(""), &p->request);
	batch_write_end(&p->body, S(BOUNDARY));
	read_batched_restart(&p->batched);
	p->request = (struct request){ .method = METHOD_POST,
				       .target = S("$batch"),
				       .headers = headers,
				       .nheaders = COUNT_OF(headers),
				       .body = buf_str(&p->body),
				       .into = &p->batched.sink,
				       .again = restart,
				       .again_context = p,
				       .repeatable = true };
}

static bool ask(struct read_page *p, const struct read_query *query, struct str annotations,
		struct err *e)
{
	struct str target = buf_str(&p->target);

	if (target.n > URL_BATCHED)
		return err_set(e, ERR_INPUT,
			       "the query is %zu bytes long as a URL, and a service takes %zu: "
			       "shorten the filter",
			       target.n, URL_BATCHED);
	open_parser(p);
	arena_reset(&p->kept);
	p->query = query;
	p->ids.p = NULL;
	p->ids.n = p->ids.cap = 0;
	p->restarted = p->has_begun = p->followed = p->stray = false;
	buf_clear(&p->prefer);
	read_prefer(&p->prefer, annotations);
	p->headers[0] = (struct header){ S("Accept"), S("application/json") };
	p->headers[1] = (struct header){ S("Prefer"), buf_str(&p->prefer) };
	p->request = (struct request){ .method = METHOD_GET,
				       .target = target,
				       .headers = p->headers,
				       .nheaders = COUNT_OF(p->headers),
				       .into = &p->rows.sink,
				       .again = restart,
				       .again_context = p };
	p->in_batch = target.n > URL_DIRECT;
	if (p->in_batch)
		wrap_in_batch(p);
	return true;
}

bool read_page_begin(struct read_page *p, const struct read_query *query, struct str annotations,
		     struct str fetchxml, struct err *e)
{
	buf_clear(&p->target);
	odata_fetch_url(&p->target, query->table, fetchxml);
	return ask(p, query, annotations, e);
}

bool read_page_follow(struct read_page *p, const struct read_query *query, struct str annotations,
		      struct str target, struct err *e)
{
	struct buf copy = buf_make(0);

	buf_add(&copy, target); /* it may stand on what is given back here */
	buf_release(&p->target);
	p->target = copy;
	return ask(p, query, annotations, e);
}

/* The head ends behind the '[' of the rows. */
bool read_page_head(const struct read_page *p, struct arena *a, struct json *out)
{
	DEFER(buf_release) struct buf text = buf_make(0);
	struct err ignored;

	buf_add(&text, buf_str(&p->rows.envelope));
	buf_add(&text, S("]}"));
	return json_parse(a, buf_str(&text), "the answer", out, &ignored);
}

bool read_page_end(struct read_page *p, const struct response *answer, struct json *envelope,
		   struct err *e)
{
	return read_answered(answer, e) &&
	       (!p->in_batch || read_batched_finish(&p->batched, answer, e)) &&
	       (json_rows_finish(&p->rows, &p->rows_arena, envelope, e) || read_unreadable(e));
}

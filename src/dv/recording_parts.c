/* SPDX-License-Identifier: MIT */
/*
 * Answers to parts of requests, by the key of the part. A part is a request or a change set of a batch, or a row of the
 * Targets of CreateMultiple and its like; the keys of one are unlike those of the other, because the target is in them.
 */
#include "dv/recording.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/vec.h"
#include "io/json.h"
#include "dv/batch.h"
#include "dv/recording_key.h"

#include "base/banned.h"

#define BOUNDARY "batchresponse_replay"
#define BATCH_TYPE "multipart/mixed; boundary=" BOUNDARY

struct part {
	uint64_t key;
	size_t exchange; /* its number */
	bool reads, used;
	struct batch_part answer; /* of a batch */
	struct str id;            /* of a row; empty: none was told */
	size_t next, last;        /* the next with this key, from 1; of the first one: the last */
};

struct recorded_parts {
	struct map by_key;
	VEC(struct part) all;
	struct arena *arena;
};

/* What one request consists of. */
struct parts {
	VEC(struct part) all;
	bool batch;
};

/* ---- taking apart ---- */

static bool batch_reader_of(const struct header *headers, size_t n, struct str body,
			    struct batch_reader *out)
{
	const struct str *type = header_find(headers, n, S("Content-Type"));
	struct str boundary;
	struct err ignored;

	if (!type || !batch_boundary(*type, &boundary, &ignored))
		return false;
	*out = batch_reader_make(body, boundary);
	return true;
}

static bool add_message(struct arena *a, struct str message, struct part *out)
{
	struct request q;
	struct err ignored;

	if (!batch_read_request(a, message, &q, &ignored))
		return false;
	out->key = recording_chained(out->key, recording_key(&q));
	out->reads = q.method == METHOD_GET;
	return true;
}

static bool add_change_set(struct arena *a, const struct batch_part *set, struct part *out)
{
	struct batch_reader reader = batch_reader_make(set->body, set->boundary);
	struct batch_part part;
	struct err ignored;
	bool more = true;

	for (;;) {
		if (!batch_next(&reader, a, &part, &more, &ignored))
			return false;
		if (!more)
			return true;
		if (!add_message(a, part.body, out))
			return false;
	}
}

static bool split_batch(struct arena *a, struct batch_reader *reader, struct parts *out)
{
	struct batch_part part;
	struct err ignored;
	bool more = true;

	for (;;) {
		if (!batch_next(reader, a, &part, &more, &ignored))
			return false;
		if (!more)
			return true;

		struct part *p = VEC_PUSH(a, &out->all);
		bool ok = part.boundary.n > 0 ? add_change_set(a, &part, p)
					      : add_message(a, part.body, p);

		if (!ok)
			return false;
	}
}

static bool split_rows(struct arena *a, const struct request *q, struct parts *out)
{
	struct request without = { .method = q->method, .target = q->target };
	uint64_t key = recording_key(&without);
	struct json body;
	struct err ignored;

	if (!str_ends(q->target, S("Multiple")) || !json_parse(a, q->body, "body", &body, &ignored))
		return false;

	const struct json *targets = json_get(&body, S("Targets"));

	for (size_t i = 0; targets && targets->kind == JSON_ARRAY && i < targets->n; i++)
		VEC_PUSH(a, &out->all)->key =
			recording_chained(key, recording_json_key(&targets->items[i]));
	return out->all.n > 0;
}

static bool split(struct arena *a, const struct request *q, struct parts *out)
{
	struct batch_reader reader;

	*out = (struct parts){ 0 };
	out->batch = batch_reader_of(q->headers, q->nheaders, q->body, &reader);
	return out->batch ? split_batch(a, &reader, out) : split_rows(a, q, out);
}

/* ---- answers of a recording ---- */

static bool answer_batch(struct arena *a, const struct response *r, struct parts *parts)
{
	struct batch_reader reader;
	struct err ignored;
	bool more = true;

	if (!batch_reader_of(r->headers, r->nheaders, r->body, &reader))
		return false;
	for (size_t i = 0; i < parts->all.n; i++) {
		if (!batch_next(&reader, a, &parts->all.p[i].answer, &more, &ignored))
			return false;
		if (more)
			continue;
		/* it ended with the first that failed */
		parts->all.n = i;
	}
	return true;
}

static bool answer_rows(struct arena *a, const struct response *r, struct parts *parts)
{
	struct json body;
	struct err ignored;

	if (r->status < 200 || r->status > 299)
		return false;
	if (r->body.n == 0)
		return true;
	if (!json_parse(a, r->body, "body", &body, &ignored))
		return false;

	const struct json *ids = json_get(&body, S("Ids"));

	if (!ids || ids->kind != JSON_ARRAY || ids->n != parts->all.n)
		return false;
	for (size_t i = 0; i < ids->n; i++)
		parts->all.p[i].id = ids->items[i].text;
	return true;
}

static struct str part_key(const struct part *p)
{
	return str_of((const char *)&p->key, sizeof(p->key));
}

static void keep(struct recorded_parts *all, const struct part *p)
{
	uint32_t at = (uint32_t)all->all.n;
	size_t number = all->all.n + 1;
	struct part *kept = arena_new(all->arena, struct part); /* a key must stay where it is */

	*kept = *p;
	*VEC_PUSH(all->arena, &all->all) = *p;
	if (!map_put(&all->by_key, part_key(kept), &at)) {
		struct part *first = &all->all.p[at];

		all->all.p[first->last - 1].next = number;
	}
	all->all.p[at].last = number;
}

static void look_for_parts(struct recording *r)
{
	struct recorded_parts *all = arena_new(r->arena, struct recorded_parts);

	all->arena = r->arena;
	all->by_key = map_make(r->arena);
	r->parts = all;
	for (size_t i = 0; i < r->n; i++) {
		const struct recorded *x = &r->exchanges[i];
		struct parts parts;

		if (x->request.method != METHOD_POST || x->left_out || x->response.status == 0 ||
		    !split(r->arena, &x->request, &parts) ||
		    !(parts.batch ? answer_batch(r->arena, &x->response, &parts)
				  : answer_rows(r->arena, &x->response, &parts)))
			continue;
		for (size_t k = 0; k < parts.all.n; k++) {
			parts.all.p[k].exchange = i;
			parts.all.p[k].used = x->given;
			keep(all, &parts.all.p[k]);
		}
	}
}

/* They stand in the order of their exchanges. */
void recording_parts_given(struct recording *r, const struct recorded *x)
{
	size_t number = (size_t)(x - r->exchanges);
	size_t from = 0, to = r->parts ? r->parts->all.n : 0;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (r->parts->all.p[middle].exchange < number)
			from = middle + 1;
		else
			to = middle;
	}
	for (; r->parts && from < r->parts->all.n; from++) {
		if (r->parts->all.p[from].exchange != number)
			return;
		r->parts->all.p[from].used = true;
	}
}

/* ---- putting together ---- */

static struct part *find_part(struct recorded_parts *all, const struct part *wanted)
{
	struct part *last = NULL;
	uint32_t at;

	if (!map_get(&all->by_key, part_key(wanted), &at))
		return NULL;
	for (size_t i = (size_t)at + 1; i > 0; i = all->all.p[i - 1].next) {
		last = &all->all.p[i - 1];
		if (!last->used)
			return last;
	}
	return wanted->reads ? last : NULL;
}

static void write_part(struct buf *out, const struct batch_part *p)
{
	buf_add(out, S("--" BOUNDARY "\r\n"));
	if (p->boundary.n > 0)
		buf_add_fmt(out, "Content-Type: multipart/mixed; boundary=%.*s\r\n",
			    STR_ARG(p->boundary));
	else
		buf_add(out, S("Content-Type: application/http\r\n"
			       "Content-Transfer-Encoding: binary\r\n"));
	if (p->content_id.n > 0)
		buf_add_fmt(out, "Content-ID: %.*s\r\n", STR_ARG(p->content_id));
	buf_add(out, S("\r\n"));
	buf_add(out, p->body);
	buf_add(out, S("\r\n"));
}

static bool write_ids(struct buf *out, const struct parts *parts, struct err *e)
{
	struct buf_sink sink = buf_sink_make(out);
	DEFER(json_writer_release) struct json_writer w = json_writer_make(&sink.sink);

	json_object(&w);
	json_key(&w, S("Ids"));
	json_array(&w);
	for (size_t i = 0; i < parts->all.n; i++)
		json_str(&w, parts->all.p[i].id);
	json_array_end(&w);
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

static void respond(struct arena *a, int status, struct str type, struct str body,
		    struct response *out)
{
	struct header *headers = arena_array(a, struct header, 3);

	headers[0] = (struct header){ S("OData-Version"), S("4.0") };
	/* what has none among those that have is not believed */
	headers[1] = (struct header){ S("REQ_ID"), S("composed") };
	headers[2] = (struct header){ S("Content-Type"), type };
	*out = (struct response){ .status = status,
				  .headers = headers,
				  .nheaders = body.n > 0 ? 3 : 2,
				  .body = str_dup(a, body) };
}

/* All of them or none. Two parts that are the same take two answers. */
static bool take_parts(struct recorded_parts *all, struct parts *wanted)
{
	struct part *p = wanted->all.p;

	for (size_t i = 0; i < wanted->all.n; i++) {
		struct part *found = find_part(all, &p[i]);

		if (!found) {
			while (i-- > 0)
				all->all.p[p[i].last].used = p[i].used;
			return false;
		}
		p[i].last = (size_t)(found - all->all.p);
		p[i].used = found->used;
		p[i].id = found->id;
		p[i].answer = found->answer;
		found->used = true;
	}
	return true;
}

static bool write_answer(struct buf *out, const struct parts *parts, struct err *e)
{
	if (!parts->batch)
		return write_ids(out, parts, e);
	for (size_t i = 0; i < parts->all.n; i++)
		write_part(out, &parts->all.p[i].answer);
	batch_write_end(out, S(BOUNDARY));
	return true;
}

bool recording_compose(struct recording *r, struct arena *a, const struct request *request,
		       struct response *out)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(buf_release) struct buf body = buf_make(0);
	struct request masked = recording_masked(r, &scratch, request);
	struct parts parts;
	struct err ignored;

	if (request->method != METHOD_POST || !split(&scratch, &masked, &parts) || parts.all.n == 0)
		return false;
	if (!r->parts)
		look_for_parts(r);
	if (!take_parts(r->parts, &parts))
		return false;
	if (!parts.batch && parts.all.p[0].id.n == 0) {
		respond(a, 204, S(""), S(""), out);
		return true;
	}
	if (!write_answer(&body, &parts, &ignored))
		return false;
	respond(a, 200, parts.batch ? S(BATCH_TYPE) : S("application/json; odata.metadata=minimal"),
		buf_str(&body), out);
	return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * Messages hold a host, never a header, never more of a URL.
 */
#include "io/http_receipt.h"

#include "base/limits.h"

#include "base/banned.h"

static bool too_large(struct http_receipt *r, const char *what, uint64_t limit)
{
	r->outcome = HTTP_TOO_LARGE;
	return err_set(&r->failure, ERR_NETWORK,
		       "%.*s answered with %s of more than %llu bytes (status %d)",
		       STR_ARG(r->host), what, (unsigned long long)limit, r->head.status);
}

static bool is_ours(const struct http_receipt *r, unsigned connection)
{
	const struct http_request *q = &r->request;

	return !q->is_ours || q->is_ours(q->is_ours_context, connection, r->head.status,
					 r->head.headers.p, r->head.headers.n);
}

bool http_receipt_line(struct http_receipt *r, struct arena *a, unsigned connection,
		       struct str line)
{
	bool ended = r->head.ended;

	if (!http_head_add(&r->head, a, line))
		return too_large(r, "headers", LIMIT_HTTP_HEADERS);
	if (ended || !r->head.ended || is_ours(r, connection))
		return true;
	/* ours is lost */
	r->strange = true;
	r->outcome = HTTP_PERHAPS_SENT;
	r->head.status = 0;
	r->head.headers.n = 0;
	return false;
}

static bool is_good(const struct http_receipt *r)
{
	return r->head.status >= 200 && r->head.status < 300;
}

/* Decided once, before the first byte. */
static bool streams(struct http_receipt *r)
{
	struct http_request *q = &r->request;

	if (!q->into || !is_good(r))
		return false;
	if (r->received == 0 && q->takes &&
	    !q->takes(q->takes_context, r->head.headers.p, r->head.headers.n))
		q->into = NULL;
	return q->into != NULL;
}

static uint64_t collected_max(const struct http_receipt *r)
{
	const struct http_options *o = r->options;

	return is_good(r) || o->error_max == 0 ? o->collected_max : o->error_max;
}

/* A few bytes may become as many as somebody likes. */
static bool is_bomb(const struct http_receipt *r, uint64_t came)
{
	return r->received > LIMIT_HTTP_RATIO_FREE && r->received / LIMIT_HTTP_RATIO > came;
}

bool http_receipt_bytes(struct http_receipt *r, struct str bytes, uint64_t came)
{
	bool streamed = streams(r);
	uint64_t max = streamed ? r->options->streamed_max : collected_max(r);

	r->received += bytes.n;
	if (r->received > max)
		return too_large(r, "a body", max);
	if (is_bomb(r, came))
		return too_large(r, "a body that hardly any bytes unpack to,", r->received - 1);
	if (!streamed) {
		buf_add(&r->body, bytes);
		return true;
	}
	if (sink_write(r->request.into, bytes, &r->failure))
		return true;
	r->outcome = HTTP_SINK_FAILED;
	return false;
}

void http_receipt_fail(struct http_receipt *r, struct str words)
{
	struct err *e = &r->failure;

	switch (r->outcome) {
	case HTTP_NOT_SENT:
		err_set(e, ERR_NETWORK, "%.*s cannot be reached: %.*s", STR_ARG(r->host),
			STR_ARG(words));
		break;
	case HTTP_PERHAPS_SENT:
		err_set(e, ERR_NETWORK, "%.*s did not answer: %.*s", STR_ARG(r->host),
			STR_ARG(words));
		break;
	case HTTP_ANSWER_BROKEN:
		err_set(e, ERR_NETWORK, "%.*s broke off its answer (status %d): %.*s",
			STR_ARG(r->host), r->head.status, STR_ARG(words));
		break;
	case HTTP_CANCELLED:
		err_set(e, ERR_CANCELLED, "the request to %.*s was cancelled", STR_ARG(r->host));
		break;
	case HTTP_ANSWERED:
	case HTTP_TOO_LARGE:
	case HTTP_SINK_FAILED:
		break;
	}
}

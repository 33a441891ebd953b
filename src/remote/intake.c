/* SPDX-License-Identifier: MIT */
/*
 * A JSON is whole when its brackets are, a batch when its last boundary came. Anything else is as long as it is.
 */
#include "remote/intake.h"

#include <string.h>

#include "dv/batch.h"

#include "base/banned.h"

static void scan_string(struct intake *i, struct str *rest)
{
	for (size_t n = 0; n < rest->n; n++) {
		char c = rest->p[n];

		if (i->escaped) {
			i->escaped = false;
		} else if (c == '\\') {
			i->escaped = true;
		} else if (c == '"') {
			i->in_string = false;
			*rest = str_skip(*rest, n + 1);
			return;
		}
	}
	rest->n = 0;
}

static void scan_json(struct intake *i, struct str rest)
{
	while (rest.n > 0) {
		if (i->in_string) {
			scan_string(i, &rest);
			continue;
		}

		char c = rest.p[0];

		rest = str_skip(rest, 1);
		if (c == '"')
			i->in_string = true;
		else if (c == '{' || c == '[')
			i->depth++;
		else if (c == '}' || c == ']')
			i->depth--;
	}
}

static void keep_tail(struct intake *i, struct str bytes)
{
	if (bytes.n >= INTAKE_TAIL) {
		memcpy(i->tail, bytes.p + bytes.n - INTAKE_TAIL, INTAKE_TAIL);
		i->ntail = INTAKE_TAIL;
		return;
	}

	size_t over = i->ntail + bytes.n > INTAKE_TAIL ? i->ntail + bytes.n - INTAKE_TAIL : 0;

	memmove(i->tail, i->tail + over, i->ntail - over);
	i->ntail -= over;
	memcpy(i->tail + i->ntail, bytes.p, bytes.n);
	i->ntail += bytes.n;
}

static void look(struct intake *i, struct str bytes)
{
	switch (i->kind) {
	case INTAKE_JSON:
		scan_json(i, bytes);
		break;
	case INTAKE_BATCH:
		keep_tail(i, bytes);
		break;
	case INTAKE_OTHER:
		break;
	}
}

static bool intake_write(struct sink *sink, struct str bytes, struct err *e)
{
	struct intake *i = CONTAINER_OF(sink, struct intake, sink);

	i->received += bytes.n;
	look(i, bytes);
	if (i->copy)
		buf_add(i->copy, bytes);
	return sink_write(i->into, bytes, e);
}

void intake_begin(struct intake *i, struct sink *into, struct buf *copy)
{
	*i = (struct intake){ .sink = { intake_write }, .into = into, .copy = copy };
}

static struct str type_of(const struct http_header *headers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq_ascii_nocase(headers[i].name, S("Content-Type")))
			return headers[i].value;
	}
	return S("");
}

static bool type_is(struct str type, struct str wanted)
{
	return str_eq_ascii_nocase(str_trim(str_sub(type, 0, str_find_char(type, ';'))), wanted);
}

static bool is_page(struct str type)
{
	return type_is(type, S("text/html")) || type_is(type, S("application/xhtml+xml"));
}

static void set_kind(struct intake *i, struct str type)
{
	struct str boundary;
	struct err ignored;

	if (type_is(type, S("application/json"))) {
		i->kind = INTAKE_JSON;
	} else if (type_is(type, S("multipart/mixed")) &&
		   batch_boundary(type, &boundary, &ignored) &&
		   boundary.n + 2 < sizeof(i->boundary)) {
		i->kind = INTAKE_BATCH;
		memcpy(i->boundary, "--", 2);
		memcpy(i->boundary + 2, boundary.p, boundary.n);
	}
}

bool intake_takes(void *intake, const struct http_header *headers, size_t n)
{
	struct str type = type_of(headers, n);

	if (is_page(type))
		return false;
	set_kind(intake, type);
	return true;
}

bool intake_is_foreign(const struct http_answer *a)
{
	return a->status >= 200 && a->status < 300 && is_page(type_of(a->headers, a->nheaders));
}

/* The last boundary has two dashes more. */
static bool batch_ended(const struct intake *i)
{
	struct str tail = str_of(i->tail, i->ntail);
	struct str boundary = str_from(i->boundary);

	for (size_t at = str_find(tail, boundary); at != STR_NONE; at = str_find(tail, boundary)) {
		tail = str_skip(tail, at + boundary.n);
		if (str_starts(tail, S("--")))
			return true;
	}
	return false;
}

bool intake_is_whole(struct intake *i, const struct http_answer *a)
{
	/* an error's body is for people */
	if (a->status != 200 && a->status != 201)
		return true;
	if (i->received == 0) {
		set_kind(i, type_of(a->headers, a->nheaders));
		/* neither of the two is ever empty */
		if (a->body.n == 0)
			return i->kind == INTAKE_OTHER;
		look(i, a->body);
	}
	switch (i->kind) {
	case INTAKE_JSON:
		return i->depth <= 0 && !i->in_string;
	case INTAKE_BATCH:
		return batch_ended(i);
	case INTAKE_OTHER:
		break;
	}
	return true;
}

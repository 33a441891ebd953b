/* SPDX-License-Identifier: MIT */
/*
 * What may stand in any order (options of a URL, members of an object) is added up, what has an order is chained.
 */
#include "dv/recording_key.h"

#include "base/codec.h"
#include "base/map.h"
#include "io/json.h"
#include "dv/batch.h"

#include "base/banned.h"

#define DEPTH 2 /* a batch, its change sets */

/* splitmix64's: no bit of the input is without influence on any of the output */
static uint64_t mixed(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

uint64_t recording_chained(uint64_t before, uint64_t next)
{
	return mixed(before * 31 + next);
}

static uint64_t text_key(struct str s)
{
	return mixed(hash_bytes(s));
}

uint64_t recording_json_key(const struct json *v)
{
	uint64_t key = mixed((uint64_t)v->kind);

	switch (v->kind) {
	case JSON_NULL:
		break;
	case JSON_BOOL:
		return recording_chained(key, v->yes);
	case JSON_NUMBER:
	case JSON_STRING:
		return recording_chained(key, text_key(v->text));
	case JSON_ARRAY:
		for (size_t i = 0; i < v->n; i++)
			key = recording_chained(key, recording_json_key(&v->items[i]));
		break;
	case JSON_OBJECT:
		for (size_t i = 0; i < v->n; i++) {
			const struct json_member *m = &v->members[i];

			key += recording_chained(text_key(m->name), recording_json_key(&m->value));
		}
		break;
	}
	return key;
}

/* Values stand in any order: <value>a</value><value>b</value>. */
static uint64_t fetch_key(struct str fetch)
{
	struct str open = S("<value>"), close = S("</value>");
	uint64_t key = 2, values = 0;

	for (size_t at = str_find(fetch, open); at != STR_NONE; at = str_find(fetch, open)) {
		size_t end = str_find(str_skip(fetch, at), close);

		if (end == STR_NONE)
			break;
		/* of one list when nothing is between them */
		if (at > 0) {
			key = recording_chained(key + values, text_key(str_sub(fetch, 0, at)));
			values = 0;
		}
		values += recording_chained(3, text_key(str_sub(fetch, at, end)));
		fetch = str_skip(fetch, at + end + close.n);
	}
	return recording_chained(key + values, text_key(fetch));
}

static uint64_t option_key(struct str option)
{
	DEFER(buf_release) struct buf fetch = buf_make(0);
	struct str name = S("fetchXml=");

	if (str_eq_ascii_nocase(str_sub(option, 0, name.n), name) &&
	    url_decode(&fetch, str_skip(option, name.n), true))
		return fetch_key(buf_str(&fetch));
	return text_key(option);
}

static uint64_t target_key(struct str target)
{
	size_t mark = str_find_char(target, '?');
	uint64_t key = text_key(str_sub(target, 0, mark));

	if (mark == STR_NONE)
		return key;

	struct str_splitter parts = str_splitter(str_skip(target, mark + 1));

	for (struct str part; str_split(&parts, '&', &part);)
		key += recording_chained(1, option_key(part));
	return key;
}

/* The boundary of a batch; false: it is none. */
static bool is_batch(const struct request *r, struct str *boundary)
{
	const struct str *type = header_find(r->headers, r->nheaders, S("Content-Type"));
	struct err ignored;

	return type && batch_boundary(*type, boundary, &ignored);
}

/* Walks the requests of a batch. False: it cannot be read, or `visit` had enough. */
static bool each_part(struct arena *a, struct str body, struct str boundary, int depth,
		      bool (*visit)(void *context, const struct request *r), void *context)
{
	struct batch_reader reader = batch_reader_make(body, boundary);
	struct batch_part part;
	struct request r;
	struct err ignored;
	bool more = true;

	for (;;) {
		if (!batch_next(&reader, a, &part, &more, &ignored))
			return false;
		if (!more)
			return true;
		if (part.boundary.n > 0) {
			if (depth == DEPTH ||
			    !each_part(a, part.body, part.boundary, depth + 1, visit, context))
				return false;
			continue;
		}
		if (!batch_read_request(a, part.body, &r, &ignored) || !visit(context, &r))
			return false;
	}
}

static uint64_t body_key(struct arena *a, struct str body)
{
	struct json v;
	struct err ignored;

	if (body.n == 0)
		return 0;
	if (json_parse(a, body, "body", &v, &ignored))
		return recording_json_key(&v);
	return text_key(body);
}

static uint64_t plain_key(struct arena *a, const struct request *r)
{
	struct arena_mark mark = arena_mark(a);
	uint64_t key = recording_chained(mixed((uint64_t)r->method), target_key(r->target));

	key = recording_chained(key, body_key(a, r->body));
	arena_rewind(a, mark);
	return key;
}

struct keying {
	struct arena *arena;
	uint64_t key;
};

static bool add_key(void *context, const struct request *r)
{
	struct keying *k = context;

	k->key = recording_chained(k->key, plain_key(k->arena, r));
	return true;
}

uint64_t recording_key(const struct request *r)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(arena_release) struct arena parts = arena_make(0);
	struct keying k = { &scratch, mixed((uint64_t)r->method) };
	struct str boundary;

	k.key = recording_chained(k.key, target_key(r->target));
	if (is_batch(r, &boundary) && each_part(&parts, r->body, boundary, 1, add_key, &k))
		return k.key;
	return plain_key(&scratch, r);
}

static bool reads(void *context, const struct request *r)
{
	(void)context;
	return r->method == METHOD_GET;
}

bool recording_only_reads(const struct request *r)
{
	DEFER(arena_release) struct arena parts = arena_make(0);
	struct str boundary;

	if (r->method == METHOD_GET)
		return true;
	return is_batch(r, &boundary) && each_part(&parts, r->body, boundary, 1, reads, NULL);
}

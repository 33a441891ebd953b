/* SPDX-License-Identifier: MIT */
/*
 * What may stand in any order (options of a URL, members of an object) is added up, what has an order is chained.
 */
#include "dv/recording_key.h"

#include "io/json.h"
#include "dv/batch.h"
#include "dv/recording.h"

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

uint64_t recording_json_key(const struct json *v, const struct map *secrets)
{
	uint64_t key = mixed((uint64_t)v->kind);
	uint32_t index;

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
			key = recording_chained(key, recording_json_key(&v->items[i], secrets));
		break;
	case JSON_OBJECT:
		for (size_t i = 0; i < v->n; i++) {
			const struct json_member *m = &v->members[i];
			bool secret = map_get(secrets, m->name, &index);

			key += recording_chained(text_key(m->name),
						 secret ? 0
							: recording_json_key(&m->value, secrets));
		}
		break;
	}
	return key;
}

static uint64_t target_key(struct str target)
{
	size_t mark = str_find_char(target, '?');
	uint64_t key = text_key(str_sub(target, 0, mark));

	if (mark == STR_NONE)
		return key;

	struct str_splitter parts = str_splitter(str_skip(target, mark + 1));

	for (struct str part; str_split(&parts, '&', &part);)
		key += recording_chained(1, text_key(part));
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

static uint64_t body_key(struct arena *a, struct str body, const struct map *secrets)
{
	struct json v;
	struct err ignored;

	if (body.n == 0)
		return 0;
	if (json_parse(a, body, "body", &v, &ignored))
		return recording_json_key(&v, secrets);
	return text_key(body);
}

static uint64_t plain_key(struct arena *a, const struct request *r, const struct map *secrets)
{
	struct arena_mark mark = arena_mark(a);
	uint64_t key = recording_chained(mixed((uint64_t)r->method), target_key(r->target));

	key = recording_chained(key, body_key(a, r->body, secrets));
	arena_rewind(a, mark);
	return key;
}

struct keying {
	struct arena *arena;
	const struct map *secrets;
	uint64_t key;
};

static bool add_key(void *context, const struct request *r)
{
	struct keying *k = context;

	k->key = recording_chained(k->key, plain_key(k->arena, r, k->secrets));
	return true;
}

uint64_t recording_key(const struct request *r, const struct map *secrets)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(arena_release) struct arena parts = arena_make(0);
	struct keying k = { &scratch, secrets, mixed((uint64_t)r->method) };
	struct str boundary;

	k.key = recording_chained(k.key, target_key(r->target));
	if (is_batch(r, &boundary) && each_part(&parts, r->body, boundary, 1, add_key, &k))
		return k.key;
	return plain_key(&scratch, r, secrets);
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

/* ---- names ---- */

static void add_names(struct map *names, const struct json *v)
{
	for (size_t i = 0; v->kind == JSON_ARRAY && i < v->n; i++)
		add_names(names, &v->items[i]);
	for (size_t i = 0; v->kind == JSON_OBJECT && i < v->n; i++) {
		const struct json_member *m = &v->members[i];
		uint32_t index = 0;

		if (m->value.kind != JSON_STRING || !str_eq(m->value.text, S(RECORDING_SECRET)))
			add_names(names, &m->value);
		else if (!map_get(names, m->name, &index))
			(void)map_put(names, str_dup(names->arena, m->name), &index);
	}
}

struct naming {
	struct arena *arena;
	struct map *names;
};

static bool name_part(void *context, const struct request *r)
{
	struct naming *n = context;
	struct arena_mark mark = arena_mark(n->arena);
	struct json v;
	struct err ignored;

	if (str_find(r->body, S(RECORDING_SECRET)) != STR_NONE &&
	    json_parse(n->arena, r->body, "body", &v, &ignored))
		add_names(n->names, &v);
	arena_rewind(n->arena, mark);
	return true;
}

void recording_secrets(struct map *names, const struct request *r)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(arena_release) struct arena parts = arena_make(0);
	struct naming n = { &scratch, names };
	struct str boundary;

	if (!is_batch(r, &boundary) || !each_part(&parts, r->body, boundary, 1, name_part, &n))
		(void)name_part(&n, r);
}

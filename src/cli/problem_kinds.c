/* SPDX-License-Identifier: MIT */
/*
 * Kinds of problems: in memory are only the kinds, never all problems.
 */
#include "cli/problem_kinds.h"

#include <inttypes.h>

#include "base/map.h"

#include "base/banned.h"

/* The part of a message that makes its kind. */
#define KEY ((size_t)4096)

struct kinding {
	struct arena *arena;
	struct map by_key;
	VEC(struct problem_kind) kinds;
	size_t most;
	uint64_t others;
};

/* Without the ids that it tells. */
static void add_message(struct buf *out, struct str s)
{
	size_t pos = 0, copied = 0, at;
	struct guid id;

	while (guid_scan(s, &pos, &at, &id)) {
		buf_add(out, str_sub(s, copied, at - copied));
		buf_add_char(out, '*');
		copied = pos;
	}
	buf_add(out, str_skip(s, copied));
}

static struct str place(struct arena *a, const struct problem *p)
{
	return str_fmt(a, "%.*s%s%.*s%s%.*s", STR_ARG(p->table),
		       p->table.n > 0 && p->id.n > 0 ? " " : "", STR_ARG(p->id),
		       p->column.n > 0 ? " " : "", STR_ARG(p->column));
}

static struct problem_kind *kind_of(struct kinding *k, const struct problem *p)
{
	DEFER(buf_release) struct buf key = buf_make(0);
	uint32_t index = (uint32_t)k->kinds.n;

	buf_add_fmt(&key, "%d %" PRIx32 " ", (int)p->severity, p->code);
	add_message(&key, str_sub(p->message, 0, KEY));
	if (map_get(&k->by_key, buf_str(&key), &index))
		return &k->kinds.p[index];
	if (k->kinds.n >= k->most)
		return NULL;
	map_put(&k->by_key, str_dup(k->arena, buf_str(&key)), &index);

	struct problem_kind *out = VEC_PUSH(k->arena, &k->kinds);

	out->severity = p->severity;
	out->code = p->code;
	out->message = str_dup(k->arena, str_sub(p->message, 0, KEY));
	out->remedy = str_dup(k->arena, str_sub(p->remedy, 0, KEY));
	return out;
}

static void add_problem(struct kinding *k, const struct problem *p)
{
	struct problem_kind *kind = kind_of(k, p);

	if (!kind) {
		k->others++;
		return;
	}
	kind->n++;
	if (kind->nplaces < PROBLEM_PLACES && p->table.n + p->id.n + p->column.n > 0)
		kind->places[kind->nplaces++] = place(k->arena, p);
}

bool problem_kinds_read(struct arena *a, struct run *r, size_t most, struct problem_kinds *out,
			struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	struct kinding k = { .arena = a, .by_key = map_make(a), .most = most };

	if (!journal_problems(r, &c, e))
		return false;
	for (;;) {
		struct problem p;
		bool more;

		if (!journal_next_problem(&c, &p, &more, e))
			return false;
		if (!more)
			break;
		if (p.severity != SEVERITY_NOTE)
			add_problem(&k, &p);
	}
	*out = (struct problem_kinds){ .p = k.kinds.p, .n = k.kinds.n, .others = k.others };
	return true;
}

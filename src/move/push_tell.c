/* SPDX-License-Identifier: MIT */
/*
 * Failures by their reason. Only so many reasons are remembered: a service that finds other words for every row is
 * told row by row.
 */
#include "move/push_tell.h"

#include <string.h>

#include "base/guid.h"
#include "move/skip.h"

#include "base/banned.h"

#define REASONS 64

struct push_told {
	enum change_kind kind;
	uint32_t tab;
	struct push_cause cause; /* of the first */
	struct str reason;       /* to compare */
	uint64_t n;
	struct change first[TELL_EACH];
};

struct push_cause push_cause_keep(struct arena *a, const struct err *why)
{
	return (struct push_cause){ .kind = why->kind,
				    .code = why->code,
				    .message = str_dup(a, str_from(why->msg)) };
}

void push_cause_tell(const struct push_cause *cause, struct err *out)
{
	(void)err_set_code(out, cause->kind, cause->code, "%.*s", STR_ARG(cause->message));
}

struct push_tell push_tell_make(struct job *j)
{
	return (struct push_tell){ .j = j, .words = arena_make(0) };
}

void push_tell_release(struct push_tell *t)
{
	arena_release(&t->words);
}

struct str push_reason(struct arena *a, struct str message)
{
	static const char *const before[] = { "request id ", "request ", "ours " };
	char *copy = arena_array(a, char, message.n);
	size_t pos = 0, at;
	struct guid id;

	if (message.n > 0)
		memcpy(copy, message.p, message.n);
	while (guid_scan(message, &pos, &at, &id))
		for (size_t i = 0; i < COUNT_OF(before); i++)
			if (str_ends(str_sub(message, 0, at), str_from(before[i])))
				memset(copy + at, '-', pos - at);
	return str_of(copy, message.n);
}

static bool is_same(const struct push_told *r, const struct change *c, const struct err *why,
		    struct str reason)
{
	return r->kind == c->kind && r->tab == c->tab && r->cause.kind == why->kind &&
	       r->cause.code == why->code && str_eq(r->reason, reason);
}

static struct push_told *reason_of(struct push_tell *t, const struct change *c,
				   const struct err *why)
{
	struct arena_mark mark = arena_mark(&t->words);
	struct str reason = push_reason(&t->words, str_from(why->msg));

	for (size_t i = 0; i < t->reasons.n; i++) {
		if (!is_same(&t->reasons.p[i], c, why, reason))
			continue;
		arena_rewind(&t->words, mark);
		return &t->reasons.p[i];
	}

	struct push_told *r = VEC_PUSH(&t->words, &t->reasons);

	*r = (struct push_told){ .kind = c->kind,
				 .tab = c->tab,
				 .cause = push_cause_keep(&t->words, why),
				 .reason = reason };
	return r;
}

bool push_tell_failed(struct push_tell *t, const struct change *c, const struct err *why,
		      struct err *e)
{
	if (t->reasons.n >= REASONS && !push_tell_flush(t, e))
		return false;

	struct push_told *r = reason_of(t, c, why);

	if (r->n < TELL_EACH) {
		r->first[r->n] = *c;
		r->first[r->n].columns =
			c->kind == CHANGE_FILE ? str_dup(&t->words, c->columns) : S("");
	}
	r->n++;
	return fail_silently(t->j, c, e);
}

static bool put(struct push_tell *t, const struct push_told *r, struct err *e)
{
	struct err why;

	push_cause_tell(&r->cause, &why);
	if (r->n > TELL_EACH)
		return tell_many_failed(t->j, &r->first[0], r->n, &why, e);
	for (size_t i = 0; i < r->n; i++)
		if (!tell_failed(t->j, &r->first[i], &why, e))
			return false;
	return true;
}

bool push_tell_flush(struct push_tell *t, struct err *e)
{
	for (size_t i = 0; i < t->reasons.n; i++)
		if (!put(t, &t->reasons.p[i], e))
			return false;
	t->reasons.p = NULL;
	t->reasons.n = t->reasons.cap = 0;
	arena_reset(&t->words);
	return true;
}

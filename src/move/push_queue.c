/* SPDX-License-Identifier: MIT */
/*
 * The places where a change can be, as arrays of small entries: the change itself stands in the run file.
 */
#include "move/push_queue.h"

#include "dv/service_code.h"
#include "move/push_part.h"
#include "move/skip.h"

#include "base/banned.h"

/* Whether an update has a version to keep: rows that this run made have none that it knows. */
static bool is_bare(struct job *j, const struct change *c, bool *bare, struct err *e)
{
	struct arena_mark mark = arena_mark(j->page);
	struct str etag;

	*bare = false;
	if (c->kind != CHANGE_UPDATE)
		return true;
	if (!push_part_version(j, c, &etag, e))
		return false;
	*bare = str_eq(etag, S("*"));
	arena_rewind(j->page, mark);
	return true;
}

static struct push_entry entry_of(struct job *j, const struct change *c, bool bare)
{
	const struct tab *t = change_tab(j, c);

	return (struct push_entry){
		.number = c->number,
		.tab = c->tab,
		.kind = c->kind & 7u,
		.bare = bare,
		.serial = !change_is_pair(c->kind) && t->known && t->known->one,
	};
}

/* What a run that was killed had sent: perhaps it was done. */
static bool read_sent(struct push_queue *q, uint32_t wave, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	struct change change;
	bool more, bare;
	struct err why;

	(void)err_set(&why, ERR_NETWORK, "the run ended before the answer came");
	if (!journal_changes(q->j->run, wave, CHANGE_SENT, &c, e))
		return false;
	for (;;) {
		if (!journal_next_change(&c, &change, &more, e))
			return false;
		if (!more)
			return true;
		if (change.kind == CHANGE_FILE) /* move/file_push.h */
			continue;
		if (!is_bare(q->j, &change, &bare, e))
			return false;

		struct push_entry entry = entry_of(q->j, &change, bare);

		entry.lost = true;
		push_queue_aside(q, &entry, WHY_LOST, &why);
	}
}

static bool read_wave(struct push_queue *q, uint32_t wave, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	struct job *j = q->j;
	struct change change;
	bool more, bare;

	if (!journal_changes(j->run, wave, CHANGE_PLANNED, &c, e))
		return false;
	for (;;) {
		if (!journal_next_change(&c, &change, &more, e))
			return false;
		if (!more)
			return true;
		if (change.kind == CHANGE_FILE)
			continue;
		if (!is_bare(j, &change, &bare, e))
			return false;

		*VEC_PUSH(q->arena, &q->fresh) = entry_of(j, &change, bare);
	}
}

/* Those without a version first, so that they can go together; else as they were. */
static void part(struct push_queue *q)
{
	struct push_entry *sorted = arena_array(q->arena, struct push_entry, q->fresh.n);
	size_t n = 0;

	for (unsigned turn = 0; turn < 2; turn++)
		for (size_t i = 0; i < q->fresh.n; i++)
			if (q->fresh.p[i].bare == (turn == 0))
				sorted[n++] = q->fresh.p[i];
	q->fresh.p = sorted;
}

bool push_queue_open(struct push_queue *q, struct job *j, struct arena *wave,
		     struct push_tell *tell, uint32_t number, struct err *e)
{
	*q = (struct push_queue){ .j = j, .arena = wave, .doubts = arena_make(0), .tell = tell };
	if (!read_wave(q, number, e) || !read_sent(q, number, e))
		return false;
	part(q);
	return true;
}

void push_queue_close(struct push_queue *q)
{
	arena_release(&q->doubts);
}

bool push_queue_peek(const struct push_queue *q, size_t i, struct push_entry *out)
{
	if (i < q->again.n)
		*out = q->again.p[q->again.n - 1 - i];
	else if (q->at + (i - q->again.n) < q->fresh.n)
		*out = q->fresh.p[q->at + (i - q->again.n)];
	else
		return false;
	return true;
}

void push_queue_pop(struct push_queue *q)
{
	if (q->again.n > 0)
		q->again.n--;
	else
		q->at++;
}

size_t push_queue_left(const struct push_queue *q)
{
	return q->again.n + q->fresh.n - q->at;
}

bool push_queue_done(struct push_queue *q, const struct push_entry *entry, struct err *e)
{
	q->done++;
	q->made++;
	return journal_set_state(q->j->run, entry->number, CHANGE_DONE, e);
}

/* A repair writes what the platform may be writing, too; and of what is created by force nobody asked whether it is there. */
static bool is_planned(const struct push_queue *q, const struct push_entry *entry)
{
	bool forced = entry->kind == CHANGE_CREATE && q->j->tabs.p[entry->tab].entity->force_create;

	return entry->number <= q->j->head.changes && !forced;
}

/* Somebody else writes the same rows: another run, perhaps, of which this one knows nothing. */
static bool is_conflict(const struct err *why)
{
	return why->kind == ERR_PRECONDITION && why->code != SERVICE_CODE_KEY_TAKEN &&
	       why->code != SERVICE_CODE_DUPLICATE_RULE;
}

/*
 * Who writes lacks a privilege on the table: it is the same for every row of it. That a role does not reach a row, or that the
 * new owner lacks one, is told in other words (facts/webapi.md 2.5).
 */
static bool is_denied(const struct err *why)
{
	struct str text = str_from(why->msg);

	return why->kind == ERR_FORBIDDEN && str_find(text, S("Principal user")) != STR_NONE &&
	       str_find(text, S("is missing prv")) != STR_NONE;
}

bool push_queue_failed(struct push_queue *q, const struct push_entry *entry, const struct err *why,
		       struct err *e)
{
	struct change c;

	q->done++;
	q->j->failures++;
	q->conflict = q->conflict || (is_planned(q, entry) && is_conflict(why));
	if (q->denied.n == 0 && is_denied(why))
		q->denied = str_dup(q->j->arena, str_from(why->msg));
	return journal_get_change(q->j->run, entry->number, &c, e) &&
	       push_tell_failed(q->tell, &c, why, e);
}

void push_queue_again(struct push_queue *q, const struct push_entry *entry)
{
	*VEC_PUSH(q->arena, &q->again) = *entry;
}

bool push_queue_retry(struct push_queue *q, const struct push_entry *entry, const struct err *why,
		      struct err *e)
{
	struct push_entry next = *entry;

	if (entry->rounds + 1 >= PUSH_ROUNDS || q->vain >= PUSH_VAIN)
		return push_queue_failed(q, entry, why, e);
	next.rounds++;
	push_queue_again(q, &next);
	return true;
}

void push_queue_reverse(struct push_queue *q, size_t before)
{
	for (size_t i = before, k = q->again.n; i + 1 < k; i++, k--) {
		struct push_entry other = q->again.p[i];

		q->again.p[i] = q->again.p[k - 1];
		q->again.p[k - 1] = other;
	}
}

void push_queue_aside(struct push_queue *q, const struct push_entry *entry, enum push_why why,
		      const struct err *reason)
{
	*VEC_PUSH(&q->doubts, &q->aside) = (struct push_aside){
		.entry = *entry,
		.why = why,
		.cause = push_cause_keep(&q->doubts, reason),
	};
}

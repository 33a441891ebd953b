/* SPDX-License-Identifier: MIT */
/*
 * Writing: as many requests of a wave under way as the service takes. Answers come in any order. An intent is in the run file
 * before its request is sent. What may have been done is looked at when nothing is under way: that is late enough for
 * what the service is still doing after the line broke.
 */
#include "move/push.h"

#include "base/limits.h"
#include "base/rng.h"
#include "move/file_push.h"
#include "move/push_answer.h"
#include "move/push_check.h"
#include "move/skip.h"

#include "base/banned.h"

/* Requests that may be lost one after the other before it is looked what became of them: that the service answers
 * this shows that it is not gone. */
#define DOUBTFUL_MOST 3

struct pushing {
	struct job *j;
	struct push_bulk bulk;
	struct push_size size;
	struct push_tell tell;
	struct push_queue queue;
	struct push_refusals refusals;
	VEC(struct push_parcel *) parcels; /* on the pushing's arena; tags are their places */
	struct arena arena;
	struct rng rng; /* of pauses */
	size_t under_way, bytes;
	unsigned doubtful; /* requests in a row whose changes were put aside */
	bool serial;       /* one that goes not beside others is under way */
	uint64_t made;     /* when it was looked for what may have been done */
	uint64_t total;    /* changes of the wave */
};

/* What ends a run that could go on. */
static bool check_rails(const struct pushing *p, struct err *e)
{
	const struct execution *execution = &p->j->execution;

	if (p->queue.conflict)
		return err_set(
			e, ERR_CONFLICT,
			"stopped, because somebody else writes the same rows; what was written stays: "
			"run the import again when they are done");
	if (p->queue.denied.n > 0)
		return err_set(
			e, ERR_AUTH,
			"stopped, because who writes lacks a privilege: %.*s; what was written stays: "
			"\"ferry resume\" goes on when it is granted",
			STR_ARG(p->queue.denied));
	if (execution->max_failures > 0 && p->j->failures >= execution->max_failures)
		return err_set(e, ERR_ROWS,
			       "stopped, because %llu changes have failed; what was written stays",
			       (unsigned long long)p->j->failures);
	return true;
}

static bool go_on(struct pushing *p, struct str table, struct err *e)
{
	const struct progress *progress = p->j->progress;

	if (progress && progress->step)
		progress->step(progress->context, "writing", table, p->queue.done, p->total);
	if (progress && progress->cancelled && progress->cancelled(progress->context))
		return err_set(
			e, ERR_CANCELLED,
			"cancelled; what was written stays: \"ferry resume\" goes on, \"ferry undo\" takes it back");
	return check_rails(p, e);
}

static size_t free_parcel(struct pushing *p)
{
	for (size_t i = 0; i < p->parcels.n; i++)
		if (!p->parcels.p[i]->under_way)
			return i;

	struct push_parcel *fresh = arena_new(&p->arena, struct push_parcel);

	*fresh = (struct push_parcel){ .arena = arena_make(0), .body = buf_make(LIMIT_BODY) };
	*VEC_PUSH(&p->arena, &p->parcels) = fresh;
	return p->parcels.n - 1;
}

static unsigned width_of(const struct pushing *p)
{
	return p->j->service->width > 0 ? p->j->service->width : 1;
}

static bool may_send(const struct pushing *p)
{
	struct push_entry next;

	if (p->under_way >= width_of(p) || p->queue.aside.n >= LIMIT_CHANGES_ASIDE ||
	    p->doubtful >= DOUBTFUL_MOST ||
	    (p->under_way > 0 && p->bytes >= LIMIT_BYTES_UNDER_WAY) ||
	    !push_queue_peek(&p->queue, 0, &next))
		return false;
	return !(next.serial && p->serial);
}

static bool send(struct pushing *p, size_t place, struct err *e)
{
	struct push_parcel *parcel = p->parcels.p[place];
	struct service *service = p->j->service;

	if (!run_commit(p->j->run, e))
		return false;
	p->j->run->writes++;
	if (!service->submit(service, &parcel->request, place, e))
		return err_wrap(e, "writing to %s", service->label);
	parcel->under_way = true;
	p->serial = p->serial || parcel->serial;
	p->bytes += parcel->body.n;
	p->under_way++;
	return true;
}

static bool send_some(struct pushing *p, struct err *e)
{
	while (may_send(p)) {
		size_t place = free_parcel(p);
		struct push_parcel *parcel = p->parcels.p[place];
		struct push_packing packing = {
			.queue = &p->queue,
			.bulk = &p->bulk,
			.most = push_size_next(&p->size, push_queue_left(&p->queue), width_of(p)),
			.bytes = p->size.bytes,
			.no_serial = p->serial,
		};

		push_parcel_clear(parcel);
		if (!push_parcel_pack(parcel, &packing, e))
			return false;
		if (parcel->n > 0 && !(go_on(p, parcel->table, e) && send(p, place, e)))
			return false;
	}
	return true;
}

/* *gone: no other answer will come. */
static bool take_one(struct pushing *p, bool *gone, struct err *e)
{
	struct push_answering answering = {
		.queue = &p->queue, .bulk = &p->bulk, .size = &p->size, .refusals = &p->refusals
	};
	struct service *service = p->j->service;
	struct response answer;
	uint64_t tag = 0;

	*gone = !service->next(service, &tag, &answer, e);
	if (*gone)
		return err_wrap(e, "writing to %s", service->label);
	assert(tag < p->parcels.n && p->parcels.p[tag]->under_way);

	struct push_parcel *parcel = p->parcels.p[tag];

	parcel->under_way = false;
	p->serial = p->serial && !parcel->serial;
	p->bytes -= parcel->body.n;
	p->under_way--;

	size_t before = p->queue.aside.n;
	uint64_t made = p->queue.made;
	bool ok = push_answer_take(&answering, parcel, &answer, e);

	p->doubtful = p->queue.made > made ? 0 : p->doubtful + (p->queue.aside.n > before);
	return ok;
}

/* Nothing is under way. */
static bool check(struct pushing *p, struct err *e)
{
	struct push_queue *q = &p->queue;

	q->vain = q->made == p->made ? q->vain + 1 : 0;
	p->made = q->made;
	p->doubtful = 0;
	push_check_pause(q, &p->rng);
	return push_check_aside(q, e);
}

/* A service that takes nothing is not asked for each row whether that is still so. */
static bool give_up(struct pushing *p, struct err *e)
{
	struct push_entry next;

	while (push_queue_peek(&p->queue, 0, &next)) {
		push_queue_pop(&p->queue);
		if (!push_queue_failed(&p->queue, &next, &p->refusals.last, e))
			return false;
	}
	return true;
}

static bool is_given_up(const struct pushing *p)
{
	return p->refusals.exhausted >= PUSH_EXHAUSTED && p->refusals.made == p->queue.made;
}

static bool push_entries(struct pushing *p, struct err *e)
{
	bool gone;

	for (;;) {
		struct push_entry next;

		if (is_given_up(p) ? !give_up(p, e) : !send_some(p, e))
			return false;
		if (p->under_way > 0) {
			if (!take_one(p, &gone, e))
				return false;
		} else if (p->queue.aside.n > 0) {
			if (!check(p, e))
				return false;
		} else if (!push_queue_peek(&p->queue, 0, &next)) {
			return check_rails(p, e);
		}
	}
}

/* What is under way when the run stops is done all the same: what comes of it is noted. */
static void drain(struct pushing *p)
{
	struct err later;
	bool gone = false;

	while (p->under_way > 0 && !gone)
		(void)!take_one(p, &gone, &later);
}

/* Of those whose answers are missing nobody knows whether they were made. */
static bool tell_open(struct pushing *p, struct err *e)
{
	uint64_t open = p->queue.aside.n;

	for (size_t i = 0; i < p->parcels.n; i++)
		if (p->parcels.p[i]->under_way)
			open += p->parcels.p[i]->n;
	if (open == 0)
		return true;

	struct problem problem = {
		.severity = SEVERITY_WARNING,
		.message = str_fmt(
			p->j->page,
			"%llu changes were under way when the run stopped: they count as not made, but some may have been",
			(unsigned long long)open),
		.remedy = S("\"ferry resume\" looks for them and does what is missing"),
	};

	return journal_put_problem(p->j->run, &problem, e);
}

/* Whether bulk messages could be used: only then it is worth a request to ask for them. */
static bool has_bulk(const struct push_queue *q, const struct push_size *size)
{
	size_t alike = 0;

	for (size_t i = 0; size->now >= PUSH_BULK_LEAST && i < q->fresh.n; i++) {
		const struct push_entry *entry = &q->fresh.p[i];
		const struct push_entry *before = &q->fresh.p[i > 0 ? i - 1 : 0];
		bool candidate = entry->kind == CHANGE_CREATE || entry->bare;

		if (!candidate || entry->tab != before->tab || entry->kind != before->kind)
			alike = 0;
		alike += candidate;
		if (alike >= PUSH_BULK_LEAST)
			return true;
	}
	return false;
}

static bool push_wave(struct pushing *p, uint32_t wave, struct err *e)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct err second;

	if (!skip_dependants(p->j, wave, e))
		return false;

	unsigned vain = p->queue.vain;
	uint64_t made = p->queue.made;
	bool ok = push_queue_open(&p->queue, p->j, &a, &p->tell, wave, e);

	p->queue.vain = vain;
	p->queue.made = made;
	p->total = p->queue.fresh.n;
	ok = ok && (!has_bulk(&p->queue, &p->size) || push_bulk_ask(&p->bulk, e)) &&
	     push_entries(p, e) && file_push_wave(&p->queue, wave, e);
	if (!ok) {
		drain(p);
		/* why the run stops is told already; that more could not be told is no other reason */
		(void)!tell_open(p, &second);
	}
	push_queue_close(&p->queue);
	if (!push_tell_flush(&p->tell, ok ? e : &second) ||
	    !run_commit(p->j->run, ok ? e : &second))
		ok = false;
	return ok;
}

static void release(struct pushing *p)
{
	for (size_t i = 0; i < p->parcels.n; i++)
		push_parcel_release(p->parcels.p[i]);
	push_tell_release(&p->tell);
	arena_release(&p->arena);
}

bool push_waves(struct job *j, uint32_t first, uint32_t last, struct err *e)
{
	DEFER(release) struct pushing p = { .j = j,
					    .bulk = push_bulk_make(j),
					    .size = push_size_make(j->execution.batch_size),
					    .tell = push_tell_make(j),
					    .rng = rng_from_seed(j->execution.seed),
					    .arena = arena_make(0) };

	for (uint32_t wave = first; wave <= last; wave++)
		if (!push_wave(&p, wave, e))
			return false;
	return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * Three kinds of answers: one for each part of a $batch; one for a bulk message, of which all was done or nothing; and one
 * that is about the request as a whole. A failure that may be about one row is brought nearer to it by halving what
 * goes together. What may have been done is put aside, to be looked at.
 */
#include "move/push_answer.h"

#include "base/limits.h"
#include "base/map.h"
#include "dv/batch.h"
#include "dv/service_code.h"
#include "move/skip.h"

#include "base/banned.h"

/*
 * After so many that were alike, halving finds nothing: all of them have it. That is said later of the rest of
 * requests of which some part was done.
 */
#define REFUSALS 100
#define REFUSALS_OF_HALVES 400
#define REFUSALS_ELSEWHERE 20 /* of another table, for the same reason */
/* Without an answer after so many ms: a request that was too long, not a broken line. */
#define LONG_MS 10000
#define LITTLE (64 * LIMIT_KIB)
/* Each of these costs as much again, until what was slow is found. */
#define DEAR_PARTS 8

/* Rows that something else holds for a moment; a deadlock comes as an SQL error, with that word in its message. */
static bool is_busy(int status, const struct err *why)
{
	if (status == 429 || status == 503)
		return true;
	switch (why->code) {
	case SERVICE_CODE_SQL:
	case SERVICE_CODE_SQL_TIMEOUT:
	case SERVICE_CODE_LOCK:
	case SERVICE_CODE_REQUESTS:
	case SERVICE_CODE_WORK:
	case SERVICE_CODE_CONCURRENT:
		return true;
	default:
		return str_find(str_from(why->msg), S("eadlock")) != STR_NONE;
	}
}

/*
 * Refused because of what the target holds: perhaps by this very request, which came twice, or by one whose
 * answer was lost.
 */
static bool may_be_ours(const struct push_entry *entry, const struct err *why)
{
	if (why->kind != ERR_PRECONDITION && why->code != SERVICE_CODE_ROW_EXISTS)
		return false;
	if (why->code == SERVICE_CODE_KEY_TAKEN || why->code == SERVICE_CODE_DUPLICATE_RULE)
		return false;
	return entry->kind == CHANGE_CREATE || (entry->kind == CHANGE_UPDATE && !entry->bare) ||
	       entry->kind == CHANGE_DELETE || entry->kind == CHANGE_DEACTIVATE;
}

/* What was to be there is, or what was to be gone is. */
static bool is_done_already(const struct push_entry *entry, int status, const struct err *why)
{
	if (entry->kind == CHANGE_LINK)
		return why->code == SERVICE_CODE_ROW_EXISTS;
	return change_is_removal((enum change_kind)entry->kind) && status == 404 &&
	       why->code != SERVICE_CODE_UNKNOWN_PATH && why->code != SERVICE_CODE_NO_MESSAGE;
}

static struct push_entry parted(const struct push_entry *entry, size_t n, size_t parts)
{
	struct push_entry half = *entry;

	half.most = (uint16_t)((n + parts - 1) / parts);
	return half;
}

static struct push_entry halved(const struct push_entry *entry, size_t n)
{
	return parted(entry, n, 2);
}

/*
 * Perhaps done: every change from `from` on. What took too long, or was lost before, goes in smaller requests, because
 * one of its rows may be what the service breaks at; an accident of the line says nothing about their size. While they
 * become smaller that is no further round.
 */
static void lose(const struct push_answering *a, const struct push_parcel *p, size_t from,
		 const struct err *why, bool dear)
{
	for (size_t i = from; i < p->n; i++) {
		struct push_entry entry = p->entries[i];

		if (dear)
			entry = parted(&entry, p->n, DEAR_PARTS);
		else if (entry.lost)
			entry = halved(&entry, p->n);
		if (p->n > 1 && entry.rounds > 0)
			entry.rounds--;
		entry.lost = true;
		push_queue_aside(a->queue, &entry, WHY_LOST, why);
	}
}

/* Asked again and again, the service takes nothing: then it need not be asked for the rest. */
static void note_exhausted(const struct push_answering *a, const struct err *why)
{
	struct push_refusals *before = a->refusals;

	before->exhausted = before->made == a->queue->made ? before->exhausted + 1 : 1;
	before->made = a->queue->made;
	before->last = *why;
}

static bool fail_all(const struct push_answering *a, const struct push_parcel *p,
		     const struct err *why, struct err *e)
{
	for (size_t i = 0; i < p->n; i++)
		if (!push_queue_failed(a->queue, &p->entries[i], why, e))
			return false;
	return true;
}

/* Certainly not done: in two requests instead of one, until what is wrong stands alone. */
static bool halve(const struct push_answering *a, const struct push_parcel *p,
		  const struct err *why, struct err *e)
{
	if (p->n == 1)
		return push_queue_failed(a->queue, &p->entries[0], why, e);
	for (size_t i = p->n; i > 0; i--) {
		struct push_entry half = halved(&p->entries[i - 1], p->n);
		push_queue_again(a->queue, &half);
	}
	return true;
}

static void set_aside(const struct push_answering *a, const struct push_parcel *p,
		      enum push_why reason, const struct err *why)
{
	for (size_t i = 0; i < p->n; i++) {
		struct push_entry half = halved(&p->entries[i], p->n);
		push_queue_aside(a->queue, &half, reason, why);
	}
}

/*
 * The privilege to leave the environment's own logic out is missing: as a refusal it comes with every row, but it is about
 * none. That of a table whose schema asks for it is not silently left to run: it might change what is written.
 */
static bool is_bypass_refused(int status, const struct err *why)
{
	return status == 403 && str_find(str_from(why->msg), S("prvBypassCustom")) != STR_NONE;
}

static bool refuse_bypass(const struct push_answering *a, const struct push_entry *entry,
			  const struct err *why, struct err *e)
{
	struct job *j = a->queue->j;
	struct change c;

	if (!journal_get_change(j->run, entry->number, &c, e))
		return false;

	const struct tab *t = change_tab(j, &c);
	const char *asks =
		t->entity->disable_plugins
			? "disableplugins=\"true\" in the schema; grant it, or use --disable-steps"
			: "--bypass; grant it, or leave the option out";

	return err_set_code(
		e, ERR_AUTH, why->code,
		"writing to %s: who writes lacks the privilege prvBypassCustomBusinessLogic, "
		"which %.*s needs because of %s: %s",
		j->service->label, STR_ARG(t->table->name), asks, why->msg);
}

static bool take_part(const struct push_answering *a, const struct push_entry *entry,
		      const struct response *r, struct err *e)
{
	struct err why;

	if (r->status >= 200 && r->status < 300)
		return push_queue_done(a->queue, entry, e);
	(void)service_refused(r, &why);
	if (is_done_already(entry, r->status, &why))
		return push_queue_done(a->queue, entry, e);
	if (is_bypass_refused(r->status, &why))
		return refuse_bypass(a, entry, &why, e);
	if (is_busy(r->status, &why))
		push_queue_aside(a->queue, entry, WHY_BUSY, &why);
	else if (may_be_ours(entry, &why))
		push_queue_aside(a->queue, entry, WHY_THERE, &why);
	else
		return push_queue_failed(a->queue, entry, &why, e);
	return true;
}

/* The rows of a bulk message go as a $batch, which tells them apart at once. */
static bool take_apart(const struct push_answering *a, const struct push_parcel *p,
		       const struct err *why, struct err *e)
{
	if (p->n == 1)
		return push_queue_failed(a->queue, &p->entries[0], why, e);
	for (size_t i = p->n; i > 0; i--) {
		struct push_entry entry = p->entries[i - 1];

		entry.apart = true;
		push_queue_again(a->queue, &entry);
	}
	return true;
}

static bool is_alike(const struct push_refusals *before, const struct push_entry *entry)
{
	return entry->tab == before->tab && entry->kind == (uint32_t)before->kind;
}

/* Those like the ones before; the others only stood beside them. */
static bool fail_alike(const struct push_answering *a, const struct push_parcel *p,
		       const struct err *why, struct err *e)
{
	a->refusals->given_up = a->refusals->reason;
	for (size_t i = p->n; i > 0; i--) {
		const struct push_entry *entry = &p->entries[i - 1];
		struct push_entry half = halved(entry, p->n);

		if (!is_alike(a->refusals, entry))
			push_queue_again(a->queue, &half);
		else if (!push_queue_failed(a->queue, entry, why, e))
			return false;
	}
	return true;
}

static void count_refusal(struct push_refusals *before, const struct push_entry *entry,
			  uint64_t reason)
{
	bool same = before->reason == reason && is_alike(before, entry);

	before->n = same ? before->n + 1 : 1;
	before->reason = reason;
	before->tab = entry->tab;
	before->kind = (enum change_kind)entry->kind;
}

/* A $batch that is refused as a whole is not refused for one of its rows, when one after the other is. */
static bool refuse_batch(const struct push_answering *a, const struct push_parcel *p,
			 const struct err *why, struct err *e)
{
	struct push_refusals *before = a->refusals;
	struct arena *page = a->queue->j->page;
	struct arena_mark mark = arena_mark(page);
	uint64_t reason = hash_bytes(push_reason(page, str_from(why->msg))) ^ why->code;

	arena_rewind(page, mark);

	bool halves = p->entries[0].most > 0;
	unsigned most = halves ? REFUSALS_OF_HALVES : REFUSALS;

	if (before->given_up == reason)
		most = REFUSALS_ELSEWHERE;
	if (p->n > 1 && before->n >= most && before->reason == reason)
		return fail_alike(a, p, why, e);
	if (p->n == 1)
		count_refusal(before, &p->entries[0], reason);
	return halve(a, p, why, e);
}

/* An answer that ends before its last part leaves the rest unknown. */
static bool take_parts(const struct push_answering *a, const struct push_parcel *p, struct str body,
		       struct str boundary, struct err *e)
{
	struct arena *page = a->queue->j->page;
	struct arena_mark mark = arena_mark(page);
	struct batch_reader reader = batch_reader_make(body, boundary);
	struct err why;

	a->refusals->n = 0;
	a->refusals->given_up = 0;
	for (size_t i = 0; i < p->n; i++) {
		struct batch_part part;
		struct response r;
		bool more;
		bool ok = batch_next(&reader, page, &part, &more, &why) &&
			  (!more || batch_read_response(page, part.body, &r, &why));

		if (ok && !more)
			ok = err_set(&why, ERR_NETWORK,
				     "the service gave no answer for this change");
		if (!ok) {
			why.kind = ERR_NETWORK;
			lose(a, p, i, &why, false);
			break;
		}
		if (!take_part(a, &p->entries[i], &r, e))
			return false;
		arena_rewind(page, mark);
	}
	return true;
}

/* 401 is for the person who signs in; so is 403, where it is not about one table. */
static bool refuse(const struct push_answering *a, struct err *why, struct err *e)
{
	why->kind = ERR_AUTH;
	*e = *why;
	return err_wrap(e, "writing to %s", a->queue->j->service->label);
}

/* Whether the service gives up after it was asked again and again: then it is not the fault of a row. */
static bool is_exhausted(int status)
{
	return status == 429 || status == 503;
}

static bool is_timeout(int status)
{
	return status == 408 || status == 504;
}

/* Who says so of little means something else. */
static bool is_too_large(int status, const struct push_parcel *p)
{
	return status == 413 && p->body.n > LITTLE;
}

static bool take_batch(const struct push_answering *a, const struct push_parcel *p,
		       const struct response *r, struct err *e)
{
	const struct str *type = header_find(r->headers, r->nheaders, S("Content-Type"));
	struct str boundary;
	struct err why;

	if (type && str_starts(*type, S("multipart/")) && batch_boundary(*type, &boundary, &why)) {
		push_size_answered(a->size, p->n, r->ms);
		return take_parts(a, p, r->body, boundary, e);
	}
	(void)service_refused(r, &why);
	if (r->status == 401 || r->status == 403)
		return refuse(a, &why, e);
	if (is_exhausted(r->status)) {
		note_exhausted(a, &why);
		return fail_all(a, p, &why, e);
	}
	if (r->status == 413)
		push_size_refused(a->size, p->body.n);
	if (is_too_large(r->status, p))
		return halve(a, p, &why, e);
	if (r->status >= 400 && r->status < 500 && r->status != 408)
		return refuse_batch(a, p, &why, e);
	if (r->status >= 200 && r->status < 300)
		(void)err_set(&why, ERR_NETWORK,
			      "the service answered a $batch without a multipart body");
	lose(a, p, 0, &why, is_timeout(r->status));
	return true;
}

static bool take_done(const struct push_answering *a, const struct push_parcel *p, struct str body,
		      struct err *e)
{
	struct err why;

	if (p->way == WAY_CREATE_MULTIPLE &&
	    !push_bulk_ids(a->bulk, body, p->entries, p->n, &why)) {
		if (why.kind == ERR_INTERNAL) {
			*e = why;
			return false;
		}
		lose(a, p, 0, &why, false);
		return true;
	}
	for (size_t i = 0; i < p->n; i++)
		if (!push_queue_done(a->queue, &p->entries[i], e))
			return false;
	return true;
}

/* 403 may be about some rows only, of an owner for one: the parts of a $batch tell which. */
static bool is_no_message(int status, const struct err *why)
{
	return status == 403 || why->code == SERVICE_CODE_NO_MESSAGE ||
	       why->code == SERVICE_CODE_UNKNOWN_PATH || status == 405 || status == 501 ||
	       (status == 404 && why->code != SERVICE_CODE_ROW_MISSING);
}

/* Nothing of it was done. */
static bool take_refusal(const struct push_answering *a, const struct push_parcel *p, int status,
			 const struct err *why, struct err *e)
{
	if (is_no_message(status, why)) {
		push_bulk_forget(a->bulk, p->tab, p->way);
		for (size_t i = p->n; i > 0; i--)
			push_queue_again(a->queue, &p->entries[i - 1]);
		return true;
	}
	if (is_busy(status, why)) {
		set_aside(a, p, WHY_BUSY, why);
		return true;
	}
	if (may_be_ours(&p->entries[0], why)) {
		set_aside(a, p, p->n == 1 ? WHY_THERE : WHY_AMONG, why);
		return true;
	}
	return is_too_large(status, p) ? halve(a, p, why, e) : take_apart(a, p, why, e);
}

static bool take_bulk(const struct push_answering *a, const struct push_parcel *p,
		      const struct response *r, struct err *e)
{
	struct err why;

	if (r->status >= 200 && r->status < 300) {
		push_size_answered(a->size, p->n, r->ms);
		return take_done(a, p, r->body, e);
	}
	(void)service_refused(r, &why);
	if (r->status == 401)
		return refuse(a, &why, e);
	if (is_exhausted(r->status)) {
		note_exhausted(a, &why);
		return fail_all(a, p, &why, e);
	}
	if (r->status == 413)
		push_size_refused(a->size, p->body.n);
	/* an error of the platform's own comes after its transaction was rolled back */
	if (why.code != 0 || (r->status >= 400 && r->status < 500 && r->status != 408))
		return take_refusal(a, p, r->status, &why, e);
	lose(a, p, 0, &why, is_timeout(r->status));
	return true;
}

/* A person cancelled before it was sent: as if it had not been tried. */
static bool take_back(const struct push_answering *a, const struct push_parcel *p, struct err *e)
{
	for (size_t i = p->n; i > 0; i--) {
		if (!journal_set_state(a->queue->j->run, p->entries[i - 1].number, CHANGE_PLANNED,
				       e))
			return false;
		push_queue_again(a->queue, &p->entries[i - 1]);
	}
	return true;
}

bool push_answer_take(const struct push_answering *a, const struct push_parcel *p,
		      const struct response *r, struct err *e)
{
	struct err why = { .kind = ERR_NETWORK };

	if (r->fate != FATE_ANSWERED) {
		if (r->failure)
			why = *r->failure;
		else
			(void)err_set(&why, ERR_NETWORK, "the service gave no answer");
		if (r->fate == FATE_NOT_DONE && why.kind == ERR_CANCELLED)
			return take_back(a, p, e);
		if (r->fate == FATE_NOT_DONE) {
			note_exhausted(a, &why);
			return fail_all(a, p, &why, e);
		}
		if (r->ms > LONG_MS)
			push_size_answered(a->size, p->n, r->ms);
		lose(a, p, 0, &why, r->ms > LONG_MS);
		return true;
	}
	return p->way == WAY_BATCH ? take_batch(a, p, r, e) : take_bulk(a, p, r, e);
}

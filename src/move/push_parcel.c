/* SPDX-License-Identifier: MIT */
/*
 * Packing. A $batch takes changes of all kinds and tables, a bulk message those of one table.
 */
#include "move/push_parcel.h"

#include "base/limits.h"
#include "dv/batch.h"
#include "move/skip.h"

#include "base/banned.h"

/* A body that was larger gives its memory back when it was answered. */
#define KEEP (1 * LIMIT_MIB)

static bool is_like(const struct push_entry *a, const struct push_entry *b)
{
	return a->kind == b->kind && a->tab == b->tab && a->bare == b->bare && a->apart == b->apart;
}

/* Whether enough entries like the first stand at the front. */
static bool is_run(const struct push_queue *q, const struct push_entry *first)
{
	struct push_entry next;

	for (size_t i = 1; i < PUSH_BULK_LEAST; i++)
		if (!push_queue_peek(q, i, &next) || !is_like(first, &next))
			return false;
	return true;
}

static enum push_way way_of(const struct push_packing *k, const struct push_entry *first)
{
	if (k->most < PUSH_BULK_LEAST || !is_run(k->queue, first))
		return WAY_BATCH;
	return push_bulk_way(k->bulk, first);
}

/* Whether the next one may go with those that are in already. */
static bool fits(const struct push_parcel *p, const struct push_packing *k,
		 const struct push_entry *next)
{
	if (next->serial && k->no_serial)
		return false;
	if (p->n == 0)
		return true;

	const struct push_entry *first = &p->entries[0];

	if (p->n >= k->most || p->body.n >= k->bytes || next->most != first->most ||
	    (first->most > 0 && p->n >= first->most))
		return false;
	return p->way == WAY_BATCH || is_like(first, next);
}

static void begin(struct push_parcel *p, const struct push_packing *k,
		  const struct push_entry *first)
{
	p->way = way_of(k, first);
	p->tab = first->tab;
	p->entries = arena_array(&p->arena, struct push_entry, k->most);
	if (p->way != WAY_BATCH)
		buf_add(&p->body, S("{\"Targets\":["));
}

/* *room false: it does not fit behind those that are in already. */
static bool add_words(struct push_parcel *p, struct job *j, const struct change *c, bool *room,
		      struct err *e)
{
	size_t before = p->body.n;
	bool ok;

	if (p->way == WAY_BATCH) {
		ok = push_part_request(j, c, &p->body, e);
	} else {
		if (p->n > 0)
			buf_add_char(&p->body, ',');
		ok = push_part_target(j, c, &p->body, e);
	}
	*room = !p->body.full;
	if (ok && *room)
		return true;
	if (ok && p->n == 0)
		ok = buf_check(&p->body, "the row as a request", e);
	p->body.full = false;
	buf_truncate(&p->body, before);
	return ok;
}

/* A change that cannot be put into words fails alone. *room as above; then it is at the queue's front again. */
static bool add(struct push_parcel *p, const struct push_packing *k, const struct push_entry *entry,
		bool *room, struct err *e)
{
	struct job *j = k->queue->j;
	struct arena_mark mark = arena_mark(j->page);
	struct err unfit = { .kind = ERR_NONE };
	struct change c;

	if (!journal_get_change(j->run, entry->number, &c, e))
		return false;
	c.columns = str_dup(j->page, c.columns);
	p->table = change_tab(j, &c)->table->name;

	bool ok = add_words(p, j, &c, room, &unfit);

	arena_rewind(j->page, mark);
	if (ok && !*room) {
		push_queue_again(k->queue, entry);
		return true;
	}
	*room = true;
	if (ok) {
		p->serial = p->serial || entry->serial;
		p->entries[p->n++] = *entry;
		return journal_set_state(j->run, entry->number, CHANGE_SENT, e);
	}
	if (unfit.kind == ERR_INPUT)
		return push_queue_failed(k->queue, entry, &unfit, e);
	*e = unfit;
	return false;
}

static bool seal(struct push_parcel *p, struct job *j, struct err *e)
{
	static const struct header batch[] = {
		{ STR_INIT("Content-Type"),
		  STR_INIT("multipart/mixed; boundary=\"" PUSH_BOUNDARY "\"") },
		{ STR_INIT("Prefer"), STR_INIT("odata.continue-on-error") },
	};

	p->request = (struct request){ .method = METHOD_POST,
				       .target = S("$batch"),
				       .headers = batch,
				       .nheaders = COUNT_OF(batch) };
	if (p->way == WAY_BATCH) {
		batch_write_end(&p->body, S(PUSH_BOUNDARY));
	} else {
		buf_add(&p->body, S("]}"));
		p->request.target = push_bulk_target(&p->arena, j->tabs.p[p->tab].table, p->way);
		p->request.headers = p->headers;
		p->request.nheaders = push_part_headers(j, &j->tabs.p[p->tab], p->headers);
	}
	p->request.body = buf_str(&p->body);
	return buf_check(&p->body, "a request with many changes", e);
}

bool push_parcel_pack(struct push_parcel *p, const struct push_packing *k, struct err *e)
{
	struct push_entry next;
	bool room = true;

	while (room && push_queue_peek(k->queue, 0, &next) && fits(p, k, &next)) {
		if (p->n == 0) {
			push_parcel_clear(p);
			begin(p, k, &next);
		}
		push_queue_pop(k->queue);
		if (!add(p, k, &next, &room, e))
			return false;
	}
	return p->n == 0 || seal(p, k->queue->j, e);
}

void push_parcel_clear(struct push_parcel *p)
{
	if (p->body.cap > KEEP)
		buf_release(&p->body);
	arena_reset(&p->arena);
	p->body.max = LIMIT_BODY;
	buf_clear(&p->body);
	p->entries = NULL;
	p->n = 0;
	p->serial = p->under_way = false;
}

void push_parcel_release(struct push_parcel *p)
{
	buf_release(&p->body);
	arena_release(&p->arena);
}

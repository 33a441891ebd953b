/* SPDX-License-Identifier: MIT */
/*
 * Several files at once, each step by step. An intent is in the run file before its first request is sent; nothing has to be looked
 * up when an answer is lost. Bytes are checked against their hash before they are sent.
 */
#include "move/file_push.h"

#include "base/limits.h"
#include "dv/service_code.h"
#include "move/cells.h"
#include "move/file_bytes.h"
#include "move/file_cell.h"
#include "move/file_lanes.h"
#include "move/file_words.h"
#include "move/skip.h"

#include "base/banned.h"

/* How often one is begun; how many may come to nothing one after the other before the rest fails with them. */
#define ROUNDS 4
#define EXHAUSTED 2
#define PAUSE_MS 500

struct push_lane {
	struct push_entry entry;
	struct file_upload upload;
	struct arena arena; /* of one change */
	enum file_step step;
	unsigned rounds;
	uint64_t weight;
};

struct file_pushing {
	struct push_queue *q;
	struct job *j;
	VEC(int64_t) numbers;
	struct arena arena;
	size_t at;
	uint64_t weight;    /* of all that is under way */
	unsigned exhausted; /* one after the other, and for what reason */
	struct err last;
	struct err stop; /* why no other one is begun; kind ERR_NONE: they are */
	struct file_lanes lanes;
	struct push_lane lane[FILE_LANES];
};

static bool gather(struct file_pushing *p, uint32_t wave, enum change_state state, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	struct change change;
	bool more;

	if (!journal_changes(p->j->run, wave, state, &c, e))
		return false;
	for (;;) {
		if (!journal_next_change(&c, &change, &more, e))
			return false;
		if (!more)
			return true;
		if (change.kind == CHANGE_FILE)
			*VEC_PUSH(&p->arena, &p->numbers) = change.number;
	}
}

/* What stops the run is no reason to break off what is under way. */
static void check_rails(struct file_pushing *p)
{
	const struct progress *progress = p->j->progress;
	const struct execution *execution = &p->j->execution;

	if (p->stop.kind != ERR_NONE)
		return;
	if (progress && progress->cancelled && progress->cancelled(progress->context))
		(void)err_set(
			&p->stop, ERR_CANCELLED,
			"cancelled; what was written stays: \"ferry resume\" goes on, \"ferry undo\" takes it back");
	else if (execution->max_failures > 0 && p->j->failures >= execution->max_failures)
		(void)err_set(&p->stop, ERR_ROWS,
			      "stopped, because %llu changes have failed; what was written stays",
			      (unsigned long long)p->j->failures);
}

static void tell_progress(const struct file_pushing *p, struct str table)
{
	const struct progress *progress = p->j->progress;

	if (progress && progress->step)
		progress->step(progress->context, "writing files", table, p->at, p->numbers.n);
}

static bool failed(struct file_pushing *p, struct push_lane *l, const struct err *why,
		   struct err *e)
{
	return push_queue_failed(p->q, &l->entry, why, e);
}

/* The wanted cell: what is to stand there. ERR_INPUT: its bytes are not there. */
static bool read_wanted(struct file_pushing *p, struct push_lane *l, const struct change *c,
			struct err *e)
{
	struct arena *page = p->j->page;
	struct file_upload *u = &l->upload;
	struct value *values;
	struct run_row row;
	size_t at = 0;
	bool found;

	u->t = &p->j->tabs.p[c->tab];
	values = arena_array(page, struct value, u->t->ncolumns);
	while (at < c->columns.n && !c->columns.p[at])
		at++;
	if (at >= u->t->nfields || !file_cell_is(u->t->columns[at].column))
		return err_set(e, ERR_INTERNAL, "run file: a file's change without its column");
	u->column = u->t->columns[at].column;
	u->id = c->id;
	u->size = 0;
	u->block = 0;
	u->hash = u->name = S("");
	if (!run_get_row(p->j->run, SIDE_WANTED, c->tab, c->id, &row, &found, e) ||
	    (found && !cells_unpack(row.cells, values, u->t->ncolumns, e)))
		return false;
	if (!found)
		return err_set(e, ERR_INTERNAL, "run file: a change without its row");
	if (value_is_empty(&values[at]))
		return true;
	if (!file_cell_is_told(&values[at]))
		return err_set(e, ERR_INTERNAL, "run file: a file whose content is not known");
	u->hash = str_dup(&l->arena, file_cell_hash(&values[at]));
	u->name = str_dup(&l->arena, file_cell_name(&values[at]));
	return file_bytes_check(p->j->run, u->hash, &u->size, e);
}

static bool send(struct file_pushing *p, size_t at, struct err *e)
{
	struct push_lane *l = &p->lane[at];

	return file_words(p->j, &l->upload, l->step, &p->lanes.request[at], e) &&
	       file_lanes_send(&p->lanes, at, e);
}

static bool send_first(struct file_pushing *p, size_t at, struct err *e)
{
	struct push_lane *l = &p->lane[at];

	l->upload.block = 0;
	l->step = file_words_first(&l->upload);
	return send(p, at, e);
}

/* Two files of one row would have to wait for each other in the service. */
static bool is_row_under_way(const struct file_pushing *p, const struct file_upload *u)
{
	for (size_t i = 0; i < FILE_LANES; i++)
		if (p->lanes.busy[i] && p->lane[i].upload.t == u->t &&
		    guid_eq(p->lane[i].upload.id, u->id))
			return true;
	return false;
}

/* *room false: it waits until others are through. */
static bool prepare(struct file_pushing *p, struct push_lane *l, bool *room, struct err *e)
{
	struct arena_mark mark = arena_mark(p->j->page);
	struct err unfit = { .kind = ERR_NONE };
	struct change c;

	if (!journal_get_change(p->j->run, p->numbers.p[p->at], &c, e))
		return false;
	arena_reset(&l->arena);
	c.columns = str_dup(&l->arena, c.columns);
	l->entry = (struct push_entry){ .number = c.number, .tab = c.tab, .kind = c.kind & 7u };
	l->rounds = 1;

	bool ok = read_wanted(p, l, &c, &unfit);

	arena_rewind(p->j->page, mark);
	*room = true;
	if (!ok && unfit.kind == ERR_INPUT) {
		p->at++;
		l->weight = 0;
		l->upload.t = NULL;
		return failed(p, l, &unfit, e);
	}
	if (!ok) {
		*e = unfit;
		return false;
	}
	l->weight = file_words_weight(&l->upload);
	*room = p->lanes.under_way == 0 || (p->weight + l->weight <= LIMIT_BYTES_UNDER_WAY &&
					    !is_row_under_way(p, &l->upload));
	p->at += *room;
	return true;
}

static bool begin(void *context, size_t at, bool *more, struct err *e)
{
	struct file_pushing *p = context;
	struct push_lane *l = &p->lane[at];

	check_rails(p);
	*more = p->at < p->numbers.n && p->stop.kind == ERR_NONE;
	if (!*more)
		return true;
	if (!prepare(p, l, more, e) || !*more)
		return !*more;
	if (!l->upload.t) /* it has failed */
		return true;
	tell_progress(p, l->upload.t->table->name);
	if (p->exhausted >= EXHAUSTED)
		return failed(p, l, &p->last, e);
	p->weight += l->weight;
	return journal_set_state(p->j->run, l->entry.number, CHANGE_SENT, e) &&
	       run_commit(p->j->run, e) && send_first(p, at, e);
}

static void leave(struct file_pushing *p, struct push_lane *l)
{
	p->weight -= l->weight;
	if (l->upload.body.cap > LIMIT_FILE_PART)
		buf_release(&l->upload.body);
}

static bool done(struct file_pushing *p, struct push_lane *l, struct err *e)
{
	leave(p, l);
	p->exhausted = 0;
	return push_queue_done(p->q, &l->entry, e);
}

/* Once more from its start: what was begun and never ended the service forgets. */
static bool again(struct file_pushing *p, size_t at, const struct err *why, struct err *e)
{
	const struct progress *progress = p->j->progress;
	struct push_lane *l = &p->lane[at];

	check_rails(p);
	if (p->stop.kind != ERR_NONE) {
		leave(p, l); /* it stays sent: who resumes the run begins it again */
		return true;
	}
	if (l->rounds >= ROUNDS) {
		leave(p, l);
		p->exhausted++;
		p->last = *why;
		return failed(p, l, why, e);
	}
	if (progress && progress->pause)
		progress->pause(progress->context, (unsigned)PAUSE_MS << l->rounds);
	l->rounds++;
	return send_first(p, at, e);
}

/* Not about this file: the service has too much to do, or something else holds the row. */
static bool is_passing(int status, const struct err *why)
{
	switch (why->code) {
	case SERVICE_CODE_SQL:
	case SERVICE_CODE_SQL_TIMEOUT:
	case SERVICE_CODE_LOCK:
	case SERVICE_CODE_CONCURRENT:
		return true;
	default:
		return status == 408 || status == 429 || status >= 500;
	}
}

static bool refused(struct file_pushing *p, size_t at, const struct response *r, struct err *e)
{
	struct push_lane *l = &p->lane[at];
	struct err why;

	(void)service_refused(r, &why);
	if (r->status == 401) {
		why.kind = ERR_AUTH;
		*e = why;
		return err_wrap(e, "writing to %s", p->j->service->label);
	}
	if (l->step == FILE_REMOVE && r->status == 404)
		return done(p, l, e);
	if (is_passing(r->status, &why))
		return again(p, at, &why, e);
	leave(p, l);
	return failed(p, l, &why, e);
}

static bool advance(struct file_pushing *p, size_t at, const struct response *r, struct err *e)
{
	struct push_lane *l = &p->lane[at];
	struct err why;
	bool there;

	if (l->step == FILE_BEGIN && !file_words_token(&l->arena, r->body, &l->upload.token, &why))
		return again(p, at, &why, e);
	l->step = file_words_next(&l->upload, l->step, &there);
	if (there)
		return done(p, l, e);
	check_rails(p);
	if (p->stop.kind == ERR_CANCELLED) {
		leave(p, l);
		return true;
	}
	return send(p, at, e);
}

static bool answered(void *context, size_t at, const struct response *r, struct err *e)
{
	struct file_pushing *p = context;
	struct err why;

	if (r->fate != FATE_ANSWERED) {
		(void)file_lanes_lost(r, &why);
		return again(p, at, &why, e);
	}
	return r->status >= 200 && r->status < 300 ? advance(p, at, r, e) : refused(p, at, r, e);
}

static void pushing_release(struct file_pushing *p)
{
	for (size_t i = 0; i < FILE_LANES; i++) {
		file_upload_release(&p->lane[i].upload);
		arena_release(&p->lane[i].arena);
	}
	arena_release(&p->arena);
}

bool file_push_wave(struct push_queue *q, uint32_t wave, struct err *e)
{
	struct job *j = q->j;
	DEFER(pushing_release) struct file_pushing p = { .q = q,
							 .j = j,
							 .arena = arena_make(0),
							 .stop = { .kind = ERR_NONE },
							 .lanes = { .service = j->service,
								    .requests = &j->run->writes,
								    .begin = begin,
								    .answered = answered } };

	p.lanes.context = &p;
	for (size_t i = 0; i < FILE_LANES; i++) {
		file_upload_init(&p.lane[i].upload);
		p.lane[i].arena = arena_make(0);
	}
	if (!gather(&p, wave, CHANGE_SENT, e) || !gather(&p, wave, CHANGE_PLANNED, e))
		return false;
	if (p.numbers.n == 0)
		return true;
	if (!file_lanes_run(&p.lanes, e))
		return false;
	if (p.stop.kind == ERR_NONE)
		return true;
	*e = p.stop;
	return false;
}

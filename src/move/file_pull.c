/* SPDX-License-Identifier: MIT */
/*
 * Reading contents: GET of the column's $value (facts/webapi.md 2.7), several at once, each through an intake into the run file. A
 * full-sized image is asked for first, then its thumbnail, which is all that some columns keep.
 */
#include "move/file_pull.h"

#include "base/codec.h"
#include "base/limits.h"
#include "base/vec.h"
#include "dv/odata.h"
#include "move/cells.h"
#include "move/file_bytes.h"
#include "move/file_cell.h"
#include "move/file_lanes.h"
#include "move/journal.h"

#include "base/banned.h"

struct want {
	struct guid id;
	uint32_t column;
};

struct pull_lane {
	struct want want;
	struct file_intake intake;
	struct arena arena; /* of one want */
	struct buf url;
	struct str name, wanted; /* of the file; the hash of what is to stand there */
	bool full;               /* of an image */
};

struct file_pulling {
	struct job *j;
	enum side side;
	bool all; /* whatever is wanted, and with its bytes */
	const struct tab *t;
	VEC(struct want) wants; /* of one part of the rows */
	struct arena arena;     /* of it */
	size_t at;
	uint64_t done;
	struct file_lanes lanes;
	struct pull_lane lane[FILE_LANES];
};

/* The cells of a row on the page; values NULL: the side has no such row. */
struct cells {
	struct run_row row;
	struct value *values;
};

static bool read_cells(struct job *j, enum side side, const struct tab *t, struct guid id,
		       struct cells *out, struct err *e)
{
	struct run_row row;
	bool found;

	*out = (struct cells){ 0 };
	if (!run_get_row(j->run, side, t->number, id, &row, &found, e) || !found)
		return !found;
	row.version = str_dup(j->page, row.version);
	row.cells = str_dup(j->page, row.cells);
	out->row = row;
	out->values = arena_array(j->page, struct value, t->ncolumns);
	return cells_unpack(row.cells, out->values, t->ncolumns, e);
}

static bool set_cell(struct job *j, enum side side, const struct tab *t, struct guid id,
		     uint32_t column, const struct value *v, struct err *e)
{
	DEFER(buf_release) struct buf packed = buf_make(0);
	struct cells cells;

	if (!read_cells(j, side, t, id, &cells, e) || !cells.values)
		return !cells.values;
	cells.values[column] = *v;
	cells_pack(&packed, cells.values, t->ncolumns);
	cells.row.cells = buf_str(&packed);
	return run_replace_row(j->run, side, t->number, &cells.row, e);
}

/* What cannot be read is as good as what should be there: who wanted it, is told. */
static bool leave_out(struct file_pulling *p, const struct want *w, const struct cells *wanted,
		      struct err *e)
{
	static const struct value absent = { .kind = VALUE_ABSENT };
	bool again = (p->side == SIDE_AFTER || p->side == SIDE_NOW) && wanted->values;
	const struct value *v = again ? &wanted->values[w->column] : &absent;

	return set_cell(p->j, p->side, p->t, w->id, w->column, v, e) &&
	       (p->side != SIDE_TARGET ||
		set_cell(p->j, SIDE_WANTED, p->t, w->id, w->column, v, e));
}

static bool tell(struct file_pulling *p, const struct want *w, const struct err *why, struct err *e)
{
	static const char *const where[SIDES] = {
		[SIDE_SOURCE] = "",
		[SIDE_TARGET] = " in the target, and is left as it is",
		[SIDE_WANTED] = "",
		[SIDE_AFTER] = " again after it was written",
		[SIDE_NOW] = " in the target",
	};
	struct job *j = p->j;
	struct problem problem = { .severity = SEVERITY_ERROR,
				   .table = p->t->table->name,
				   .id = guid_text(j->page, w->id),
				   .column = p->t->columns[w->column].name,
				   .code = why->code };
	struct cells wanted = { 0 };

	if (p->side != SIDE_SOURCE && !read_cells(j, SIDE_WANTED, p->t, w->id, &wanted, e))
		return false;
	if (wanted.values)
		problem.id = guid_text(j->page, wanted.row.origin);
	problem.message = str_fmt(j->page, "what stands there could not be read%s: %s",
				  where[p->side], why->msg);
	return journal_put_problem(j->run, &problem, e) && leave_out(p, w, &wanted, e);
}

static void restart(void *context)
{
	struct file_intake *in = context;
	struct err ignored;

	(void)!file_intake_begin(in, &ignored); /* it is broken then, and says so itself */
}

static bool ask(struct file_pulling *p, size_t at, struct err *e)
{
	struct pull_lane *l = &p->lane[at];
	struct request *r = &p->lanes.request[at];

	buf_clear(&l->url);
	odata_row_url(&l->url, p->t->table, l->want.id);
	buf_add_char(&l->url, '/');
	url_encode(&l->url, p->t->columns[l->want.column].name);
	buf_add(&l->url, S("/$value"));
	if (l->full)
		buf_add(&l->url, S("?size=full"));
	*r = (struct request){ .method = METHOD_GET,
			       .target = buf_str(&l->url),
			       .into = &l->intake.sink,
			       .again = restart,
			       .again_context = &l->intake };
	return buf_check(&l->url, "the address of a file", e) && file_intake_begin(&l->intake, e) &&
	       file_lanes_send(&p->lanes, at, e);
}

static bool go_on(struct file_pulling *p, struct err *e)
{
	const struct progress *progress = p->j->progress;

	if (progress && progress->step)
		progress->step(progress->context, "reading files", p->t->table->name, p->done, 0);
	if (progress && progress->cancelled && progress->cancelled(progress->context))
		return err_set(e, ERR_CANCELLED, "cancelled");
	return true;
}

static bool begin(void *context, size_t at, bool *more, struct err *e)
{
	struct file_pulling *p = context;
	struct arena_mark mark = arena_mark(p->j->page);
	struct pull_lane *l = &p->lane[at];
	struct cells is, wanted;

	*more = p->at < p->wants.n;
	if (!*more)
		return true;
	arena_reset(&l->arena);
	l->want = p->wants.p[p->at++];
	if (!go_on(p, e) || !read_cells(p->j, p->side, p->t, l->want.id, &is, e) ||
	    !read_cells(p->j, SIDE_WANTED, p->t, l->want.id, &wanted, e))
		return false;

	assert(is.values); /* a want is made of a row that is there */

	const struct column *c = p->t->columns[l->want.column].column;
	const struct value *other = wanted.values ? &wanted.values[l->want.column] : NULL;

	l->full = c->type == COLUMN_IMAGE && c->full_image;
	l->name = str_dup(&l->arena, is.values[l->want.column].name);
	l->wanted = S("");
	if (p->side == SIDE_TARGET && other && file_cell_is_told(other))
		l->wanted = str_dup(&l->arena, file_cell_hash(other));
	arena_rewind(p->j->page, mark);
	return ask(p, at, e);
}

/* A file has a name, whatever the service tells. */
static struct str name_of(const struct file_pulling *p, const struct pull_lane *l,
			  const struct response *r)
{
	const struct tab_column *c = &p->t->columns[l->want.column];
	const struct str *told = header_find(r->headers, r->nheaders, S("x-ms-file-name"));

	if (c->column->type == COLUMN_IMAGE)
		return S("");
	if (l->name.n > 0)
		return l->name;
	return told && told->n > 0 ? *told : c->name;
}

static bool take(struct file_pulling *p, struct pull_lane *l, const struct response *r,
		 struct err *e)
{
	struct arena *page = p->j->page;
	struct str hash;

	if (!file_intake_end(&l->intake, page, &hash, e))
		return false;

	struct value v = file_cell_make(page, hash, name_of(p, l, r));
	bool keep = p->all || (p->side == SIDE_TARGET && !str_eq(hash, l->wanted));

	p->done++;
	return (keep ? file_intake_keep(&l->intake, hash, e) : file_intake_drop(&l->intake, e)) &&
	       set_cell(p->j, p->side, p->t, l->want.id, l->want.column, &v, e);
}

static bool take_none(struct file_pulling *p, struct pull_lane *l, struct err *e)
{
	static const struct value none = { .kind = VALUE_NULL };

	return file_intake_drop(&l->intake, e) &&
	       set_cell(p->j, p->side, p->t, l->want.id, l->want.column, &none, e);
}

/* A service that is asked too much, or is not there, refuses no file. */
static bool is_the_services(int status)
{
	return status == 401 || status == 408 || status == 429 || status >= 500;
}

static bool refused(struct file_pulling *p, struct pull_lane *l, const struct response *r,
		    struct err *e)
{
	struct err why;

	(void)service_refused(r, &why);
	if (is_the_services(r->status)) {
		*e = why;
		return false;
	}
	if (!file_intake_drop(&l->intake, e))
		return false;
	/* in the source something was there a moment ago */
	return r->status == 404 && p->side != SIDE_SOURCE ? take_none(p, l, e)
							  : tell(p, &l->want, &why, e);
}

static bool take_answer(struct file_pulling *p, size_t at, const struct response *r, struct err *e)
{
	struct pull_lane *l = &p->lane[at];

	if (r->fate != FATE_ANSWERED)
		return file_lanes_lost(r, e);
	if (r->status == 204 && l->full) {
		l->full = false;
		return ask(p, at, e);
	}
	if (r->status == 204)
		return take_none(p, l, e);
	if (r->status < 200 || r->status >= 300)
		return refused(p, l, r, e);
	return take(p, l, r, e);
}

static bool answered(void *context, size_t at, const struct response *r, struct err *e)
{
	struct file_pulling *p = context;
	struct arena_mark mark = arena_mark(p->j->page);
	char id[GUID_TEXT_SIZE];
	bool ok = take_answer(p, at, r, e);

	arena_rewind(p->j->page, mark);
	return ok ||
	       err_wrap(e, "reading %.*s of %.*s %.*s",
			STR_ARG(p->t->columns[p->lane[at].want.column].name),
			STR_ARG(p->t->table->name), STR_ARG(guid_format(p->lane[at].want.id, id)));
}

/* Whether this run writes the column of the row. */
static bool is_written(struct job *j, const struct tab *t, struct guid id, size_t column, bool *yes,
		       struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	struct change change;
	bool more;

	*yes = false;
	if (!journal_row_changes(j->run, t->number, id, &c, e))
		return false;
	for (;;) {
		if (!journal_next_change(&c, &change, &more, e))
			return false;
		if (!more)
			return true;
		*yes = *yes || (change.kind == CHANGE_FILE && column < change.columns.n &&
				change.columns.p[column]);
	}
}

static void add(struct file_pulling *p, struct guid id, size_t column)
{
	*VEC_PUSH(&p->arena, &p->wants) = (struct want){ id, (uint32_t)column };
}

static bool add_after(struct file_pulling *p, struct guid id, size_t column, struct err *e)
{
	struct cells before;
	bool written;

	if (!is_written(p->j, p->t, id, column, &written, e))
		return false;
	if (written) {
		add(p, id, column);
		return true;
	}
	if (!read_cells(p->j, SIDE_TARGET, p->t, id, &before, e))
		return false;
	if (!before.values || !file_cell_is_told(&before.values[column]))
		return true;
	return set_cell(p->j, SIDE_AFTER, p->t, id, (uint32_t)column, &before.values[column], e);
}

/* Of the sides of the target only what is wanted, too. */
static bool is_asked(const struct file_pulling *p, const struct cells *wanted, size_t column)
{
	return p->all || (p->t->columns[column].compare && wanted->values &&
			  !value_is_empty(&wanted->values[column]));
}

static bool add_row(struct file_pulling *p, struct guid id, struct err *e)
{
	const struct tab *t = p->t;
	struct cells is, wanted;

	if (!read_cells(p->j, p->side, t, id, &is, e) ||
	    !read_cells(p->j, SIDE_WANTED, t, id, &wanted, e))
		return false;
	for (size_t i = 0; is.values && i < t->nfields; i++) {
		const struct tab_column *c = &t->columns[i];

		if (!file_cell_is(c->column) || !c->read || !file_cell_is_raw(&is.values[i]))
			continue;
		if (!p->all && p->side == SIDE_AFTER && !add_after(p, id, i, e))
			return false;
		if ((p->all || p->side != SIDE_AFTER) && is_asked(p, &wanted, i))
			add(p, id, i);
	}
	return true;
}

static bool pull_part(void *context, const struct guid *ids, size_t n, struct err *e)
{
	struct file_pulling *p = context;

	arena_reset(&p->arena);
	p->wants.p = NULL;
	p->wants.n = p->wants.cap = p->at = 0;
	for (size_t i = 0; i < n; i++) {
		struct arena_mark mark = arena_mark(p->j->page);

		if (!add_row(p, ids[i], e))
			return false;
		arena_rewind(p->j->page, mark);
	}
	return file_lanes_run(&p->lanes, e);
}

/* Whether a row has anything in these columns. */
static bool choose(void *context, const struct run_row *row, bool *yes, struct err *e)
{
	struct file_pulling *p = context;
	struct value *values = arena_array(p->j->page, struct value, p->t->ncolumns);

	*yes = false;
	if (!cells_unpack(row->cells, values, p->t->ncolumns, e))
		return false;
	for (size_t i = 0; i < p->t->nfields; i++)
		*yes = *yes ||
		       (file_cell_is(p->t->columns[i].column) && !value_is_empty(&values[i]));
	return true;
}

static void pulling_init(struct file_pulling *p, struct job *j, enum side side)
{
	static const struct str keys[FILE_LANES] = { STR_INIT("1"), STR_INIT("2"), STR_INIT("3"),
						     STR_INIT("4") };

	*p = (struct file_pulling){ .j = j, .side = side, .arena = arena_make(0) };
	p->lanes = (struct file_lanes){ .service = j->reader.service,
					.requests = &j->run->reads,
					.begin = begin,
					.answered = answered,
					.context = p };
	for (size_t i = 0; i < FILE_LANES; i++) {
		p->lane[i].intake = file_intake_make(j->run, keys[i]);
		p->lane[i].arena = arena_make(0);
		p->lane[i].url = buf_make(LIMIT_URL);
	}
}

static void pulling_release(struct file_pulling *p)
{
	for (size_t i = 0; i < FILE_LANES; i++) {
		file_intake_release(&p->lane[i].intake);
		arena_release(&p->lane[i].arena);
		buf_release(&p->lane[i].url);
	}
	arena_release(&p->arena);
}

/* The rows that are walked are those of `of`: as the target's own, rows that are wanted. */
static bool pull_side(struct job *j, enum side side, enum side of, struct err *e)
{
	DEFER(pulling_release) struct file_pulling p;

	pulling_init(&p, j, side);
	p.all = side == SIDE_SOURCE;
	for (size_t i = 0; i < j->tabs.n; i++) {
		p.t = &j->tabs.p[i];
		if (tab_has_files(p.t) && !job_each_part(j, of, p.t, choose, pull_part, &p, e))
			return false;
	}
	return true;
}

bool file_pull_source(struct job *j, struct err *e)
{
	return pull_side(j, SIDE_SOURCE, SIDE_SOURCE, e);
}

bool file_pull_target(struct job *j, struct err *e)
{
	return pull_side(j, SIDE_TARGET, SIDE_WANTED, e);
}

static bool is_deleted(void *context, const struct run_row *row, bool *yes, struct err *e)
{
	struct file_pulling *p = context;
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	struct change change;
	bool more;

	*yes = false;
	if (!journal_row_changes(p->j->run, p->t->number, row->id, &c, e))
		return false;
	for (;;) {
		if (!journal_next_change(&c, &change, &more, e))
			return false;
		if (!more)
			return true;
		*yes = *yes || change.kind == CHANGE_DELETE;
	}
}

bool file_pull_deleted(struct job *j, struct err *e)
{
	DEFER(pulling_release) struct file_pulling p;

	pulling_init(&p, j, SIDE_TARGET);
	p.all = true;
	for (size_t i = 0; i < j->tabs.n; i++) {
		p.t = &j->tabs.p[i];
		if (tab_has_files(p.t) &&
		    !job_each_part(j, SIDE_TARGET, p.t, is_deleted, pull_part, &p, e))
			return false;
	}
	return true;
}

static bool pull_rows(struct job *j, enum side side, bool all, const struct tab *t,
		      const struct guid *ids, size_t n, struct err *e)
{
	DEFER(pulling_release) struct file_pulling p;

	pulling_init(&p, j, side);
	if (!tab_has_files(t))
		return true;
	p.all = all;
	p.t = t;
	return pull_part(&p, ids, n, e);
}

bool file_pull_again(struct job *j, enum side side, const struct tab *t, const struct guid *ids,
		     size_t n, struct err *e)
{
	return pull_rows(j, side, false, t, ids, n, e);
}

bool file_pull_kept(struct job *j, enum side side, const struct tab *t, const struct guid *ids,
		    size_t n, struct err *e)
{
	return pull_rows(j, side, true, t, ids, n, e);
}

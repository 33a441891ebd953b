/* SPDX-License-Identifier: MIT */
/*
 * Rows, one by one. What a row is expected to be now is what the run read back; where it was ended before that, what it wrote.
 */
#include "move/undo_row.h"

#include "move/cells.h"
#include "move/file_cell.h"
#include "move/read.h"
#include "move/run_keep.h"

#include "base/banned.h"

/* One row as the four sides have it. */
struct four {
	struct guid id;
	struct value *before, *written, *after, *now; /* NULL: that side has no such row */
	struct str now_version, after_version;
};

static bool is_made(const struct change *c)
{
	return c->state == CHANGE_DONE || c->state == CHANGE_SENT;
}

bool undo_row_changes(struct undoing *u, struct guid id, struct undone_row *out, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor cursor = { 0 };
	struct change c;
	bool more;

	*out = (struct undone_row){ .columns = arena_array(u->j->page, char, u->t->ncolumns) };
	if (!journal_row_changes(u->of->run, u->t->number, id, &cursor, e))
		return false;
	for (;;) {
		if (!journal_next_change(&cursor, &c, &more, e))
			return false;
		if (!more)
			return true;
		if (!is_made(&c))
			continue;
		out->any = true;
		out->created = out->created || c.kind == CHANGE_CREATE;
		out->deleted = out->deleted || c.kind == CHANGE_DELETE;
		out->deactivated = out->deactivated || c.kind == CHANGE_DEACTIVATE;
		for (size_t i = 0; i < c.columns.n && i < u->t->ncolumns; i++)
			out->columns[i] = out->columns[i] || c.columns.p[i];
	}
}

static bool read_side(struct undoing *u, struct run *run, enum side side, struct guid id,
		      struct value **values, struct str *version, struct err *e)
{
	struct run_row row;
	bool found;

	*values = NULL;
	if (!run_get_row(run, side, u->t->number, id, &row, &found, e))
		return false;
	if (!found)
		return true;

	struct arena *page = u->j->page;
	struct value *read = arena_array(page, struct value, u->t->ncolumns);

	if (!cells_unpack(str_dup(page, row.cells), read, u->t->ncolumns, e))
		return false;
	*values = read;
	if (version)
		*version = str_dup(page, row.version);
	return true;
}

static bool read_four(struct undoing *u, struct guid id, struct four *f, struct err *e)
{
	*f = (struct four){ .id = id };
	return read_side(u, u->of->run, SIDE_TARGET, id, &f->before, NULL, e) &&
	       read_side(u, u->of->run, SIDE_WANTED, id, &f->written, NULL, e) &&
	       read_side(u, u->of->run, SIDE_AFTER, id, &f->after, &f->after_version, e) &&
	       read_side(u, u->j->run, SIDE_TARGET, id, &f->now, &f->now_version, e);
}

static bool same(const struct tab_column *c, const struct value *a, const struct value *b)
{
	return (value_is_empty(a) && value_is_empty(b)) || value_equal(c->column, a, b);
}

bool undo_mark(struct undoing *u, const struct tab *t, const struct run_row *row, struct str how,
	       struct err *e)
{
	struct run_row marked = { .id = row->id, .origin = row->id, .version = how };
	struct str cells = str_dup(u->j->page, row->cells);

	marked.cells = cells;
	return run_replace_row(u->j->run, SIDE_NOW, t->number, &marked, e);
}

bool undo_marked(struct undoing *u, const struct tab *t, struct guid id, struct str *how,
		 struct err *e)
{
	struct run_row row;
	bool found;

	if (!run_get_row(u->j->run, SIDE_NOW, t->number, id, &row, &found, e))
		return false;
	*how = found ? str_dup(u->j->page, row.version) : S("");
	return true;
}

bool undo_row_left(struct undoing *u, struct guid id, struct str column, struct str message,
		   struct str remedy, struct err *e)
{
	struct problem p = { .severity = SEVERITY_WARNING,
			     .table = u->t->table->name,
			     .id = guid_text(u->j->page, id),
			     .column = column,
			     .message = message,
			     .remedy = remedy };

	return journal_put_problem(u->j->run, &p, e) &&
	       journal_set_outcome(u->j->run, u->t->number, id, OUTCOME_SKIPPED, e);
}

static bool tell_changed(struct undoing *u, const struct four *f, size_t i,
			 const struct value *expected, struct err *e)
{
	const struct tab_column *c = &u->t->columns[i];
	struct str message = str_fmt(
		u->j->page, "is left: somebody has set it to %.*s since; the run had left %.*s",
		STR_ARG(tab_shown(c, &f->now[i])), STR_ARG(tab_shown(c, expected)));

	return undo_row_left(u, f->id, c->name, message, S("--force takes it back all the same"),
			     e);
}

/* Whether a value tells what stands there: of files that were not looked at only ids were read. */
static bool is_known(const struct tab_column *c, const struct value *v)
{
	return c->read && !(file_cell_is(c->column) && file_cell_is_raw(v));
}

/* What the run left in a column; NULL: not known. */
static const struct value *expected(const struct undoing *u, const struct four *f,
				    const struct undone_row *row, size_t i)
{
	if (f->after && is_known(&u->t->columns[i], &f->after[i]))
		return &f->after[i];
	return f->written && row->columns[i] && f->written[i].kind != VALUE_ABSENT ? &f->written[i]
										   : NULL;
}

/* The run wrote it, or the platform changed it when the run wrote the row. */
static bool is_ours(const struct four *f, const struct undone_row *row, const struct tab_column *c,
		    size_t i)
{
	return row->columns[i] ||
	       (f->after && is_known(c, &f->before[i]) && is_known(c, &f->after[i]) &&
		!same(c, &f->before[i], &f->after[i]));
}

static bool is_state(const struct tab *t, size_t i)
{
	return i == t->state || i == t->status;
}

/* State and status are known of every row, and come back together: one alone would bring the other to its default. */
static bool is_restorable(const struct tab *t, size_t i)
{
	return i < t->nfields || is_state(t, i);
}

/* A column that can be put back at all. */
static bool is_writable(const struct undoing *u, size_t i)
{
	const struct tab_column *c = &u->t->columns[i];

	return c->column &&
	       (c->update || is_state(u->t, i) || (c->compare && file_cell_is(c->column)));
}

/* The import may never have heard of a table to which only old values point. */
static bool know_table(struct undoing *u, struct str name, struct err *e)
{
	struct str kept;

	if (catalog_find(u->j->catalog, name))
		return true;
	kept = str_dup(u->j->arena, name);
	return read_definitions(&u->j->reader, u->j->catalog, &kept, 1, e);
}

/* Where lookups of restored rows point to is there: it was when they were read. */
static bool know_references(struct undoing *u, const struct value *values, const char *mask,
			    struct err *e)
{
	for (size_t i = 0; i < u->t->ncolumns; i++) {
		struct guid id;

		if (!mask[i] || values[i].kind != VALUE_REF || !guid_parse(values[i].text, &id))
			continue;
		if (!know_table(u, values[i].table, e) ||
		    !run_put_map(u->j->run, values[i].table, id, id, S("as it was"), e))
			return false;
	}
	return true;
}

/* The bytes of files that come back are in the other run's file. */
static bool copy_files(struct undoing *u, const struct value *values, const char *mask,
		       struct err *e)
{
	for (size_t i = 0; i < u->t->nfields; i++)
		if (mask[i] && file_cell_is(u->t->columns[i].column) &&
		    !value_is_empty(&values[i]) &&
		    !run_copy_file(u->j->run, u->of->run, file_cell_hash(&values[i]), e))
			return false;
	return true;
}

static bool put_wanted(struct undoing *u, struct guid id, const struct value *from,
		       const char *mask, struct err *e)
{
	DEFER(buf_release) struct buf cells = buf_make(0);
	size_t n = u->t->ncolumns;
	struct value *values = arena_array(u->j->page, struct value, n);
	struct run_row row = { .id = id, .origin = id };
	bool fresh;

	for (size_t i = 0; i < n; i++) {
		values[i] = (struct value){ .kind = VALUE_ABSENT };
		if (mask[i])
			values[i] = value_is_empty(&from[i]) ? (struct value){ .kind = VALUE_NULL }
							     : from[i];
	}
	cells_pack(&cells, values, n);
	row.cells = buf_str(&cells);
	return know_references(u, values, mask, e) && copy_files(u, values, mask, e) &&
	       run_put_row(u->j->run, SIDE_WANTED, u->t->number, &row, &fresh, e) &&
	       run_put_map(u->j->run, u->t->table->name, id, id, S("as it was"), e);
}

static bool put_change(struct undoing *u, struct guid id, enum change_kind kind, const char *mask,
		       struct err *e)
{
	struct change c = { .kind = kind,
			    .tab = u->t->number,
			    .id = id,
			    .origin = id,
			    .columns = str_of(mask, u->t->ncolumns) };

	return journal_put_change(u->j->run, &c, e);
}

/* The changes that write these columns, each kind with its own. */
static bool plan_columns(struct undoing *u, struct guid id, const char *mask, struct err *e)
{
	const struct tab *t = u->t;
	char *update = arena_array(u->j->page, char, t->ncolumns);
	char *state = arena_array(u->j->page, char, t->ncolumns);
	bool updates = false, states = false;

	for (size_t i = 0; i < t->ncolumns; i++) {
		if (!mask[i])
			continue;
		if (is_state(t, i)) {
			state[i] = 1;
			states = true;
		} else if (file_cell_is(t->columns[i].column)) {
			char *file = arena_array(u->j->page, char, t->ncolumns);

			file[i] = 1;
			if (!put_change(u, id, CHANGE_FILE, file, e))
				return false;
		} else {
			update[i] = 1;
			updates = true;
		}
	}
	return (!updates || put_change(u, id, CHANGE_UPDATE, update, e)) &&
	       (!states || put_change(u, id, CHANGE_STATE, state, e));
}

/* Whether a column is put back; *left: it should be, but stays, which is told. */
static bool choose_column(struct undoing *u, const struct four *f, const struct undone_row *row,
			  size_t i, bool *back, bool *left, struct err *e)
{
	const struct tab_column *c = &u->t->columns[i];
	const struct value *was;

	*back = *left = false;
	if (!is_writable(u, i) || !is_ours(f, row, c, i))
		return true;
	if (!c->read) {
		*left = true;
		return undo_row_left(u, f->id, c->name,
				     S("cannot come back: its old value was never read"),
				     S("set it by hand"), e);
	}
	if (same(c, &f->now[i], &f->before[i]))
		return true;
	was = expected(u, f, row, i);
	*left = was && !u->force && !same(c, &f->now[i], was);
	*back = !*left;
	return !*left || tell_changed(u, f, i, was, e);
}

static void pair_state(const struct tab *t, const struct value *before, char *mask)
{
	if (t->state == SIZE_MAX || t->status == SIZE_MAX || !(mask[t->state] || mask[t->status]))
		return;
	mask[t->state] = !value_is_empty(&before[t->state]);
	mask[t->status] = !value_is_empty(&before[t->status]);
}

static bool restore_columns(struct undoing *u, const struct four *f, const struct undone_row *row,
			    struct err *e)
{
	const struct tab *t = u->t;
	char *mask = arena_array(u->j->page, char, t->ncolumns);
	bool any = false, left = false;

	for (size_t i = 0; i < t->ncolumns; i++) {
		bool back, stays;

		if (!is_restorable(t, i))
			continue;
		if (!choose_column(u, f, row, i, &back, &stays, e))
			return false;
		mask[i] = back;
		any = any || back;
		left = left || stays;
	}
	pair_state(t, f->before, mask);
	if (any && !(put_wanted(u, f->id, f->before, mask, e) && plan_columns(u, f->id, mask, e)))
		return false;
	return left || journal_set_outcome(u->j->run, t->number, f->id,
					   any ? OUTCOME_UPDATED : OUTCOME_UNCHANGED, e);
}

/* What of a row that was there can be given to it when it is created again. */
static bool comes_back(const struct tab *t, const struct value *before, size_t i)
{
	const struct tab_column *c = &t->columns[i];

	if (!c->column || value_is_empty(&before[i]))
		return false;
	return c->create || c->update || is_state(t, i) ||
	       (c->compare && file_cell_is(c->column) && file_cell_is_told(&before[i]));
}

/* Whether a row has the state and status that every new row gets. */
static bool is_as_new(const struct tab *t, const struct value *before)
{
	return (t->state == SIZE_MAX || value_is_empty(&before[t->state]) ||
		str_eq(before[t->state].text, S("0"))) &&
	       (t->status == SIZE_MAX || value_is_empty(&before[t->status]) ||
		str_eq(before[t->status].text, S("1")));
}

/* A row that is created again; what a create cannot set follows it. */
static bool restore_row(struct undoing *u, const struct four *f, struct err *e)
{
	const struct tab *t = u->t;
	char *mask = arena_array(u->j->page, char, t->ncolumns);
	char *create = arena_array(u->j->page, char, t->ncolumns);
	char *rest = arena_array(u->j->page, char, t->ncolumns);
	bool as_new = is_as_new(t, f->before);

	for (size_t i = 0; i < t->ncolumns; i++) {
		const struct tab_column *c = &t->columns[i];

		if (!is_restorable(t, i) || !comes_back(t, f->before, i))
			continue;
		mask[i] = 1;
		create[i] = c->create && !is_state(t, i) && !file_cell_is(c->column);
		rest[i] = !create[i] && !(as_new && is_state(t, i));
	}
	if (!put_wanted(u, f->id, f->before, mask, e) ||
	    !put_change(u, f->id, CHANGE_CREATE, create, e) || !plan_columns(u, f->id, rest, e))
		return false;

	struct problem p = {
		.severity = SEVERITY_WARNING,
		.table = t->table->name,
		.id = guid_text(u->j->page, f->id),
		.message = S(
			"comes back with the columns of the schema only; its other columns, when and by whom it was "
			"made, and rows that went with it do not"),
	};

	return journal_put_problem(u->j->run, &p, e) &&
	       journal_set_outcome(u->j->run, t->number, f->id, OUTCOME_CREATED, e);
}

/* Who modified a row last. */
struct modifier {
	const struct guid *ours;
	bool others;
};

static bool take_modifier(void *context, const struct read_row *row, struct err *e)
{
	struct modifier *m = context;
	struct guid by;

	(void)e;
	m->others = guid_parse(row->values[0].text, &by) && !guid_eq(by, *m->ours);
	return true;
}

/* A column outside the schema may be what changed. */
static bool modified_by_others(struct undoing *u, struct guid id, bool *yes, struct err *e)
{
	const struct table *t = u->t->table;
	const struct column *column = table_column(t, S("modifiedby"));
	struct modifier m = { .ours = &u->of->head.target_user };

	*yes = false;
	if (!column || !column->read)
		return true;
	if (!read_rows_by_id(&u->j->reader, t, t->primary_id, &id, 1, &column, 1, take_modifier, &m,
			     e))
		return false;
	*yes = m.others;
	return true;
}

/* *changed: somebody set one of the schema's columns, which is told. */
static bool check_columns(struct undoing *u, const struct four *f, const struct undone_row *row,
			  bool *changed, struct err *e)
{
	*changed = false;
	for (size_t i = 0; i < u->t->nfields; i++) {
		const struct tab_column *c = &u->t->columns[i];
		const struct value *was = expected(u, f, row, i);

		if (!c->compare || !c->read || !was || same(c, &f->now[i], was))
			continue;
		*changed = true;
		if (!tell_changed(u, f, i, was, e))
			return false;
	}
	return true;
}

static bool check_created(struct undoing *u, const struct four *f, const struct undone_row *row,
			  bool *deletable, struct err *e)
{
	bool changed, others = false;

	*deletable = true;
	if (u->force ||
	    (f->after && f->after_version.n > 0 && str_eq(f->after_version, f->now_version)))
		return true;
	if (!check_columns(u, f, row, &changed, e) ||
	    (!changed && f->after && !modified_by_others(u, f->id, &others, e)))
		return false;
	*deletable = !changed && !others;
	return !others ||
	       undo_row_left(u, f->id, S(""), S("is left: somebody has changed it since the run"),
			     S("--force deletes it all the same"), e);
}

bool undo_row_plan(struct undoing *u, struct guid id, const struct undone_row *row, bool *deletable,
		   struct err *e)
{
	struct four f;

	*deletable = false;
	if (!read_four(u, id, &f, e))
		return false;
	if (row->created)
		return !f.now || check_created(u, &f, row, deletable, e);
	if (row->deleted) {
		bool made;

		/* what the platform made comes back by itself, with the rows because of which it was made */
		if (!run_has_made(u->of->run, u->t->table->name, id, &made, e) || made)
			return made;
		if (f.now)
			return undo_row_left(u, id, S(""),
					     S("is there again: somebody has created it since"),
					     S(""), e);
		return !f.before || restore_row(u, &f, e);
	}
	if (!f.now)
		return undo_row_left(u, id, S(""), S("is gone: somebody has deleted it since"),
				     S(""), e);
	if (!f.before)
		return true;
	if (row->deactivated && u->t->state != SIZE_MAX) {
		row->columns[u->t->state] = 1;
		if (u->t->status != SIZE_MAX)
			row->columns[u->t->status] = 1;
	}
	return restore_columns(u, &f, row, e);
}

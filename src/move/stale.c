/* SPDX-License-Identifier: MIT */
/*
 * Staleness. Only rows with changes are read again, with all columns of their tab; what they were is in the TARGET side.
 */
#include "move/stale.h"

#include "move/cells.h"
#include "move/file_pull.h"
#include "move/journal.h"
#include "move/pull.h"
#include "move/stale_keys.h"

#include "base/banned.h"

struct checking {
	struct job *j;
	struct tab *t;
	struct match_keys keys;
	uint64_t rows;
};

/* What a row's changes are, all of them together. */
struct touched {
	bool any, create;
	char *columns; /* of the tab: 1 = to be written */
};

static bool read_changes(struct checking *c, struct guid id, struct touched *out, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor cursor = { 0 };
	struct change change;
	bool more;

	*out = (struct touched){ .columns = arena_array(c->j->page, char, c->t->ncolumns) };
	if (!journal_row_changes(c->j->run, c->t->number, id, &cursor, e))
		return false;
	for (;;) {
		if (!journal_next_change(&cursor, &change, &more, e))
			return false;
		if (!more)
			return true;
		out->any = true;
		out->create = out->create || change.kind == CHANGE_CREATE;
		for (size_t i = 0; i < change.columns.n && i < c->t->ncolumns; i++)
			out->columns[i] = out->columns[i] || change.columns.p[i];
	}
}

static bool choose(void *context, const struct run_row *row, bool *yes, struct err *e)
{
	struct checking *c = context;
	struct touched touched;

	if (!read_changes(c, row->id, &touched, e))
		return false;
	*yes = touched.any;
	return true;
}

static bool pull_part(void *context, const struct guid *ids, size_t n, struct err *e)
{
	struct checking *c = context;

	return pull_ids(c->j, SIDE_AFTER, c->t, ids, n, e) &&
	       file_pull_again(c->j, SIDE_AFTER, c->t, ids, n, e);
}

static bool tell(struct checking *c, struct guid id, struct str column, struct str message,
		 struct err *e)
{
	struct problem p = { .severity = SEVERITY_ERROR,
			     .table = c->t->table->name,
			     .id = guid_text(c->j->page, id),
			     .column = column,
			     .message = message,
			     .remedy = S("plan it again") };

	return journal_put_problem(c->j->run, &p, e);
}

static bool compare(struct checking *c, struct guid id, const struct touched *touched,
		    const struct value *was, const struct value *is, struct err *e)
{
	bool stale = false;

	for (size_t i = 0; i < c->t->ncolumns; i++) {
		const struct tab_column *column = &c->t->columns[i];

		if (!column->column || !(column->read || column->party) ||
		    !(touched->columns[i] || keys_have(&c->keys, i)))
			continue;
		if ((value_is_empty(&was[i]) && value_is_empty(&is[i])) ||
		    value_equal(column->column, &was[i], &is[i]))
			continue;
		stale = true;

		struct str message = str_fmt(
			c->j->page, "was %.*s when the run was planned, and is %.*s now",
			STR_ARG(tab_shown(column, &was[i])), STR_ARG(tab_shown(column, &is[i])));

		if (!tell(c, id, column->name, message, e))
			return false;
	}
	c->rows += stale;
	return true;
}

static bool check_row(struct checking *c, struct guid id, struct err *e)
{
	struct value *was = arena_array(c->j->page, struct value, c->t->ncolumns);
	struct value *is = arena_array(c->j->page, struct value, c->t->ncolumns);
	struct run_row before, now;
	struct touched touched;
	bool planned, there;

	if (!read_changes(c, id, &touched, e) || !touched.any)
		return !touched.any;
	if (!run_get_row(c->j->run, SIDE_TARGET, c->t->number, id, &before, &planned, e) ||
	    !run_get_row(c->j->run, SIDE_AFTER, c->t->number, id, &now, &there, e))
		return false;
	if (touched.create || !planned) {
		c->rows += there;
		return !there || tell(c, id, S(""), S("is to be created, but is there now"), e);
	}
	if (!there) {
		c->rows++;
		return tell(c, id, S(""), S("is no longer there"), e);
	}
	return cells_unpack(before.cells, was, c->t->ncolumns, e) &&
	       cells_unpack(now.cells, is, c->t->ncolumns, e) &&
	       compare(c, id, &touched, was, is, e);
}

static bool check_wanted(void *context, const struct run_row *row, struct err *e)
{
	return check_row(context, row->id, e);
}

/* Rows to be removed have no wanted row. */
static bool check_removed(void *context, const struct run_row *row, struct err *e)
{
	struct checking *c = context;
	bool wanted;

	return run_has_row(c->j->run, SIDE_WANTED, c->t->number, row->id, &wanted, e) &&
	       (wanted || check_row(c, row->id, e));
}

bool stale_check(struct job *j, uint64_t *rows, struct err *e)
{
	DEFER(collate_close) struct collate *fold = NULL;
	struct checking c = { .j = j };

	if (!run_clear_side(j->run, SIDE_AFTER, e) ||
	    !collate_open(&fold, j->arena, LENIENT_LCID, e))
		return false;
	for (size_t i = 0; i < j->tabs.n; i++) {
		c.t = &j->tabs.p[i];
		keys_make(j, c.t, fold, &c.keys);
		if (!job_each_part(j, SIDE_WANTED, c.t, choose, pull_part, &c, e) ||
		    !job_each_part(j, SIDE_TARGET, c.t, choose, pull_part, &c, e) ||
		    !job_each_row(j, SIDE_WANTED, c.t, check_wanted, &c, e) ||
		    !job_each_row(j, SIDE_TARGET, c.t, check_removed, &c, e) ||
		    !stale_keys(j, &c.keys, &c.rows, e))
			return err_wrap(e, "reading %.*s again", STR_ARG(c.t->table->name));
	}
	*rows = c.rows;
	return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * The order of deletes, from the lookups of the rows as the target has them.
 */
#include "move/order_removals.h"

#include "move/cells.h"
#include "move/graph.h"
#include "move/journal.h"

#include "base/banned.h"

#define NO_COLUMN UINT32_MAX

/* The delete of what a row points to waits for that of the row. */
static bool put_edges_of(struct job *j, const struct change *c, struct err *e)
{
	const struct tab *t = &j->tabs.p[c->tab];
	struct value *values = arena_array(j->page, struct value, t->ncolumns);
	struct run_row row;
	bool found;

	if (!run_get_row(j->run, SIDE_TARGET, c->tab, c->id, &row, &found, e))
		return false;
	if (!found)
		return true;

	struct str cells = str_dup(j->page, row.cells);

	if (!cells_unpack(cells, values, t->ncolumns, e))
		return false;
	for (size_t i = 0; i < t->ncolumns; i++) {
		const struct tab *to;
		int64_t other;
		struct guid id;

		if (values[i].kind != VALUE_REF || !guid_parse(values[i].text, &id))
			continue;
		to = tabs_find(&j->tabs, values[i].table);
		if (!to || (to == t && guid_eq(id, c->id)))
			continue;
		if (!graph_find_delete(j->run, to->number, id, &other, e) ||
		    (other != 0 && !graph_put_edge(j->run, other, c->number, (uint32_t)i, e)))
			return false;
	}
	return true;
}

static bool put_edges(struct job *j, const int64_t *deletes, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		struct arena_mark mark = arena_mark(j->page);
		struct change c;

		if (!journal_get_change(j->run, deletes[i], &c, e) || !put_edges_of(j, &c, e))
			return false;
		arena_rewind(j->page, mark);
	}
	return true;
}

/* How a circle may be opened at a lookup, the better way the higher. */
enum way {
	WAY_NONE,  /* the service may refuse it */
	WAY_EMPTY, /* the lookup is emptied before */
	WAY_FREE   /* the platform empties it, or takes the row along */
};

static bool is_restricted(const struct table *t, struct str column)
{
	for (size_t i = 0; i < t->nmany_to_one; i++)
		if (str_eq(t->many_to_one[i].column, column) &&
		    t->many_to_one[i].on_delete == CASCADE_RESTRICT)
			return true;
	return false;
}

static enum way way_of(const struct job *j, const struct graph_knot *knot)
{
	if (knot->column == NO_COLUMN)
		return WAY_NONE;

	const struct tab *t = &j->tabs.p[knot->tab];
	const struct column *c = t->columns[knot->column].column;

	if (c->required == REQUIRED_SYSTEM)
		return WAY_NONE;
	if (!is_restricted(t->table, c->name))
		return WAY_FREE;
	return c->update ? WAY_EMPTY : WAY_NONE;
}

/* The update of a row that is deleted later, if it has one; *number 0: none. */
static bool find_update(struct job *j, const struct change *c, struct change *out, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor cursor = { 0 };
	struct change other;
	bool more;

	out->number = 0;
	if (!journal_row_changes(j->run, c->tab, c->id, &cursor, e))
		return false;
	for (;;) {
		if (!journal_next_change(&cursor, &other, &more, e))
			return false;
		if (!more)
			return true;
		if (other.kind != CHANGE_UPDATE)
			continue;
		other.columns = str_dup(j->page, other.columns);
		*out = other;
	}
}

/* Of what is wanted of the row only the lookup is told: that it is empty. */
static bool want_empty(struct job *j, const struct change *c, size_t column, struct err *e)
{
	DEFER(buf_release) struct buf cells = buf_make(0);
	const struct tab *t = &j->tabs.p[c->tab];
	struct value *values = arena_array(j->page, struct value, t->ncolumns);
	struct run_row row;
	bool found;

	if (!run_get_row(j->run, SIDE_WANTED, c->tab, c->id, &row, &found, e))
		return false;
	if (found && !cells_unpack(str_dup(j->page, row.cells), values, t->ncolumns, e))
		return false;
	values[column] = (struct value){ .kind = VALUE_NULL };
	cells_pack(&cells, values, t->ncolumns);

	struct run_row wanted = { .id = c->id, .origin = c->origin, .cells = buf_str(&cells) };

	return run_replace_row(j->run, SIDE_WANTED, c->tab, &wanted, e);
}

static bool put_cut(struct job *j, int64_t number, size_t column, uint32_t wave, struct err *e)
{
	struct change gone, update;
	size_t width;

	if (!journal_get_change(j->run, number, &gone, e))
		return false;
	width = j->tabs.p[gone.tab].ncolumns;

	char *mask = arena_array(j->page, char, width);

	if (!find_update(j, &gone, &update, e) || !want_empty(j, &gone, column, e))
		return false;
	for (size_t i = 0; update.number != 0 && i < width && i < update.columns.n; i++)
		mask[i] = update.columns.p[i];
	mask[column] = 1;
	if (update.number != 0)
		return journal_set_columns(j->run, update.number, str_of(mask, width), e);
	update = (struct change){ .kind = CHANGE_UPDATE,
				  .wave = wave,
				  .tab = gone.tab,
				  .id = gone.id,
				  .origin = gone.origin,
				  .columns = str_of(mask, width) };
	return journal_put_change(j->run, &update, e) &&
	       graph_put_edge(j->run, number, update.number, NO_COLUMN, e);
}

/* Opens the circles at one lookup column. */
static bool untie(struct job *j, uint32_t cuts, struct err *e)
{
	struct arena_mark mark = arena_mark(j->page);
	struct graph_knot *knots;
	size_t n, best = 0;
	int64_t *numbers;

	if (!graph_delete_knots(j->run, j->page, &knots, &n, e))
		return false;
	assert(n > 0); /* deletes that wait for each other have edges */
	for (size_t i = 1; i < n; i++)
		if (way_of(j, &knots[i]) > way_of(j, &knots[best]))
			best = i;

	struct graph_knot knot = knots[best];

	if (!graph_untie_deletes(j->run, j->page, &knot, &numbers, &n, e))
		return false;
	for (size_t i = 0; way_of(j, &knot) == WAY_EMPTY && i < n; i++)
		if (!put_cut(j, numbers[i], knot.column, cuts, e))
			return false;
	arena_rewind(j->page, mark);
	return true;
}

bool order_deletes(struct job *j, const int64_t *deletes, size_t n, uint32_t cuts, uint32_t *wave,
		   struct err *e)
{
	uint64_t left = n, assigned;

	if (n == 0)
		return true;
	if (!graph_begin_deletes(j->run, e) || !put_edges(j, deletes, n, e))
		return false;
	while (left > 0) {
		if (!graph_next_wave(j->run, *wave + 1, &assigned, &left, e))
			return false;
		if (assigned > 0)
			(*wave)++;
		else if (left > 0 && !untie(j, cuts, e))
			return false;
	}
	return true;
}

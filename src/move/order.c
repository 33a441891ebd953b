/* SPDX-License-Identifier: MIT */
/*
 * Ordering. Only rows that are created now have to be waited for; what exists in the target can be pointed
 * to at any time.
 */
#include "move/order.h"

#include <stdlib.h>

#include "base/vec.h"
#include "move/cells.h"
#include "move/graph.h"
#include "move/journal.h"
#include "move/skip.h"

#include "base/banned.h"

#define NO_COLUMN UINT32_MAX

struct deferral {
	int64_t create;
	uint32_t column;
};

struct ordering {
	struct job *j;
	VEC(struct deferral) deferrals;
	uint64_t skipped;
};

/* A row outside the package that was found in the target, by id or by name. */
static bool is_outside(struct job *j, const struct tab *t, struct guid id, bool *yes, struct err *e)
{
	struct run_row row;
	struct guid source;
	bool mapped, inside = false;

	if (!run_get_map_back(j->run, t->table->name, id, &source, &mapped, e) ||
	    (mapped && !run_get_row(j->run, SIDE_SOURCE, t->number, source, &row, &inside, e)))
		return false;
	*yes = mapped && !inside;
	return true;
}

/* An edge from the change to the create of what it points to; *broken when that will never exist. */
static bool need(struct job *j, const struct change *c, struct str table, struct guid id,
		 uint32_t column, bool *broken, struct err *e)
{
	struct tab *t = tabs_find(&j->tabs, table);
	struct run_row row;
	int64_t create;
	bool there = true;

	*broken = false;
	if (t && !run_get_row(j->run, SIDE_TARGET, t->number, id, &row, &there, e))
		return false;
	if (there)
		return true;
	if (!graph_find_create(j->run, t->number, id, &create, e))
		return false;
	if (create != 0)
		return graph_put_edge(j->run, c->number, create, column, e);
	if (!is_outside(j, t, id, &there, e))
		return false;
	*broken = !there;
	return true;
}

static bool skip(struct ordering *o, const struct change *c, struct str table, struct guid id,
		 struct err *e)
{
	struct str reason = str_fmt(o->j->page, "%.*s %.*s failed", STR_ARG(table),
				    STR_ARG(guid_text(o->j->page, id)));
	o->skipped++;
	return skip_change(o->j, c, reason, e);
}

/* The lookups that a create or an update writes. */
static bool edges_of_row(struct ordering *o, const struct change *c, struct err *e)
{
	struct tab *t = &o->j->tabs.p[c->tab];
	struct value *values = arena_array(o->j->page, struct value, t->ncolumns);
	struct run_row row;
	bool found;

	if (!run_get_row(o->j->run, SIDE_WANTED, c->tab, c->id, &row, &found, e) || !found)
		return found;
	struct str cells = str_dup(o->j->page, row.cells);
	if (!cells_unpack(cells, values, t->ncolumns, e))
		return false;
	for (size_t i = 0; i < t->nfields; i++) {
		struct guid id;
		bool broken;
		if (!c->columns.p[i] || values[i].kind != VALUE_REF ||
		    !guid_parse(values[i].text, &id))
			continue;
		if (!need(o->j, c, values[i].table, id, (uint32_t)i, &broken, e))
			return false;
		if (broken)
			return skip(o, c, values[i].table, id, e);
	}
	return true;
}

static bool edges_of_link(struct ordering *o, const struct change *c, struct err *e)
{
	const struct tab_relationship *rel = change_relationship(o->j, c);
	struct str first = rel->source_is_first ? rel->link->table1 : rel->link->table2;
	struct str second = rel->source_is_first ? rel->link->table2 : rel->link->table1;
	bool broken;

	if (!need(o->j, c, first, c->id, NO_COLUMN, &broken, e))
		return false;
	if (broken)
		return skip(o, c, first, c->id, e);
	if (!need(o->j, c, second, c->other, NO_COLUMN, &broken, e))
		return false;
	return !broken || skip(o, c, second, c->other, e);
}

static bool edges_of(struct ordering *o, int64_t number, struct err *e)
{
	struct change c;
	int64_t create;

	if (!journal_get_change(o->j->run, number, &c, e))
		return false;
	c.columns = str_dup(o->j->page, c.columns);
	switch (c.kind) {
	case CHANGE_CREATE:
	case CHANGE_UPDATE:
		return edges_of_row(o, &c, e);
	case CHANGE_LINK:
		return edges_of_link(o, &c, e);
	case CHANGE_STATE:
		if (!graph_find_create(o->j->run, c.tab, c.id, &create, e))
			return false;
		return create == 0 || graph_put_edge(o->j->run, number, create, NO_COLUMN, e);
	}
	return true;
}

static bool put_edges(struct ordering *o, struct err *e)
{
	struct arena_mark mark = arena_mark(o->j->page);
	int64_t *numbers;
	size_t n;

	if (!change_numbers(o->j, 0, o->j->page, &numbers, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct arena_mark inner = arena_mark(o->j->page);
		if (!edges_of(o, numbers[i], e))
			return false;
		arena_rewind(o->j->page, inner);
	}
	arena_rewind(o->j->page, mark);
	return true;
}

/* How gladly a lookup is left empty at first: 0 not at all. */
static int deferrable(const struct ordering *o, const struct graph_knot *knot)
{
	if (knot->column == NO_COLUMN)
		return 0;
	const struct tab_column *c = &o->j->tabs.p[knot->tab].columns[knot->column];

	if (!c->update)
		return 0;
	switch (c->column->required) {
	case REQUIRED_NONE:
	case REQUIRED_RECOMMENDED:
		return 2;
	case REQUIRED_APPLICATION:
		return 1;
	case REQUIRED_SYSTEM:
		return 0;
	}
	return 0;
}

static bool tell_cycle(const struct ordering *o, const struct graph_knot *knots, size_t n,
		       struct err *e)
{
	struct str list = { 0 };

	for (size_t i = 0; i < n; i++) {
		const struct tab *t = &o->j->tabs.p[knots[i].tab];
		struct str column =
			knots[i].column == NO_COLUMN ? S("?") : t->columns[knots[i].column].name;
		list = str_fmt(o->j->page, "%.*s%s%.*s.%.*s", STR_ARG(list), i > 0 ? ", " : "",
			       STR_ARG(t->table->name), STR_ARG(column));
	}
	return err_set(
		e, ERR_CONFLICT,
		"new rows need each other, and none of these lookups may be empty at first: %.*s",
		STR_ARG(list));
}

/* Takes one lookup column out of the creates that stand on cycles. */
static bool untie(struct ordering *o, struct err *e)
{
	struct arena_mark mark = arena_mark(o->j->page);
	struct graph_knot *knots;
	const struct graph_knot *best = NULL;
	int64_t *changes;
	size_t n;

	if (!graph_knots(o->j->run, o->j->page, &knots, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		if (deferrable(o, &knots[i]) > (best ? deferrable(o, best) : 0))
			best = &knots[i];
	if (!best)
		return tell_cycle(o, knots, n, e);
	struct graph_knot knot = *best;
	if (!graph_untie(o->j->run, o->j->page, &knot, &changes, &n, e))
		return false;
	for (size_t i = 0; i < n; i++)
		*VEC_PUSH(o->j->arena, &o->deferrals) =
			(struct deferral){ .create = changes[i], .column = knot.column };
	arena_rewind(o->j->page, mark);
	return true;
}

static int by_create(const void *a, const void *b)
{
	const struct deferral *x = a, *y = b;
	if (x->create != y->create)
		return x->create < y->create ? -1 : 1;
	return x->column < y->column ? -1 : x->column > y->column;
}

/* The deferred columns of one create: out of it, into an update that follows. */
static bool defer_columns(struct ordering *o, const struct deferral *d, size_t n, struct err *e)
{
	struct change create;

	if (!journal_get_change(o->j->run, d[0].create, &create, e))
		return false;
	size_t width = create.columns.n;
	char *kept = arena_array(o->j->page, char, width);
	char *later = arena_array(o->j->page, char, width);
	for (size_t i = 0; i < width; i++)
		kept[i] = create.columns.p[i];
	for (size_t i = 0; i < n; i++) {
		kept[d[i].column] = 0;
		later[d[i].column] = 1;
	}
	struct change update = { .kind = CHANGE_UPDATE,
				 .tab = create.tab,
				 .id = create.id,
				 .origin = create.origin,
				 .columns = str_of(later, width) };
	return journal_set_columns(o->j->run, create.number, str_of(kept, width), e) &&
	       journal_put_change(o->j->run, &update, e) &&
	       graph_put_edge(o->j->run, update.number, create.number, NO_COLUMN, e) &&
	       edges_of_row(o, &update, e);
}

static bool put_deferrals(struct ordering *o, struct err *e)
{
	struct arena_mark mark = arena_mark(o->j->page);

	if (o->deferrals.n > 0)
		qsort(o->deferrals.p, o->deferrals.n, sizeof(*o->deferrals.p), by_create);
	for (size_t at = 0, n; at < o->deferrals.n; at += n) {
		for (n = 1; at + n < o->deferrals.n; n++)
			if (o->deferrals.p[at + n].create != o->deferrals.p[at].create)
				break;
		if (!defer_columns(o, o->deferrals.p + at, n, e))
			return false;
		arena_rewind(o->j->page, mark);
	}
	return true;
}

static bool order_creates(struct ordering *o, uint32_t *wave, struct err *e)
{
	for (uint64_t left = 1; left > 0;) {
		uint64_t assigned;
		if (!graph_next_wave(o->j->run, *wave + 1, &assigned, &left, e))
			return false;
		if (assigned > 0)
			(*wave)++;
		else if (left > 0 && !untie(o, e))
			return false;
	}
	return put_deferrals(o, e);
}

bool order_changes(struct job *j, uint32_t *waves, struct err *e)
{
	struct ordering o = { .j = j };
	static const enum change_kind after[] = { CHANGE_UPDATE, CHANGE_LINK, CHANGE_STATE };
	uint32_t wave = 0;

	if (!put_edges(&o, e) || !order_creates(&o, &wave, e))
		return false;
	for (size_t i = 0; i < COUNT_OF(after); i++)
		if (!graph_wave_kind(j->run, after[i], ++wave, e))
			return false;
	for (uint32_t w = 1; o.skipped > 0 && w <= wave; w++)
		if (!skip_dependants(j, w, e))
			return false;
	*waves = wave;
	return true;
}

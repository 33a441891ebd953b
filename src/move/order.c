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
#include "move/graph_gate.h"
#include "move/journal.h"
#include "move/parties.h"
#include "move/order_removals.h"
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
	VEC(int64_t) switches; /* updates that change what is there */
	VEC(int64_t) endings;  /* states that take rows that are there out of use */
	VEC(int64_t) deletes;
	bool *has_switches;     /* by number of tab */
	bool any[CHANGE_KINDS]; /* of what comes after the creates */
	uint64_t skipped;
};

static bool has_switches(const struct tab *t)
{
	for (size_t i = 0; t->known && i < t->known->ncolumns; i++)
		if (t->known->columns[i].switches)
			return true;
	return false;
}

static struct ordering ordering_make(struct job *j)
{
	struct ordering o = { .j = j, .has_switches = arena_array(j->arena, bool, j->tabs.n) };

	for (size_t i = 0; i < j->tabs.n; i++)
		o.has_switches[i] = has_switches(&j->tabs.p[i]);
	return o;
}

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

/* One column of a change, and whether what it points to will never exist. */
struct pointing {
	struct ordering *o;
	const struct change *c;
	uint32_t column;
	bool broken;
};

static bool edge_of(void *context, const struct value *v, struct err *e)
{
	struct pointing *p = context;
	struct guid id;

	if (p->broken || v->kind != VALUE_REF || !guid_parse(v->text, &id))
		return true;
	return need(p->o->j, p->c, v->table, id, p->column, &p->broken, e) &&
	       (!p->broken || skip(p->o, p->c, v->table, id, e));
}

/* The lookups and parties that a create or an update writes. */
static bool is_text_reference(const struct tab_column *c)
{
	return c->rule == COLUMN_RULE_TEXT_REFERENCE;
}

/*
 * New rows that a text names come first: the platform notes what the text refers to from what it finds when it is written. In a
 * circle that is given up, and the text is written once more at the end (`again` in the knowledge).
 */
static bool edges_of_text(struct ordering *o, const struct change *c, const struct tab *t, size_t i,
			  struct str text, struct err *e)
{
	const struct known_column *known = knowledge_find_column(t->known, t->columns[i].name);
	size_t pos = 0, at;
	struct guid id;

	while (guid_scan(text, &pos, &at, &id)) {
		for (size_t k = 0; known && k < known->ntables; k++) {
			const struct tab *to = tabs_find(&o->j->tabs, known->tables[k]);
			int64_t create = 0;

			if (to && !graph_find_create(o->j->run, to->number, id, &create, e))
				return false;
			if (create != 0 && create != c->number &&
			    !graph_put_edge(o->j->run, c->number, create, (uint32_t)i, e))
				return false;
		}
	}
	return true;
}

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
		struct pointing p = { .o = o, .c = c, .column = (uint32_t)i };
		if (!c->columns.p[i])
			continue;
		if (t->columns[i].party ? !parties_each(&values[i], edge_of, &p, e)
					: !edge_of(&p, &values[i], e))
			return false;
		if (p.broken)
			return true;
		if (c->kind == CHANGE_CREATE && is_text_reference(&t->columns[i]) &&
		    values[i].kind == VALUE_TEXT && !edges_of_text(o, c, t, i, values[i].text, e))
			return false;
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

/* What follows the create of its own row; *create 0: the row is there. */
static bool follow_create(struct ordering *o, const struct change *c, int64_t *create,
			  struct err *e)
{
	return graph_find_create(o->j->run, c->tab, c->id, create, e) &&
	       (*create == 0 || graph_put_edge(o->j->run, c->number, *create, NO_COLUMN, e));
}

static bool does_switch(const struct ordering *o, const struct change *c)
{
	const struct tab *t = &o->j->tabs.p[c->tab];

	for (size_t i = 0; o->has_switches[c->tab] && i < t->ncolumns; i++) {
		const struct known_column *known;

		if (!c->columns.p[i])
			continue;
		known = knowledge_find_column(t->known, t->columns[i].name);
		if (known && known->switches)
			return true;
	}
	return false;
}

static bool does_end(struct ordering *o, const struct change *c, bool *yes, struct err *e)
{
	struct tab *t = &o->j->tabs.p[c->tab];
	struct value *values = arena_array(o->j->page, struct value, t->ncolumns);
	struct run_row row;
	bool found;

	*yes = false;
	if (t->state == SIZE_MAX || !c->columns.p[t->state])
		return true;
	if (!run_get_row(o->j->run, SIDE_WANTED, c->tab, c->id, &row, &found, e) || !found)
		return found;
	if (!cells_unpack(row.cells, values, t->ncolumns, e))
		return false;
	*yes = !value_is_empty(&values[t->state]) && !str_eq(values[t->state].text, S("0"));
	return true;
}

static bool sort_state(struct ordering *o, const struct change *c, struct err *e)
{
	int64_t create;
	bool ends = false;

	if (!follow_create(o, c, &create, e) || (create == 0 && !does_end(o, c, &ends, e)))
		return false;
	if (ends)
		*VEC_PUSH(o->j->arena, &o->endings) = c->number;
	return true;
}

static bool edges_of(struct ordering *o, int64_t number, struct err *e)
{
	struct change c;
	int64_t create;

	if (!journal_get_change(o->j->run, number, &c, e))
		return false;
	c.columns = str_dup(o->j->page, c.columns);
	o->any[c.kind] = true;
	switch (c.kind) {
	case CHANGE_UPDATE:
		if (does_switch(o, &c))
			*VEC_PUSH(o->j->arena, &o->switches) = number;
		return edges_of_row(o, &c, e);
	case CHANGE_CREATE:
		return edges_of_row(o, &c, e);
	case CHANGE_LINK:
		return edges_of_link(o, &c, e);
	case CHANGE_STATE:
		return sort_state(o, &c, e);
	case CHANGE_FILE:
		return follow_create(o, &c, &create, e);
	case CHANGE_DELETE:
		*VEC_PUSH(o->j->arena, &o->deletes) = number;
		return true;
	case CHANGE_UNLINK:
	case CHANGE_DEACTIVATE:
		return true;
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

	if (is_text_reference(c))
		return 3;
	if (!c->update || c->party)
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
	/* a text is written whole at once */
	bool text = is_text_reference(&o->j->tabs.p[knot.tab].columns[knot.column]);

	for (size_t i = 0; i < n && !text; i++)
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
	o->any[CHANGE_UPDATE] = true;
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

/* Nothing is ready. *done: nothing of `only` waits any more; else something may be ready now. */
static bool go_on(struct ordering *o, const struct tab *only, bool *done, struct err *e)
{
	uint64_t waiting = 1, let = 0;

	if (only && !graph_count_waiting(o->j->run, only->number, &waiting, e))
		return false;
	*done = waiting == 0;
	if (*done || (only && !graph_let_needed(o->j->run, only->number, &let, e)))
		return *done;
	return let > 0 || untie(o, e);
}

/* Waves of what is ready, until all creates have one, or those of one table. */
static bool make_waves(struct ordering *o, const struct tab *only, uint32_t *wave, struct err *e)
{
	for (bool done = false; !done;) {
		uint64_t assigned, left;

		if (!graph_next_wave(o->j->run, *wave + 1, &assigned, &left, e))
			return false;
		*wave += assigned > 0;
		done = left == 0;
		if (!done && assigned == 0 && !go_on(o, only, &done, e))
			return false;
	}
	return true;
}

/* Tables whose new rows are created one table after the other. */
struct turns {
	VEC(const struct tab *) tabs;
	struct ordering *o;
};

static void add_turn(struct turns *turns, struct str table)
{
	const struct tab *t = tabs_find(&turns->o->j->tabs, table);

	for (size_t i = 0; t && i < turns->tabs.n; i++)
		if (turns->tabs.p[i] == t)
			t = NULL;
	if (t)
		*VEC_PUSH(turns->o->j->arena, &turns->tabs) = t;
}

/* As the schema's entityImportOrder says; when it says nothing, as the knowledge does. */
static void find_turns(struct turns *turns)
{
	const struct job *j = turns->o->j;

	for (size_t i = 0; i < j->schema->nimport_order; i++)
		add_turn(turns, j->schema->import_order[i]);
	for (size_t i = 0; j->schema->nimport_order == 0 && i < j->tabs.n; i++) {
		const struct tab *t = &j->tabs.p[i];

		for (size_t k = 0; t->known && k < t->known->nafter; k++)
			add_turn(turns, t->known->after[k]);
		if (t->known && t->known->nafter > 0)
			add_turn(turns, t->table->name);
	}
}

/* What a row needs comes before it all the same. */
static bool order_named(struct ordering *o, uint32_t *wave, struct err *e)
{
	struct turns turns = { .o = o };

	find_turns(&turns);
	for (size_t i = 1; i < turns.tabs.n; i++)
		if (!graph_hold(o->j->run, turns.tabs.p[i]->number, e))
			return false;
	for (size_t i = 0; i < turns.tabs.n; i++) {
		const struct tab *t = turns.tabs.p[i];

		if (!graph_let(o->j->run, t->number, e) || !make_waves(o, t, wave, e))
			return false;
	}
	return true;
}

static bool order_creates(struct ordering *o, uint32_t *wave, struct err *e)
{
	return order_named(o, wave, e) && make_waves(o, NULL, wave, e) && put_deferrals(o, e);
}

/* A wave for every kind of them that there is. */
static bool order_kinds(struct ordering *o, const enum change_kind *kinds, size_t n, uint32_t *wave,
			struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (o->any[kinds[i]] && !graph_wave_kind(o->j->run, kinds[i], ++*wave, e))
			return false;
	return true;
}

static bool give_wave(struct ordering *o, const int64_t *numbers, size_t n, uint32_t wave,
		      struct err *e)
{
	for (size_t i = 0; i < n; i++)
		if (!journal_set_wave(o->j->run, numbers[i], wave, e))
			return false;
	return true;
}

/* So far ahead that there is room for all that comes before: set first, so that they do not go with their kind. */
static bool order_additions(struct ordering *o, uint32_t *wave, struct err *e)
{
	static const enum change_kind kinds[] = { CHANGE_UPDATE, CHANGE_FILE, CHANGE_LINK,
						  CHANGE_STATE };
	uint32_t switches = *wave + COUNT_OF(kinds) + 1;
	uint32_t endings = switches + 1;

	if (!give_wave(o, o->switches.p, o->switches.n, switches, e) ||
	    !give_wave(o, o->endings.p, o->endings.n, endings, e) ||
	    !order_kinds(o, kinds, COUNT_OF(kinds), wave, e))
		return false;
	if (o->switches.n > 0)
		*wave = switches;
	if (o->endings.n > 0)
		*wave = endings;
	return true;
}

static bool order_removals(struct ordering *o, uint32_t *wave, struct err *e)
{
	static const enum change_kind kinds[] = { CHANGE_UNLINK, CHANGE_DEACTIVATE };

	if (!order_kinds(o, kinds, COUNT_OF(kinds), wave, e))
		return false;
	if (o->deletes.n == 0)
		return true;

	uint32_t cuts = ++*wave;

	return order_deletes(o->j, o->deletes.p, o->deletes.n, cuts, wave, e);
}

bool order_changes(struct job *j, uint32_t *waves, struct err *e)
{
	struct ordering o = ordering_make(j);
	uint32_t wave = 0;

	if (!put_edges(&o, e) || !order_creates(&o, &wave, e) || !order_additions(&o, &wave, e) ||
	    !order_removals(&o, &wave, e))
		return false;
	for (uint32_t w = 1; o.skipped > 0 && w <= wave; w++)
		if (!skip_dependants(j, w, e))
			return false;
	*waves = wave;
	return true;
}

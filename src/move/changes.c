/* SPDX-License-Identifier: MIT */
/*
 * Telling changes. The changes of a table are walked in the order of its rows, once per kind of telling that there is; what a row
 * is besides its changes is looked up when it is told. Only one row is in memory at a time.
 */
#include "move/changes.h"

#include <string.h>

#include "move/cells.h"
#include "move/run_reference.h"

#include "base/banned.h"

struct telling {
	struct job *j;
	bool (*each)(void *, const struct told_change *, struct err *); /* NULL: only counted */
	void *context;
	uint64_t counts[TOLD_KINDS];
	const struct tab *t;
	size_t name;         /* the primary name among the tab's columns, or SIZE_MAX */
	enum told_kind kind; /* that is being told */
	unsigned seen;       /* kinds that the tab has: 1 << enum told_kind */
};

/* What the changes of one row are, all of them together. */
struct gathered {
	struct guid id, origin;
	unsigned kinds; /* 1 << enum change_kind */
	enum change_state state;
	char *columns; /* of the tab: 1 = written */
};

static enum change_state worse(enum change_state x, enum change_state y)
{
	static const unsigned char rank[] = {
		[CHANGE_DONE] = 0,    [CHANGE_PLANNED] = 1, [CHANGE_SENT] = 2,
		[CHANGE_SKIPPED] = 3, [CHANGE_FAILED] = 4,
	};

	return rank[x] > rank[y] ? x : y;
}

/* A row whose deletion was refused is deactivated instead. */
static enum told_kind kind_of(unsigned kinds)
{
	if (kinds & 1u << CHANGE_CREATE)
		return TOLD_CREATE;
	if (kinds & 1u << CHANGE_DEACTIVATE)
		return TOLD_DEACTIVATE;
	if (kinds & 1u << CHANGE_DELETE)
		return TOLD_DELETE;
	return TOLD_UPDATE;
}

/* The values of a row, on the page; NULL when the side does not have it. */
static bool read_values(struct job *j, enum side side, const struct tab *t, struct guid id,
			struct value **out, struct err *e)
{
	struct run_row row;
	bool found;

	if (!run_get_row(j->run, side, t->number, id, &row, &found, e))
		return false;
	if (!found) {
		*out = NULL;
		return true;
	}
	struct value *values = arena_array(j->page, struct value, t->ncolumns);

	if (!cells_unpack(str_dup(j->page, row.cells), values, t->ncolumns, e))
		return err_wrap(e, "%.*s", STR_ARG(t->table->name));
	*out = values;
	return true;
}

static size_t name_column(const struct tab *t)
{
	struct str name = t->table->primary_name;

	return name.n > 0 ? tab_column(t, name) : SIZE_MAX;
}

static struct str name_of(const struct value *values, size_t at)
{
	if (!values || at == SIZE_MAX || values[at].kind != VALUE_TEXT)
		return S("");
	return values[at].text;
}

/* The first side that knows it: what it shall be, what it was, what it is in the source. */
static bool find_name(struct job *j, const struct tab *t, struct guid id, struct guid origin,
		      struct str *out, struct err *e)
{
	static const enum side sides[] = { SIDE_WANTED, SIDE_TARGET, SIDE_SOURCE };
	size_t at = name_column(t);

	*out = S("");
	for (size_t i = 0; i < COUNT_OF(sides) && at != SIZE_MAX && out->n == 0; i++) {
		struct value *values = NULL;

		if (!read_values(j, sides[i], t, sides[i] == SIDE_SOURCE ? origin : id, &values, e))
			return false;
		*out = name_of(values, at);
	}
	return true;
}

static const struct value *told_value(const struct value *values, size_t i)
{
	return values && values[i].kind != VALUE_ABSENT ? &values[i] : NULL;
}

static void put_column(struct told_change *t, const struct tab_column *c,
		       const struct value *before, const struct value *after)
{
	bool secret = c->rule == COLUMN_RULE_SECRET;

	t->columns[t->ncolumns++] = (struct told_column){
		.column = c,
		.before = secret ? NULL : before,
		.after = secret ? NULL : after,
		.secret = secret,
	};
}

/* What is written again as it was, beside what differs: the other one of state and status, what the platform overwrote. */
static bool is_same(const struct tab_column *c, const struct value *before,
		    const struct value *after)
{
	if (!before || !after || !c->column)
		return false;
	if (c->column->type == COLUMN_FILE || c->column->type == COLUMN_IMAGE)
		return false;
	return (value_is_empty(before) && value_is_empty(after)) ||
	       value_equal(c->column, before, after);
}

static void written_columns(const struct telling *w, const struct gathered *g,
			    const struct value *is, const struct value *wanted,
			    struct told_change *t)
{
	bool update = t->kind == TOLD_UPDATE;

	for (size_t i = 0; i < w->t->ncolumns; i++) {
		const struct tab_column *c = &w->t->columns[i];
		const struct value *before = update ? told_value(is, i) : NULL;
		const struct value *after = wanted ? &wanted[i] : NULL;

		if (g->columns[i] && !is_same(c, before, after))
			put_column(t, c, before, after);
	}
}

/* All that the run knows of a row that goes, but its id. */
static void lost_columns(const struct telling *w, const struct value *is, struct told_change *t)
{
	for (size_t i = 0; is && i < w->t->nfields; i++)
		if (!value_is_empty(&is[i]) &&
		    !str_eq(w->t->columns[i].name, w->t->table->primary_id))
			put_column(t, &w->t->columns[i], &is[i], NULL);
}

/* The first state that is not the active one. */
static void inactive_state(const struct telling *w, const struct value *is, struct told_change *t)
{
	const struct tab_column *c = w->t->state == SIZE_MAX ? NULL : &w->t->columns[w->t->state];

	for (size_t i = 0; c && c->column && i < c->column->noptions; i++) {
		if (c->column->options[i].value == 0)
			continue;
		struct value *after = arena_new(w->j->page, struct value);

		after->kind = VALUE_TEXT;
		after->text = str_from_i64(w->j->page, c->column->options[i].value);
		put_column(t, c, told_value(is, w->t->state), after);
		return;
	}
}

static bool fill_columns(struct telling *w, const struct gathered *g, struct told_change *t,
			 struct err *e)
{
	struct value *is = NULL, *wanted = NULL;

	if (!read_values(w->j, SIDE_TARGET, w->t, g->id, &is, e) ||
	    !read_values(w->j, SIDE_WANTED, w->t, g->id, &wanted, e))
		return false;
	t->columns = arena_array(w->j->page, struct told_column, w->t->ncolumns);
	if (t->kind == TOLD_DELETE)
		lost_columns(w, is, t);
	else if (t->kind == TOLD_DEACTIVATE)
		inactive_state(w, is, t);
	else
		written_columns(w, g, is, wanted, t);
	t->name = name_of(wanted, w->name);
	if (t->name.n == 0)
		t->name = name_of(is, w->name);
	return true;
}

static bool find_how(struct telling *w, struct told_change *t, struct err *e)
{
	bool found;

	if (t->kind == TOLD_CREATE || guid_eq(t->id, t->origin))
		return true;
	return run_get_how(w->j->run, w->j->page, t->table, t->origin, &t->how, &found, e);
}

static bool tell_row(struct telling *w, const struct gathered *g, struct err *e)
{
	struct arena_mark mark = arena_mark(w->j->page);
	struct told_change t = { .kind = kind_of(g->kinds),
				 .state = g->state,
				 .table = w->t->table->name,
				 .id = g->id,
				 .origin = g->origin };

	w->seen |= 1u << t.kind;
	if (!w->each) {
		w->counts[t.kind]++;
		return true;
	}
	if (t.kind != w->kind)
		return true;
	if (!fill_columns(w, g, &t, e) || !find_how(w, &t, e) || !w->each(w->context, &t, e))
		return false;
	arena_rewind(w->j->page, mark);
	return true;
}

static void gather(struct gathered *g, const struct change *c, size_t ncolumns)
{
	if (g->kinds == 0) {
		g->id = c->id;
		g->origin = c->origin;
		g->state = c->state;
		memset(g->columns, 0, ncolumns);
	}
	g->kinds |= 1u << c->kind;
	g->state = worse(g->state, c->state);
	for (size_t i = 0; i < c->columns.n && i < ncolumns; i++)
		g->columns[i] = g->columns[i] || c->columns.p[i];
}

/* The rows with changes of w->kind; without anybody to tell, of all kinds. */
static bool walk_rows(struct telling *w, struct gathered *g, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor cursor = { 0 };
	struct change c;
	bool more;

	g->kinds = 0;
	if (!journal_tab_changes(w->j->run, w->t->number, &cursor, e))
		return false;
	for (;;) {
		if (!journal_next_change(&cursor, &c, &more, e))
			return false;
		if (g->kinds != 0 && (!more || !guid_eq(c.id, g->id))) {
			if (!tell_row(w, g, e))
				return false;
			g->kinds = 0;
		}
		if (!more)
			return true;
		gather(g, &c, w->t->ncolumns);
	}
}

/* Whether a row under another id was adopted, and that is all. */
static bool is_adopted(struct telling *w, const struct run_row *row, bool *yes, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor cursor = { 0 };
	enum outcome outcome;
	struct change c;
	bool found, changes;

	*yes = false;
	if (!journal_get_outcome(w->j->run, w->t->number, row->origin, &outcome, &found, e))
		return false;
	if (!found || outcome != OUTCOME_ADOPTED)
		return true;
	if (!journal_row_changes(w->j->run, w->t->number, row->id, &cursor, e) ||
	    !journal_next_change(&cursor, &c, &changes, e))
		return false;
	*yes = !changes;
	return true;
}

static bool tell_adopted(struct telling *w, const struct run_row *row, struct err *e)
{
	struct arena_mark mark = arena_mark(w->j->page);
	struct told_change t = { .kind = TOLD_ADOPT,
				 .state = w->j->head.phase == RUN_PLANNED ? CHANGE_PLANNED
									  : CHANGE_DONE,
				 .table = w->t->table->name,
				 .id = row->id,
				 .origin = row->origin };

	if (!w->each) {
		w->counts[TOLD_ADOPT]++;
		return true;
	}
	if (!find_name(w->j, w->t, t.id, t.origin, &t.name, e) || !find_how(w, &t, e) ||
	    !w->each(w->context, &t, e))
		return false;
	arena_rewind(w->j->page, mark);
	return true;
}

static bool walk_adopted(struct telling *w, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor cursor = { 0 };
	struct run_row row;
	bool more, yes;

	if (!run_renamed_rows(w->j->run, w->t->number, &cursor, e))
		return false;
	for (;;) {
		if (!run_next_row(&cursor, &row, &more, e))
			return false;
		if (!more)
			return true;
		if (!is_adopted(w, &row, &yes, e) || (yes && !tell_adopted(w, &row, e)))
			return false;
	}
}

static bool tell_tab(struct telling *w, struct err *e)
{
	static const enum told_kind kinds[] = { TOLD_CREATE, TOLD_UPDATE, TOLD_ADOPT, TOLD_DELETE,
						TOLD_DEACTIVATE };
	struct gathered g = { .columns = arena_array(w->j->page, char, w->t->ncolumns) };

	w->seen = 1u << TOLD_CREATE | 1u << TOLD_ADOPT;
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		w->kind = kinds[i];
		/* what there is, is known after the first walk, which counts all of it if that is all */
		if (!(w->seen & 1u << w->kind) || (!w->each && i > 0 && w->kind != TOLD_ADOPT))
			continue;
		if (!(w->kind == TOLD_ADOPT ? walk_adopted(w, e) : walk_rows(w, &g, e)))
			return false;
	}
	return true;
}

/* The row at the far end: of a table of the run, or outside of it. */
static bool find_other_name(struct job *j, struct told_change *t, struct guid origin, struct err *e)
{
	const struct tab *other = tabs_find(&j->tabs, t->other_table);
	struct str table;
	bool found;

	if (other && !find_name(j, other, t->other, origin, &t->other_name, e))
		return false;
	return t->other_name.n > 0 ||
	       run_find_reference(j->run, j->page, origin, &table, &t->other_name, &found, e);
}

static bool tell_pair(struct telling *w, const struct tab_relationship *rel, const struct change *c,
		      struct err *e)
{
	struct arena_mark mark = arena_mark(w->j->page);
	struct told_change t = { .kind = c->kind == CHANGE_LINK ? TOLD_LINK : TOLD_UNLINK,
				 .state = c->state,
				 .table = w->t->table->name,
				 .id = c->id,
				 .origin = c->origin,
				 .relationship = rel->relationship->name,
				 .other_table = rel->source_is_first ? rel->link->table2
								     : rel->link->table1,
				 .other = c->other };

	if (!w->each) {
		w->counts[t.kind]++;
		return true;
	}
	if (!find_name(w->j, w->t, t.id, t.origin, &t.name, e) ||
	    !find_other_name(w->j, &t, c->other_origin, e) || !w->each(w->context, &t, e))
		return false;
	arena_rewind(w->j->page, mark);
	return true;
}

/* A pair may have been written again by a repair. */
static bool walk_pairs(struct telling *w, const struct tab_relationship *rel, enum change_kind kind,
		       struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor cursor = { 0 };
	struct change c, pair;
	bool more, any = false;

	if (!journal_kind_changes(w->j->run, kind, rel->rel, &cursor, e))
		return false;
	for (;;) {
		if (!journal_next_change(&cursor, &c, &more, e))
			return false;
		bool again = any && more && guid_eq(c.id, pair.id) && guid_eq(c.other, pair.other);

		if (any && !again && !tell_pair(w, rel, &pair, e))
			return false;
		if (!more)
			return true;
		if (again)
			pair.state = worse(pair.state, c.state);
		else
			pair = c;
		any = true;
	}
}

static bool tell_pairs(struct telling *w, struct err *e)
{
	for (size_t i = 0; i < w->t->nrelationships; i++)
		if (!walk_pairs(w, &w->t->relationships[i], CHANGE_LINK, e) ||
		    !walk_pairs(w, &w->t->relationships[i], CHANGE_UNLINK, e))
			return false;
	return true;
}

static bool tell_all(struct telling *w, struct err *e)
{
	struct arena_mark mark = arena_mark(w->j->page);

	for (size_t i = 0; i < w->j->tabs.n; i++) {
		w->t = &w->j->tabs.p[i];
		w->name = name_column(w->t);
		if (!tell_tab(w, e) || !tell_pairs(w, e))
			return err_wrap(e, "the changes of %.*s", STR_ARG(w->t->table->name));
		arena_rewind(w->j->page, mark);
	}
	return true;
}

bool changes_each(struct job *j,
		  bool (*each)(void *context, const struct told_change *t, struct err *e),
		  void *context, struct err *e)
{
	struct telling w = { .j = j, .each = each, .context = context };

	return tell_all(&w, e);
}

bool changes_count(struct job *j, uint64_t *counts, struct err *e)
{
	struct telling w = { .j = j };

	if (!tell_all(&w, e))
		return false;
	for (size_t i = 0; i < TOLD_KINDS; i++)
		counts[i] = w.counts[i];
	return true;
}

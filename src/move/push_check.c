/* SPDX-License-Identifier: MIT */
/*
 * What may have been done is looked up by the ids that we gave: rows by their primary key, pairs by both ends. A row that is
 * as it was to be is done, whoever did it. One that is not quite so may be ours all the same, and the platform put in
 * its own: a new row that we have created when an answer about it was lost, or when something in it is ours; an updated row
 * at which two of these are true: something in it is as it was to be and was not before, we have modified it last, an
 * answer about it was lost. Then it is done, and the verification compares it. An updated row of which nothing that is to be written has changed, is
 * written with its new version; so is one that has no version. All else is somebody's own.
 * What was to be removed and is not there is removed. A row that is to be removed and has another version is ours all the same, if
 * of all that is known of it only lookups to other rows that are removed became empty, or we have modified it last.
 */
#include "move/push_check.h"

#include <string.h>

#include "base/limits.h"
#include "move/cells.h"
#include "move/file_cell.h"
#include "move/compare.h"
#include "move/graph.h"
#include "move/push_part.h"
#include "move/skip.h"

#include "base/banned.h"

#define CREATOR "createdby"
#define MODIFIER "modifiedby"
/* Before something goes again: doubled each time. */
#define PAUSE_MS 250
#define PAUSE_MOST_MS 1000
#define PAUSE_BUSY_MOST_MS 10000

enum seen {
	SEEN_NOT,    /* there is no such row or pair */
	SEEN_WANTED, /* as it was to be */
	SEEN_OURS,   /* made by us, and changed by the platform */
	SEEN_BEFORE, /* as it was before */
	SEEN_MOVED,  /* so is what is to be written, but the version is another */
	SEEN_OTHER,
};

/* One change that is looked for. */
struct doubt {
	struct push_aside *aside;
	struct change change;
	enum seen seen;
};

/* The doubts about rows of one tab, or pairs of one relationship; as many as go in one question. */
struct look {
	struct push_queue *q;
	struct arena *arena; /* of this look */
	struct doubt *doubts;
	size_t n;
	const struct tab *tab;
	const struct column **columns; /* that are asked for */
	size_t *places;                /* of each in the tab's columns, or one of the two below */
	size_t ncolumns;
	struct value *wanted, *is, *was;
	struct value creator, modifier;
};
#define PLACE_CREATOR SIZE_MAX
#define PLACE_MODIFIER (SIZE_MAX - 1)

static void add_column(struct look *l, const struct column *c, size_t place)
{
	l->columns[l->ncolumns] = c;
	l->places[l->ncolumns++] = place;
}

static void choose_columns(struct look *l)
{
	const struct tab *t = l->tab;
	const struct column *creator = table_column(t->table, S(CREATOR));
	const struct column *modifier = table_column(t->table, S(MODIFIER));

	l->columns = arena_array(l->arena, const struct column *, t->ncolumns + 2);
	l->places = arena_array(l->arena, size_t, t->ncolumns + 2);
	l->wanted = arena_array(l->arena, struct value, t->ncolumns);
	l->is = arena_array(l->arena, struct value, t->ncolumns);
	l->was = arena_array(l->arena, struct value, t->ncolumns);
	for (size_t i = 0; i < t->ncolumns; i++)
		/* files are none of what is looked for: move/file_push.h */
		if (t->columns[i].read && t->columns[i].column != creator &&
		    t->columns[i].column != modifier && !file_cell_is(t->columns[i].column))
			add_column(l, t->columns[i].column, i);
	if (creator && creator->read)
		add_column(l, creator, PLACE_CREATOR);
	if (modifier && modifier->read)
		add_column(l, modifier, PLACE_MODIFIER);
}

/* The columns that were sent, as far as they can be compared: with what they were to be, and with what they were. */
struct likeness {
	bool wanted; /* all are as they were to be */
	bool before; /* all are as they were */
	bool ours;   /* one is as it was to be, and was not */
};

static struct likeness compare(const struct look *l, const struct change *c)
{
	const struct tab *t = l->tab;
	struct likeness like = { .wanted = true, .before = true };

	for (size_t i = 0; i < t->ncolumns && i < c->columns.n; i++) {
		const struct tab_column *column = &t->columns[i];
		bool told = i < t->nfields && column->read && column->compare && column->column;

		if (!c->columns.p[i])
			continue;

		bool wanted = told && compare_value(column, &l->wanted[i], &l->is[i]);
		bool before = told && value_equal(column->column, &l->was[i], &l->is[i]);

		like.wanted = like.wanted && (wanted || !told);
		like.before = like.before && before;
		like.ours = like.ours || (wanted && !before);
	}
	return like;
}

static bool is_user(const struct look *l, const struct value *by)
{
	struct guid id;

	return by->kind != VALUE_ABSENT && guid_parse(by->text, &id) && guid_eq(id, l->q->j->user);
}

/* As the run knows it: nothing of a row that is new. */
static bool recall(struct look *l, const struct change *c, struct run_row *row, bool *found,
		   struct err *e)
{
	for (size_t i = 0; i < l->tab->ncolumns; i++)
		l->was[i] = (struct value){ .kind = VALUE_NULL };
	return push_part_known(l->q->j, c, row, found, e) &&
	       (!*found || cells_unpack(row->cells, l->was, l->tab->ncolumns, e));
}

/* The version that the next try has to tell. */
static bool follow(struct look *l, const struct change *c, struct str version, struct err *e)
{
	struct run_row row;
	bool found;

	if (!push_part_known(l->q->j, c, &row, &found, e) || !found)
		return found;
	row.version = version;
	row.cells = str_dup(l->q->j->page, row.cells);
	return run_replace_row(l->q->j->run, SIDE_AFTER, c->tab, &row, e);
}

static enum seen judge_new(const struct look *l, bool lost, struct likeness like)
{
	bool told = l->creator.kind != VALUE_ABSENT;

	if (lost)
		return !told || is_user(l, &l->creator) ? SEEN_OURS : SEEN_OTHER;
	return like.ours && is_user(l, &l->creator) ? SEEN_OURS : SEEN_OTHER;
}

static enum seen judge_old(const struct look *l, bool lost, struct likeness like)
{
	bool by_us = is_user(l, &l->modifier);

	if (like.before)
		return SEEN_MOVED;
	return lost + by_us + like.ours >= 2 ? SEEN_OURS : SEEN_OTHER;
}

/* What the platform itself empties in a row when another one goes. */
static bool is_our_clearing(struct look *l, const struct column *c, size_t i, bool *ours,
			    struct err *e)
{
	const struct tab *t = tabs_find(&l->q->j->tabs, l->was[i].table);
	struct guid id;

	*ours = false;
	if (!t || !column_is_lookup(c) || l->was[i].kind != VALUE_REF ||
	    !value_is_empty(&l->is[i]) || !guid_parse(l->was[i].text, &id))
		return true;
	return graph_is_removed(l->q->j->run, t->number, id, ours, e);
}

/* Whether all that is known of a row is as it was; *cleared: but for lookups to rows that the run removes. */
static bool is_left_alone(struct look *l, bool *alone, bool *cleared, struct err *e)
{
	const struct tab *t = l->tab;

	*alone = true;
	*cleared = false;
	for (size_t i = 0; *alone && i < t->ncolumns; i++) {
		const struct column *c = t->columns[i].column;

		if (!t->columns[i].read || !c->update || l->is[i].kind == VALUE_ABSENT ||
		    (value_is_empty(&l->was[i]) && value_is_empty(&l->is[i])) ||
		    value_equal(c, &l->was[i], &l->is[i]))
			continue;
		if (!is_our_clearing(l, c, i, alone, e))
			return false;
		*cleared = *cleared || *alone;
	}
	return true;
}

static bool is_inactive(const struct look *l)
{
	const struct value *state = l->tab->state == SIZE_MAX ? NULL : &l->is[l->tab->state];

	return state && !value_is_empty(state) && !str_eq(state->text, S("0"));
}

static bool judge_removal(struct look *l, struct doubt *d, struct str version, struct err *e)
{
	bool found, alone, cleared;
	struct run_row known = { 0 };

	if (!recall(l, &d->change, &known, &found, e))
		return false;
	d->seen = SEEN_BEFORE;
	if (d->change.kind == CHANGE_DEACTIVATE && is_inactive(l)) {
		d->seen = SEEN_WANTED;
		return true;
	}
	if (known.version.n == 0 || str_eq(known.version, version))
		return true;
	if (!is_left_alone(l, &alone, &cleared, e))
		return false;

	bool by_us = l->modifier.kind == VALUE_ABSENT || is_user(l, &l->modifier);

	d->seen = alone && (cleared || by_us) ? SEEN_MOVED : SEEN_OTHER;
	return d->seen != SEEN_MOVED || !found || follow(l, &d->change, version, e);
}

static bool judge_row(struct look *l, struct doubt *d, struct str version, struct err *e)
{
	struct job *j = l->q->j;
	bool lost = d->aside->why == WHY_LOST || d->aside->entry.lost;
	struct run_row wanted, known = { 0 };
	bool found;

	if (change_is_removal(d->change.kind))
		return judge_removal(l, d, version, e);
	if (!run_get_row(j->run, SIDE_WANTED, d->change.tab, d->change.id, &wanted, &found, e))
		return false;
	if (!found || !cells_unpack(wanted.cells, l->wanted, l->tab->ncolumns, e))
		return found || err_set(e, ERR_INTERNAL, "run file: a change without its row");
	if (!recall(l, &d->change, &known, &found, e))
		return false;

	struct likeness like = compare(l, &d->change);

	if (like.wanted)
		d->seen = SEEN_WANTED;
	else if (d->change.kind == CHANGE_CREATE)
		d->seen = judge_new(l, lost, like);
	else if (d->change.kind != CHANGE_UPDATE || known.version.n == 0 ||
		 str_eq(known.version, version))
		d->seen = SEEN_BEFORE;
	else
		d->seen = judge_old(l, lost, like);
	return d->seen != SEEN_MOVED || follow(l, &d->change, version, e);
}

static bool take_row(void *context, const struct read_row *row, struct err *e)
{
	struct look *l = context;

	l->creator = l->modifier = (struct value){ .kind = VALUE_ABSENT };
	for (size_t i = 0; i < l->tab->ncolumns; i++)
		l->is[i] = (struct value){ .kind = VALUE_ABSENT };
	for (size_t i = 0; i < l->ncolumns; i++) {
		if (l->places[i] == PLACE_CREATOR)
			l->creator = row->values[i];
		else if (l->places[i] == PLACE_MODIFIER)
			l->modifier = row->values[i];
		else
			l->is[l->places[i]] = row->values[i];
	}
	for (size_t i = 0; i < l->n; i++)
		if (guid_eq(l->doubts[i].change.id, row->id) &&
		    !judge_row(l, &l->doubts[i], row->version, e))
			return false;
	return true;
}

static bool look_for_rows(struct look *l, struct err *e)
{
	const struct table *table = l->tab->table;
	struct guid *ids = arena_array(l->arena, struct guid, l->n);

	choose_columns(l);
	for (size_t i = 0; i < l->n; i++)
		ids[i] = l->doubts[i].change.id;
	return read_rows_by_id(&l->q->j->reader, table, table->primary_id, ids, l->n, l->columns,
			       l->ncolumns, take_row, l, e);
}

static bool take_pair(void *context, const struct read_row *row, struct err *e)
{
	struct look *l = context;
	struct guid from, to;

	(void)e;
	if (!guid_parse(row->values[0].text, &from) || !guid_parse(row->values[1].text, &to))
		return true;
	for (size_t i = 0; i < l->n; i++)
		if (guid_eq(l->doubts[i].change.id, from) && guid_eq(l->doubts[i].change.other, to))
			l->doubts[i].seen = l->doubts[i].change.kind == CHANGE_UNLINK ? SEEN_BEFORE
										      : SEEN_WANTED;
	return true;
}

static struct fetch_condition among(struct look *l, struct str column, bool other)
{
	struct str *values = arena_array(l->arena, struct str, l->n);

	for (size_t i = 0; i < l->n; i++)
		values[i] = guid_text(l->arena,
				      other ? l->doubts[i].change.other : l->doubts[i].change.id);
	return (struct fetch_condition){ .attribute = column,
					 .op = FETCH_IN,
					 .op_name = S("in"),
					 .values = values,
					 .nvalues = l->n };
}

static bool look_for_pairs(struct look *l, struct err *e)
{
	const struct tab_relationship *rel = change_relationship(l->q->j, &l->doubts[0].change);
	const struct column *ends[2];

	if (!tab_relationship_ends(rel, ends, e))
		return false;

	struct fetch_condition conditions[] = { among(l, ends[0]->name, false),
						among(l, ends[1]->name, true) };
	struct fetch_filter filter = { .conditions = conditions,
				       .nconditions = COUNT_OF(conditions) };
	struct fetch query = {
		.entity = { .table = rel->intersect->name, .filters = &filter, .nfilters = 1 }
	};

	return read_rows(&l->q->j->reader, rel->intersect, &query, ends, COUNT_OF(ends), take_pair,
			 l, e);
}

static bool is_addition(const struct doubt *d)
{
	return d->change.kind == CHANGE_CREATE || d->change.kind == CHANGE_LINK;
}

static void reason_of(const struct doubt *d, struct err *why)
{
	if (d->aside->why == WHY_LOST && d->seen == SEEN_OTHER) {
		(void)err_set(why, ERR_PRECONDITION,
			      d->change.kind == CHANGE_CREATE
				      ? "another row with this id is there already"
				      : "somebody else changed it before");
		return;
	}
	if (d->aside->why == WHY_LOST && d->seen == SEEN_NOT && !is_addition(d)) {
		(void)err_set(why, ERR_NOT_FOUND, "it is no longer there");
		return;
	}
	push_cause_tell(&d->aside->cause, why);
}

/* Not done: again, when it was not refused for another reason than those that were looked for. */
static bool repeat(struct push_queue *q, const struct doubt *d, const struct err *why,
		   struct err *e)
{
	return d->aside->why == WHY_THERE ? push_queue_failed(q, &d->aside->entry, why, e)
					  : push_queue_retry(q, &d->aside->entry, why, e);
}

static bool settle(struct push_queue *q, const struct doubt *d, struct err *e)
{
	struct err why;

	reason_of(d, &why);
	switch (d->seen) {
	case SEEN_WANTED:
	case SEEN_OURS:
		return push_queue_done(q, &d->aside->entry, e);
	case SEEN_OTHER:
		return push_queue_failed(q, &d->aside->entry, &why, e);
	case SEEN_NOT:
		if (change_is_removal(d->change.kind))
			return push_queue_done(q, &d->aside->entry, e);
		if (!is_addition(d))
			return push_queue_failed(q, &d->aside->entry, &why, e);
		return repeat(q, d, &why, e);
	case SEEN_BEFORE:
		return repeat(q, d, &why, e);
	case SEEN_MOVED:
		return push_queue_retry(q, &d->aside->entry, &why, e);
	}
	return true;
}

/* The service did not answer: to be looked at again, but not for ever. */
static bool leave(struct push_queue *q, const struct look *l, struct err *e)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct push_aside *aside = l->doubts[i].aside;
		struct push_entry older = aside->entry;
		struct err why;

		push_cause_tell(&aside->cause, &why);
		if (older.rounds + 1 >= PUSH_ROUNDS) {
			if (!push_queue_failed(q, &older, &why, e))
				return false;
			continue;
		}
		older.rounds++;
		push_queue_aside(q, &older, aside->why, &why);
	}
	return true;
}

/* A service that only did not answer is asked again. */
static bool rules_out_another_look(const struct err *e)
{
	return e->kind == ERR_AUTH || e->kind == ERR_CANCELLED || e->kind == ERR_INTERNAL;
}

/* Those that are about the same as the first of `left`. */
static bool gather(struct look *l, struct push_aside *left, size_t *n, struct err *e)
{
	struct job *j = l->q->j;
	struct push_entry first = left[0].entry;
	bool pairs = change_is_pair((enum change_kind)first.kind);
	size_t kept = 0;

	l->doubts = arena_array(l->arena, struct doubt, READ_IDS);
	for (size_t i = 0; i < *n; i++) {
		const struct push_entry *entry = &left[i].entry;
		bool same = entry->tab == first.tab &&
			    change_is_pair((enum change_kind)entry->kind) == pairs;

		if (!same || l->n == READ_IDS) {
			left[kept++] = left[i];
			continue;
		}
		struct doubt *d = &l->doubts[l->n++];

		d->aside = arena_new(l->arena, struct push_aside);
		*d->aside = left[i];
		if (!journal_get_change(j->run, entry->number, &d->change, e))
			return false;
		d->change.columns = str_dup(l->arena, d->change.columns);
	}
	*n = kept;
	l->tab = pairs ? NULL : &j->tabs.p[first.tab];
	return true;
}

static bool look_at_some(struct push_queue *q, struct push_aside *left, size_t *n, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	struct look l = { .q = q, .arena = &scratch };
	struct arena_mark mark = arena_mark(q->j->page);
	struct err unseen;

	if (!gather(&l, left, n, e))
		return false;

	bool seen = l.tab ? look_for_rows(&l, &unseen) : look_for_pairs(&l, &unseen);

	arena_rewind(q->j->page, mark);
	if (!seen && rules_out_another_look(&unseen)) {
		*e = unseen;
		return false;
	}
	if (!seen)
		return leave(q, &l, e);

	size_t before = q->again.n;

	for (size_t i = 0; i < l.n; i++)
		if (!settle(q, &l.doubts[i], e))
			return false;
	push_queue_reverse(q, before);
	return true;
}

static uint64_t doubled(unsigned times, uint64_t most)
{
	uint64_t ms = times < 16 ? (uint64_t)PAUSE_MS << times : most;

	return ms < most ? ms : most;
}

/* What something else held goes again, but one request after the other. */
static bool release_busy(struct push_queue *q, struct push_aside *left, size_t *n, struct err *e)
{
	size_t before = q->again.n;
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++) {
		struct err why;

		if (left[i].why != WHY_BUSY) {
			left[kept++] = left[i];
			continue;
		}
		left[i].entry.serial = 1;
		push_cause_tell(&left[i].cause, &why);
		if (!push_queue_retry(q, &left[i].entry, &why, e))
			return false;
	}
	push_queue_reverse(q, before);
	*n = kept;
	return true;
}

void push_check_pause(const struct push_queue *q, struct rng *rng)
{
	const struct progress *progress = q->j->progress;
	uint64_t whole = q->vain > 0 ? doubled(q->vain - 1, PAUSE_MOST_MS) : 0;

	for (size_t i = 0; i < q->aside.n; i++) {
		const struct push_aside *aside = &q->aside.p[i];
		bool busy = aside->why == WHY_BUSY && aside->entry.rounds + 1 < PUSH_ROUNDS;
		uint64_t ms = busy ? doubled(aside->entry.rounds, PAUSE_BUSY_MOST_MS) : 0;

		whole = ms > whole ? ms : whole;
	}
	if (whole == 0 || !progress || !progress->pause)
		return;
	progress->pause(progress->context, (unsigned)(whole / 2 + rng_next(rng) % (whole / 2 + 1)));
}

bool push_check_aside(struct push_queue *q, struct err *e)
{
	DEFER(arena_release) struct arena doubts = q->doubts;
	struct push_aside *left = q->aside.p;
	size_t n = q->aside.n;

	/* what is put aside meanwhile is for the next time, with its words */
	q->doubts = arena_make(0);
	memset(&q->aside, 0, sizeof(q->aside));
	if (!release_busy(q, left, &n, e))
		return false;
	while (n > 0)
		if (!look_at_some(q, left, &n, e))
			return false;
	return true;
}

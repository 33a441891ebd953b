/* SPDX-License-Identifier: MIT */
/*
 * What may have been done is looked up by the ids that we gave: rows by their primary key, pairs by both ends. A row that is
 * as it was to be is done, whoever did it. A new row that is not quite so was made by us all the same when a request of
 * ours for it was lost and we are its creator: the platform puts in its own, and the verification compares it. An update is
 * told from one that was not done by the version that was read before; without a version it is only compared.
 */
#include "move/push_check.h"

#include <string.h>

#include "base/limits.h"
#include "move/cells.h"
#include "move/push_part.h"
#include "move/skip.h"

#include "base/banned.h"

#define CREATOR "createdby"

enum seen {
	SEEN_NOT,    /* there is no such row or pair */
	SEEN_WANTED, /* as it was to be */
	SEEN_OURS,   /* made by us, and changed by the platform */
	SEEN_BEFORE, /* as it was before */
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
	size_t *places;                /* of each in the tab's columns; SIZE_MAX: the creator */
	size_t ncolumns;
	struct value *wanted, *is;
};

static void add_column(struct look *l, const struct column *c, size_t place)
{
	l->columns[l->ncolumns] = c;
	l->places[l->ncolumns++] = place;
}

static void choose_columns(struct look *l)
{
	const struct tab *t = l->tab;
	const struct column *creator = table_column(t->table, S(CREATOR));

	l->columns = arena_array(l->arena, const struct column *, t->ncolumns + 1);
	l->places = arena_array(l->arena, size_t, t->ncolumns + 1);
	l->wanted = arena_array(l->arena, struct value, t->ncolumns);
	l->is = arena_array(l->arena, struct value, t->ncolumns);
	for (size_t i = 0; i < t->ncolumns; i++)
		if (t->columns[i].read && t->columns[i].column != creator)
			add_column(l, t->columns[i].column, i);
	if (creator && creator->read)
		add_column(l, creator, SIZE_MAX);
}

/* Whether the columns that were sent are as they were to be, as far as they can be compared. */
static bool is_as_wanted(const struct look *l, const struct change *c)
{
	const struct tab *t = l->tab;

	for (size_t i = 0; i < t->nfields && i < c->columns.n; i++) {
		const struct tab_column *column = &t->columns[i];
		bool told = c->columns.p[i] && column->read && column->compare && column->column;

		if (told && !value_equal(column->column, &l->wanted[i], &l->is[i]))
			return false;
	}
	return true;
}

static bool judge_row(struct look *l, struct doubt *d, const struct read_row *row,
		      const struct value *creator, struct err *e)
{
	struct job *j = l->q->j;
	bool lost = d->aside->why == WHY_LOST || d->aside->entry.rounds > 0;
	struct run_row wanted;
	struct guid by;
	struct str etag;
	bool found;

	if (!run_get_row(j->run, SIDE_WANTED, d->change.tab, d->change.id, &wanted, &found, e))
		return false;
	if (!found || !cells_unpack(wanted.cells, l->wanted, l->tab->ncolumns, e))
		return found || err_set(e, ERR_INTERNAL, "run file: a change without its row");
	if (!push_part_version(j, &d->change, &etag, e))
		return false;
	if (is_as_wanted(l, &d->change))
		d->seen = SEEN_WANTED;
	else if (d->change.kind == CHANGE_CREATE)
		d->seen = lost && creator && guid_parse(creator->text, &by) && guid_eq(by, j->user)
				  ? SEEN_OURS
				  : SEEN_OTHER;
	else
		d->seen = str_eq(etag, S("*")) || str_eq(etag, row->version) ? SEEN_BEFORE
									     : SEEN_OTHER;
	return true;
}

static bool take_row(void *context, const struct read_row *row, struct err *e)
{
	struct look *l = context;
	const struct value *creator = NULL;

	for (size_t i = 0; i < l->tab->ncolumns; i++)
		l->is[i] = (struct value){ .kind = VALUE_ABSENT };
	for (size_t i = 0; i < l->ncolumns; i++) {
		if (l->places[i] == SIZE_MAX)
			creator = &row->values[i];
		else
			l->is[l->places[i]] = row->values[i];
	}
	for (size_t i = 0; i < l->n; i++)
		if (guid_eq(l->doubts[i].change.id, row->id) &&
		    !judge_row(l, &l->doubts[i], row, creator, e))
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
			l->doubts[i].seen = SEEN_WANTED;
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
	const struct many_to_many *link = rel->link;
	struct str from = rel->source_is_first ? link->column1 : link->column2;
	struct str to = rel->source_is_first ? link->column2 : link->column1;
	const struct column *columns[] = { table_column(rel->intersect, from),
					   table_column(rel->intersect, to) };
	struct fetch_condition conditions[] = { among(l, from, false), among(l, to, true) };
	struct fetch_filter filter = { .conditions = conditions,
				       .nconditions = COUNT_OF(conditions) };
	struct fetch query = {
		.entity = { .table = rel->intersect->name, .filters = &filter, .nfilters = 1 }
	};

	if (!columns[0] || !columns[1])
		return err_set(e, ERR_INPUT, "table %.*s has no column %.*s",
			       STR_ARG(rel->intersect->name), STR_ARG(columns[0] ? to : from));
	return read_rows(&l->q->j->reader, rel->intersect, &query, columns, COUNT_OF(columns),
			 take_pair, l, e);
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
	push_aside_reason(d->aside, why);
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
		if (!is_addition(d))
			return push_queue_failed(q, &d->aside->entry, &why, e);
		return repeat(q, d, &why, e);
	case SEEN_BEFORE:
		return repeat(q, d, &why, e);
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

		push_aside_reason(aside, &why);
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

static bool is_of_the_run(const struct err *e)
{
	return e->kind == ERR_AUTH || e->kind == ERR_CANCELLED || e->kind == ERR_INTERNAL;
}

/* Those that are about the same as the first of `left`. */
static bool gather(struct look *l, struct push_aside *left, size_t *n, struct err *e)
{
	struct job *j = l->q->j;
	struct push_entry first = left[0].entry;
	size_t kept = 0;

	l->doubts = arena_array(l->arena, struct doubt, READ_IDS);
	for (size_t i = 0; i < *n; i++) {
		const struct push_entry *entry = &left[i].entry;
		bool same = entry->tab == first.tab &&
			    (entry->kind == CHANGE_LINK) == (first.kind == CHANGE_LINK);

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
	l->tab = first.kind == CHANGE_LINK ? NULL : &j->tabs.p[first.tab];
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
	if (!seen && is_of_the_run(&unseen)) {
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

/* What something else held goes again at once, but one request after the other. */
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
		push_aside_reason(&left[i], &why);
		if (!push_queue_retry(q, &left[i].entry, &why, e))
			return false;
	}
	push_queue_reverse(q, before);
	*n = kept;
	return true;
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

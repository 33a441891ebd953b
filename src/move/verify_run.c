/* SPDX-License-Identifier: MIT */
/*
 * Verifying a run that is over.
 */
#include "move/verify_run.h"

#include "move/cells.h"
#include "move/compare.h"
#include "move/file_pull.h"
#include "move/journal.h"
#include "move/pull.h"

#include "base/banned.h"

struct looking {
	struct job *j;
	struct tab *t;
	const struct tab_relationship *rel;
	struct import_table *rows, *pairs;
};

static bool pull_part(void *context, const struct guid *ids, size_t n, struct err *e)
{
	struct looking *l = context;

	if (!pull_ids(l->j, SIDE_NOW, l->t, ids, n, e) ||
	    !file_pull_again(l->j, SIDE_NOW, l->t, ids, n, e))
		return false;
	for (size_t k = 0; k < l->t->nrelationships; k++)
		if (!pull_links(l->j, SIDE_NOW, &l->t->relationships[k], ids, n, e))
			return false;
	return true;
}

static bool tell(struct looking *l, struct guid id, struct str column, struct str message,
		 struct err *e)
{
	struct problem p = { .severity = SEVERITY_ERROR,
			     .table = l->t->table->name,
			     .id = guid_text(l->j->page, id),
			     .column = column,
			     .message = message,
			     .remedy =
				     S("somebody changed it after the run: plan or import again") };

	return journal_put_problem(l->j->run, &p, e);
}

static bool tell_columns(struct looking *l, struct guid id, const struct value *wanted,
			 const struct value *is, const char *mask, bool state, struct err *e)
{
	const struct tab *t = l->t;

	for (size_t i = 0; i < t->nfields; i++) {
		bool of_state = (i == t->state || i == t->status) && state &&
				wanted[i].kind != VALUE_ABSENT &&
				!value_equal(t->columns[i].column, &wanted[i], &is[i]);

		if (!mask[i] && !of_state)
			continue;

		struct str message = str_fmt(l->j->page, "is %.*s, and the run wanted %.*s",
					     STR_ARG(tab_shown(&t->columns[i], &is[i])),
					     STR_ARG(tab_shown(&t->columns[i], &wanted[i])));

		if (!tell(l, id, t->columns[i].name, message, e))
			return false;
	}
	return true;
}

static bool count(struct import_table *t, bool same)
{
	t->read++;
	t->counts[same ? OUTCOME_UNCHANGED : OUTCOME_FAILED]++;
	return true;
}

static bool check_row(void *context, const struct run_row *row, struct value *wanted, struct err *e)
{
	struct looking *l = context;
	struct arena *page = l->j->page;
	struct value *is = arena_array(page, struct value, l->t->ncolumns);
	char *mask = arena_array(page, char, l->t->ncolumns);
	struct run_row now;
	bool there, state;

	if (!run_get_row(l->j->run, SIDE_NOW, l->t->number, row->id, &now, &there, e))
		return false;
	if (!there)
		return count(l->rows, false) && tell(l, row->id, S(""), S("is no longer there"), e);
	if (!cells_unpack(now.cells, is, l->t->ncolumns, e))
		return false;

	bool same = !compare_row(l->t, wanted, is, mask, &state);

	count(l->rows, same);
	return same || tell_columns(l, row->id, wanted, is, mask, state, e);
}

static bool check_pair(void *context, struct guid from, struct guid to, struct err *e)
{
	struct looking *l = context;
	bool there;

	if (!run_has_link(l->j->run, SIDE_NOW, l->rel->rel, from, to, &there, e))
		return false;
	count(l->pairs, there);
	if (there)
		return true;

	struct str message = str_fmt(l->j->page, "is no longer linked with %.*s",
				     STR_ARG(guid_text(l->j->page, to)));

	return tell(l, from, l->rel->link->schema_name, message, e);
}

/* What the run removed. */
static bool check_removed(struct looking *l, const struct change *c, struct err *e)
{
	bool there = false;

	if (c->state != CHANGE_DONE)
		return true;
	if (c->kind == CHANGE_DELETE &&
	    !run_has_row(l->j->run, SIDE_NOW, l->t->number, c->id, &there, e))
		return false;
	if (c->kind == CHANGE_UNLINK &&
	    !run_has_link(l->j->run, SIDE_NOW, c->tab, c->id, c->other, &there, e))
		return false;
	if (!there)
		return true;
	l->rows->read += c->kind == CHANGE_DELETE;
	l->rows->counts[OUTCOME_FAILED] += c->kind == CHANGE_DELETE;
	return tell(l, c->id, S(""),
		    c->kind == CHANGE_DELETE
			    ? S("is there again after the run deleted it")
			    : S("is linked again after the run took the link away"),
		    e);
}

static bool each_removed(struct looking *l, enum change_kind kind, uint32_t tab, bool pull,
			 struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	struct change change;
	bool more;

	if (!journal_kind_changes(l->j->run, kind, tab, &c, e))
		return false;
	for (;;) {
		if (!journal_next_change(&c, &change, &more, e))
			return false;
		if (!more)
			return true;
		if (pull ? !pull_part(l, &change.id, 1, e) : !check_removed(l, &change, e))
			return false;
	}
}

static bool check_tab(struct looking *l, struct err *e)
{
	struct job *j = l->j;

	if (!job_each_part(j, SIDE_WANTED, l->t, NULL, pull_part, l, e) ||
	    !job_each_values(j, SIDE_WANTED, l->t, check_row, l, e) ||
	    !each_removed(l, CHANGE_DELETE, l->t->number, true, e) ||
	    !each_removed(l, CHANGE_DELETE, l->t->number, false, e))
		return false;
	for (size_t k = 0; k < l->t->nrelationships; k++) {
		l->rel = &l->t->relationships[k];
		l->pairs->name = l->rel->relationship->name;
		if (!job_each_link(j, SIDE_WANTED, l->rel->rel, check_pair, l, e) ||
		    !each_removed(l, CHANGE_UNLINK, l->rel->rel, false, e))
			return false;
		l->pairs++;
	}
	return true;
}

bool verify_run(struct job *j, struct import_result *out, struct err *e)
{
	struct looking l = { .j = j };
	uint64_t before = 0, after = 0;

	*out = (struct import_result){ .target = j->head.target_organization };
	out->tables = arena_array(j->arena, struct import_table, j->tabs.n);
	out->relationships = arena_array(j->arena, struct import_table, j->tabs.nrelationships);
	out->ntables = j->tabs.n;
	out->nrelationships = j->tabs.nrelationships;
	l.pairs = out->relationships;
	if (!journal_count_problems(j->run, SEVERITY_ERROR, &before, e))
		return false;
	for (size_t i = 0; i < j->tabs.n; i++) {
		l.t = &j->tabs.p[i];
		l.rows = &out->tables[i];
		l.rows->name = l.t->table->name;
		if (!check_tab(&l, e))
			return err_wrap(e, "verifying %.*s", STR_ARG(l.t->table->name));
	}
	if (!journal_count_problems(j->run, SEVERITY_ERROR, &after, e))
		return false;
	out->complete = out->verified = after == before;
	return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * Planning an undo: first every row on its own, then what hangs together.
 */
#include "move/undo.h"

#include "move/file_pull.h"
#include "move/graph.h"
#include "move/journal.h"
#include "move/order.h"
#include "move/pull.h"
#include "move/restore.h"
#include "move/undo_attached.h"
#include "move/undo_row.h"
#include "move/write.h"

#include "base/banned.h"

static bool choose(void *context, const struct run_row *row, bool *yes, struct err *e)
{
	struct undoing *u = context;
	struct undone_row changes;

	if (!undo_row_changes(u, row->id, &changes, e))
		return false;
	*yes = changes.any;
	return true;
}

static bool pull_part(void *context, const struct guid *ids, size_t n, struct err *e)
{
	struct undoing *u = context;

	return pull_ids(u->j, SIDE_TARGET, u->t, ids, n, e) &&
	       file_pull_kept(u->j, SIDE_TARGET, u->t, ids, n, e);
}

/* The pairs, as they are now, of the rows of which the run linked or unlinked some. */
static bool pull_pairs(struct undoing *u, const struct tab_relationship *rel, enum change_kind kind,
		       struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor cursor = { 0 };
	struct arena_mark mark = arena_mark(u->j->page);
	struct guid *ids = arena_array(u->j->page, struct guid, JOB_PART);
	struct change c;
	bool more = true;
	size_t n = 0;

	if (!journal_kind_changes(u->of->run, kind, rel->rel, &cursor, e))
		return false;
	while (more) {
		if (!journal_next_change(&cursor, &c, &more, e))
			return false;
		if (more && (n == 0 || !guid_eq(ids[n - 1], c.id)))
			ids[n++] = c.id;
		if (n > 0 && (n == JOB_PART || !more)) {
			if (!pull_links(u->j, SIDE_TARGET, rel, ids, n, e))
				return false;
			n = 0;
		}
	}
	arena_rewind(u->j->page, mark);
	return true;
}

static bool pull_tab(struct undoing *u, struct err *e)
{
	if (!job_each_part(u->of, SIDE_WANTED, u->t, choose, pull_part, u, e) ||
	    !job_each_part(u->of, SIDE_TARGET, u->t, choose, pull_part, u, e))
		return false;
	for (size_t k = 0; k < u->t->nrelationships; k++)
		if (!pull_pairs(u, &u->t->relationships[k], CHANGE_LINK, e) ||
		    !pull_pairs(u, &u->t->relationships[k], CHANGE_UNLINK, e))
			return false;
	return true;
}

static bool plan_row(struct undoing *u, struct guid id, struct err *e)
{
	struct undone_row changes;
	struct run_row now;
	bool deletable, there;

	if (!undo_row_changes(u, id, &changes, e) || !changes.any)
		return !changes.any;
	if (!undo_row_plan(u, id, &changes, &deletable, e) || !changes.created)
		return !changes.created;
	if (!run_get_row(u->j->run, SIDE_TARGET, u->t->number, id, &now, &there, e))
		return false;
	return !there || undo_mark(u, u->t, &now, deletable ? UNDO_DELETED : UNDO_LEFT, e);
}

static bool plan_wanted(void *context, const struct run_row *row, struct err *e)
{
	return plan_row(context, row->id, e);
}

/* Rows that the run removed have no wanted row. */
static bool plan_removed(void *context, const struct run_row *row, struct err *e)
{
	struct undoing *u = context;
	bool wanted;

	return run_has_row(u->of->run, SIDE_WANTED, u->t->number, row->id, &wanted, e) &&
	       (wanted || plan_row(u, row->id, e));
}

static bool plan_rows(struct undoing *u, struct err *e)
{
	for (size_t i = 0; i < u->of->tabs.n; i++) {
		u->t = &u->of->tabs.p[i];
		if (!pull_tab(u, e) || !job_each_row(u->of, SIDE_WANTED, u->t, plan_wanted, u, e) ||
		    !job_each_row(u->of, SIDE_TARGET, u->t, plan_removed, u, e))
			return err_wrap(e, "%.*s", STR_ARG(u->t->table->name));
	}
	return true;
}

/* ---- created rows ---- */

static bool is_active(const struct tab *t, const struct value *values)
{
	return t->state != SIZE_MAX && str_eq(values[t->state].text, S("0"));
}

/* One created row, as it is marked. */
static bool plan_created(void *context, const struct run_row *row, struct value *values,
			 struct err *e)
{
	struct undoing *u = context;
	struct change c = { .tab = u->t->number, .id = row->id, .origin = row->id };

	if (str_eq(row->version, UNDO_DELETED))
		c.kind = CHANGE_DELETE;
	else if (str_eq(row->version, UNDO_DEACTIVATED) && is_active(u->t, values))
		c.kind = CHANGE_DEACTIVATE;
	else
		return true;
	return run_put_map(u->j->run, u->t->table->name, row->id, row->id, S("as it is"), e) &&
	       journal_put_change(u->j->run, &c, e);
}

static bool plan_all_created(struct undoing *u, struct err *e)
{
	for (size_t i = 0; i < u->j->tabs.n; i++) {
		u->t = &u->j->tabs.p[i];
		if (!job_each_values(u->j, SIDE_NOW, u->t, plan_created, u, e))
			return false;
	}
	return run_clear_side(u->j->run, SIDE_NOW, e);
}

/* ---- pairs ---- */

static bool goes(struct undoing *u, struct str table, struct guid id, bool *yes, struct err *e)
{
	struct tab *t = tabs_find(&u->j->tabs, table);
	struct str how = { 0 };

	*yes = false;
	if (t && !undo_marked(u, t, id, &how, e))
		return false;
	*yes = str_eq(how, UNDO_DELETED);
	return true;
}

/* A pair that the run took away comes back. */
static bool want_pair(struct undoing *u, const struct change *back, struct err *e)
{
	struct run *r = u->j->run;

	return run_put_link(r, SIDE_SOURCE, back->tab, back->id, back->other, e) &&
	       run_put_link(r, SIDE_WANTED, back->tab, back->id, back->other, e) &&
	       journal_set_link_outcome(r, back->tab, back->id, back->other, OUTCOME_CREATED, e);
}

static bool put_pair(struct undoing *u, struct str first, struct str second, struct change *back,
		     struct err *e)
{
	return run_put_map(u->j->run, first, back->id, back->id, S("as it is"), e) &&
	       run_put_map(u->j->run, second, back->other, back->other, S("as it is"), e) &&
	       (back->kind == CHANGE_UNLINK || want_pair(u, back, e)) &&
	       journal_put_change(u->j->run, back, e);
}

static bool plan_pair(struct undoing *u, const struct tab_relationship *rel, const struct change *c,
		      struct err *e)
{
	struct change back = { .kind = c->kind == CHANGE_LINK ? CHANGE_UNLINK : CHANGE_LINK,
			       .tab = rel->rel,
			       .id = c->id,
			       .origin = c->id,
			       .other = c->other,
			       .other_origin = c->other };
	struct str first = rel->source_is_first ? rel->link->table1 : rel->link->table2;
	struct str second = rel->source_is_first ? rel->link->table2 : rel->link->table1;
	bool one, other, there;

	if (c->state != CHANGE_DONE && c->state != CHANGE_SENT)
		return true;
	if (!goes(u, first, c->id, &one, e) || !goes(u, second, c->other, &other, e) ||
	    !run_has_link(u->j->run, SIDE_TARGET, rel->rel, c->id, c->other, &there, e))
		return false;
	/* it goes with its rows; or it is already as it was */
	if (one || other || there == (c->kind == CHANGE_UNLINK))
		return true;
	return put_pair(u, first, second, &back, e);
}

static bool plan_pairs_of(struct undoing *u, const struct tab_relationship *rel,
			  enum change_kind kind, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor cursor = { 0 };
	struct change c;
	bool more;

	if (!journal_kind_changes(u->of->run, kind, rel->rel, &cursor, e))
		return false;
	for (;;) {
		if (!journal_next_change(&cursor, &c, &more, e))
			return false;
		if (!more)
			return true;
		if (!plan_pair(u, rel, &c, e))
			return false;
	}
}

/* One end of a pair that the other run had: *back, its row is created again; *there, it will be there. */
static bool find_end(struct undoing *u, struct str table, struct guid id, bool *back, bool *there,
		     struct err *e)
{
	struct tab *t = tabs_find(&u->of->tabs, table);
	int64_t create;
	bool removed;

	*back = false;
	*there = true;
	if (!t)
		return true;
	if (!graph_is_removed(u->of->run, t->number, id, &removed, e) || !removed)
		return !removed;
	if (!graph_find_create(u->j->run, t->number, id, &create, e) ||
	    !run_has_row(u->j->run, SIDE_TARGET, t->number, id, there, e))
		return false;
	*back = create != 0;
	*there = *there || *back;
	return true;
}

struct lost_pairs {
	struct undoing *u;
	const struct tab_relationship *rel;
};

/* A pair that went with one of its rows comes back with it. */
static bool plan_lost_pair(void *context, struct guid from, struct guid to, struct err *e)
{
	const struct lost_pairs *l = context;
	struct undoing *u = l->u;
	const struct tab_relationship *rel = l->rel;
	struct str first = rel->source_is_first ? rel->link->table1 : rel->link->table2;
	struct str second = rel->source_is_first ? rel->link->table2 : rel->link->table1;
	struct change back = { .kind = CHANGE_LINK,
			       .tab = rel->rel,
			       .id = from,
			       .origin = from,
			       .other = to,
			       .other_origin = to };
	bool one_back, other_back, one, other, planned;

	if (!find_end(u, first, from, &one_back, &one, e) ||
	    !find_end(u, second, to, &other_back, &other, e))
		return false;
	if (!one || !other || (!one_back && !other_back))
		return true;
	return run_has_link(u->j->run, SIDE_WANTED, rel->rel, from, to, &planned, e) &&
	       (planned || put_pair(u, first, second, &back, e));
}

static bool plan_lost_pairs(struct undoing *u, const struct tab_relationship *rel, struct err *e)
{
	struct lost_pairs l = { .u = u, .rel = rel };
	uint64_t creates;

	return journal_count(u->j->run, CHANGE_CREATE, CHANGE_PLANNED, &creates, e) &&
	       (creates == 0 || job_each_link(u->of, SIDE_TARGET, rel->rel, plan_lost_pair, &l, e));
}

static bool plan_pairs(struct undoing *u, struct err *e)
{
	for (size_t i = 0; i < u->of->tabs.n; i++)
		for (size_t k = 0; k < u->of->tabs.p[i].nrelationships; k++) {
			const struct tab_relationship *rel = &u->of->tabs.p[i].relationships[k];

			if (!plan_pairs_of(u, rel, CHANGE_LINK, e) ||
			    !plan_pairs_of(u, rel, CHANGE_UNLINK, e) || !plan_lost_pairs(u, rel, e))
				return false;
		}
	return true;
}

/* ---- the whole ---- */

static bool begin(struct job *j, struct job *of, struct err *e)
{
	struct guid organization;

	if (of->head.phase < RUN_WRITING)
		return err_set(e, ERR_USAGE,
			       "%s: the run has written nothing: there is nothing to take back",
			       of->run->path);
	if (!read_identity(&j->reader, &organization, &j->user, e))
		return false;
	if (!guid_eq(organization, of->head.target_organization))
		return err_set(
			e, ERR_USAGE,
			"%s is another organization than the one that the run wrote to (%.*s)",
			j->service->label, STR_ARG(of->head.target));
	j->schema = of->schema;
	j->catalog = of->catalog;
	j->knowledge = of->knowledge;
	j->decisions = (struct decisions){ .secrets = of->decisions.secrets,
					   .skip_missing = of->decisions.skip_missing };

	struct tab_options options = { .secrets = of->decisions.secrets,
				       .skip_missing = of->decisions.skip_missing,
				       .again = true };

	if (!run_read_head(j->run, j->arena, &j->head, e) ||
	    !tabs_make(j->arena, j->run, j->schema, j->catalog, j->knowledge, &options, &j->tabs,
		       e))
		return false;
	j->head.kind = RUN_UNDO;
	j->head.undone = guid_text(j->arena, of->head.id);
	j->head.source_organization = j->head.target_organization = organization;
	j->head.target_user = j->user;
	return true;
}

/* What each table's numbers add up to: rows that come back, and rows that are left. */
static bool count_rows(struct job *j, struct err *e)
{
	uint64_t counts[OUTCOMES];

	for (size_t i = 0; i < j->tabs.n; i++) {
		struct tab *t = &j->tabs.p[i];

		if (!journal_count_outcomes(j->run, t->number, counts, e))
			return false;
		t->read = 0;
		for (size_t o = 0; o < OUTCOMES; o++)
			t->read += counts[o];
	}
	return true;
}

bool undo_plan(struct job *j, struct job *of, bool force, struct err *e)
{
	struct job walked = *of;
	struct undoing u = { .j = j, .of = &walked, .force = force };
	uint32_t waves;

	/* one page for both: who walks over the other run's rows gives back after each what was made of it for this one */
	walked.page = j->page;
	return begin(j, of, e) && plan_rows(&u, e) && undo_attached(&u, e) && plan_pairs(&u, e) &&
	       plan_all_created(&u, e) && order_changes(j, &waves, e) && count_rows(j, e) &&
	       write_planned(j, waves, true, e);
}

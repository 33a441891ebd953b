/* SPDX-License-Identifier: MIT */
/*
 * Comparing. A column that the package does not tell, or tells as empty, is neither compared nor written:
 * a package cannot say "clear this" (facts/cmt-format.md 3.3). State and status travel as a change of
 * their own: a row is created active (facts/routing.md c.1).
 */
#include "move/compare.h"

#include <string.h>

#include "move/cells.h"
#include "move/journal.h"
#include "move/pull.h"

#include "base/banned.h"

bool compare_row(const struct tab *t, const struct value *wanted, const struct value *is,
		 char *mask, bool *state)
{
	bool differs = false;

	*state = false;
	memset(mask, 0, t->ncolumns);
	for (size_t i = 0; i < t->nfields; i++) {
		const struct tab_column *c = &t->columns[i];
		if (!c->compare || !c->column || value_is_empty(&wanted[i]) ||
		    value_equal(c->column, &wanted[i], &is[i]))
			continue;
		if (i == t->state || i == t->status)
			*state = true;
		else
			mask[i] = 1;
		differs = differs || *state || mask[i];
	}
	return differs;
}

/* One wanted row while it is compared. */
struct comparing {
	struct job *j;
	struct tab *t;
	const struct run_row *row;
	const struct value *wanted;
	char *mask;
};

static bool plan(struct comparing *c, enum change_kind kind, struct err *e)
{
	struct change change = { .kind = kind,
				 .tab = c->t->number,
				 .id = c->row->id,
				 .origin = c->row->origin,
				 .columns = str_of(c->mask, c->t->ncolumns) };
	return journal_put_change(c->j->run, &change, e);
}

static bool outcome(struct comparing *c, enum outcome o, struct err *e)
{
	return journal_set_outcome(c->j->run, c->t->number, c->row->origin, o, e);
}

static bool tells(const struct comparing *c, size_t column)
{
	return column < c->t->nfields && !value_is_empty(&c->wanted[column]);
}

/* Only the state columns that the package tells. */
static bool plan_state(struct comparing *c, struct err *e)
{
	memset(c->mask, 0, c->t->ncolumns);
	if (tells(c, c->t->state))
		c->mask[c->t->state] = 1;
	if (tells(c, c->t->status))
		c->mask[c->t->status] = 1;
	return plan(c, CHANGE_STATE, e);
}

/* The state that a new row does not have by itself. */
static bool wants_state(const struct comparing *c)
{
	if (tells(c, c->t->state) && !str_eq(c->wanted[c->t->state].text, S("0")))
		return true;
	return tells(c, c->t->status) && !str_eq(c->wanted[c->t->status].text, S("1"));
}

static bool compare_new(struct comparing *c, struct err *e)
{
	memset(c->mask, 0, c->t->ncolumns);
	for (size_t i = 0; i < c->t->nfields; i++)
		c->mask[i] = c->t->columns[i].create && !value_is_empty(&c->wanted[i]);
	if (!plan(c, CHANGE_CREATE, e))
		return false;
	if (wants_state(c) && !plan_state(c, e))
		return false;
	return outcome(c, OUTCOME_CREATED, e);
}

static bool skip_managed(struct comparing *c, struct err *e)
{
	struct problem p = {
		.severity = SEVERITY_WARNING,
		.table = c->t->table->name,
		.id = guid_text(c->j->page, c->row->origin),
		.message = S(
			"the target's row differs, but belongs to a managed solution and is left alone"),
		.remedy = S("change it by updating that solution")
	};
	return journal_put_problem(c->j->run, &p, e) && outcome(c, OUTCOME_SKIPPED, e);
}

static bool compare_existing(struct comparing *c, const struct rows_rule *rule,
			     const struct value *is, struct err *e)
{
	bool adopted = !guid_eq(c->row->id, c->row->origin);
	bool state;

	if (tab_leaves(c->t, rule) || !compare_row(c->t, c->wanted, is, c->mask, &state))
		return outcome(c, adopted ? OUTCOME_ADOPTED : OUTCOME_UNCHANGED, e);
	if (c->t->managed != SIZE_MAX && str_eq(is[c->t->managed].text, S("1")))
		return skip_managed(c, e);
	if (memchr(c->mask, 1, c->t->ncolumns) && !plan(c, CHANGE_UPDATE, e))
		return false;
	if (state && !plan_state(c, e))
		return false;
	return outcome(c, OUTCOME_UPDATED, e);
}

/* The knowledge asks about the row as the source has it. */
static bool source_rule(struct comparing *c, const struct rows_rule **rule, struct err *e)
{
	struct value *values = arena_array(c->j->page, struct value, c->t->ncolumns);
	struct run_row row;
	bool found;

	*rule = NULL;
	if (!run_get_row(c->j->run, SIDE_SOURCE, c->t->number, c->row->origin, &row, &found, e))
		return false;
	if (!found || !cells_unpack(row.cells, values, c->t->ncolumns, e))
		return !found;
	*rule = tab_rule(c->t, values);
	return true;
}

/* The walk over one table's rows and pairs. */
struct walk {
	struct job *j;
	struct tab *t;
	const struct tab_relationship *rel;
};

static bool compare_one(void *context, const struct run_row *row, struct value *wanted,
			struct err *e)
{
	struct walk *w = context;
	struct job *j = w->j;
	struct tab *t = w->t;
	struct value *is = arena_array(j->page, struct value, t->ncolumns);
	struct comparing c = { .j = j, .t = t, .row = row, .wanted = wanted };
	const struct rows_rule *rule;
	struct run_row target;
	bool found;

	c.mask = arena_array(j->page, char, t->ncolumns);
	if (!run_get_row(j->run, SIDE_TARGET, t->number, row->id, &target, &found, e))
		return false;
	if (!found)
		return compare_new(&c, e);
	if (!cells_unpack(target.cells, is, t->ncolumns, e) || !source_rule(&c, &rule, e))
		return false;
	return compare_existing(&c, rule, is, e);
}

static bool pull_part(void *context, const struct guid *ids, size_t n, struct err *e)
{
	struct walk *w = context;
	return pull_links(w->j, SIDE_TARGET, w->rel, ids, n, e);
}

static bool compare_pair(void *context, struct guid from, struct guid to, struct err *e)
{
	struct walk *w = context;
	struct run *r = w->j->run;
	uint32_t rel = w->rel->rel;
	const struct many_to_many *mm = w->rel->link;
	struct str other = w->rel->source_is_first ? mm->table2 : mm->table1;
	struct change change = { .kind = CHANGE_LINK, .tab = rel, .id = from, .other = to };
	bool there, found;

	if (!run_get_map_back(r, w->t->table->name, from, &change.origin, &found, e) ||
	    !run_get_map_back(r, other, to, &change.other_origin, &found, e) ||
	    !run_has_link(r, SIDE_TARGET, rel, from, to, &there, e))
		return false;
	if (!there && !journal_put_change(r, &change, e))
		return false;
	return journal_set_link_outcome(r, rel, change.origin, change.other_origin,
					there ? OUTCOME_UNCHANGED : OUTCOME_CREATED, e);
}

bool compare_all(struct job *j, struct err *e)
{
	for (size_t i = 0; i < j->tabs.n; i++) {
		struct walk w = { .j = j, .t = &j->tabs.p[i] };
		if (!job_each_values(j, SIDE_WANTED, w.t, compare_one, &w, e))
			return err_wrap(e, "comparing %.*s", STR_ARG(w.t->table->name));
		for (size_t k = 0; k < w.t->nrelationships; k++) {
			w.rel = &w.t->relationships[k];
			if (!job_each_part(j, SIDE_TARGET, w.t, NULL, pull_part, &w, e) ||
			    !job_each_link(j, SIDE_WANTED, w.rel->rel, compare_pair, &w, e))
				return err_wrap(e, "comparing %.*s", STR_ARG(w.t->table->name));
		}
	}
	return true;
}

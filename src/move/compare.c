/* SPDX-License-Identifier: MIT */
/*
 * Comparing. A column that the package does not tell is neither compared nor written; one that it tells as empty is cleared, and
 * which of them a missing value is, was decided when it was loaded (move/origin.h). State and status travel as a change of their
 * own: a row is created active (facts/routing.md c.1).
 */
#include "move/compare.h"

#include <string.h>

#include "dv/pretty.h"
#include "move/cells.h"
#include "move/file_plan.h"
#include "move/file_pull.h"
#include "move/journal.h"
#include "move/parties.h"
#include "move/pull.h"

#include "base/banned.h"

/* Texts in which the platform, or who edits them, lays XML and JSON out anew. */
static bool may_be_laid_out(const struct tab_column *c)
{
	return column_is_text(c->column) &&
	       (c->rule == COLUMN_RULE_TEXT_REFERENCE || c->column->type == COLUMN_MEMO);
}

static bool is_document(struct str text)
{
	struct str s = str_trim(text);

	if (str_starts(s, S("\xef\xbb\xbf")))
		s = str_skip(s, 3);
	/* white space between its elements counts where it says so */
	return s.n > 0 && (s.p[0] == '<' || s.p[0] == '{' || s.p[0] == '[') &&
	       str_find(s, S("xml:space")) == STR_NONE;
}

static bool says_the_same(struct str x, struct str y)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);

	return is_document(x) && is_document(y) && pretty_equal(&scratch, x, y);
}

bool compare_value(const struct tab_column *c, const struct value *wanted, const struct value *is)
{
	if (value_equal(c->column, wanted, is))
		return true;
	return wanted->kind == VALUE_TEXT && is->kind == VALUE_TEXT && may_be_laid_out(c) &&
	       says_the_same(wanted->text, is->text);
}

/* What the row does not tell while the other one has it, or may have it: then the others of its set cannot be copied. */
static bool lacks(const struct tab *t, struct str name, const struct value *wanted,
		  const struct value *is)
{
	size_t at = tab_column(t, name);

	if (at == SIZE_MAX)
		return table_column(t->table, name) != NULL;
	if (!t->columns[at].column)
		return false;
	if (wanted[at].kind != VALUE_ABSENT && t->columns[at].update)
		return false;
	return !t->columns[at].read || !value_is_empty(&is[at]);
}

static bool is_kept(const struct tab *t, const struct known_set *set, const struct value *wanted,
		    const struct value *is)
{
	for (size_t i = 0; i < set->n; i++)
		if (lacks(t, set->columns[i], wanted, is))
			return true;
	return false;
}

/* Whether one of the set differs, and forgets that it does. */
static bool forget_set(const struct tab *t, const struct known_set *set, char *mask)
{
	bool any = false;

	for (size_t i = 0; i < set->n; i++) {
		size_t at = tab_column(t, set->columns[i]);

		if (at == SIZE_MAX || !mask[at])
			continue;
		mask[at] = 0;
		any = true;
	}
	return any;
}

/* kept[i]: of the table's set number i, columns differ and stay as they are. */
static void keep_sets(const struct tab *t, const struct value *wanted, const struct value *is,
		      char *mask, bool *kept)
{
	for (size_t i = 0; t->known && i < t->known->ntogether; i++) {
		const struct known_set *set = &t->known->together[i];

		kept[i] = is_kept(t, set, wanted, is) && forget_set(t, set, mask);
	}
}

/* Of a set of which one column is written, all that are told. */
static void complete_sets(const struct tab *t, const struct value *wanted, char *mask)
{
	for (size_t i = 0; t->known && i < t->known->ntogether; i++) {
		const struct known_set *set = &t->known->together[i];
		bool told = forget_set(t, set, mask);

		for (size_t k = 0; told && k < set->n; k++) {
			size_t at = tab_column(t, set->columns[k]);

			if (at < t->nfields && t->columns[at].update)
				mask[at] = wanted[at].kind != VALUE_ABSENT;
		}
	}
}

static bool is_state(const struct tab *t, size_t column)
{
	return column == t->state || column == t->status;
}

/* A state is never empty. */
static bool is_told(const struct tab *t, size_t column, const struct value *v)
{
	return is_state(t, column) ? !value_is_empty(v) : v->kind != VALUE_ABSENT;
}

/* compare_row, with what was kept: one flag per set of the table. */
static bool compare_columns(const struct tab *t, const struct value *wanted, const struct value *is,
			    char *mask, bool *state, bool *kept)
{
	*state = false;
	memset(mask, 0, t->ncolumns);
	for (size_t i = 0; i < t->nfields; i++) {
		const struct tab_column *c = &t->columns[i];

		if (!c->compare || !c->column || !is_told(t, i, &wanted[i]) ||
		    compare_value(c, &wanted[i], &is[i]))
			continue;
		if (is_state(t, i))
			*state = true;
		else
			mask[i] = 1;
	}
	keep_sets(t, wanted, is, mask, kept);
	return *state || memchr(mask, 1, t->ncolumns);
}

bool compare_row(const struct tab *t, const struct value *wanted, const struct value *is,
		 char *mask, bool *state)
{
	bool kept[KNOWN_SETS];

	return compare_columns(t, wanted, is, mask, state, kept);
}

/* What is told once about a table, with the number of its rows. */
struct tally {
	uint64_t *copied; /* per column: new rows that got a value which belongs to the source */
	uint64_t kept[KNOWN_SETS];
	uint64_t layered; /* managed rows that are written */
};

/* One wanted row while it is compared. */
struct comparing {
	struct job *j;
	struct tab *t;
	const struct run_row *row;
	const struct value *wanted;
	char *mask;
	struct tally *tally;
};

static bool plan(struct comparing *c, enum change_kind kind, struct err *e)
{
	struct change change = { .kind = kind,
				 .tab = c->t->number,
				 .id = c->row->id,
				 .origin = c->row->origin,
				 .columns = str_of(c->mask, c->t->ncolumns) };
	return parties_put_update(c->j->run, c->t, &change, e);
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
	for (size_t i = 0; i < c->t->ncolumns; i++) {
		const struct tab_column *column = &c->t->columns[i];

		c->mask[i] = column->create && !value_is_empty(&c->wanted[i]);
		if (c->mask[i] && column->rule == COLUMN_RULE_PER_ENVIRONMENT)
			c->tally->copied[i]++;
	}
	if (!plan(c, CHANGE_CREATE, e) ||
	    !file_plan_new(c->j->run, c->t, c->row, c->wanted, c->mask, e))
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

static bool is_managed(const struct tab *t, const struct value *is)
{
	return t->managed != SIZE_MAX && str_eq(is[t->managed].text, S("1"));
}

static bool compare_existing(struct comparing *c, const struct rows_rule *rule,
			     const struct value *is, struct err *e)
{
	bool adopted = !guid_eq(c->row->id, c->row->origin);
	bool kept[KNOWN_SETS] = { false };
	bool differs, state;

	if (tab_leaves(c->t, rule))
		return outcome(c, adopted ? OUTCOME_ADOPTED : OUTCOME_UNCHANGED, e);
	differs = compare_columns(c->t, c->wanted, is, c->mask, &state, kept);
	for (size_t i = 0; i < KNOWN_SETS; i++)
		c->tally->kept[i] += kept[i];
	if (!differs)
		return outcome(c, adopted ? OUTCOME_ADOPTED : OUTCOME_UNCHANGED, e);
	if (is_managed(c->t, is)) {
		if (c->j->decisions.managed == MANAGED_SKIP)
			return skip_managed(c, e);
		c->tally->layered++;
	}
	complete_sets(c->t, c->wanted, c->mask);
	if (!file_plan(c->j->run, c->t, c->row, c->mask, e))
		return false;
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
	if (!c->t->known || c->t->known->nrows == 0)
		return true;
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
	struct tally tally;
};

static bool compare_one(void *context, const struct run_row *row, struct value *wanted,
			struct err *e)
{
	struct walk *w = context;
	struct job *j = w->j;
	struct tab *t = w->t;
	struct value *is = arena_array(j->page, struct value, t->ncolumns);
	struct comparing c = { .j = j, .t = t, .row = row, .wanted = wanted, .tally = &w->tally };
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

static bool warn(struct walk *w, struct str column, struct str message, struct str remedy,
		 struct err *e)
{
	struct problem p = { .severity = SEVERITY_WARNING,
			     .table = w->t->table->name,
			     .column = column,
			     .message = message,
			     .remedy = remedy };

	return journal_put_problem(w->j->run, &p, e);
}

static const char *rows_word(uint64_t n)
{
	return n == 1 ? "row" : "rows";
}

static bool warn_kept(struct walk *w, const struct known_set *set, uint64_t n, struct err *e)
{
	DEFER(buf_release) struct buf names = buf_make(0);

	for (size_t i = 0; i < set->n; i++) {
		buf_add(&names, i > 0 ? S(", ") : S(""));
		buf_add(&names, set->columns[i]);
	}
	return warn(
		w, set->columns[0],
		str_fmt(w->j->page,
			"differs in %llu %s and is kept: %.*s belong together, and the package does "
			"not tell all of them",
			(unsigned long long)n, rows_word(n), STR_ARG(buf_str(&names))),
		S("export all of them, or set them by hand"), e);
}

/* What was counted while the rows of a table were compared. */
static bool warn_counted(struct walk *w, struct err *e)
{
	const struct tally *tally = &w->tally;
	uint64_t n;

	for (size_t i = 0; i < w->t->nfields; i++) {
		n = tally->copied[i];
		if (n > 0 &&
		    !warn(w, w->t->columns[i].name,
			  str_fmt(w->j->page,
				  "%llu new %s the source's value, which belongs to one environment",
				  (unsigned long long)n, n == 1 ? "row gets" : "rows get"),
			  S("set the value of this environment; an import keeps it from then on"),
			  e))
			return false;
	}
	for (size_t i = 0; w->t->known && i < w->t->known->ntogether; i++)
		if (tally->kept[i] > 0 &&
		    !warn_kept(w, &w->t->known->together[i], tally->kept[i], e))
			return false;
	n = tally->layered;
	return n == 0 ||
	       warn(w, S(""),
		    str_fmt(w->j->page,
			    "%llu managed %s written: that makes an unmanaged layer, which hides what "
			    "later versions of the solution bring",
			    (unsigned long long)n, n == 1 ? "row is" : "rows are"),
		    S("change them by updating their solution"), e);
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

static bool compare_rows(struct walk *w, struct err *e)
{
	struct arena_mark mark = arena_mark(w->j->page);

	w->tally = (struct tally){ .copied = arena_array(w->j->page, uint64_t, w->t->ncolumns) };

	bool ok = job_each_values(w->j, SIDE_WANTED, w->t, compare_one, w, e) && warn_counted(w, e);

	arena_rewind(w->j->page, mark);
	return ok;
}

bool compare_all(struct job *j, struct err *e)
{
	if (!file_pull_target(j, e))
		return false;
	for (size_t i = 0; i < j->tabs.n; i++) {
		struct walk w = { .j = j, .t = &j->tabs.p[i] };
		if (!parties_pull_side(j, SIDE_TARGET, w.t, e) || !compare_rows(&w, e))
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

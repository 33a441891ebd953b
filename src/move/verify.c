/* SPDX-License-Identifier: MIT */
/*
 * Verification. Only rows and pairs that this run wrote are read again; the others were compared already.
 */
#include "move/verify.h"

#include "move/cells.h"
#include "move/compare.h"
#include "move/file_plan.h"
#include "move/file_pull.h"
#include "move/graph.h"
#include "move/journal.h"
#include "move/parties.h"
#include "move/pull.h"
#include "move/run_keep.h"
#include "move/push.h"
#include "move/settle.h"

#include "base/banned.h"

struct verifying {
	struct job *j;
	struct tab *t;
	const struct tab_relationship *rel;
	bool last;            /* tell and fail what differs; else plan its repair */
	uint64_t differences; /* of this round */
	bool again;           /* something is written once more */
};

static bool was_written(struct job *j, uint32_t tab, struct guid source, bool *out, struct err *e)
{
	enum outcome o;
	bool found;

	if (!journal_get_outcome(j->run, tab, source, &o, &found, e))
		return false;
	*out = found && (o == OUTCOME_CREATED || o == OUTCOME_UPDATED);
	return true;
}

static bool pull_part(void *context, const struct guid *ids, size_t n, struct err *e)
{
	struct verifying *v = context;

	if (!pull_ids(v->j, SIDE_AFTER, v->t, ids, n, e) ||
	    !file_pull_again(v->j, SIDE_AFTER, v->t, ids, n, e))
		return false;
	for (size_t k = 0; k < v->t->nrelationships; k++)
		if (!pull_links(v->j, SIDE_AFTER, &v->t->relationships[k], ids, n, e))
			return false;
	return true;
}

/* Rows with N:N pairs are always read: their pairs may be new where they themselves are not. */
static bool choose(void *context, const struct run_row *row, bool *yes, struct err *e)
{
	struct verifying *v = context;

	*yes = v->t->nrelationships > 0;
	return *yes || was_written(v->j, v->t->number, row->origin, yes, e);
}

static bool tell(struct verifying *v, struct tab *t, const struct run_row *row, struct str column,
		 struct str message, struct err *e)
{
	struct problem p = {
		.severity = SEVERITY_ERROR,
		.table = t->table->name,
		.id = guid_text(v->j->page, row->origin),
		.column = column,
		.message = message,
		.remedy = S("something in the target changes the row whenever it is written")
	};
	return journal_put_problem(v->j->run, &p, e) &&
	       journal_set_outcome(v->j->run, t->number, row->origin, OUTCOME_FAILED, e);
}

static bool tell_columns(struct verifying *v, struct tab *t, const struct run_row *row,
			 const struct value *wanted, const struct value *is, const char *mask,
			 bool state, struct err *e)
{
	for (size_t i = 0; i < t->nfields; i++) {
		bool differs = mask[i] || (state && (i == t->state || i == t->status) &&
					   !value_is_empty(&wanted[i]) &&
					   !value_equal(t->columns[i].column, &wanted[i], &is[i]));
		if (!differs)
			continue;
		struct str message = str_fmt(v->j->page, "is %.*s after writing %.*s",
					     STR_ARG(tab_shown(&t->columns[i], &is[i])),
					     STR_ARG(tab_shown(&t->columns[i], &wanted[i])));
		if (!tell(v, t, row, t->columns[i].name, message, e))
			return false;
	}
	return true;
}

static bool repair(struct verifying *v, struct tab *t, const struct run_row *row, const char *mask,
		   enum change_kind kind, struct err *e)
{
	struct change c = { .kind = kind,
			    .tab = t->number,
			    .id = row->id,
			    .origin = row->origin,
			    .columns = str_of(mask, t->ncolumns) };
	return parties_put_update(v->j->run, t, &c, e);
}

/* The platform put another row in the place of the wanted one: perhaps one that it has just made. */
static bool note_made(struct verifying *v, struct tab *t, const struct run_row *row,
		      const struct value *is, const char *mask, struct err *e)
{
	for (size_t i = 0; i < t->nfields; i++) {
		struct guid id;

		if (mask[i] && is[i].kind == VALUE_REF && guid_parse(is[i].text, &id) &&
		    !run_put_made(v->j->run, is[i].table, id, t->number, row->id, e))
			return false;
	}
	return true;
}

static bool differs(struct verifying *v, struct tab *t, const struct run_row *row,
		    const struct value *wanted, const struct value *is, char *mask, bool state,
		    struct err *e)
{
	bool columns = false;

	v->differences++;
	if (!note_made(v, t, row, is, mask, e))
		return false;
	if (v->last)
		return tell_columns(v, t, row, wanted, is, mask, state, e);
	if (!file_plan(v->j->run, t, row, mask, e))
		return false;
	for (size_t i = 0; i < t->ncolumns; i++)
		columns = columns || mask[i];
	if (columns && !repair(v, t, row, mask, CHANGE_UPDATE, e))
		return false;
	if (!state)
		return true;
	for (size_t i = 0; i < t->ncolumns; i++)
		mask[i] = (i == t->state || i == t->status) && !value_is_empty(&wanted[i]);
	return repair(v, t, row, mask, CHANGE_STATE, e);
}

static bool check_row(void *context, const struct run_row *row, struct value *wanted, struct err *e)
{
	struct verifying *v = context;
	struct tab *t = v->t;
	struct arena *page = v->j->page;
	struct value *is = arena_array(page, struct value, t->ncolumns);
	char *mask = arena_array(page, char, t->ncolumns);
	struct run_row after;
	bool written, found, state;

	if (!was_written(v->j, t->number, row->origin, &written, e))
		return false;
	if (!written)
		return true;
	if (!run_get_row(v->j->run, SIDE_AFTER, t->number, row->id, &after, &found, e))
		return false;
	if (!found) {
		v->differences++;
		return tell(v, t, row, S(""), S("the row is gone after writing it"), e);
	}
	if (!cells_unpack(after.cells, is, t->ncolumns, e))
		return false;
	if (!compare_row(t, wanted, is, mask, &state))
		return true;
	return differs(v, t, row, wanted, is, mask, state, e);
}

static bool check_pair(void *context, struct guid from, struct guid to, struct err *e)
{
	struct verifying *v = context;
	struct tab *t = v->t;
	const struct tab_relationship *rel = v->rel;
	struct str other = rel->source_is_first ? rel->link->table2 : rel->link->table1;
	struct change c = { .kind = CHANGE_LINK, .tab = rel->rel, .id = from, .other = to };
	enum outcome o;
	bool found, there = false;

	if (!run_has_link(v->j->run, SIDE_AFTER, rel->rel, from, to, &there, e) || there)
		return there;
	if (!run_get_map_back(v->j->run, t->table->name, from, &c.origin, &found, e) ||
	    !run_get_map_back(v->j->run, other, to, &c.other_origin, &found, e) ||
	    !journal_get_link_outcome(v->j->run, rel->rel, c.origin, c.other_origin, &o, &found, e))
		return false;
	if (!found || o != OUTCOME_CREATED)
		return true;
	v->differences++;
	if (!v->last)
		return journal_put_change(v->j->run, &c, e);
	struct problem p = { .severity = SEVERITY_ERROR,
			     .table = t->table->name,
			     .id = guid_text(v->j->page, c.origin),
			     .column = rel->link->schema_name,
			     .message = S("the rows are not linked after linking them") };
	return journal_put_problem(v->j->run, &p, e) &&
	       journal_set_link_outcome(v->j->run, rel->rel, c.origin, c.other_origin,
					OUTCOME_FAILED, e);
}

/* Rows of which nothing but a pair is wanted, as in an undo: theirs are not read with their rows. */
struct lone {
	struct verifying *v;
	struct guid *ids; /* JOB_PART of them */
	size_t n;
};

static bool pull_lone(struct lone *l, struct err *e)
{
	size_t n = l->n;

	l->n = 0;
	return n == 0 || pull_links(l->v->j, SIDE_AFTER, l->v->rel, l->ids, n, e);
}

/* The pairs of one row follow each other. */
static bool take_lone(void *context, struct guid from, struct guid to, struct err *e)
{
	struct lone *l = context;
	bool wanted;

	(void)to;
	if (l->n > 0 && guid_eq(l->ids[l->n - 1], from))
		return true;
	if (!run_has_row(l->v->j->run, SIDE_WANTED, l->v->t->number, from, &wanted, e) || wanted)
		return wanted;
	l->ids[l->n++] = from;
	return l->n < JOB_PART || pull_lone(l, e);
}

static bool pull_lone_pairs(struct verifying *v, struct err *e)
{
	struct arena_mark mark = arena_mark(v->j->page);
	struct lone l = { .v = v, .ids = arena_array(v->j->page, struct guid, JOB_PART) };
	bool ok =
		job_each_link(v->j, SIDE_WANTED, v->rel->rel, take_lone, &l, e) && pull_lone(&l, e);

	arena_rewind(v->j->page, mark);
	return ok;
}

static bool check_all(struct verifying *v, struct err *e)
{
	v->differences = 0;
	if (!run_clear_side(v->j->run, SIDE_AFTER, e))
		return false;
	for (size_t i = 0; i < v->j->tabs.n; i++) {
		v->t = &v->j->tabs.p[i];
		if (!job_each_part(v->j, SIDE_WANTED, v->t, choose, pull_part, v, e) ||
		    !job_each_values(v->j, SIDE_WANTED, v->t, check_row, v, e))
			return err_wrap(e, "verifying %.*s", STR_ARG(v->t->table->name));
		for (size_t k = 0; k < v->t->nrelationships; k++) {
			v->rel = &v->t->relationships[k];
			if (!pull_lone_pairs(v, e) ||
			    !job_each_link(v->j, SIDE_WANTED, v->rel->rel, check_pair, v, e))
				return err_wrap(e, "verifying %.*s", STR_ARG(v->t->table->name));
		}
	}
	return true;
}

static bool push_repairs(struct job *j, uint32_t *wave, struct err *e)
{
	static const enum change_kind kinds[] = { CHANGE_UPDATE, CHANGE_FILE, CHANGE_LINK,
						  CHANGE_STATE };
	uint32_t first = *wave + 1;

	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (!graph_wave_kind(j->run, kinds[i], ++*wave, e))
			return false;
	return push_waves(j, first, *wave, e);
}

/*
 * Columns that the platform reads together with what else there is at the moment of the write: of new rows they
 * are written once more, now that all else is as it should be.
 */
static bool plan_again(void *context, const struct run_row *row, struct value *wanted,
		       struct err *e)
{
	struct verifying *v = context;
	struct tab *t = v->t;
	char *mask = arena_array(v->j->page, char, t->ncolumns);
	enum outcome outcome;
	bool found, any = false;

	if (!journal_get_outcome(v->j->run, t->number, row->origin, &outcome, &found, e))
		return false;
	for (size_t i = 0; found && outcome == OUTCOME_CREATED && i < t->nfields; i++) {
		const struct known_column *known =
			knowledge_find_column(t->known, t->columns[i].name);

		mask[i] = known && known->again && t->columns[i].update &&
			  !value_is_empty(&wanted[i]);
		any = any || mask[i];
	}
	v->again = v->again || any;
	return !any || repair(v, t, row, mask, CHANGE_UPDATE, e);
}

static bool has_again(const struct tab *t)
{
	for (size_t i = 0; t->known && i < t->known->ncolumns; i++)
		if (t->known->columns[i].again)
			return true;
	return false;
}

/* *any: something was written, and has to be read again. */
static bool write_again(struct verifying *v, uint32_t *wave, bool *any, struct err *e)
{
	*any = false;
	for (size_t i = 0; i < v->j->tabs.n; i++) {
		v->t = &v->j->tabs.p[i];
		if (!has_again(v->t))
			continue;
		if (!job_each_values(v->j, SIDE_WANTED, v->t, plan_again, v, e))
			return false;
		*any = *any || v->again;
	}
	return !*any || push_repairs(v->j, wave, e);
}

bool verify_written(struct job *j, uint32_t wave, bool *same, struct err *e)
{
	struct verifying v = { .j = j };
	unsigned rounds = VERIFY_ROUNDS;
	int64_t changes;
	bool again = false;

	if (!journal_last_change(j->run, &changes, e))
		return false;
	if (changes == 0) { /* nothing was written: the rows were compared a moment ago */
		*same = true;
		return true;
	}
	for (unsigned round = 0; round <= rounds; round++) {
		v.last = round == rounds;
		if (!settle_jobs(j, e) || !check_all(&v, e))
			return false;
		if (v.differences > 0) {
			if (!v.last && !push_repairs(j, &wave, e))
				return false;
			continue;
		}
		if (again)
			break;
		if (!write_again(&v, &wave, &again, e))
			return false;
		if (!again)
			break;
		rounds++;
	}
	*same = v.differences == 0;
	return again || *same || write_again(&v, &wave, &again, e);
}

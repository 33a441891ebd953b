/* SPDX-License-Identifier: MIT */
/*
 * First only ids are asked for, and what tells whether a row may go; they stand in the side NOW for that moment. Then the rows
 * that go are read whole.
 */
#include "move/prune_rows.h"

#include "base/vec.h"
#include "move/prune_filter.h"
#include "move/pull.h"
#include "move/push_part.h"
#include "move/row.h"

#include "base/banned.h"

struct pruning {
	struct job *j;
	struct tab *tab;
	struct row_columns columns;           /* that are asked for */
	uint64_t managed, defaults, platform; /* rows that stay */
};

enum change_kind prune_kind(const struct job *j)
{
	return j->decisions.prune == PRUNE_DEACTIVATE ? CHANGE_DEACTIVATE : CHANGE_DELETE;
}

/* What ferry never creates it never removes. */
static bool is_platforms(const struct rows_rule *rule)
{
	return rule->kind == ROWS_SYSTEM || rule->missing_stops;
}

bool prune_may_remove(const struct job *j, const struct tab *t)
{
	int32_t state, status;

	/* what is created anew each time has no counterpart either */
	if (t->table->is_intersect || t->entity->force_create)
		return false;
	if (j->decisions.prune == PRUNE_DEACTIVATE &&
	    !push_part_inactive(t->table, &state, &status))
		return false;
	return !t->known || t->known->nrows == 0 || t->known->rows[0].op != WHEN_ALWAYS ||
	       !is_platforms(&t->known->rows[0]);
}

/* The platform's name for what stands where nobody chose: msdyn_isdefault, isdefaultqueue ... */
static bool tells_default(const struct column *c)
{
	return c->type == COLUMN_BOOLEAN && str_find(c->name, S("isdefault")) != STR_NONE;
}

static bool is_asked(const struct row_columns *columns, const struct column *c)
{
	for (size_t i = 0; i < columns->n; i++)
		if (columns->p[i] == c)
			return true;
	return false;
}

static void choose_columns(struct pruning *p)
{
	const struct table *t = p->tab->table;
	struct row_columns known;
	VEC(const struct column *) all = { 0 };

	row_columns_known(p->j->page, t, p->tab->known, false, &known);
	for (size_t i = 0; i < known.n; i++)
		*VEC_PUSH(p->j->page, &all) = known.p[i];
	for (size_t i = 0; i < t->ncolumns; i++) {
		const struct column *c = &t->columns[i];
		bool wanted = tells_default(c) || str_eq(c->name, S("ismanaged")) ||
			      str_eq(c->name, S("statecode"));

		if (wanted && c->read && !is_asked(&known, c))
			*VEC_PUSH(p->j->page, &all) = c;
	}
	p->columns = (struct row_columns){ .p = all.p, .n = all.n };
}

static bool is_yes(const struct pruning *p, const struct value *values, struct str name)
{
	const struct value *v = row_columns_find(&p->columns, values, name);

	return v && !value_is_empty(v) && str_eq(v->text, S("1"));
}

static bool is_default(const struct pruning *p, const struct value *values)
{
	for (size_t i = 0; i < p->columns.n; i++)
		if (tells_default(p->columns.p[i]) && is_yes(p, values, p->columns.p[i]->name))
			return true;
	return false;
}

static bool is_of_platform(const struct pruning *p, const struct value *values)
{
	const struct known_table *known = p->tab->known;

	for (size_t i = 0; known && i < known->nrows; i++)
		if (row_when(&known->rows[i], p->columns.p, values, p->columns.n))
			return is_platforms(&known->rows[i]);
	return false;
}

static bool is_inactive(const struct pruning *p, const struct value *values)
{
	const struct value *v = row_columns_find(&p->columns, values, S("statecode"));

	return v && !value_is_empty(v) && !str_eq(v->text, S("0"));
}

static bool may_go(struct pruning *p, const struct value *values)
{
	if (is_yes(p, values, S("ismanaged")))
		p->managed++;
	else if (is_default(p, values))
		p->defaults++;
	else if (is_of_platform(p, values))
		p->platform++;
	else
		return p->j->decisions.prune != PRUNE_DEACTIVATE || !is_inactive(p, values);
	return false;
}

static bool take_row(void *context, const struct read_row *row, struct err *e)
{
	struct pruning *p = context;
	struct run_row lacking = { .id = row->id, .origin = row->id };
	struct guid source;
	bool found, fresh;

	/* it may come again */
	if (!run_has_row(p->j->run, SIDE_NOW, p->tab->number, row->id, &found, e) || found)
		return found;
	if (!run_get_map_back(p->j->run, p->tab->table->name, row->id, &source, &found, e))
		return false;
	return found || !may_go(p, row->values) ||
	       run_put_row(p->j->run, SIDE_NOW, p->tab->number, &lacking, &fresh, e);
}

static bool pull_part(void *context, const struct guid *ids, size_t n, struct err *e)
{
	struct pruning *p = context;

	return pull_ids(p->j, SIDE_TARGET, p->tab, ids, n, e);
}

/* A row that went meanwhile is no longer to be removed. */
static bool plan_row(void *context, const struct run_row *row, struct err *e)
{
	struct pruning *p = context;
	struct change c = {
		.kind = prune_kind(p->j), .tab = p->tab->number, .id = row->id, .origin = row->id
	};
	bool there;

	return run_has_row(p->j->run, SIDE_TARGET, p->tab->number, row->id, &there, e) &&
	       (!there || journal_put_change(p->j->run, &c, e));
}

static bool tell_kept(const struct pruning *p, struct err *e)
{
	uint64_t all = p->managed + p->defaults + p->platform;
	struct problem problem = {
		.severity = SEVERITY_NOTE,
		.table = p->tab->table->name,
		.message =
			str_fmt(p->j->page,
				"%llu rows that the source lacks stay: %llu managed, %llu "
				"defaults, %llu of the platform",
				(unsigned long long)all, (unsigned long long)p->managed,
				(unsigned long long)p->defaults, (unsigned long long)p->platform),
	};

	return all == 0 || journal_put_problem(p->j->run, &problem, e);
}

bool prune_rows(struct job *j, struct tab *t, struct err *e)
{
	struct arena_mark mark = arena_mark(j->page);
	struct pruning p = { .j = j, .tab = t };
	struct fetch query;

	choose_columns(&p);

	bool ok = prune_filter(j, t, &query, e) &&
		  read_rows(&j->reader, t->table, &query, p.columns.p, p.columns.n, take_row, &p,
			    e) &&
		  job_each_part(j, SIDE_NOW, t, NULL, pull_part, &p, e) &&
		  job_each_row(j, SIDE_NOW, t, plan_row, &p, e) &&
		  run_clear_side(j->run, SIDE_NOW, e) && tell_kept(&p, e);

	arena_rewind(j->page, mark);
	return ok;
}

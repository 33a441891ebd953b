/* SPDX-License-Identifier: MIT */
/*
 * References to rows outside the package. They are collected in the run file first, one entry per row
 * pointed to, so that each is asked for once however many rows need it.
 */
#include "move/outside.h"

#include "base/map.h"
#include "base/vec.h"
#include "dv/fetchxml.h"
#include "move/journal.h"
#include "move/map_rows.h"
#include "move/outside_keys.h"
#include "move/outside_names.h"
#include "move/parties.h"
#include "move/row.h"
#include "move/run_reference.h"

#include "base/banned.h"

/* Rows that are looked for at once. */
#define SOUGHT_AT_ONCE READ_IDS_AT_ONCE

static bool is_inside(struct job *j, struct str table, struct guid id, bool *inside, struct err *e)
{
	struct tab *t = tabs_find(&j->tabs, table);

	*inside = false;
	if (!t)
		return true;
	if (!run_has_row(j->run, SIDE_SOURCE, t->number, id, inside, e))
		return false;
	if (*inside)
		return true;
	/* A row that failed to load is still a row of the package. */
	enum outcome outcome;
	return journal_get_outcome(j->run, t->number, id, &outcome, inside, e);
}

bool outside_collect_one(struct job *j, struct str table, struct guid id, struct str label,
			 struct err *e)
{
	bool inside;

	if (!is_inside(j, table, id, &inside, e))
		return false;
	return inside || run_put_reference(j->run, table, id, label, e);
}

struct collecting {
	struct job *j;
	const struct tab *t;
	struct str table; /* of the far end of a relationship */
};

static bool collect_party(void *context, const struct value *reference, struct err *e)
{
	struct job *j = context;
	struct guid id;

	return !guid_parse(reference->text, &id) ||
	       outside_collect_one(j, reference->table, id, reference->name, e);
}

/* Who owned a row does not matter when somebody was said to own it. */
static bool is_written(const struct job *j, const struct tab_column *c)
{
	bool owner = c->column && c->column->type == COLUMN_OWNER;

	return (c->create || c->update) && !(owner && j->owner.kind == VALUE_REF);
}

bool outside_collect_row(struct job *j, const struct tab *t, const struct value *values,
			 struct err *e)
{
	for (size_t i = 0; i < t->nfields; i++) {
		const struct value *v = &values[i];
		struct guid id;
		if (!is_written(j, &t->columns[i]))
			continue;
		if (t->columns[i].party && !parties_each(v, collect_party, j, e))
			return false;
		if (v->kind != VALUE_REF)
			continue;
		if (!guid_parse(v->text, &id))
			return err_set(e, ERR_INTERNAL, "run file: %.*s: a lookup without an id",
				       STR_ARG(t->columns[i].name));
		if (!outside_collect_one(j, v->table, id, v->name, e))
			return false;
	}
	return true;
}

static bool collect_row(void *context, const struct run_row *row, struct value *values,
			struct err *e)
{
	struct collecting *c = context;

	(void)row;
	return outside_collect_row(c->j, c->t, values, e);
}

static bool collect_link(void *context, struct guid source, struct guid target, struct err *e)
{
	struct collecting *c = context;

	(void)source;
	return outside_collect_one(c->j, c->table, target, (struct str){ 0 }, e);
}

static bool has_lookups(const struct tab *t)
{
	for (size_t i = 0; i < t->nfields; i++) {
		const struct tab_column *c = &t->columns[i];
		bool is = c->field->type == CMT_REFERENCE || c->field->type == CMT_OWNER ||
			  c->party || (c->column && column_is_lookup(c->column));
		if (is && (c->create || c->update))
			return true;
	}
	return false;
}

bool outside_collect_links(struct job *j, struct err *e)
{
	for (size_t i = 0; i < j->tabs.n; i++) {
		const struct tab *t = &j->tabs.p[i];
		struct collecting c = { .j = j, .t = t };
		for (size_t k = 0; k < t->nrelationships; k++) {
			const struct tab_relationship *rel = &t->relationships[k];
			c.table = rel->source_is_first ? rel->link->table2 : rel->link->table1;
			if (!job_each_link(j, SIDE_SOURCE, rel->rel, collect_link, &c, e))
				return false;
		}
	}
	return true;
}

bool outside_collect(struct job *j, struct err *e)
{
	for (size_t i = 0; i < j->tabs.n; i++) {
		const struct tab *t = &j->tabs.p[i];
		struct collecting c = { .j = j, .t = t };
		if (has_lookups(t) && !job_each_values(j, SIDE_SOURCE, t, collect_row, &c, e))
			return false;
	}
	return outside_collect_links(j, e);
}

/* Some of the rows that are pointed to, of some tables, while they are looked for. */
struct part {
	struct job *j;
	struct arena arena;
	struct read_queries queries;
	VEC(struct sought_rows *) tables;
	size_t n; /* rows */
};

static void part_release(struct part *p)
{
	arena_release(&p->arena);
}

static bool send(struct part *p, struct err *e)
{
	bool ok = read_many(&p->j->reader, p->queries.list.p, p->queries.list.n, NULL, e);

	p->queries.list.n = 0;
	return ok;
}

static bool by_keys(struct part *p, struct err *e)
{
	struct key_questions **asked = arena_array(&p->arena, struct key_questions *, p->tables.n);

	for (size_t i = 0; i < p->tables.n; i++)
		if (!outside_keys_ask(p->tables.p[i], &p->queries, &asked[i], e))
			return false;
	if (!send(p, e))
		return false;
	for (size_t i = 0; i < p->tables.n; i++)
		outside_keys_decide(asked[i]);
	return true;
}

static bool by_ids(struct part *p, struct err *e)
{
	for (size_t i = 0; i < p->tables.n; i++)
		outside_ids_ask(p->tables.p[i], &p->queries);
	return send(p, e);
}

static bool by_names(struct part *p, struct err *e)
{
	for (size_t i = 0; i < p->tables.n; i++)
		outside_names_ask(p->tables.p[i], &p->queries);
	if (!send(p, e))
		return false;
	for (size_t i = 0; i < p->tables.n; i++)
		outside_names_decide(p->tables.p[i]);
	return true;
}

static bool keep(struct job *j, struct str table, const struct sought *row, struct err *e)
{
	struct guid target;
	bool found;

	if (row->found)
		return run_put_map(j->run, table, row->id, row->target, str_from(row->how), e);
	if (!map_rows_default(j, table, &target, &found, e))
		return false;
	if (found)
		return run_put_map(j->run, table, row->id, target, S(MAP_HOW), e);
	return row->why.n == 0 || run_set_reference_why(j->run, table, row->id, row->why, e);
}

static bool find_part(struct part *p, struct err *e)
{
	if (!by_keys(p, e) || !by_ids(p, e) || !by_names(p, e))
		return false;
	for (size_t i = 0; i < p->tables.n; i++) {
		const struct sought_rows *s = p->tables.p[i];

		for (size_t k = 0; k < s->rows.n; k++)
			if (!keep(p->j, s->of.table->name, &s->rows.p[k], e))
				return false;
	}
	arena_reset(&p->arena);
	p->queries = (struct read_queries){ .arena = &p->arena };
	p->tables.p = NULL;
	p->tables.n = p->tables.cap = p->n = 0;
	return true;
}

static bool add_rows(struct part *p, const struct table *table, const struct reference_list *list,
		     struct err *e)
{
	struct sought_rows *s = arena_new(&p->arena, struct sought_rows);
	const struct known_table *known = knowledge_table(p->j->knowledge, table->name);

	*s = (struct sought_rows){ .j = p->j,
				   .of = { .arena = &p->arena, .table = table, .known = known } };
	row_columns_known(&p->arena, table, known, true, &s->of.columns);
	*VEC_PUSH(&p->arena, &p->tables) = s;
	for (size_t i = 0; i < list->n; i++) {
		struct sought *row = VEC_PUSH(&p->arena, &s->rows);

		row->id = list->ids[i];
		row->label = list->labels[i];
		if (!run_reference_keys(p->j->run, &p->arena, table->name, row->id, &row->keys,
					&row->nkeys, e))
			return false;
	}
	p->n += list->n;
	return true;
}

/* All open references to a table, in parts that may go on with those of the next one. */
static bool find_table(struct part *p, const struct table *table, struct err *e)
{
	struct guid last;
	const struct guid *after = NULL;

	for (;;) {
		struct reference_list list;

		if (!run_next_references(p->j->run, &p->arena, table->name, after,
					 SOUGHT_AT_ONCE - p->n, &list, e))
			return false;
		if (list.n == 0)
			return true;
		last = list.ids[list.n - 1];
		after = &last;
		if (!add_rows(p, table, &list, e))
			return false;
		if (p->n >= SOUGHT_AT_ONCE && !find_part(p, e))
			return false;
	}
}

/* Whether a row of the table may be known by one of a table that is not done. */
static bool waits(const struct job *j, const struct table *t, const struct str *names,
		  const bool *done, size_t n)
{
	const struct known_table *known = knowledge_table(j->knowledge, t->name);

	for (size_t i = 0; i < n; i++)
		if (!done[i] && !str_eq(names[i], t->name) && row_keys_point(known, t, names[i]))
			return true;
	return false;
}

/* The tables whose keys wait for none of the others; when all wait for each other, all of them. */
static bool find_round(struct job *j, const struct str *names, bool *done, size_t n, struct err *e)
{
	DEFER(part_release) struct part p = { .j = j, .arena = arena_make(0) };
	bool *now = arena_array(j->page, bool, n);
	bool any = false;

	p.queries.arena = &p.arena;
	for (size_t i = 0; i < n; i++) {
		const struct table *t = catalog_find(j->catalog, names[i]);

		now[i] = !done[i] && (!t || !waits(j, t, names, done, n));
		any = any || now[i];
	}
	for (size_t i = 0; i < n; i++) {
		const struct table *t = catalog_find(j->catalog, names[i]);

		if (done[i] || (any && !now[i]))
			continue;
		if (t && !find_table(&p, t, e))
			return false;
		now[i] = true;
	}
	for (size_t i = 0; i < n; i++)
		done[i] = done[i] || now[i];
	return p.n == 0 || find_part(&p, e);
}

static bool all_done(const bool *done, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!done[i])
			return false;
	return true;
}

bool outside_resolve(struct job *j, struct err *e)
{
	struct arena_mark mark = arena_mark(j->page);
	struct str *names;
	size_t n;
	bool ok = true;

	if (!run_reference_tables(j->run, j->arena, &names, &n, e) ||
	    !read_definitions(&j->reader, j->catalog, names, n, e))
		return false;

	bool *done = arena_array(j->arena, bool, n);

	while (ok && !all_done(done, n))
		ok = find_round(j, names, done, n, e);
	arena_rewind(j->page, mark);
	return ok;
}

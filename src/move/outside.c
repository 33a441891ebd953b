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
#include "move/outside_keys.h"
#include "move/row.h"
#include "move/run_reference.h"

#include "base/banned.h"

/* The name of an outside row; one that is asked for at a time keeps the conditions few. */
#define NAMES_PER_REQUEST 20

static bool is_inside(struct job *j, struct str table, struct guid id, bool *inside, struct err *e)
{
	struct tab *t = tabs_find(&j->tabs, table);

	*inside = false;
	if (!t)
		return true;
	struct run_row row;
	if (!run_get_row(j->run, SIDE_SOURCE, t->number, id, &row, inside, e))
		return false;
	if (*inside)
		return true;
	/* A row that failed to load is still a row of the package. */
	enum outcome outcome;
	return journal_get_outcome(j->run, t->number, id, &outcome, inside, e);
}

static bool collect(struct job *j, struct str table, struct guid id, struct str label,
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

static bool collect_row(void *context, const struct run_row *row, struct value *values,
			struct err *e)
{
	struct collecting *collecting = context;
	const struct tab *t = collecting->t;

	(void)row;
	for (size_t i = 0; i < t->nfields; i++) {
		const struct value *v = &values[i];
		struct guid id;
		if (v->kind != VALUE_REF || !(t->columns[i].create || t->columns[i].update))
			continue;
		if (!guid_parse(v->text, &id))
			return err_set(e, ERR_INTERNAL, "run file: %.*s: a lookup without an id",
				       STR_ARG(t->columns[i].name));
		if (!collect(collecting->j, v->table, id, v->name, e))
			return false;
	}
	return true;
}

static bool collect_link(void *context, struct guid source, struct guid target, struct err *e)
{
	struct collecting *c = context;

	(void)source;
	return collect(c->j, c->table, target, (struct str){ 0 }, e);
}

bool outside_collect(struct job *j, struct err *e)
{
	for (size_t i = 0; i < j->tabs.n; i++) {
		struct tab *t = &j->tabs.p[i];
		struct collecting c = { .j = j, .t = t };
		if (!job_each_values(j, SIDE_SOURCE, t, collect_row, &c, e))
			return false;
		for (size_t k = 0; k < t->nrelationships; k++) {
			const struct tab_relationship *rel = &t->relationships[k];
			c.table = rel->source_is_first ? rel->link->table2 : rel->link->table1;
			if (!job_each_link(j, SIDE_SOURCE, rel->rel, collect_link, &c, e))
				return false;
		}
	}
	return true;
}

/* What the callbacks of the two questions need. */
struct asking {
	struct job *j;
	const struct table *table;
	const struct known_table *known;
	const struct column **columns;
	size_t ncolumns;
	size_t name; /* position of the primary name in columns */
	const struct reference_list *open;
	struct guid *found; /* per open reference: the row with that name */
	size_t *nfound;
};

static bool take_same_id(void *context, const struct read_row *row, struct err *e)
{
	struct asking *ask = context;
	return run_put_map(ask->j->run, ask->table->name, row->id, row->id, S("same id"), e);
}

/* Rows that may be meant by their name: system rows, and vocabulary, whose key is the name. */
static bool may_be_named(const struct asking *ask, const struct read_row *row)
{
	for (size_t i = 0; ask->known && i < ask->known->nrows; i++) {
		const struct rows_rule *rule = &ask->known->rows[i];
		if (!row_when(rule, ask->columns, row->values, ask->ncolumns))
			continue;
		return rule->kind == ROWS_SYSTEM || rule->kind == ROWS_VOCABULARY;
	}
	return false;
}

static bool take_name(void *context, const struct read_row *row, struct err *e)
{
	struct asking *ask = context;

	(void)e;
	if (!may_be_named(ask, row))
		return true;
	for (size_t i = 0; i < ask->open->n; i++) {
		if (!str_eq(ask->open->labels[i], row->values[ask->name].text))
			continue;
		/* It comes again when two parts ask for names that the platform takes for one. */
		if (ask->nfound[i] > 0 && guid_eq(ask->found[i], row->id))
			continue;
		ask->found[i] = row->id;
		ask->nfound[i]++;
	}
	return true;
}

static bool ask_ids(struct asking *ask, struct err *e)
{
	const struct column *pk = table_primary(ask->table);
	return read_rows_by_id(&ask->j->reader, ask->table, ask->table->primary_id, ask->open->ids,
			       ask->open->n, &pk, 1, take_same_id, ask, e);
}

static bool ask_names_part(struct asking *ask, struct str *names, size_t n, struct err *e)
{
	struct fetch_condition condition = { .attribute = ask->table->primary_name,
					     .op = FETCH_IN,
					     .op_name = S("in"),
					     .values = names,
					     .nvalues = n };
	struct fetch_filter filter = { .conditions = &condition, .nconditions = 1 };
	struct fetch query = {
		.entity = { .table = ask->table->name, .filters = &filter, .nfilters = 1 }
	};

	return read_rows(&ask->j->reader, ask->table, &query, ask->columns, ask->ncolumns,
			 take_name, ask, e);
}

static bool ask_names(struct asking *ask, struct err *e)
{
	VEC(struct str) names = { 0 };
	struct map seen = map_make(ask->j->page);

	for (size_t i = 0; i < ask->open->n; i++) {
		uint32_t index = (uint32_t)i;
		if (ask->open->labels[i].n > 0 && map_put(&seen, ask->open->labels[i], &index))
			*VEC_PUSH(ask->j->page, &names) = ask->open->labels[i];
	}
	for (size_t at = 0; at < names.n; at += NAMES_PER_REQUEST) {
		size_t n = names.n - at < NAMES_PER_REQUEST ? names.n - at : NAMES_PER_REQUEST;
		if (!ask_names_part(ask, names.p + at, n, e))
			return false;
	}
	return true;
}

static bool tell_ambiguous(struct asking *ask, size_t i, struct err *e)
{
	struct str message = str_fmt(
		ask->j->page, "several rows of %.*s are named \"%.*s\": which one is meant is open",
		STR_ARG(ask->table->name), STR_ARG(str_sub(ask->open->labels[i], 0, 200)));
	struct problem p = { .severity = SEVERITY_ERROR,
			     .table = ask->table->name,
			     .id = guid_text(ask->j->page, ask->open->ids[i]),
			     .message = message,
			     .remedy = S("rename all but one of them in the target") };
	return journal_put_problem(ask->j->run, &p, e);
}

static bool map_named(struct asking *ask, uint64_t *ambiguous, struct err *e)
{
	for (size_t i = 0; i < ask->open->n; i++) {
		if (ask->nfound[i] == 1) {
			if (!run_put_map(ask->j->run, ask->table->name, ask->open->ids[i],
					 ask->found[i], S("name"), e))
				return false;
		} else if (ask->nfound[i] > 1) {
			(*ambiguous)++;
			if (!tell_ambiguous(ask, i, e))
				return false;
		}
	}
	return true;
}

/* Primary key, primary name, and the columns that tell what kind of row it is. */
static void choose_columns(struct asking *ask)
{
	struct arena *a = ask->j->page;
	VEC(const struct column *) columns = { 0 };

	*VEC_PUSH(a, &columns) = table_primary(ask->table);
	*VEC_PUSH(a, &columns) = table_column(ask->table, ask->table->primary_name);
	for (size_t i = 0; i < ask->known->nrows; i++) {
		const struct column *c = table_column(ask->table, ask->known->rows[i].when_column);
		bool there = false;
		for (size_t k = 0; k < columns.n; k++)
			there = there || columns.p[k] == c;
		if (c && c->read && !there)
			*VEC_PUSH(a, &columns) = c;
	}
	ask->columns = columns.p;
	ask->ncolumns = columns.n;
	ask->name = 1;
}

static bool resolve_table(struct job *j, const struct table *table, uint64_t *ambiguous,
			  struct err *e)
{
	struct asking ask = { .j = j,
			      .table = table,
			      .known = knowledge_table(j->knowledge, table->name) };
	struct reference_list open;

	ask.open = &open;
	if (!outside_keys(j, table, ambiguous, e))
		return false;
	if (!run_list_references(j->run, j->page, table->name, &open, e) || !ask_ids(&ask, e))
		return false;
	if (!ask.known || ask.known->nrows == 0 || !table_column(table, table->primary_name))
		return true;
	if (!run_list_references(j->run, j->page, table->name, &open, e))
		return false;
	if (open.n == 0)
		return true;
	choose_columns(&ask);
	ask.found = arena_array(j->page, struct guid, open.n);
	ask.nfound = arena_array(j->page, size_t, open.n);
	return ask_names(&ask, e) && map_named(&ask, ambiguous, e);
}

bool outside_resolve(struct job *j, uint64_t *ambiguous, struct err *e)
{
	struct str *names;
	size_t n;

	*ambiguous = 0;
	if (!outside_collect(j, e) || !run_reference_tables(j->run, j->arena, &names, &n, e))
		return false;
	if (!read_definitions(&j->reader, j->catalog, names, n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct arena_mark mark = arena_mark(j->page);
		const struct table *table = catalog_find(j->catalog, names[i]);
		if (table && !resolve_table(j, table, ambiguous, e))
			return false;
		arena_rewind(j->page, mark);
	}
	return true;
}

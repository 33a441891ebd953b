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
	if (!run_has_row(j->run, SIDE_SOURCE, t->number, id, inside, e))
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

bool outside_collect_row(struct job *j, const struct tab *t, const struct value *values,
			 struct err *e)
{
	for (size_t i = 0; i < t->nfields; i++) {
		const struct value *v = &values[i];
		struct guid id;
		if (v->kind != VALUE_REF || !(t->columns[i].create || t->columns[i].update))
			continue;
		if (!guid_parse(v->text, &id))
			return err_set(e, ERR_INTERNAL, "run file: %.*s: a lookup without an id",
				       STR_ARG(t->columns[i].name));
		if (!collect(j, v->table, id, v->name, e))
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
	return collect(c->j, c->table, target, (struct str){ 0 }, e);
}

static bool has_lookups(const struct tab *t)
{
	for (size_t i = 0; i < t->nfields; i++) {
		const struct tab_column *c = &t->columns[i];
		bool is = c->field->type == CMT_REFERENCE || c->field->type == CMT_OWNER ||
			  (c->column && column_is_lookup(c->column));
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

/* One table that is pointed to, and what its callbacks need. */
struct asking {
	struct job *j;
	const struct table *table;
	const struct known_table *known;
	const struct column **columns;
	size_t ncolumns;
	size_t name; /* position of the primary name in columns */
	struct key_questions *keys;
	struct reference_list open;
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
	for (size_t i = 0; i < ask->open.n; i++) {
		if (!str_eq(ask->open.labels[i], row->values[ask->name].text))
			continue;
		/* It comes again when two parts ask for names that the platform takes for one. */
		if (ask->nfound[i] > 0 && guid_eq(ask->found[i], row->id))
			continue;
		ask->found[i] = row->id;
		ask->nfound[i]++;
	}
	return true;
}

/* All tables that are pointed to, and the questions of one stage about all of them. */
struct resolving {
	struct job *j;
	struct asking *tables;
	VEC(struct read_query) queries;
	size_t n;
};

static bool send(struct resolving *r, struct err *e)
{
	bool ok = read_many(&r->j->reader, r->queries.p, r->queries.n, NULL, e);

	r->queries.n = 0;
	return ok;
}

static bool ask_keys(struct resolving *r, uint64_t *ambiguous, struct err *e)
{
	for (size_t i = 0; i < r->n; i++) {
		struct asking *ask = &r->tables[i];

		if (!outside_keys_ask(r->j, ask->table, &ask->keys, e))
			return false;

		size_t n = outside_keys_queries(ask->keys, NULL);
		struct read_query *queries = arena_array(r->j->page, struct read_query, n);

		outside_keys_queries(ask->keys, queries);
		for (size_t k = 0; k < n; k++)
			*VEC_PUSH(r->j->page, &r->queries) = queries[k];
	}
	if (!send(r, e))
		return false;
	for (size_t i = 0; i < r->n; i++)
		if (!outside_keys_map(r->tables[i].keys, ambiguous, e))
			return false;
	return true;
}

static bool ask_ids(struct resolving *r, struct err *e)
{
	struct arena *page = r->j->page;

	for (size_t i = 0; i < r->n; i++) {
		struct asking *ask = &r->tables[i];
		const struct column **key = arena_new(page, const struct column *);
		struct read_query query = { .table = ask->table,
					    .columns = key,
					    .n = 1,
					    .row = take_same_id,
					    .context = ask };

		*key = table_primary(ask->table);
		if (!run_list_references(r->j->run, page, ask->table->name, &ask->open, e))
			return false;

		size_t n = read_id_queries_count(ask->open.n);
		struct read_query *queries = arena_array(page, struct read_query, n);

		read_id_queries(page, &query, ask->table->primary_id, ask->open.ids, ask->open.n,
				queries);
		for (size_t k = 0; k < n; k++)
			*VEC_PUSH(page, &r->queries) = queries[k];
	}
	return send(r, e);
}

static struct fetch *names_query(struct asking *ask, struct str *names, size_t n)
{
	struct arena *a = ask->j->page;
	struct fetch_condition *condition = arena_new(a, struct fetch_condition);
	struct fetch_filter *filter = arena_new(a, struct fetch_filter);
	struct fetch *query = arena_new(a, struct fetch);

	*condition = (struct fetch_condition){ .attribute = ask->table->primary_name,
					       .op = FETCH_IN,
					       .op_name = S("in"),
					       .values = names,
					       .nvalues = n };
	*filter = (struct fetch_filter){ .conditions = condition, .nconditions = 1 };
	*query = (struct fetch){
		.entity = { .table = ask->table->name, .filters = filter, .nfilters = 1 }
	};
	return query;
}

static void ask_names(struct resolving *r, struct asking *ask)
{
	VEC(struct str) names = { 0 };
	struct map seen = map_make(ask->j->page);

	for (size_t i = 0; i < ask->open.n; i++) {
		uint32_t index = (uint32_t)i;
		if (ask->open.labels[i].n > 0 && map_put(&seen, ask->open.labels[i], &index))
			*VEC_PUSH(ask->j->page, &names) = ask->open.labels[i];
	}
	for (size_t at = 0; at < names.n; at += NAMES_PER_REQUEST) {
		size_t n = names.n - at < NAMES_PER_REQUEST ? names.n - at : NAMES_PER_REQUEST;

		*VEC_PUSH(ask->j->page, &r->queries) =
			(struct read_query){ .table = ask->table,
					     .fetch = names_query(ask, names.p + at, n),
					     .columns = ask->columns,
					     .n = ask->ncolumns,
					     .row = take_name,
					     .context = ask };
	}
}

static bool tell_ambiguous(struct asking *ask, size_t i, struct err *e)
{
	struct str message = str_fmt(
		ask->j->page, "several rows of %.*s are named \"%.*s\": which one is meant is open",
		STR_ARG(ask->table->name), STR_ARG(str_sub(ask->open.labels[i], 0, 200)));
	struct problem p = { .severity = SEVERITY_ERROR,
			     .table = ask->table->name,
			     .id = guid_text(ask->j->page, ask->open.ids[i]),
			     .message = message,
			     .remedy = S("rename all but one of them in the target") };
	return journal_put_problem(ask->j->run, &p, e);
}

static bool map_named(struct asking *ask, uint64_t *ambiguous, struct err *e)
{
	for (size_t i = 0; i < ask->open.n; i++) {
		if (ask->nfound[i] == 1) {
			if (!run_put_map(ask->j->run, ask->table->name, ask->open.ids[i],
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

/* What neither key nor id has found may be meant by its name. */
static bool ask_all_names(struct resolving *r, uint64_t *ambiguous, struct err *e)
{
	for (size_t i = 0; i < r->n; i++) {
		struct asking *ask = &r->tables[i];

		ask->open.n = 0;
		if (!ask->known || ask->known->nrows == 0 ||
		    !table_column(ask->table, ask->table->primary_name))
			continue;
		if (!run_list_references(r->j->run, r->j->page, ask->table->name, &ask->open, e))
			return false;
		if (ask->open.n == 0)
			continue;
		choose_columns(ask);
		ask->found = arena_array(r->j->page, struct guid, ask->open.n);
		ask->nfound = arena_array(r->j->page, size_t, ask->open.n);
		ask_names(r, ask);
	}
	if (!send(r, e))
		return false;
	for (size_t i = 0; i < r->n; i++)
		if (!map_named(&r->tables[i], ambiguous, e))
			return false;
	return true;
}

static bool resolve_all(struct job *j, const struct str *names, size_t n, uint64_t *ambiguous,
			struct err *e)
{
	struct arena_mark mark = arena_mark(j->page);
	struct resolving r = { .j = j, .tables = arena_array(j->page, struct asking, n) };

	for (size_t i = 0; i < n; i++) {
		const struct table *table = catalog_find(j->catalog, names[i]);

		if (table)
			r.tables[r.n++] = (struct asking){
				.j = j,
				.table = table,
				.known = knowledge_table(j->knowledge, table->name),
			};
	}

	bool ok = ask_keys(&r, ambiguous, e) && ask_ids(&r, e) && ask_all_names(&r, ambiguous, e);

	arena_rewind(j->page, mark);
	return ok;
}

bool outside_resolve(struct job *j, uint64_t *ambiguous, struct err *e)
{
	struct str *names;
	size_t n;

	*ambiguous = 0;
	return outside_collect(j, e) && run_reference_tables(j->run, j->arena, &names, &n, e) &&
	       read_definitions(&j->reader, j->catalog, names, n, e) &&
	       resolve_all(j, names, n, ambiguous, e);
}

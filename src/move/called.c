/* SPDX-License-Identifier: MIT */
/*
 * Finding rows by what people write. Every way of calling a row is asked for at once; which one counts is decided afterwards.
 */
#include "move/called.h"

#include "base/vec.h"
#include "move/any_of.h"

#include "base/banned.h"

/* One text and one column in which it may stand. */
struct way {
	struct called *called;
	const struct column *column;
	struct value value; /* in the column's form */
	struct candidates exact, folded;
};

struct finding {
	struct job *j;
	struct arena *page;
	struct candidates_of of;
	VEC(const struct column *) columns; /* in the order in which they count */
	VEC(struct way *) ways;             /* of one text after the other */
	VEC(struct read_query) queries;
	struct any_of *any; /* that grows */
};

static void add_column(struct finding *f, struct str name)
{
	const struct column *c = table_column(f->of.table, name);

	for (size_t i = 0; i < f->columns.n; i++)
		if (f->columns.p[i] == c)
			return;
	if (c && c->read && (column_is_text(c) || c->type == COLUMN_GUID))
		*VEC_PUSH(f->page, &f->columns) = c;
}

static void choose_columns(struct finding *f)
{
	const struct known_table *known = f->of.known;

	add_column(f, f->of.table->primary_id);
	for (size_t i = 0; known && i < known->nrows; i++)
		for (size_t k = 0; k < known->rows[i].nkeys; k++)
			if (known->rows[i].keys[k].n == 1)
				add_column(f, known->rows[i].keys[k].columns[0]);
	add_column(f, f->of.table->primary_name);
}

static bool take(void *context, const struct read_row *row, struct err *e)
{
	struct finding *f = context;

	(void)e;
	for (size_t i = 0; i < f->ways.n; i++) {
		struct way *w = f->ways.p[i];
		const struct value *v =
			row_columns_find(&f->of.columns, row->values, w->column->name);

		if (!v || value_is_empty(v))
			continue;
		if (str_eq(v->text, w->value.text))
			candidates_add(&f->of, &w->exact, row, NULL, 0);
		else if (str_eq_ascii_nocase(v->text, w->value.text))
			candidates_add(&f->of, &w->folded, row, NULL, 0);
	}
	return true;
}

static void flush(struct finding *f)
{
	if (!f->any)
		return;
	struct fetch *fetch = arena_new(f->page, struct fetch);

	*fetch = any_of_query(f->any, f->of.table->name);
	*VEC_PUSH(f->page, &f->queries) = (struct read_query){ .table = f->of.table,
							       .fetch = fetch,
							       .columns = f->of.columns.p,
							       .n = f->of.columns.n,
							       .row = take,
							       .context = f };
	f->any = NULL;
}

static void ask(struct finding *f, struct called *called, const struct column *column)
{
	struct way *way = arena_new(f->page, struct way);
	struct value value = { .kind = VALUE_TEXT, .text = called->text };
	struct err unfit;
	struct guid id;

	if (column->type == COLUMN_GUID && !guid_parse(called->text, &id))
		return;
	if (column->type == COLUMN_GUID)
		value.text = guid_text(f->page, id);
	if (!value_adapt(f->page, column, &value, &unfit) || value_is_empty(&value))
		return;
	*way = (struct way){ .called = called, .column = column, .value = value };
	*VEC_PUSH(f->page, &f->ways) = way;
	if (!f->any)
		f->any = arena_new(f->page, struct any_of);
	any_of_add(f->page, f->any, &way->column->name, &way->value, 1);
	if (f->any->conditions >= ANY_OF_CONDITIONS)
		flush(f);
}

/* The first way that finds something; one that is exact, if there is any. */
static void decide(struct finding *f)
{
	for (size_t pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < f->ways.n; i++) {
			const struct way *w = f->ways.p[i];
			const struct candidates *c = pass == 0 ? &w->exact : &w->folded;

			if (w->called->found.n > 0 || c->n == 0)
				continue;
			w->called->found = *c;
			w->called->column = w->column->name;
			w->called->folded = pass == 1;
		}
	}
}

/* So many texts that the rows that come need not be compared with too many of them. */
#define TEXTS_AT_ONCE 500

static bool find_some(struct job *j, const struct table *table, struct called *list, size_t n,
		      struct err *e)
{
	struct arena_mark mark = arena_mark(j->page);
	struct finding f = { .j = j,
			     .page = j->page,
			     .of = { .arena = j->arena,
				     .table = table,
				     .known = knowledge_table(j->knowledge, table->name) } };

	row_columns_known(j->page, table, f.of.known, true, &f.of.columns);
	choose_columns(&f);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < f.columns.n; k++)
			ask(&f, &list[i], f.columns.p[k]);
	flush(&f);

	bool ok = read_many(&j->reader, f.queries.p, f.queries.n, NULL, e);

	if (ok)
		decide(&f);
	arena_rewind(j->page, mark);
	return ok;
}

bool called_find(struct job *j, const struct table *table, struct called *list, size_t n,
		 struct err *e)
{
	for (size_t at = 0; at < n; at += TEXTS_AT_ONCE)
		if (!find_some(j, table, list + at, n - at < TEXTS_AT_ONCE ? n - at : TEXTS_AT_ONCE,
			       e))
			return false;
	return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * Pulling. Rows go into the run file as they arrive; a row that the side has already stays as it is, so
 * several questions may give the same row.
 */
#include "move/pull.h"

#include "move/cells.h"

#include "base/banned.h"

/* Rows of one tab on their way into a side. */
struct pulling {
	struct job *j;
	enum side side;
	struct tab *tab;
	const struct column **columns; /* that are asked for */
	size_t *places;                /* of each in the tab's columns */
	size_t n;
	struct value *values; /* of a whole row; ABSENT where nothing is asked for */
	struct buf cells;
	uint64_t rows;
};

static struct pulling pulling_make(struct job *j, enum side side, struct tab *t)
{
	struct pulling p = { .j = j, .side = side, .tab = t, .cells = buf_make(0) };

	p.columns = arena_array(j->page, const struct column *, t->ncolumns);
	p.places = arena_array(j->page, size_t, t->ncolumns);
	p.values = arena_array(j->page, struct value, t->ncolumns);
	for (size_t i = 0; i < t->ncolumns; i++) {
		if (!t->columns[i].read)
			continue;
		p.columns[p.n] = t->columns[i].column;
		p.places[p.n++] = i;
	}
	return p;
}

static void pulling_release(struct pulling *p)
{
	buf_release(&p->cells);
}

static bool go_on(const struct pulling *p, struct err *e)
{
	const struct progress *progress = p->j->progress;

	if (progress && progress->step)
		progress->step(progress->context, "reading rows", p->tab->entity->name, p->rows, 0);
	if (progress && progress->cancelled && progress->cancelled(progress->context))
		return err_set(e, ERR_CANCELLED, "cancelled");
	return true;
}

static bool take_row(void *context, const struct read_row *read, struct err *e)
{
	struct pulling *p = context;
	bool fresh;

	for (size_t i = 0; i < p->n; i++)
		p->values[p->places[i]] = read->values[i];
	buf_clear(&p->cells);
	cells_pack(&p->cells, p->values, p->tab->ncolumns);
	struct run_row row = { .id = read->id,
			       .origin = read->id,
			       .version = read->version,
			       .cells = buf_str(&p->cells) };
	p->rows++;
	return run_put_row(p->j->run, p->side, p->tab->number, &row, &fresh, e) && go_on(p, e);
}

bool pull_query(struct job *j, enum side side, struct tab *t, const struct fetch *query,
		struct err *e)
{
	struct arena_mark mark = arena_mark(j->page);
	DEFER(pulling_release) struct pulling p = pulling_make(j, side, t);
	bool ok = go_on(&p, e) &&
		  read_rows(&j->reader, t->table, query, p.columns, p.n, take_row, &p, e);

	arena_rewind(j->page, mark);
	return ok;
}

bool pull_ids(struct job *j, enum side side, struct tab *t, const struct guid *ids, size_t n,
	      struct err *e)
{
	struct arena_mark mark = arena_mark(j->page);
	DEFER(pulling_release) struct pulling p = pulling_make(j, side, t);
	bool ok = go_on(&p, e) && read_rows_by_id(&j->reader, t->table, t->table->primary_id, ids,
						  n, p.columns, p.n, take_row, &p, e);

	arena_rewind(j->page, mark);
	return ok;
}

/* The schema's filter, or all rows. */
static bool query_of(struct job *j, const struct tab *t, struct fetch *out, struct err *e)
{
	const struct schema_entity *en = t->entity;

	if (en->filter.n == 0) {
		*out = (struct fetch){ .entity = { .table = t->table->name } };
		return true;
	}
	if (!fetch_parse(j->page, en->filter, j->schema->name, en->filter_line, out, e))
		return err_wrap(e, "the filter of %.*s", STR_ARG(en->name));
	if (!str_eq(out->entity.table, en->name))
		return err_set(e, ERR_INPUT, "%s:%u: the filter of %.*s asks for rows of %.*s",
			       j->schema->name, out->entity.line, STR_ARG(en->name),
			       STR_ARG(out->entity.table));
	return true;
}

/* What a service finds wrong with a question is wrong with the filter, if there is one. */
static bool ask(struct job *j, enum side side, struct tab *t, const struct fetch *query,
		struct err *e)
{
	if (pull_query(j, side, t, query, e))
		return true;
	if (e->kind != ERR_INPUT || t->entity->filter.n == 0)
		return false;
	return err_wrap(e, "%s:%u: the filter", j->schema->name, t->entity->filter_line);
}

/* What is asked about the rows of a tab that have come, part by part. */
struct following {
	struct job *j;
	enum side side;
	const struct tab *tab;
};

static bool follow(void *context, const struct guid *ids, size_t n, struct err *e)
{
	struct following *f = context;

	for (size_t i = 0; i < f->tab->nrelationships; i++)
		if (!pull_links(f->j, f->side, &f->tab->relationships[i], ids, n, e))
			return false;
	return true;
}

bool pull_entity(struct job *j, enum side side, struct tab *t, struct err *e)
{
	struct arena_mark mark = arena_mark(j->page);
	struct following f = { .j = j, .side = side, .tab = t };
	struct fetch query;
	bool ok = query_of(j, t, &query, e) && ask(j, side, t, &query, e);

	arena_rewind(j->page, mark);
	if (!ok || t->nrelationships == 0)
		return ok;
	return job_each_part(j, side, t, NULL, follow, &f, e);
}

/* Pairs on their way; the source's id stands first. */
struct pairing {
	struct job *j;
	enum side side;
	const struct tab_relationship *rel;
};

static bool take_pair(void *context, const struct read_row *row, struct err *e)
{
	struct pairing *p = context;
	struct guid source, target;

	if (!guid_parse(row->values[0].text, &source) || !guid_parse(row->values[1].text, &target))
		return err_set(e, ERR_NETWORK, "a row of %.*s came without one of its two ids",
			       STR_ARG(p->rel->intersect->name));
	return run_put_link(p->j->run, p->side, p->rel->rel, source, target, e);
}

bool pull_links(struct job *j, enum side side, const struct tab_relationship *rel,
		const struct guid *ids, size_t n, struct err *e)
{
	const struct many_to_many *link = rel->link;
	struct str from = rel->source_is_first ? link->column1 : link->column2;
	struct str to = rel->source_is_first ? link->column2 : link->column1;
	const struct column *columns[] = { table_column(rel->intersect, from),
					   table_column(rel->intersect, to) };
	struct pairing p = { .j = j, .side = side, .rel = rel };

	if (!columns[0] || !columns[1])
		return err_set(e, ERR_INPUT, "table %.*s has no column %.*s",
			       STR_ARG(rel->intersect->name), STR_ARG(columns[0] ? to : from));
	return read_rows_by_id(&j->reader, rel->intersect, from, ids, n, columns, COUNT_OF(columns),
			       take_pair, &p, e);
}

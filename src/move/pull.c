/* SPDX-License-Identifier: MIT */
/*
 * Pulling. Rows go into the run file as they arrive; a row that the side has already stays as it is, so
 * several questions may give the same row.
 */
#include "move/pull.h"

#include "move/cells.h"
#include "move/row.h"
#include "move/file_cell.h"
#include "move/parties.h"

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
	struct str label; /* for progress: one of several at once has none of its own */
	uint64_t *rows, own;
};

static struct pulling pulling_make(struct job *j, enum side side, struct tab *t)
{
	struct pulling p = {
		.j = j, .side = side, .tab = t, .label = t->entity->name, .cells = buf_make(0)
	};

	p.columns = arena_array(j->page, const struct column *, t->ncolumns);
	p.places = arena_array(j->page, size_t, t->ncolumns);
	p.values = arena_array(j->page, struct value, t->ncolumns);
	for (size_t i = 0; i < t->ncolumns; i++) {
		if (t->columns[i].party)
			p.values[i].kind = VALUE_NULL;
		if (!t->columns[i].read)
			continue;
		p.columns[p.n] = file_cell_asked(t->table, t->columns[i].column);
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
	uint64_t rows = p->rows ? *p->rows : p->own;

	if (progress && progress->step)
		progress->step(progress->context, "reading rows", p->label, rows, 0);
	if (progress && progress->cancelled && progress->cancelled(progress->context))
		return err_set(e, ERR_CANCELLED, "cancelled");
	return true;
}

static void note_version(struct job *j, struct str etag)
{
	int64_t version = row_etag_version(etag);

	if (version > j->head.version)
		j->head.version = version;
}

static bool take_row(void *context, const struct read_row *read, struct err *e)
{
	struct pulling *p = context;
	bool fresh;

	for (size_t i = 0; i < p->n; i++) {
		const struct column *c = p->tab->columns[p->places[i]].column;

		p->values[p->places[i]] = read->values[i];
		if (file_cell_is(c))
			file_cell_set_raw(c, &p->values[p->places[i]]);
	}
	buf_clear(&p->cells);
	cells_pack(&p->cells, p->values, p->tab->ncolumns);
	struct run_row row = { .id = read->id,
			       .origin = read->id,
			       .version = read->version,
			       .cells = buf_str(&p->cells) };
	if (p->side == SIDE_AFTER)
		note_version(p->j, read->version);
	++*(p->rows ? p->rows : &p->own);
	return run_put_row(p->j->run, p->side, p->tab->number, &row, &fresh, e) && go_on(p, e);
}

/* Only what a package is made of shows names for what lookups point to. */
static struct read_query reading_of(struct pulling *p, const struct fetch *query)
{
	return (struct read_query){ .table = p->tab->table,
				    .fetch = query,
				    .columns = p->columns,
				    .n = p->n,
				    .names = p->side == SIDE_SOURCE,
				    .row = take_row,
				    .context = p };
}

bool pull_queries(struct job *j, enum side side, struct tab *t, const struct fetch *queries,
		  size_t n, struct err *e)
{
	struct arena_mark mark = arena_mark(j->page);
	DEFER(pulling_release) struct pulling p = pulling_make(j, side, t);
	struct read_query *readings = arena_array(j->page, struct read_query, n);

	for (size_t i = 0; i < n; i++)
		readings[i] = reading_of(&p, &queries[i]);

	bool ok = go_on(&p, e) && read_many(&j->reader, readings, n, NULL, e);

	arena_rewind(j->page, mark);
	return ok;
}

bool pull_query(struct job *j, enum side side, struct tab *t, const struct fetch *query,
		struct err *e)
{
	return pull_queries(j, side, t, query, 1, e);
}

bool pull_ids(struct job *j, enum side side, struct tab *t, const struct guid *ids, size_t n,
	      struct err *e)
{
	struct arena_mark mark = arena_mark(j->page);
	DEFER(pulling_release) struct pulling p = pulling_make(j, side, t);
	struct read_query reading = reading_of(&p, NULL);
	bool ok = go_on(&p, e) && read_by_id(&j->reader, &reading, t->table->primary_id, ids, n, e);

	/* those of the target come when it is known which rows count */
	ok = ok && (side == SIDE_TARGET || parties_pull(j, side, t, ids, n, e));

	arena_rewind(j->page, mark);
	return ok;
}

/* Several tabs on their way; a query's place is that of its tab. */
struct pulls {
	struct pulling *p;
	struct read_query *readings;
	struct fetch *queries;
	size_t n;
};

/* Progress counts the rows of all of them together. */
static struct pulls pulls_make(struct job *j, enum side side, struct tab *const *tabs, size_t n)
{
	struct pulls s = { .n = n };

	s.p = arena_array(j->page, struct pulling, n);
	s.readings = arena_array(j->page, struct read_query, n);
	s.queries = arena_array(j->page, struct fetch, n);
	for (size_t i = 0; i < n; i++) {
		s.p[i] = pulling_make(j, side, tabs[i]);
		s.p[i].rows = &s.p[0].own;
		if (n > 1)
			s.p[i].label = (struct str){ 0 };
		s.queries[i] = (struct fetch){ .entity = { .table = tabs[i]->table->name } };
		s.readings[i] = reading_of(&s.p[i], &s.queries[i]);
	}
	return s;
}

static void pulls_release(struct pulls *s)
{
	for (size_t i = 0; i < s->n; i++)
		pulling_release(&s->p[i]);
}

/* What it makes on the page is released before whoever calls it rewinds. */
static bool pull_all(struct job *j, enum side side, struct tab *const *tabs, size_t n,
		     struct err *e)
{
	DEFER(pulls_release) struct pulls s = pulls_make(j, side, tabs, n);

	return read_many(&j->reader, s.readings, n, NULL, e);
}

bool pull_tabs(struct job *j, enum side side, struct tab *const *tabs, size_t n, struct err *e)
{
	struct arena_mark mark = arena_mark(j->page);
	bool ok = pull_all(j, side, tabs, n, e);

	arena_rewind(j->page, mark);
	return ok;
}

/* The schema's filter, or all rows. */
static bool query_of(struct job *j, const struct tab *t, struct fetch *out, struct err *e)
{
	const struct schema_entity *en = t->entity;

	if (en->filter.n == 0)
		return true;
	if (!fetch_parse(j->page, en->filter, j->schema->name, en->filter_line, out, e))
		return err_wrap(e, "the filter of %.*s", STR_ARG(en->name));
	if (!str_eq(out->entity.table, en->name))
		return err_set(e, ERR_INPUT, "%s:%u: the filter of %.*s asks for rows of %.*s",
			       j->schema->name, out->entity.line, STR_ARG(en->name),
			       STR_ARG(out->entity.table));
	return true;
}

static bool fail_tab(const struct tab *t, struct err *e)
{
	return err_wrap(e, "exporting %.*s", STR_ARG(t->entity->name));
}

/* What a service finds wrong with a question is wrong with the filter, if there is one. */
static bool blame(struct job *j, const struct pulls *s, const struct read_query *failed,
		  struct err *e)
{
	if (!failed)
		return false;

	const struct schema_entity *en = s->p[failed - s->readings].tab->entity;

	if (e->kind == ERR_INPUT && en->filter.n > 0)
		err_wrap(e, "%s:%u: the filter", j->schema->name, en->filter_line);
	return fail_tab(s->p[failed - s->readings].tab, e);
}

static bool pull_rows(struct job *j, enum side side, struct err *e)
{
	struct tab **tabs = arena_array(j->page, struct tab *, j->tabs.n);
	const struct read_query *failed;

	for (size_t i = 0; i < j->tabs.n; i++)
		tabs[i] = &j->tabs.p[i];

	DEFER(pulls_release) struct pulls s = pulls_make(j, side, tabs, j->tabs.n);

	for (size_t i = 0; i < s.n; i++)
		if (!query_of(j, tabs[i], &s.queries[i], e) || !go_on(&s.p[i], e))
			return fail_tab(tabs[i], e);
	return read_many(&j->reader, s.readings, s.n, &failed, e) || blame(j, &s, failed, e);
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

bool pull_entities(struct job *j, enum side side, struct err *e)
{
	struct arena_mark mark = arena_mark(j->page);
	bool ok = pull_rows(j, side, e);

	arena_rewind(j->page, mark);
	for (size_t i = 0; ok && i < j->tabs.n; i++) {
		struct tab *t = &j->tabs.p[i];
		struct following f = { .j = j, .side = side, .tab = t };

		ok = (parties_pull_side(j, side, t, e) &&
		      (t->nrelationships == 0 || job_each_part(j, side, t, NULL, follow, &f, e))) ||
		     fail_tab(t, e);
	}
	return ok;
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
	const struct column *ends[2];
	struct pairing p = { .j = j, .side = side, .rel = rel };

	return tab_relationship_ends(rel, ends, e) &&
	       read_rows_by_id(&j->reader, rel->intersect, ends[0]->name, ids, n, ends,
			       COUNT_OF(ends), take_pair, &p, e);
}

bool pull_links_to(struct job *j, enum side side, const struct tab_relationship *rel,
		   const struct guid *ids, size_t n, struct err *e)
{
	const struct column *ends[2];
	struct pairing p = { .j = j, .side = side, .rel = rel };

	return tab_relationship_ends(rel, ends, e) &&
	       read_rows_by_id(&j->reader, rel->intersect, ends[1]->name, ids, n, ends,
			       COUNT_OF(ends), take_pair, &p, e);
}

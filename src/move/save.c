/* SPDX-License-Identifier: MIT */
/*
 * Saving. Rows come out of the run file in the platform's order, and so do links: for each row its
 * relationships in the schema's order (facts/cmt-format.md 3.7). The links of every relationship are one
 * sorted list, so all of them are walked beside the rows, once.
 */
#include "move/save.h"

#include "base/limits.h"
#include "base/vec.h"
#include "dv/package.h"
#include "move/file_package.h"
#include "move/origin.h"
#include "move/refer.h"

#include "base/banned.h"

/* The pairs of one relationship, of which the next one is known. */
struct pairs {
	const struct schema_relationship *relationship;
	struct run_cursor cursor;
	struct guid source, target;
	bool more;
};

struct saving {
	struct job *j;
	struct package_writer *writer;
	const struct tab *tab;
	bool plain;
	uint64_t rows, total;
	struct pairs *pairs; /* one per relationship of the tab */
	struct buf text;     /* images of a row */
};

static bool write_row(void *context, const struct run_row *row, struct value *values, struct err *e)
{
	struct saving *s = context;
	const struct progress *p = s->j->progress;

	s->rows++;
	if (p && p->step)
		p->step(p->context, "writing the package", s->tab->entity->name, s->rows, s->total);
	if (p && p->cancelled && p->cancelled(p->context))
		return err_set(e, ERR_CANCELLED, "cancelled; no package was written");
	return (s->plain || refer_collect(s->j, s->tab, values, e)) &&
	       file_package_values(s->j, s->tab, values, &s->text, e) &&
	       package_write_row(s->writer, row->id, values, e);
}

static bool next_pair(struct pairs *p, struct err *e)
{
	return run_next_link(&p->cursor, &p->source, &p->target, &p->more, e);
}

static bool write_pairs(struct saving *s, struct pairs *p, struct guid source, struct err *e)
{
	VEC(struct guid) targets = { 0 };

	while (p->more && guid_cmp_sql(p->source, source) < 0)
		if (!next_pair(p, e))
			return false;
	while (p->more && guid_eq(p->source, source)) {
		*VEC_PUSH(s->j->page, &targets) = p->target;
		if (!next_pair(p, e))
			return false;
	}
	return package_write_link(s->writer, p->relationship, source, targets.p, targets.n, e);
}

static bool write_links_of(void *context, const struct run_row *row, struct err *e)
{
	struct saving *s = context;

	for (size_t i = 0; i < s->tab->nrelationships; i++)
		if (!write_pairs(s, &s->pairs[i], row->id, e))
			return false;
	return true;
}

static bool open_pairs(struct saving *s, struct err *e)
{
	for (size_t i = 0; i < s->tab->nrelationships; i++) {
		const struct tab_relationship *rel = &s->tab->relationships[i];
		s->pairs[i].relationship = rel->relationship;
		if (!run_links(s->j->run, SIDE_SOURCE, rel->rel, &s->pairs[i].cursor, e) ||
		    !next_pair(&s->pairs[i], e))
			return false;
	}
	return true;
}

static void close_pairs(struct saving *s)
{
	for (size_t i = 0; i < s->tab->nrelationships; i++)
		run_cursor_close(&s->pairs[i].cursor);
}

static bool write_links(struct saving *s, struct err *e)
{
	struct arena_mark mark = arena_mark(s->j->page);

	if (s->tab->nrelationships == 0)
		return true;
	s->pairs = arena_array(s->j->page, struct pairs, s->tab->nrelationships);
	bool ok = open_pairs(s, e) && job_each_row(s->j, SIDE_SOURCE, s->tab, write_links_of, s, e);
	close_pairs(s);
	arena_rewind(s->j->page, mark);
	return ok;
}

static bool write_tab(struct saving *s, const struct tab *t, struct err *e)
{
	s->tab = t;
	s->rows = 0;
	return run_count_rows(s->j->run, SIDE_SOURCE, t->number, &s->total, e) &&
	       package_write_table(s->writer, t->entity, e) &&
	       job_each_values(s->j, SIDE_SOURCE, t, write_row, s, e) && write_links(s, e);
}

static void release(struct saving *s)
{
	buf_release(&s->text);
}

bool save_package(struct job *j, const char *path, bool plain, struct datetime now, struct err *e)
{
	DEFER(package_writer_close) struct package_writer *writer = NULL;

	if (!package_create(&writer, j->arena, path, j->schema, package_form_today(j->arena, now),
			    e))
		return err_wrap(e, "writing %s", path);
	DEFER(release) struct saving s = {
		.j = j, .writer = writer, .plain = plain, .text = buf_make(LIMIT_XML_VALUE)
	};
	for (size_t i = 0; i < j->tabs.n; i++)
		if (!write_tab(&s, &j->tabs.p[i], e))
			return err_wrap(e, "writing %s", path);
	if (!file_package_save(j, writer, e))
		return err_wrap(e, "writing %s", path);
	if (!plain && (!refer_write(j, writer, e) || !origin_save(j, writer, now, e)))
		return false;
	return package_finish(writer, e) || err_wrap(e, "writing %s", path);
}

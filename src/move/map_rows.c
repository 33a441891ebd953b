/* SPDX-License-Identifier: MIT */
/*
 * A map file and the two environments that it is about. What is wrong with an entry is a problem that names its line; all of them
 * are told.
 */
#include "move/map_rows.h"

#include "base/map.h"
#include "base/vec.h"
#include "move/called.h"
#include "move/journal.h"
#include "move/map_file.h"
#include "move/run_reference.h"

#include "base/banned.h"

/* The source rows that an entry may mean. */
struct sources {
	struct guid ids[2];
	size_t n; /* different ones; beyond two not exact */
};

/* The entries of one table. */
struct mapping {
	struct job *j;
	const struct table *table; /* NULL: the target has no such table */
	struct str name;
	VEC(const struct map_entry *) entries;
	struct called *targets; /* of the entries, then of the default */
	struct sources *sources;
	struct map by_text;             /* entries whose source is no id */
	const struct map_default *rest; /* or NULL */
	uint64_t wrong;
};

static struct str source_of(const struct map_entry *entry)
{
	return entry->source.n > 0 ? entry->source : entry->name;
}

static bool tell(struct mapping *m, unsigned line, struct str source, struct str message,
		 struct err *e)
{
	struct problem p = {
		.severity = SEVERITY_ERROR,
		.table = m->name,
		.id = source,
		.message = str_fmt(m->j->page, "%s:%u: %.*s", m->j->decisions.map->name, line,
				   STR_ARG(message)),
		.remedy = S("correct the map file; \"ferry map check\" tells whether it fits"),
	};

	m->wrong++;
	return journal_put_problem(m->j->run, &p, e);
}

/* *good: the text is one row that may be taken. */
static bool judge(struct mapping *m, const struct called *c, unsigned line, struct str source,
		  bool *good, struct err *e)
{
	struct arena *page = m->j->page;
	struct str text = str_sub(c->text, 0, 200), message;

	*good = false;
	if (c->found.n == 0)
		message =
			str_fmt(page, "the target has no row of %.*s with id, key or name \"%.*s\"",
				STR_ARG(m->name), STR_ARG(text));
	else if (c->found.n > 1)
		message = str_fmt(page, "several rows of the target have the %.*s \"%.*s\": %.*s",
				  STR_ARG(c->column), STR_ARG(text),
				  STR_ARG(candidates_text(page, &c->found)));
	else if (c->found.unfit && c->found.unfit->never)
		message = str_fmt(page, "\"%.*s\" is %.*s, which is %.*s in the target",
				  STR_ARG(text), STR_ARG(candidates_text(page, &c->found)),
				  STR_ARG(c->found.unfit->called));
	else
		*good = true;
	return *good || tell(m, line, source, message, e);
}

static void add_source(struct sources *s, struct guid id)
{
	for (size_t i = 0; i < s->n && i < 2; i++)
		if (guid_eq(s->ids[i], id))
			return;
	if (s->n < 2)
		s->ids[s->n] = id;
	s->n++;
}

/* The columns of a tab by whose text a person may know a row. */
static bool is_calling(const struct tab *t, size_t column)
{
	struct str name = t->columns[column].name;

	if (str_eq(name, t->table->primary_name))
		return true;
	for (size_t i = 0; t->known && i < t->known->nrows; i++)
		for (size_t k = 0; k < t->known->rows[i].nkeys; k++)
			if (t->known->rows[i].keys[k].n == 1 &&
			    str_eq(t->known->rows[i].keys[k].columns[0], name))
				return true;
	return false;
}

struct calling {
	struct mapping *m;
	const struct tab *t;
};

static bool take_row(void *context, const struct run_row *row, struct value *values, struct err *e)
{
	struct calling *c = context;
	uint32_t index;

	(void)e;
	for (size_t i = 0; i < c->t->nfields; i++)
		if (values[i].kind == VALUE_TEXT && is_calling(c->t, i) &&
		    map_get(&c->m->by_text, values[i].text, &index))
			add_source(&c->m->sources[index], row->id);
	return true;
}

/* The source rows that are meant by their names, among those of the package and those pointed to. */
static bool find_sources(struct mapping *m, struct err *e)
{
	const struct tab *t = tabs_find(&m->j->tabs, m->name);
	struct calling c = { m, t };
	bool any = false;

	m->by_text = map_make(m->j->arena);
	m->sources = arena_array(m->j->arena, struct sources, m->entries.n);
	for (size_t i = 0; i < m->entries.n; i++) {
		struct str text = source_of(m->entries.p[i]);
		struct guid id, ids[2];
		uint32_t index = (uint32_t)i;
		size_t n;

		if (guid_parse(text, &id)) {
			add_source(&m->sources[i], id);
			continue;
		}
		if (!run_references_called(m->j->run, m->name, text, ids, &n, e))
			return false;
		for (size_t k = 0; k < n; k++)
			add_source(&m->sources[i], k < 2 ? ids[k] : ids[1]);
		any = map_put(&m->by_text, text, &index) || any;
	}
	return !any || !t || job_each_values(m->j, SIDE_SOURCE, t, take_row, &c, e);
}

static bool put_entry(struct mapping *m, size_t i, struct err *e)
{
	const struct map_entry *entry = m->entries.p[i];
	const struct sources *s = &m->sources[i];
	struct str source = source_of(entry);
	bool good;

	if (entry->target.n == 0)
		return true;
	if (!judge(m, &m->targets[i], entry->line, source, &good, e))
		return false;
	if (s->n > 1)
		return tell(m, entry->line, source,
			    str_fmt(m->j->page,
				    "several rows of the source are called \"%.*s\": %.*s, %.*s%s",
				    STR_ARG(str_sub(source, 0, 200)),
				    STR_ARG(guid_text(m->j->page, s->ids[0])),
				    STR_ARG(guid_text(m->j->page, s->ids[1])),
				    s->n > 2 ? ", ..." : ""),
			    e);
	return !good || s->n == 0 ||
	       run_put_map(m->j->run, m->name, s->ids[0], m->targets[i].found.ids[0], S(MAP_HOW),
			   e);
}

static struct str default_header(struct arena *a, struct str table)
{
	return str_fmt(a, "map default %.*s", STR_ARG(table));
}

static bool put_default(struct mapping *m, struct err *e)
{
	struct called *c = &m->targets[m->entries.n];
	struct arena *page = m->j->page;
	bool good;

	if (!m->rest)
		return true;
	if (!judge(m, c, m->rest->line, S("default"), &good, e))
		return false;
	return !good || run_set_header(m->j->run, default_header(page, m->name),
				       guid_text(page, c->found.ids[0]), e);
}

static bool map_table(struct mapping *m, struct err *e)
{
	struct arena_mark mark;

	if (!m->table)
		return tell(m, m->entries.n > 0 ? m->entries.p[0]->line : m->rest->line, S(""),
			    str_fmt(m->j->page, "the target has no table %.*s", STR_ARG(m->name)),
			    e);
	m->targets = arena_array(m->j->arena, struct called, m->entries.n + 1);
	for (size_t i = 0; i < m->entries.n; i++)
		m->targets[i].text = m->entries.p[i]->target;
	m->targets[m->entries.n].text = m->rest ? m->rest->target : S("");
	mark = arena_mark(m->j->page);
	if (!called_find(m->j, m->table, m->targets, m->entries.n + 1, e) || !find_sources(m, e))
		return false;
	for (size_t i = 0; i < m->entries.n; i++) {
		if (!put_entry(m, i, e))
			return false;
		arena_rewind(m->j->page, mark);
	}
	return put_default(m, e);
}

/* The tables of a map file, in its order. */
struct mappings {
	VEC(struct mapping) p;
	struct map by_name;
};

static struct mapping *mapping_of(struct job *j, struct mappings *all, struct str table)
{
	uint32_t index = (uint32_t)all->p.n;

	if (map_put(&all->by_name, table, &index))
		*VEC_PUSH(j->arena, &all->p) = (struct mapping){ .j = j, .name = table };
	return &all->p.p[index];
}

static bool gather(struct job *j, struct mappings *all, struct err *e)
{
	const struct map_file *file = j->decisions.map;
	VEC(struct str) names = { 0 };

	all->by_name = map_make(j->arena);
	for (size_t i = 0; i < file->n; i++) {
		struct mapping *m = mapping_of(j, all, file->entries[i].table);

		*VEC_PUSH(j->arena, &m->entries) = &file->entries[i];
	}
	for (size_t i = 0; i < file->ndefaults; i++)
		mapping_of(j, all, file->defaults[i].table)->rest = &file->defaults[i];
	for (size_t i = 0; i < all->p.n; i++)
		*VEC_PUSH(j->arena, &names) = all->p.p[i].name;
	if (!read_definitions(&j->reader, j->catalog, names.p, names.n, e))
		return false;
	for (size_t i = 0; i < all->p.n; i++)
		all->p.p[i].table = catalog_find(j->catalog, all->p.p[i].name);
	return true;
}

bool map_rows(struct job *j, uint64_t *wrong, struct err *e)
{
	struct mappings all = { 0 };
	uint64_t n = 0;

	*wrong = 0;
	if (!j->decisions.map)
		return true;
	if (!gather(j, &all, e))
		return false;
	for (size_t i = 0; i < all.p.n; i++) {
		if (!map_table(&all.p.p[i], e))
			return err_wrap(e, "%s: table %.*s", j->decisions.map->name,
					STR_ARG(all.p.p[i].name));
		n += all.p.p[i].wrong;
	}
	*wrong = n;
	return true;
}

bool map_rows_default(struct job *j, struct str table, struct guid *target, bool *found,
		      struct err *e)
{
	struct str text = { 0 };

	*found = false;
	if (!j->decisions.map || j->decisions.map->ndefaults == 0)
		return true;
	if (!run_get_header(j->run, j->page, default_header(j->page, table), &text, found, e))
		return false;
	*found = *found && guid_parse(text, target);
	return true;
}

/* Whether the source has the row, or points to it. */
static bool is_used(struct mapping *m, const struct sources *s, bool *used, struct err *e)
{
	const struct tab *t = tabs_find(&m->j->tabs, m->name);
	struct str label, why;

	*used = false;
	if (s->n == 0)
		return true;
	if (t && !run_has_row(m->j->run, SIDE_SOURCE, t->number, s->ids[0], used, e))
		return false;
	return *used ||
	       run_get_reference(m->j->run, m->j->page, m->name, s->ids[0], &label, &why, used, e);
}

bool map_rows_unused(struct job *j, uint64_t *unused, struct err *e)
{
	struct mappings all = { 0 };

	*unused = 0;
	if (!gather(j, &all, e))
		return false;
	for (size_t i = 0; i < all.p.n; i++) {
		struct mapping *m = &all.p.p[i];

		if (!find_sources(m, e))
			return false;
		for (size_t k = 0; k < m->entries.n; k++) {
			bool used;

			if (!is_used(m, &m->sources[k], &used, e) ||
			    (!used &&
			     !tell(m, m->entries.p[k]->line, source_of(m->entries.p[k]),
				   S("the package neither has this row nor points to it"), e)))
				return false;
		}
		*unused += m->wrong;
	}
	return true;
}

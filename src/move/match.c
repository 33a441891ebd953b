/* SPDX-License-Identifier: MIT */
/*
 * Matching, table by table: first the tables whose rows are parts of other tables' keys. For a table the
 * candidates are pulled into the target side, then every source row is decided on its own (match_row.c), then what
 * several of them share is told (match_shared.c).
 */
#include "move/match.h"

#include "move/keys_find.h"
#include "move/map_file.h"
#include "move/map_rows.h"
#include "move/match_row.h"
#include "move/pull.h"

#include "base/banned.h"

/* Rows whose keys are made of rows of their own table are decided level by level; so many levels at most. */
#define PASSES 100

struct matching_all {
	struct job *j;
	struct match_keys *keys; /* of each tab */
	uint64_t *totals;        /* rows in the target, as far as it tells */
	bool *done;
	uint64_t conflicts;
};

/* The ids of source rows, and what the map file has instead. */
static bool pull_part(void *context, const struct guid *ids, size_t n, struct err *e)
{
	struct matching *m = context;
	struct tab *t = m->keys->tab;
	struct arena_mark mark = arena_mark(m->j->page);
	struct guid *wanted = arena_array(m->j->page, struct guid, 2 * n + 1);
	size_t nwanted = 0;

	for (size_t i = 0; i < n; i++) {
		bool found = false;

		if (!t->entity->force_create)
			wanted[nwanted++] = ids[i];
		if (m->mapped &&
		    !run_get_map(m->j->run, t->table->name, ids[i], &wanted[nwanted], &found, e))
			return false;
		nwanted += found;
	}
	if (m->mapped) {
		bool found = false;

		if (!map_rows_default(m->j, t->table->name, &wanted[nwanted], &found, e))
			return false;
		nwanted += found;
	}
	for (size_t at = 0; at < nwanted; at += JOB_PART) {
		size_t part = nwanted - at < JOB_PART ? nwanted - at : JOB_PART;

		if (!pull_ids(m->j, SIDE_TARGET, t, wanted + at, part, e))
			return false;
	}
	arena_rewind(m->j->page, mark);
	return true;
}

/*
 * The rows that may be meant. A table that is not much larger than its part in the package is read whole: that
 * takes fewer requests, and spares the service a search for every key.
 */
static bool is_read_whole(const struct tab *t, const uint64_t *totals)
{
	return !t->entity->force_create && totals[t->number] <= 4 * t->read + 100;
}

static bool pull_whole(struct matching_all *all, struct err *e)
{
	struct job *j = all->j;
	struct tab **tabs = arena_array(j->page, struct tab *, j->tabs.n);
	size_t n = 0;

	for (size_t i = 0; i < j->tabs.n; i++)
		if (is_read_whole(&j->tabs.p[i], all->totals))
			tabs[n++] = &j->tabs.p[i];
	return pull_tabs(j, SIDE_TARGET, tabs, n, e);
}

static bool ask_row(void *context, const struct run_row *row, struct value *values, struct err *e)
{
	(void)row;
	return key_asking_row(context, values, e);
}

static bool pull_keys(struct matching *m, struct err *e)
{
	const struct decisions *d = &m->j->decisions;
	struct tab *t = m->keys->tab;
	DEFER(key_asking_release) struct key_asking ask =
		key_asking_make(m->j, m->keys, SIDE_TARGET);
	struct fetch all = { .entity = { .table = t->table->name } };

	if (keys_need_all(m->keys))
		return pull_query(m->j, SIDE_TARGET, t, &all, e);
	for (size_t i = 0; i < d->nadopt; i++)
		if (str_eq(d->adopt[i].table, t->table->name) &&
		    !key_asking_name(&ask, d->adopt[i].name, e))
			return false;
	return m->keys->n == 0 || (job_each_values(m->j, SIDE_SOURCE, t, ask_row, &ask, e) &&
				   key_asking_rest(&ask, e));
}

static bool is_mapped(const struct job *j, struct str table)
{
	const struct map_file *map = j->decisions.map;

	for (size_t i = 0; map && i < map->n; i++)
		if (str_eq(map->entries[i].table, table))
			return true;
	for (size_t i = 0; map && i < map->ndefaults; i++)
		if (str_eq(map->defaults[i].table, table))
			return true;
	return false;
}

/* Only when the tables are matched whose rows are parts of its keys, can those be asked for. */
static bool pull_candidates(struct matching *m, bool whole, struct err *e)
{
	struct tab *t = m->keys->tab;

	if (whole)
		return true;
	if ((m->mapped || !t->entity->force_create) && m->pass == 0 &&
	    !job_each_part(m->j, SIDE_SOURCE, t, NULL, pull_part, m, e))
		return false;
	return pull_keys(m, e);
}

static bool match_pass(struct matching *m, bool whole, struct err *e)
{
	m->waiting = 0;
	/* Rows that were pulled since stand under no key yet. */
	m->folded = false;
	if (!pull_candidates(m, whole, e) ||
	    ((m->pass == 0 || !whole) && !keys_index(m->j, m->keys, SIDE_TARGET, false, e)))
		return false;
	if (m->pass == 0 && !match_adopt(m, e))
		return false;
	return job_each_values(m->j, SIDE_SOURCE, m->keys->tab, match_row, m, e);
}

static bool match_tab(struct matching_all *all, struct tab *t, struct err *e)
{
	struct matching m = { .j = all->j,
			      .keys = &all->keys[t->number],
			      .mapped = is_mapped(all->j, t->table->name) };
	bool whole = is_read_whole(t, all->totals);
	uint64_t waited = UINT64_MAX;

	if (!match_pass(&m, whole, e))
		return false;
	while (m.waiting > 0) {
		m.last = m.waiting == waited || m.pass + 1 >= PASSES;
		waited = m.waiting;
		m.pass++;
		if (!match_pass(&m, whole, e))
			return false;
	}
	if (!match_shared(&m, e) || !match_cmt_tell(&m, e))
		return false;
	all->conflicts += m.conflicts;
	return true;
}

/* Whether a column of a key is a lookup to another tab that is not matched yet. */
static bool waits_for(const struct matching_all *all, const struct tab *t, size_t column)
{
	const struct column *c = t->columns[column].column;

	for (size_t i = 0; i < c->ntargets; i++) {
		const struct tab *to = tabs_find(&all->j->tabs, c->targets[i]);
		if (to && to != t && !all->done[to->number])
			return true;
	}
	return false;
}

static bool waits(const struct matching_all *all, const struct tab *t)
{
	const struct match_keys *keys = &all->keys[t->number];

	for (size_t i = 0; i < keys->n; i++)
		for (size_t k = 0; k < keys->p[i].n; k++)
			if (waits_for(all, t, keys->p[i].columns[k]))
				return true;
	return false;
}

/* The first that waits for none; the first at all when they wait for each other. */
static struct tab *next_tab(struct matching_all *all)
{
	struct tab *first = NULL;

	for (size_t i = 0; i < all->j->tabs.n; i++) {
		struct tab *t = &all->j->tabs.p[i];
		if (all->done[i])
			continue;
		if (!waits(all, t))
			return t;
		if (!first)
			first = t;
	}
	return first;
}

static bool ask_totals(struct matching_all *all, struct err *e)
{
	struct tabs *tabs = &all->j->tabs;
	struct str *names = arena_array(all->j->page, struct str, tabs->n);

	for (size_t i = 0; i < tabs->n; i++)
		names[i] = tabs->p[i].table->name;
	return read_counts(&all->j->reader, names, tabs->n, all->totals, e);
}

bool match_rows(struct job *j, uint64_t *conflicts, struct err *e)
{
	DEFER(collate_close) struct collate *fold = NULL;
	struct matching_all all = { .j = j };

	all.keys = arena_array(j->arena, struct match_keys, j->tabs.n);
	all.totals = arena_array(j->arena, uint64_t, j->tabs.n);
	all.done = arena_array(j->arena, bool, j->tabs.n);
	if (!keys_check(j, e) || !collate_open(&fold, j->arena, LENIENT_LCID, e))
		return false;
	for (size_t i = 0; i < j->tabs.n; i++)
		keys_make(j, &j->tabs.p[i], fold, &all.keys[i]);
	if (!ask_totals(&all, e) || !pull_whole(&all, e))
		return false;
	for (size_t left = j->tabs.n; left > 0; left--) {
		struct tab *t = next_tab(&all);
		assert(t);
		if (!match_tab(&all, t, e))
			return err_wrap(e, "matching %.*s", STR_ARG(t->table->name));
		all.done[t->number] = true;
	}
	*conflicts = all.conflicts;
	return run_clear_keyed(j->run, e);
}

/* SPDX-License-Identifier: MIT */
/*
 * Pruning. That a row or pair is not in the package means that it is not in the source only if whoever read the source saw all of
 * it, and if the package was understood as a whole; and only what the target shows in full can be told to be needed by nothing.
 */
#include "move/prune.h"

#include "move/file_pull.h"
#include "move/graph.h"
#include "move/journal.h"
#include "move/prune_keep.h"
#include "move/prune_rows.h"
#include "move/pull.h"
#include "move/sight.h"
#include "move/states.h"

#include "base/banned.h"

static struct str add_name(struct job *j, struct str list, struct str name)
{
	return str_fmt(j->page, "%.*s%s%.*s", STR_ARG(list), list.n > 0 ? ", " : "", STR_ARG(name));
}

static bool is_complete(const struct job *j, const struct tab *t)
{
	const struct package_origin_table *told =
		j->origin ? package_origin_find(j->origin, t->entity->name) : NULL;

	return told && told->complete;
}

/* What inactive means is asked for once, and kept with the run. */
static bool read_states(struct job *j, struct err *e)
{
	for (size_t i = 0; j->decisions.prune == PRUNE_DEACTIVATE && i < j->tabs.n; i++)
		if (!states_read(j, j->tabs.p[i].table->name, e))
			return false;
	return true;
}

static bool check_source(struct job *j, struct err *e)
{
	struct str partial = { 0 };

	if (!j->origin)
		return err_set(
			e, ERR_CONFLICT,
			"nothing was written: the package does not tell whether it has every row of its "
			"tables, so nothing can be pruned by it; export it with ferry, without --plain");
	for (size_t i = 0; i < j->tabs.n; i++)
		if (prune_may_remove(j, &j->tabs.p[i]) && !is_complete(j, &j->tabs.p[i]))
			partial = add_name(j, partial, j->tabs.p[i].entity->name);
	return partial.n == 0 ||
	       err_set(e, ERR_CONFLICT,
		       "nothing was written: nothing can be pruned, because whoever exported the package did "
		       "not see every row of %.*s; export it as somebody who may read all of them",
		       STR_ARG(str_sub(partial, 0, 1000)));
}

/* A row that could not be loaded would seem to be lacking. */
static bool check_loaded(struct job *j, struct err *e)
{
	struct str bad = { 0 };

	for (size_t i = 0; i < j->tabs.n; i++) {
		const struct tab *t = &j->tabs.p[i];
		uint64_t loaded;

		if (!run_count_rows(j->run, SIDE_SOURCE, t->number, &loaded, e))
			return false;
		if (loaded < t->read)
			bad = add_name(j, bad, t->entity->name);
	}
	return bad.n == 0 ||
	       err_set(e, ERR_CONFLICT,
		       "nothing was written: nothing can be pruned, because the package has rows that cannot be "
		       "read, of %.*s; correct them first",
		       STR_ARG(str_sub(bad, 0, 1000)));
}

static bool check_target(struct job *j, struct err *e)
{
	struct str *names = arena_array(j->page, struct str, j->tabs.n);
	bool *whole = arena_array(j->page, bool, j->tabs.n);
	struct str hidden = { 0 };

	for (size_t i = 0; i < j->tabs.n; i++)
		names[i] = j->tabs.p[i].table->name;
	if (!sight_whole(j, names, j->tabs.n, whole, e))
		return false;
	for (size_t i = 0; i < j->tabs.n; i++)
		if (!whole[i] && prune_may_remove(j, &j->tabs.p[i]))
			hidden = add_name(j, hidden, names[i]);
	return hidden.n == 0 ||
	       err_set(e, ERR_CONFLICT,
		       "nothing was written: nothing can be pruned, because %s does not show the user every row "
		       "of %.*s; run it as somebody who may read all of them",
		       j->service->label, STR_ARG(str_sub(hidden, 0, 1000)));
}

/* Pairs of one relationship while they are looked through. */
struct unlinking {
	struct job *j;
	const struct tab *tab;
	const struct tab_relationship *rel;
	/* the same relationship from its other side, if the schema has it there, too; else NULL */
	const struct tab *mirror_tab;
	const struct tab_relationship *mirror;
};

static void find_mirror(struct unlinking *u, const struct tab *other)
{
	u->mirror = NULL;
	u->mirror_tab = other;
	for (size_t i = 0; other && other != u->tab && i < other->nrelationships; i++)
		if (str_eq(other->relationships[i].link->schema_name, u->rel->link->schema_name))
			u->mirror = &other->relationships[i];
}

/* Whether the package has the pair, from either side; or it is planned from the other one. */
static bool is_settled(struct unlinking *u, struct guid from, struct guid to, bool *yes,
		       struct err *e)
{
	struct run *r = u->j->run;

	if (!run_has_link(r, SIDE_WANTED, u->rel->rel, from, to, yes, e))
		return false;
	if (*yes || !u->mirror)
		return true;
	if (u->mirror->rel < u->rel->rel && is_complete(u->j, u->mirror_tab)) {
		*yes = true;
		return true;
	}
	return run_has_link(r, SIDE_WANTED, u->mirror->rel, to, from, yes, e);
}

static bool take_pair(void *context, struct guid from, struct guid to, struct err *e)
{
	struct unlinking *u = context;
	struct run *r = u->j->run;
	const struct many_to_many *link = u->rel->link;
	struct str other = u->rel->source_is_first ? link->table2 : link->table1;
	struct change c = { .kind = CHANGE_UNLINK, .tab = u->rel->rel, .id = from, .other = to };
	bool found, settled;

	if (!run_get_map_back(r, u->tab->table->name, from, &c.origin, &found, e) ||
	    (found && !run_has_row(r, SIDE_SOURCE, u->tab->number, c.origin, &found, e)))
		return false;
	if (!found)
		return true;
	if (!run_get_map_back(r, other, to, &c.other_origin, &found, e))
		return false;
	if (!found)
		return true;
	return is_settled(u, from, to, &settled, e) && (settled || journal_put_change(r, &c, e));
}

static bool prune_pairs(struct job *j, const struct tab *t, struct err *e)
{
	struct unlinking u = { .j = j, .tab = t };

	for (size_t i = 0; is_complete(j, t) && i < t->nrelationships; i++) {
		const struct many_to_many *link = t->relationships[i].link;

		u.rel = &t->relationships[i];
		find_mirror(&u, tabs_find(&j->tabs,
					  u.rel->source_is_first ? link->table2 : link->table1));
		if (!job_each_link(j, SIDE_TARGET, u.rel->rel, take_pair, &u, e))
			return false;
	}
	return true;
}

static bool check_number(struct job *j, struct err *e)
{
	static const enum change_kind kinds[] = { CHANGE_UNLINK, CHANGE_DELETE, CHANGE_DEACTIVATE };
	uint64_t n, all = 0;

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		if (!journal_count(j->run, kinds[i], CHANGE_PLANNED, &n, e))
			return false;
		all += n;
	}
	return !j->decisions.has_max_delete || all <= j->decisions.max_delete ||
	       err_set(e, ERR_CONFLICT,
		       "nothing was written: %llu rows and pairs would be removed, and at most %llu may be; look "
		       "at them with --dry-run, then allow more with --max-delete",
		       (unsigned long long)all, (unsigned long long)j->decisions.max_delete);
}

/* Pairs go with the rows that are deleted: one end of a relationship at a time. */
struct losing {
	struct job *j;
	const struct tab *tab;
	const struct tab_relationship *rel;
	bool second;
};

static bool is_deleted(void *context, const struct run_row *row, bool *yes, struct err *e)
{
	struct losing *l = context;
	struct arena_mark mark = arena_mark(l->j->page);
	int64_t number;
	bool ok = graph_find_delete(l->j->run, l->tab->number, row->id, &number, e);

	*yes = ok && number != 0;
	arena_rewind(l->j->page, mark);
	return ok;
}

static bool pull_lost(void *context, const struct guid *ids, size_t n, struct err *e)
{
	struct losing *l = context;

	return l->second ? pull_links_to(l->j, SIDE_TARGET, l->rel, ids, n, e)
			 : pull_links(l->j, SIDE_TARGET, l->rel, ids, n, e);
}

/* What the deleted rows were linked with comes back when the run is undone. */
static bool pull_lost_pairs(struct job *j, struct err *e)
{
	struct losing l = { .j = j };

	for (size_t i = 0; i < j->tabs.n; i++)
		for (size_t k = 0; k < j->tabs.p[i].nrelationships; k++) {
			const struct tab_relationship *rel = &j->tabs.p[i].relationships[k];
			struct str other =
				rel->source_is_first ? rel->link->table2 : rel->link->table1;

			l.rel = rel;
			l.second = false;
			l.tab = &j->tabs.p[i];
			if (!job_each_part(j, SIDE_TARGET, l.tab, is_deleted, pull_lost, &l, e))
				return false;
			l.second = true;
			l.tab = tabs_find(&j->tabs, other);
			if (l.tab &&
			    !job_each_part(j, SIDE_TARGET, l.tab, is_deleted, pull_lost, &l, e))
				return false;
		}
	return true;
}

bool prune_plan(struct job *j, struct err *e)
{
	if (j->decisions.prune == PRUNE_NONE)
		return true;
	if (!read_states(j, e) || !check_source(j, e) || !check_loaded(j, e) ||
	    !check_target(j, e) || !run_clear_side(j->run, SIDE_NOW, e))
		return false;
	for (size_t i = 0; i < j->tabs.n; i++) {
		struct tab *t = &j->tabs.p[i];

		if ((prune_may_remove(j, t) && !prune_rows(j, t, e)) || !prune_pairs(j, t, e))
			return err_wrap(e, "pruning %.*s", STR_ARG(t->table->name));
	}
	/* files come back with their rows when the run is undone */
	return prune_keep_needed(j, e) && check_number(j, e) && file_pull_deleted(j, e) &&
	       (j->decisions.prune != PRUNE_DELETE || pull_lost_pairs(j, e));
}

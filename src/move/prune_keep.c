/* SPDX-License-Identifier: MIT */
/*
 * Everything that points to the rows is asked for, whatever its table. An edge stands for each pointer that goes first, so that
 * what is needed by a row that stays after all is found to the end of the chain, and so that nothing is removed when what
 * should have let go of it failed.
 */
#include "move/prune_keep.h"

#include "move/attached.h"
#include "move/graph.h"
#include "move/journal.h"
#include "move/prune_rows.h"

#include "base/banned.h"

#define NO_COLUMN UINT32_MAX
/* Rows of a table that are told one by one. */
#define TELL_ROWS 20

struct keeping {
	struct job *j;
	struct attached *attached;
	struct tab *tab; /* of the rows that are asked about */
	uint64_t *kept;  /* by number of tab */
};

static bool tell(struct keeping *k, const struct change *c, struct str message, struct err *e)
{
	const struct tab *t = &k->j->tabs.p[c->tab];
	struct problem p = {
		.severity = SEVERITY_WARNING,
		.table = t->table->name,
		.id = guid_text(k->j->page, c->id),
		.message = message,
		.remedy = S("remove or change what needs it, then run the import again"),
	};

	return k->kept[c->tab]++ >= TELL_ROWS || journal_put_problem(k->j->run, &p, e);
}

static bool tell_more(struct keeping *k, struct err *e)
{
	for (size_t i = 0; i < k->j->tabs.n; i++) {
		if (k->kept[i] <= TELL_ROWS)
			continue;

		struct problem p = {
			.severity = SEVERITY_WARNING,
			.table = k->j->tabs.p[i].table->name,
			.message = str_fmt(
				k->j->page,
				"%llu more rows that the source lacks stay, because others need them",
				(unsigned long long)(k->kept[i] - TELL_ROWS)),
		};

		if (!journal_put_problem(k->j->run, &p, e))
			return false;
	}
	return true;
}

/* Pairs of the schema's relationships go with the row: the package would tell them. */
static bool is_of_schema(const struct keeping *k, struct str relationship)
{
	for (size_t i = 0; i < k->j->tabs.n; i++) {
		const struct tab *t = &k->j->tabs.p[i];

		for (size_t r = 0; r < t->nrelationships; r++)
			if (str_eq(t->relationships[r].link->schema_name, relationship))
				return true;
	}
	return false;
}

/* The planned update that makes the row point elsewhere; *number 0: none. */
static bool find_update(struct keeping *k, const struct tab *t, const struct attached_row *row,
			int64_t *number, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor cursor = { 0 };
	size_t column = tab_column(t, row->column);
	struct change c;
	bool more;

	*number = 0;
	if (!journal_row_changes(k->j->run, t->number, row->id, &cursor, e))
		return false;
	for (;;) {
		if (!journal_next_change(&cursor, &c, &more, e))
			return false;
		if (!more)
			return true;
		if (c.kind == CHANGE_UPDATE && c.state == CHANGE_PLANNED && column < c.columns.n &&
		    c.columns.p[column])
			*number = c.number;
	}
}

/* What goes or lets go before `removal`; *needed: something stays. */
static bool follow(struct keeping *k, int64_t removal, const struct attached_row *row, bool *needed,
		   struct err *e)
{
	const struct tab *t = tabs_find(&k->j->tabs, row->table);
	size_t column = t ? tab_column(t, row->column) : SIZE_MAX;
	int64_t before = 0;

	*needed = false;
	if (row->pair && is_of_schema(k, row->column))
		return true;
	if (t && !graph_find_removal(k->j->run, t->number, row->id, &before, e))
		return false;
	if (before != 0 && row->pair)
		return true;
	if (before != 0)
		return before == removal ||
		       graph_put_edge(k->j->run, removal, before,
				      column == SIZE_MAX ? NO_COLUMN : (uint32_t)column, e);
	if (t && !row->pair && !find_update(k, t, row, &before, e))
		return false;
	*needed = before == 0;
	return *needed || graph_put_edge(k->j->run, removal, before, NO_COLUMN, e);
}

static bool take_row(void *context, const struct attached_row *row, struct err *e)
{
	struct keeping *k = context;
	struct arena *page = k->j->page;
	struct arena_mark mark = arena_mark(page);
	struct change c = { .tab = k->tab->number, .id = row->pointed };
	int64_t removal;
	bool needed;

	if (!graph_find_removal(k->j->run, k->tab->number, row->pointed, &removal, e))
		return false;
	if (removal == 0)
		return true; /* stays already */
	if (!follow(k, removal, row, &needed, e))
		return false;
	if (!needed)
		return true;

	struct str message =
		str_fmt(page, "the source lacks the row, but it stays: %.*s %.*s %s %.*s",
			STR_ARG(row->table), STR_ARG(guid_text(page, row->id)),
			row->pair ? "is linked to it by" : "points to it by", STR_ARG(row->column));
	bool ok =
		journal_set_state(k->j->run, removal, CHANGE_SKIPPED, e) && tell(k, &c, message, e);

	arena_rewind(page, mark);
	return ok;
}

/* As many ids as one question takes. */
static bool ask_tab(struct keeping *k, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor cursor = { 0 };
	struct guid ids[READ_IDS];
	bool more = true;

	if (!journal_kind_changes(k->j->run, prune_kind(k->j), k->tab->number, &cursor, e))
		return false;
	while (more) {
		size_t n = 0;

		while (more && n < COUNT_OF(ids)) {
			struct change c;

			if (!journal_next_change(&cursor, &c, &more, e))
				return false;
			if (more && c.state == CHANGE_PLANNED)
				ids[n++] = c.id;
		}
		if (n > 0 &&
		    !attached_find(k->attached, k->tab->table->name, ids, n, take_row, k, e))
			return false;
	}
	return true;
}

static bool keep_chains(struct keeping *k, struct err *e)
{
	struct arena *page = k->j->page;
	int64_t *numbers;
	size_t n;

	if (!graph_skip_removals(k->j->run, page, &numbers, &n, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct arena_mark mark = arena_mark(page);
		struct change c, needs;
		bool found;

		if (!journal_get_change(k->j->run, numbers[i], &c, e) ||
		    !graph_broken_need(k->j->run, numbers[i], &needs, &found, e))
			return false;
		assert(found); /* that is why it is skipped */

		struct str message = str_fmt(
			page,
			"the source lacks the row, but it stays: %.*s %.*s, which stays too, points to it",
			STR_ARG(k->j->tabs.p[needs.tab].table->name),
			STR_ARG(guid_text(page, needs.id)));

		if (!tell(k, &c, message, e))
			return false;
		arena_rewind(page, mark);
	}
	return true;
}

static bool check_unread(struct keeping *k, struct err *e)
{
	const struct attached_unread *unread;
	struct str hidden = { 0 };
	size_t n;

	unread = attached_unread(k->attached, &n);
	for (size_t i = 0; i < n; i++) {
		struct problem p = {
			.severity = SEVERITY_WARNING,
			.table = unread[i].table,
			.message = str_fmt(
				k->j->page,
				"whether its rows point to rows that are removed is not known: %.*s",
				STR_ARG(unread[i].why)),
		};

		if (unread[i].hidden)
			hidden = str_fmt(k->j->page, "%.*s%s%.*s", STR_ARG(hidden),
					 hidden.n > 0 ? ", " : "", STR_ARG(unread[i].table));
		else if (!journal_put_problem(k->j->run, &p, e))
			return false;
	}
	return hidden.n == 0 ||
	       err_set(e, ERR_CONFLICT,
		       "nothing was written: rows cannot be pruned, because the user may not read tables "
		       "that may need them: %.*s; run it as somebody who may",
		       STR_ARG(str_sub(hidden, 0, 1000)));
}

bool prune_keep_needed(struct job *j, struct err *e)
{
	struct arena_mark mark = arena_mark(j->page);
	struct keeping k = { .j = j,
			     .attached = attached_make(j),
			     .kept = arena_array(j->page, uint64_t, j->tabs.n) };

	for (size_t i = 0; i < j->tabs.n; i++) {
		k.tab = &j->tabs.p[i];
		if (!ask_tab(&k, e))
			return err_wrap(e, "pruning %.*s", STR_ARG(k.tab->table->name));
	}

	bool ok = check_unread(&k, e) && keep_chains(&k, e) && tell_more(&k, e);

	arena_rewind(j->page, mark);
	return ok;
}

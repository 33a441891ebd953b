/* SPDX-License-Identifier: MIT */
/*
 * The target is asked for the keys of the rows to be created alone, and what it has is indexed as the matching did it.
 */
#include "move/stale_keys.h"

#include "base/limits.h"
#include "move/cells.h"
#include "move/journal.h"
#include "move/keys_find.h"
#include "move/match_tell.h"
#include "move/pull.h"

#include "base/banned.h"

struct renewing {
	struct matching m; /* for messages */
	struct job *j;
	const struct match_keys *keys;
	struct key_asking *ask;
	uint64_t rows;
};

/* Calls `each` with the source's values of every row to be created; an undo has none. */
static bool each_create(struct renewing *r,
			bool (*each)(struct renewing *r, struct guid id, struct value *values,
				     struct err *e),
			struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	const struct tab *t = r->keys->tab;
	struct arena_mark mark = arena_mark(r->j->page);
	struct change change;
	struct run_row row;
	bool more, found;

	if (!journal_kind_changes(r->j->run, CHANGE_CREATE, t->number, &c, e))
		return false;
	for (;;) {
		if (!journal_next_change(&c, &change, &more, e))
			return false;
		if (!more)
			return true;
		if (change.state != CHANGE_PLANNED)
			continue;

		struct value *values = arena_array(r->j->page, struct value, t->ncolumns);

		if (!run_get_row(r->j->run, SIDE_SOURCE, t->number, change.origin, &row, &found, e))
			return false;
		if (found &&
		    !(cells_unpack(str_dup(r->j->page, row.cells), values, t->ncolumns, e) &&
		      each(r, change.id, values, e)))
			return false;
		arena_rewind(r->j->page, mark);
	}
}

static bool ask_row(struct renewing *r, struct guid id, struct value *values, struct err *e)
{
	(void)id;
	return key_asking_row(r->ask, values, e);
}

static bool pull_all(struct renewing *r, struct err *e)
{
	struct tab *t = r->keys->tab;
	struct fetch all = { .entity = { .table = t->table->name } };
	DEFER(key_asking_release) struct key_asking ask = key_asking_make(r->j, r->keys, SIDE_NOW);

	if (keys_need_all(r->keys))
		return pull_query(r->j, SIDE_NOW, t, &all, e);
	r->ask = &ask;
	return each_create(r, ask_row, e) && key_asking_rest(&ask, e);
}

static bool tell(struct renewing *r, struct guid id, const struct key_text *text, struct guid other,
		 struct err *e)
{
	struct arena *page = r->j->page;
	struct problem p = { .severity = SEVERITY_ERROR,
			     .table = r->keys->tab->table->name,
			     .id = guid_text(page, id),
			     .remedy = S("plan it again") };
	struct str label;

	if (!match_label(&r->m, SIDE_NOW, other, &label, e))
		return false;
	if (text->key->n == 0)
		p.message = str_fmt(page, "is to be created, but the target has row %.*s now",
				    STR_ARG(label));
	else
		p.message = str_fmt(
			page, "is to be created, but the target's row %.*s has its %.*s, %.*s, now",
			STR_ARG(label), STR_ARG(text->key->label),
			STR_ARG(match_values(page, text->parts, text->key->n)));
	return journal_put_problem(r->j->run, &p, e);
}

/* Another row than `id` with the key. */
static bool find_other(struct renewing *r, struct guid id, const struct key_text *text,
		       struct guid *other, bool *found, struct err *e)
{
	const struct match_keys *keys = r->keys;
	struct str folded = keys_fold(keys, text, r->j->page);
	struct guid ids[4];
	size_t exact, near;

	if (!run_get_keyed(r->j->run, keys->tab->number, text->key->number, text->text, ids, &exact,
			   e) ||
	    !run_get_keyed(r->j->run, keys->tab->number, keys_folded(text->key), folded, ids + 2,
			   &near, e))
		return false;
	*found = false;
	for (size_t i = 0; i < COUNT_OF(ids) && !*found; i++) {
		bool filled = i < 2 ? i < exact : i - 2 < near;

		*found = filled && !guid_eq(ids[i], id);
		if (*found)
			*other = ids[i];
	}
	return true;
}

static bool check_row(struct renewing *r, struct guid id, struct value *values, struct err *e)
{
	const struct match_keys *keys = r->keys;
	struct key_text text;
	struct guid other;
	bool found, stale = false;

	for (size_t i = 0; i < keys->n; i++) {
		if (!keys_apply(keys, &keys->p[i], values))
			continue;
		if (!keys_read(r->j, keys, &keys->p[i], values, r->j->page, &text, e))
			return false;
		if (!text.whole)
			continue;
		if (!find_other(r, id, &text, &other, &found, e) ||
		    (found && !tell(r, id, &text, other, e)))
			return false;
		stale = stale || found;
	}
	r->rows += stale;
	return true;
}

bool stale_keys(struct job *j, const struct match_keys *keys, uint64_t *rows, struct err *e)
{
	struct renewing r = { .m = { .j = j, .keys = keys }, .j = j, .keys = keys };
	uint64_t creates;

	if (!journal_count_tab(j->run, CHANGE_CREATE, keys->tab->number, CHANGE_PLANNED, &creates,
			       e))
		return false;
	if (creates == 0 || keys->n == 0)
		return true;
	if (!run_clear_keyed(j->run, e) || !run_clear_side(j->run, SIDE_NOW, e) ||
	    !pull_all(&r, e) || !keys_index(j, keys, SIDE_NOW, false, e) ||
	    !keys_index(j, keys, SIDE_NOW, true, e) || !each_create(&r, check_row, e))
		return false;
	*rows += r.rows;
	return run_clear_keyed(j->run, e) && run_clear_side(j->run, SIDE_NOW, e);
}

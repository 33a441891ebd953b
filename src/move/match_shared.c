/* SPDX-License-Identifier: MIT */
/*
 * What no row can know of itself: that another source row claims the same target row, or has the same key where no target
 * row has it yet. Both are asked of the run file when all rows of a table are decided, so that it costs nothing per row.
 */
#include "move/match_row.h"

#include "base/limits.h"
#include "move/cells.h"
#include "move/map_rows.h"
#include "move/match_tell.h"

#include "base/banned.h"

/* The source rows that are mapped to one target row. */
struct claims {
	struct str list;
	struct guid first; /* of those in the package */
	size_t n, inside;
};

static bool is_only_linked(const struct tab *t)
{
	bool all = t->known && t->known->nrows > 0;

	for (size_t i = 0; all && i < t->known->nrows; i++)
		all = t->known->rows[i].link_only;
	return all;
}

static bool add_claim(struct matching *m, struct claims *c, struct guid source, struct str how,
		      struct err *e)
{
	struct arena *page = m->j->page;
	struct str label;
	bool inside;

	if (str_eq(how, S(MATCH_CONFLICT)))
		return true;
	if (!run_has_row(m->j->run, SIDE_SOURCE, m->keys->tab->number, source, &inside, e))
		return false;
	/* Of rows that are only pointed to a person may say that several are one. */
	if ((!inside || is_only_linked(m->keys->tab)) && str_eq(how, S(MAP_HOW)))
		return true;
	if (inside && c->inside++ == 0)
		c->first = source;
	if (c->n++ >= LIMIT_LISTED_ROWS)
		return true;
	if (!match_label(m, SIDE_SOURCE, source, &label, e))
		return false;
	c->list = str_fmt(page, "%.*s%s%.*s%s (by %.*s)", STR_ARG(c->list), c->n > 1 ? ", " : "",
			  STR_ARG(label), inside ? "" : " outside the package", STR_ARG(how));
	return true;
}

static bool tell_claims(struct matching *m, struct guid target, const struct claims *c,
			struct err *e)
{
	struct arena *page = m->j->page;
	struct str label, more = { 0 };

	if (!match_label(m, SIDE_TARGET, target, &label, e))
		return false;
	if (c->n > LIMIT_LISTED_ROWS)
		more = str_fmt(page, " and %zu more", c->n - LIMIT_LISTED_ROWS);
	return match_tell(m, guid_text(page, c->first),
			  str_fmt(page,
				  "the rows %.*s%.*s of the source are %s row %.*s of the target",
				  STR_ARG(c->list), STR_ARG(more), c->n == 2 ? "both" : "all",
				  STR_ARG(label)),
			  S("take all but one of them out of the package, or rename them"), e);
}

static bool check_target(struct matching *m, struct guid target, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	struct claims claims = { 0 };
	struct guid source;
	struct str how;
	bool more;

	if (!run_map_sources(m->j->run, m->keys->tab->table->name, target, &c, e))
		return false;
	for (;;) {
		if (!run_next_map_source(&c, &source, &how, &more, e))
			return false;
		if (!more)
			break;
		if (!add_claim(m, &claims, source, how, e))
			return false;
	}
	return claims.n < 2 || claims.inside == 0 || tell_claims(m, target, &claims, e);
}

static bool check_targets(struct matching *m, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	struct arena_mark mark = arena_mark(m->j->page);
	struct guid target;
	bool more;

	if (!run_shared_targets(m->j->run, m->keys->tab->table->name, &c, e))
		return false;
	for (;;) {
		if (!run_next_shared_target(&c, &target, &more, e))
			return false;
		if (!more)
			return true;
		if (!check_target(m, target, e))
			return false;
		arena_rewind(m->j->page, mark);
	}
}

/* The values of a key as the source has them. */
static bool key_values(struct matching *m, const struct match_key *key, struct guid source,
		       struct str *out, struct err *e)
{
	const struct tab *t = m->keys->tab;
	struct value *values = arena_array(m->j->page, struct value, t->ncolumns);
	struct value *parts = arena_array(m->j->page, struct value, key->n);
	struct run_row row;
	bool found;

	if (!run_get_row(m->j->run, SIDE_SOURCE, t->number, source, &row, &found, e) ||
	    (found && !cells_unpack(row.cells, values, t->ncolumns, e)))
		return false;
	for (size_t i = 0; i < key->n; i++)
		parts[i] = values[key->columns[i]];
	*out = match_values(m->j->page, parts, key->n);
	return true;
}

static bool tell_twins(struct matching *m, const struct match_key *key, struct str text,
		       struct err *e)
{
	struct arena *page = m->j->page;
	struct guid ids[LIMIT_LISTED_ROWS];
	struct str list, values;
	size_t n;

	if (!run_list_keyed(m->j->run, m->keys->tab->number, keys_source(key), text, ids,
			    COUNT_OF(ids), &n, e) ||
	    !match_list(m, SIDE_SOURCE, ids, COUNT_OF(ids), n, &list, e) ||
	    !key_values(m, key, ids[0], &values, e))
		return false;
	return match_tell(
		m, guid_text(page, ids[0]),
		str_fmt(page,
			"the rows %.*s of the package have the same %.*s, %.*s; the target has no such row "
			"yet, and would have %s%zu",
			STR_ARG(list), STR_ARG(key->label), STR_ARG(values), match_at_least(n), n),
		S("take all but one of them out of the package, or rename them"), e);
}

static bool check_key(struct matching *m, const struct match_key *key, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	struct arena_mark mark = arena_mark(m->j->page);
	struct str text;
	bool more;

	if (!run_shared_keys(m->j->run, m->keys->tab->number, keys_source(key), &c, e))
		return false;
	for (;;) {
		if (!run_next_shared_key(&c, &text, &more, e))
			return false;
		if (!more)
			return true;
		if (!tell_twins(m, key, str_dup(m->j->page, text), e))
			return false;
		arena_rewind(m->j->page, mark);
	}
}

bool match_shared(struct matching *m, struct err *e)
{
	for (size_t i = 0; i < m->keys->n; i++)
		if (m->keys->p[i].n > 0 && !check_key(m, &m->keys->p[i], e))
			return false;
	return check_targets(m, e);
}

/* SPDX-License-Identifier: MIT */
/*
 * Matching, table by table: first the tables whose rows are parts of other tables' keys. For a table the
 * candidates are pulled into the target side, then every source row is decided on its own.
 */
#include "move/match.h"

#include "move/journal.h"
#include "move/keys.h"
#include "move/pull.h"
#include "move/row.h"

#include "base/banned.h"

/* The language whose comparison is the most lenient: what it tells apart, every language tells apart. */
#define LENIENT_LCID 1033

struct matching {
	struct job *j;
	struct match_keys keys;
	uint64_t conflicts;
};

/* One source row while it is decided. */
struct deciding {
	struct matching *m;
	struct guid source;
	const struct value *values;
	const struct rows_rule *rule; /* or NULL */
	bool found;
	struct guid target;
	struct str how;
	bool conflict;
};

static struct str row_label(struct deciding *d)
{
	struct tab *t = d->m->keys.tab;
	size_t at = t->table->primary_name.n > 0 ? tab_column(t, t->table->primary_name) : SIZE_MAX;

	if (at == SIZE_MAX || value_is_empty(&d->values[at]))
		return S("");
	return str_fmt(d->m->j->page, " \"%.*s\"", STR_ARG(str_sub(d->values[at].text, 0, 200)));
}

static bool tell(struct deciding *d, struct str message, struct str remedy, struct err *e)
{
	struct problem p = { .severity = SEVERITY_ERROR,
			     .table = d->m->keys.tab->table->name,
			     .id = guid_text(d->m->j->page, d->source),
			     .message = message,
			     .remedy = remedy };

	if (!d->conflict)
		d->m->conflicts++;
	d->conflict = true;
	return journal_put_problem(d->m->j->run, &p, e);
}

/* One rule's answer: agrees with the others or is a conflict. */
static bool propose(struct deciding *d, struct guid target, struct str how, struct err *e)
{
	struct arena *page = d->m->j->page;

	if (!d->found) {
		d->found = true;
		d->target = target;
		d->how = how;
		return true;
	}
	if (guid_eq(d->target, target))
		return true;
	struct str message =
		str_fmt(page, "the row%.*s is row %.*s of the target by %.*s, but row %.*s by %.*s",
			STR_ARG(row_label(d)), STR_ARG(guid_text(page, d->target)), STR_ARG(d->how),
			STR_ARG(guid_text(page, target)), STR_ARG(how));
	return tell(d, message, S("rename or remove one of the two rows in the target"), e);
}

static bool propose_id(struct deciding *d, struct err *e)
{
	struct run_row row;
	bool found;

	if (!run_get_row(d->m->j->run, SIDE_TARGET, d->m->keys.tab->number, d->source, &row, &found,
			 e))
		return false;
	return !found || propose(d, d->source, S("its id"), e);
}

static struct str key_columns(struct arena *a, const struct match_keys *keys,
			      const struct match_key *key)
{
	struct str out = { 0 };

	if (key->n == 0)
		return S("being the only one of its kind");
	for (size_t i = 0; i < key->n; i++)
		out = str_fmt(a, "%.*s%s%.*s", STR_ARG(out), i > 0 ? ", " : "",
			      STR_ARG(keys->tab->columns[key->columns[i]].name));
	return out;
}

static struct str key_values(struct arena *a, const struct value *parts, size_t n)
{
	struct str out = { 0 };
	for (size_t i = 0; i < n; i++)
		out = str_fmt(a, "%.*s%s\"%.*s\"", STR_ARG(out), i > 0 ? ", " : "",
			      STR_ARG(str_sub(parts[i].text, 0, 200)));
	return out;
}

static bool tell_ambiguous(struct deciding *d, const struct match_key *key,
			   const struct value *parts, const struct guid ids[2], size_t n,
			   struct err *e)
{
	struct arena *page = d->m->j->page;
	struct str what = S("may be meant");

	if (key->n > 0)
		what = str_fmt(page, "have %.*s %.*s", STR_ARG(key_columns(page, &d->m->keys, key)),
			       STR_ARG(key_values(page, parts, key->n)));
	struct str message = str_fmt(page, "%zu rows of the target %.*s: %.*s, %.*s%s", n,
				     STR_ARG(what), STR_ARG(guid_text(page, ids[0])),
				     STR_ARG(guid_text(page, ids[1])), n > 2 ? ", ..." : "");
	return tell(d, message, S("leave one of them in the target, or rename the others"), e);
}

/* Texts that differ, but that the platform takes for the same. */
static bool propose_folded(struct deciding *d, const struct match_key *key, struct value *parts,
			   struct err *e)
{
	struct arena *page = d->m->j->page;
	const struct value **list = arena_array(page, const struct value *, key->n);
	struct value *folded = arena_array(page, struct value, key->n);
	struct guid ids[2];
	size_t n;
	struct str text;

	for (size_t i = 0; i < key->n; i++) {
		folded[i] = parts[i];
		if (parts[i].kind == VALUE_TEXT)
			folded[i].text = collate_key(d->m->keys.fold, page, parts[i].text);
		list[i] = &folded[i];
	}
	if (!row_key(page, list, key->n, &text))
		return true;
	if (!run_get_keyed(d->m->j->run, d->m->keys.tab->number, keys_folded(key), text, ids, &n,
			   e))
		return false;
	if (n == 0 || (d->found && n == 1 && guid_eq(ids[0], d->target)))
		return true;
	struct str message = str_fmt(
		page,
		"the target's row %.*s has a %.*s that differs from %.*s only in case or accents",
		STR_ARG(guid_text(page, ids[0])), STR_ARG(key_columns(page, &d->m->keys, key)),
		STR_ARG(key_values(page, parts, key->n)));
	return tell(d, message, S("make the two texts equal, or really different"), e);
}

/* A queue, workstream or widget is known by its id: an equal name is another thing, or was made by hand. */
static bool tell_namesake(struct deciding *d, const struct match_key *key,
			  const struct value *parts, struct guid other, struct err *e)
{
	struct arena *page = d->m->j->page;
	struct str message =
		str_fmt(page, "the target has another row with %.*s %.*s: %.*s",
			STR_ARG(key_columns(page, &d->m->keys, key)),
			STR_ARG(key_values(page, parts, key->n)), STR_ARG(guid_text(page, other)));
	return tell(d, message, S("rename or remove it in the target"), e);
}

static bool propose_key(struct deciding *d, const struct match_key *key, struct err *e)
{
	struct arena *page = d->m->j->page;
	struct value *parts = arena_array(page, struct value, key->n);
	const struct value **list = arena_array(page, const struct value *, key->n);
	struct guid ids[2];
	size_t n;
	struct str text;
	bool whole;

	if (!keys_source_parts(d->m->j, &d->m->keys, key, d->values, page, parts, &whole, e))
		return false;
	if (!whole)
		return true;
	for (size_t i = 0; i < key->n; i++)
		list[i] = &parts[i];
	if (!row_key(page, list, key->n, &text))
		return true;
	if (!run_get_keyed(d->m->j->run, d->m->keys.tab->number, key->number, text, ids, &n, e))
		return false;
	if (key->rule && key->rule->kind == ROWS_ROOT && d->found)
		return true;
	if (key->rule && key->rule->kind == ROWS_ROOT && n > 0)
		return tell_namesake(d, key, parts, ids[0], e);
	if (n > 1)
		return tell_ambiguous(d, key, parts, ids, n, e);
	if (n == 1)
		return propose(d, ids[0], key_columns(page, &d->m->keys, key), e);
	return propose_folded(d, key, parts, e);
}

static bool tell_missing(struct deciding *d, struct err *e)
{
	struct arena *page = d->m->j->page;
	struct str key = { 0 };

	for (size_t i = 0; i < d->rule->nkey; i++) {
		size_t at = tab_column(d->m->keys.tab, d->rule->key[i]);
		struct str value = at == SIZE_MAX ? S("") : d->values[at].text;
		key = str_fmt(page, "%.*s%s%.*s \"%.*s\"", STR_ARG(key), i > 0 ? ", " : "",
			      STR_ARG(d->rule->key[i]), STR_ARG(str_sub(value, 0, 200)));
	}
	struct str message = str_fmt(
		page, "the target has no such row%s%.*s; rows of the platform are never created",
		key.n > 0 ? ", with " : "", STR_ARG(key));
	return tell(d, message, S("bring the solutions of the target to the source's version"), e);
}

/* A target row belongs to one source row only. */
static bool claim(struct deciding *d, struct err *e)
{
	struct arena *page = d->m->j->page;
	struct str table = d->m->keys.tab->table->name;
	struct guid other;
	bool taken;

	if (!run_get_map_back(d->m->j->run, table, d->target, &other, &taken, e))
		return false;
	if (!taken || guid_eq(other, d->source))
		return run_put_map(d->m->j->run, table, d->source, d->target, d->how, e);
	struct str message = str_fmt(
		page, "the rows %.*s and %.*s of the package are both row %.*s of the target",
		STR_ARG(guid_text(page, other)), STR_ARG(guid_text(page, d->source)),
		STR_ARG(guid_text(page, d->target)));
	return tell(d, message, S("take one of the two out of the package, or rename it"), e);
}

static bool decide(struct deciding *d, struct err *e)
{
	const struct match_keys *keys = &d->m->keys;

	if (!propose_id(d, e))
		return false;
	for (size_t i = 0; i < keys->n; i++)
		if (keys_apply(keys, &keys->p[i], d->values) && !propose_key(d, &keys->p[i], e))
			return false;
	if (d->conflict)
		return true;
	if (!d->found && d->rule && d->rule->missing_stops)
		return tell_missing(d, e);
	if (!d->found) {
		d->target = d->source;
		d->how = S("new");
	}
	return claim(d, e);
}

static bool decide_row(void *context, const struct run_row *row, struct value *values,
		       struct err *e)
{
	struct matching *m = context;
	struct tab *t = m->keys.tab;
	struct deciding d = {
		.m = m, .source = row->id, .values = values, .rule = tab_rule(t, values)
	};

	if (!t->entity->force_create)
		return decide(&d, e);
	d.target = d.source;
	d.how = S("new");
	return claim(&d, e);
}

static bool pull_part(void *context, const struct guid *ids, size_t n, struct err *e)
{
	struct matching *m = context;
	return pull_ids(m->j, SIDE_TARGET, m->keys.tab, ids, n, e);
}

/*
 * The rows that may be meant. A table that is not much larger than its part in the package is read whole: that
 * takes fewer requests, and spares the service a search for every key.
 */
static bool is_read_whole(const struct tab *t, const uint64_t *totals)
{
	return !t->entity->force_create && totals[t->number] <= 4 * t->read + 100;
}

static bool pull_whole(struct job *j, const uint64_t *totals, struct err *e)
{
	struct tab **tabs = arena_array(j->page, struct tab *, j->tabs.n);
	size_t n = 0;

	for (size_t i = 0; i < j->tabs.n; i++)
		if (is_read_whole(&j->tabs.p[i], totals))
			tabs[n++] = &j->tabs.p[i];
	return pull_tabs(j, SIDE_TARGET, tabs, n, e);
}

/* Only when the tables are matched whose rows are parts of its keys, can those be asked for. */
static bool pull_candidates(struct matching *m, const uint64_t *totals, struct err *e)
{
	struct tab *t = m->keys.tab;

	if (is_read_whole(t, totals))
		return true;
	return job_each_part(m->j, SIDE_SOURCE, t, NULL, pull_part, m, e) &&
	       keys_pull(m->j, &m->keys, e);
}

static bool match_tab(struct job *j, struct tab *t, const uint64_t *totals, struct collate *fold,
		      uint64_t *conflicts, struct err *e)
{
	struct matching m = { .j = j };

	keys_make(j->arena, t, fold, &m.keys);
	if (!t->entity->force_create &&
	    !(pull_candidates(&m, totals, e) && keys_index(j, &m.keys, e)))
		return false;
	if (!job_each_values(j, SIDE_SOURCE, t, decide_row, &m, e))
		return false;
	*conflicts += m.conflicts;
	return true;
}

/* Whether a column of a key is a lookup to another tab that is not matched yet. */
static bool waits_for(const struct job *j, const struct tab *t, struct str column, const bool *done)
{
	const struct column *c = table_column(t->table, column);

	for (size_t i = 0; c && i < c->ntargets; i++) {
		const struct tab *to = tabs_find(&j->tabs, c->targets[i]);
		if (to && to != t && !done[to->number])
			return true;
	}
	return false;
}

static bool waits(const struct job *j, const struct tab *t, const bool *done)
{
	for (size_t i = 0; t->known && i < t->known->nrows; i++) {
		const struct rows_rule *rule = &t->known->rows[i];
		for (size_t k = 0; k < rule->nkey; k++)
			if (waits_for(j, t, rule->key[k], done))
				return true;
	}
	for (size_t i = 0; i < t->nfields; i++)
		if (t->columns[i].field->update_compare &&
		    waits_for(j, t, t->columns[i].name, done))
			return true;
	return false;
}

/* The first that waits for none; the first at all when they wait for each other. */
static struct tab *next_tab(struct job *j, const bool *done)
{
	struct tab *first = NULL;

	for (size_t i = 0; i < j->tabs.n; i++) {
		struct tab *t = &j->tabs.p[i];
		if (done[i])
			continue;
		if (!waits(j, t, done))
			return t;
		if (!first)
			first = t;
	}
	return first;
}

/* The target's number of rows of every tab, as far as it tells. */
static bool ask_totals(struct job *j, uint64_t *totals, struct err *e)
{
	struct str *names = arena_array(j->page, struct str, j->tabs.n);

	for (size_t i = 0; i < j->tabs.n; i++)
		names[i] = j->tabs.p[i].table->name;
	return read_counts(&j->reader, names, j->tabs.n, totals, e);
}

bool match_rows(struct job *j, uint64_t *conflicts, struct err *e)
{
	DEFER(collate_close) struct collate *fold = NULL;
	bool *done = arena_array(j->arena, bool, j->tabs.n);
	uint64_t *totals = arena_array(j->arena, uint64_t, j->tabs.n);

	*conflicts = 0;
	if (!collate_open(&fold, j->arena, LENIENT_LCID, e) || !ask_totals(j, totals, e) ||
	    !pull_whole(j, totals, e))
		return false;
	for (size_t left = j->tabs.n; left > 0; left--) {
		struct tab *t = next_tab(j, done);
		assert(t);
		if (!match_tab(j, t, totals, fold, conflicts, e))
			return err_wrap(e, "matching %.*s", STR_ARG(t->table->name));
		done[t->number] = true;
	}
	return true;
}

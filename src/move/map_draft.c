/* SPDX-License-Identifier: MIT */
/*
 * Drafting a map file. Candidates are only shown: a row of the same name, or a user whose domain name or e-mail begins alike.
 */
#include "move/map_draft.h"

#include "base/map.h"
#include "base/vec.h"
#include "move/any_of.h"
#include "move/called.h"
#include "move/match.h"
#include "move/run_reference.h"

#include "base/banned.h"

/* A row that is open, and what may be meant. */
struct open_row {
	size_t entry;
	struct str begin; /* of its domain name or e-mail, up to the "@"; may be empty */
	struct candidates alike;
};

struct drafting {
	struct job *j;
	VEC(struct map_entry) entries;
	/* of the table at hand */
	const struct table *table;
	const struct known_table *known;
	VEC(struct open_row) open;
	struct candidates_of of;
	uint64_t nopen;
};

static struct map_entry *add_entry(struct drafting *d, struct guid id, struct str name)
{
	struct arena *a = d->j->arena;
	struct map_entry *entry = VEC_PUSH(a, &d->entries);

	*entry = (struct map_entry){ .table = d->table->name, .source = guid_text(a, id) };
	if (name.n > 0)
		entry->name = str_dup(a, name);
	return entry;
}

/* "mia.mueller@" of the first key that looks like an address. */
static struct str begin_of(struct arena *a, const struct reference_key *keys, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t at = str_find_char(keys[i].value.text, '@');

		if (at != STR_NONE && at > 0)
			return str_dup(a, str_sub(keys[i].value.text, 0, at + 1));
	}
	return S("");
}

static struct str keys_text(struct arena *a, const struct reference_key *keys, size_t n)
{
	struct str out = S("");

	for (size_t i = 0; i < n; i++)
		out = str_fmt(a, "%.*s%s%.*s %.*s", STR_ARG(out), i > 0 ? ", " : "",
			      STR_ARG(keys[i].column),
			      STR_ARG(str_sub(keys[i].value.text, 0, 200)));
	return out;
}

static void add_open(struct drafting *d, struct guid id, struct str name, struct str why,
		     const struct reference_key *keys, size_t nkeys)
{
	struct arena *a = d->j->arena;
	struct map_entry *entry = add_entry(d, id, name);
	struct open_row *row = VEC_PUSH(a, &d->open);
	struct str known = keys_text(a, keys, nkeys);

	entry->note =
		str_fmt(a, "open: %.*s%s%.*s", STR_ARG(why.n > 0 ? why : S("nothing was found")),
			known.n > 0 ? "; in the source: " : "", STR_ARG(known));
	*row = (struct open_row){ .entry = d->entries.n - 1, .begin = begin_of(a, keys, nkeys) };
	d->nopen++;
}

static void add_found(struct drafting *d, struct guid id, struct str name, struct guid target,
		      struct str how)
{
	struct map_entry *entry = add_entry(d, id, name);

	entry->target = guid_text(d->j->arena, target);
	entry->note = str_fmt(d->j->arena, "found by %.*s", STR_ARG(how));
}

static bool draft_reference(struct drafting *d, struct guid id, struct err *e)
{
	struct run *r = d->j->run;
	struct arena *page = d->j->page;
	struct str label, why, how = S("");
	struct reference_key *keys;
	struct guid target;
	bool found;
	size_t n;

	if (!run_get_reference(r, page, d->table->name, id, &label, &why, &found, e) ||
	    !run_reference_keys(r, page, d->table->name, id, &keys, &n, e) ||
	    !run_get_map(r, d->table->name, id, &target, &found, e) ||
	    (found && !run_get_how(r, page, d->table->name, id, &how, &found, e)))
		return false;
	if (!found)
		add_open(d, id, label, why, keys, n);
	else if (d->known && d->known->nrows > 0)
		add_found(d, id, label, target, how);
	return true;
}

static bool draft_references(struct drafting *d, struct err *e)
{
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	struct arena_mark mark = arena_mark(d->j->page);
	bool more;

	if (!run_references(d->j->run, d->table->name, &c, e))
		return false;
	for (;;) {
		struct guid id;
		struct str label;

		if (!run_next_reference(&c, &id, &label, &more, e))
			return false;
		if (!more)
			return true;
		if (!draft_reference(d, id, e))
			return false;
		arena_rewind(d->j->page, mark);
	}
}

/* What a row of the package tells about itself, as if it were pointed to. */
static size_t own_keys(const struct tab *t, const struct rows_rule *rule,
		       const struct value *values, struct reference_key *out)
{
	size_t n = 0;

	for (size_t i = 0; i < rule->nkeys; i++) {
		for (size_t k = 0; k < rule->keys[i].n; k++) {
			size_t at = tab_column(t, rule->keys[i].columns[k]);

			if (at < t->nfields && n < t->ncolumns && !value_is_empty(&values[at]))
				out[n++] =
					(struct reference_key){ t->columns[at].name, values[at] };
		}
	}
	return n;
}

struct own_rows {
	struct drafting *d;
	const struct tab *t;
};

/* Rows of the platform, which are never created, and rows of which it is contradictory or unclear what they are. */
static bool draft_row(void *context, const struct run_row *row, struct value *values, struct err *e)
{
	struct own_rows *own = context;
	const struct tab *t = own->t;
	struct job *j = own->d->j;
	const struct rows_rule *rule = tab_rule(t, values);
	struct reference_key *keys = arena_array(j->page, struct reference_key, t->ncolumns);
	size_t name = tab_column(t, t->table->primary_name);
	bool platform = rule && rule->kind == ROWS_SYSTEM && rule->missing_stops;
	struct str label = name < t->nfields ? values[name].text : S(""), how = S("");
	struct guid target;
	bool found, there = false;

	if (!run_get_map(j->run, t->table->name, row->id, &target, &found, e) ||
	    (found && !run_get_how(j->run, j->page, t->table->name, row->id, &how, &found, e)))
		return false;

	bool conflict = str_eq(how, S(MATCH_CONFLICT));

	if (!conflict && !platform)
		return true;
	if (found && !conflict && !run_has_row(j->run, SIDE_TARGET, t->number, target, &there, e))
		return false;
	if (there)
		add_found(own->d, row->id, label, target, how);
	else
		add_open(own->d, row->id, label, conflict ? S(MATCH_CONFLICT) : S(""), keys,
			 rule ? own_keys(t, rule, values, keys) : 0);
	return true;
}

static bool take_alike(void *context, const struct read_row *row, struct err *e)
{
	struct drafting *d = context;

	(void)e;
	for (size_t i = 0; i < d->open.n; i++) {
		struct open_row *open = &d->open.p[i];
		bool alike = false;

		for (size_t k = 0; k < d->of.columns.n && open->begin.n > 0; k++) {
			struct str text = str_sub(row->values[k].text, 0, open->begin.n);

			alike = alike || str_eq_ascii_nocase(text, open->begin);
		}
		if (alike)
			candidates_add(&d->of, &open->alike, row, NULL, 0);
	}
	return true;
}

/* An "@" ends what a text begins with, so few rows come. */
static void add_conditions(struct drafting *d, struct any_of *any, struct str begin)
{
	static const struct str columns[] = { STR_INIT("domainname"),
					      STR_INIT("internalemailaddress") };
	struct arena *page = d->j->page;

	for (size_t i = 0; i < COUNT_OF(columns); i++) {
		const struct column *c = table_column(d->table, columns[i]);
		struct value value = { .kind = VALUE_TEXT, .text = begin };

		if (!c || !c->read)
			continue;
		any_of_add(page, any, &c->name, &value, 1);
		struct fetch_condition *last =
			&any->alternatives.p[any->alternatives.n - 1].conditions[0];

		last->op = FETCH_BEGINS_WITH;
		last->op_name = S("begins-with");
	}
}

static bool find_alike(struct drafting *d, struct err *e)
{
	struct arena *page = d->j->page;
	VEC(struct read_query) queries = { 0 };
	struct any_of *any = NULL;

	for (size_t i = 0; i < d->open.n; i++) {
		if (d->open.p[i].begin.n == 0)
			continue;
		if (!any || any->conditions >= ANY_OF_CONDITIONS) {
			any = arena_new(page, struct any_of);
			*VEC_PUSH(page, &queries) = (struct read_query){ .table = d->table,
									 .columns = d->of.columns.p,
									 .n = d->of.columns.n,
									 .row = take_alike,
									 .context = any };
		}
		add_conditions(d, any, d->open.p[i].begin);
	}
	size_t n = 0;

	for (size_t i = 0; i < queries.n; i++) {
		struct fetch *fetch = arena_new(page, struct fetch);

		any = queries.p[i].context;
		if (any->conditions == 0)
			continue;
		*fetch = any_of_query(any, d->table->name);
		queries.p[n] = queries.p[i];
		queries.p[n].fetch = fetch;
		queries.p[n++].context = d;
	}
	return read_many(&d->j->reader, queries.p, n, NULL, e);
}

static void add_candidates(struct drafting *d, size_t entry, const struct candidates *c,
			   const char *what)
{
	struct arena *a = d->j->arena;
	struct str *note = &d->entries.p[entry].note;

	if (c->n > 0)
		*note = str_fmt(a, "%.*s; %s %.*s", STR_ARG(*note), what,
				STR_ARG(candidates_text(a, c)));
}

/* Rows that may be meant, for the open ones of the table. */
static bool find_candidates(struct drafting *d, struct err *e)
{
	struct arena_mark mark = arena_mark(d->j->page);
	struct called *called = arena_array(d->j->arena, struct called, d->open.n);

	if (d->open.n == 0 || !d->known)
		return true;
	d->of = (struct candidates_of){ .arena = d->j->arena,
					.table = d->table,
					.known = d->known };
	row_columns_known(d->j->arena, d->table, d->known, true, &d->of.columns);
	for (size_t i = 0; i < d->open.n; i++)
		called[i].text = d->entries.p[d->open.p[i].entry].name;
	if (!called_find(d->j, d->table, called, d->open.n, e) || !find_alike(d, e))
		return false;
	for (size_t i = 0; i < d->open.n; i++) {
		add_candidates(d, d->open.p[i].entry, &called[i].found, "of that name is");
		add_candidates(d, d->open.p[i].entry, &d->open.p[i].alike, "alike is");
	}
	arena_rewind(d->j->page, mark);
	return true;
}

static bool draft_table(struct drafting *d, const struct table *table, struct err *e)
{
	const struct tab *t = tabs_find(&d->j->tabs, table->name);
	struct own_rows own = { d, t };

	d->table = table;
	d->known = knowledge_table(d->j->knowledge, table->name);
	d->open.n = 0;
	return draft_references(d, e) &&
	       (!t || job_each_values(d->j, SIDE_SOURCE, t, draft_row, &own, e)) &&
	       find_candidates(d, e);
}

bool map_draft(struct job *j, struct map_file *out, uint64_t *open, struct err *e)
{
	struct drafting d = { .j = j };
	struct map seen = map_make(j->arena);
	VEC(struct str) names = { 0 };
	struct str *referenced;
	uint32_t index = 0;
	size_t n;

	if (!run_reference_tables(j->run, j->arena, &referenced, &n, e))
		return false;
	for (size_t i = 0; i < n + j->tabs.n; i++) {
		struct str name = i < n ? referenced[i] : j->tabs.p[i - n].table->name;

		if (map_put(&seen, name, &index))
			*VEC_PUSH(j->arena, &names) = name;
	}
	for (size_t i = 0; i < names.n; i++) {
		const struct table *table = catalog_find(j->catalog, names.p[i]);

		if (table && !draft_table(&d, table, e))
			return false;
	}
	*out = (struct map_file){ .entries = d.entries.p, .n = d.entries.n };
	*open = d.nopen;
	return true;
}

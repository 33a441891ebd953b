/* SPDX-License-Identifier: MIT */
/*
 * Keys of rows: what they are, asking the target for them, and finding rows by them. The target is asked
 * as it compares (ignoring case and accents); the exact texts are compared here.
 */
#include "move/keys.h"

#include "move/any_of.h"
#include "move/cells.h"
#include "move/pull.h"
#include "move/row.h"

#include "base/banned.h"

#define KEY_UPDATE_COMPARE 1000u
#define KEY_FOLDED 2000u

/* False: the environment lacks a column of the key. */
static bool add_rule_key(struct arena *a, struct tab *t, const struct rows_rule *rule,
			 uint32_t number, struct match_key *key)
{
	*key = (struct match_key){ .number = number, .rule = rule };
	key->columns = arena_array(a, size_t, rule->nkey);
	for (size_t i = 0; i < rule->nkey; i++) {
		size_t at = tab_column(t, rule->key[i]);
		if (at == SIZE_MAX || !t->columns[at].column)
			return false;
		key->columns[key->n++] = at;
	}
	return true;
}

static void add_update_compare(struct arena *a, struct tab *t, struct match_key *key)
{
	*key = (struct match_key){ .number = KEY_UPDATE_COMPARE };
	key->columns = arena_array(a, size_t, t->nfields);
	for (size_t i = 0; i < t->nfields; i++) {
		const struct schema_field *f = t->columns[i].field;
		if (f->update_compare && !str_eq(f->name, t->table->primary_id))
			key->columns[key->n++] = i;
	}
}

void keys_make(struct arena *a, struct tab *t, struct collate *fold, struct match_keys *out)
{
	size_t nrules = t->known ? t->known->nrows : 0;

	*out = (struct match_keys){ .tab = t, .fold = fold };
	out->p = arena_array(a, struct match_key, nrules + 1);
	for (size_t i = 0; i < nrules; i++)
		if (add_rule_key(a, t, &t->known->rows[i], (uint32_t)i, &out->p[out->n]))
			out->n++;
	add_update_compare(a, t, &out->p[out->n]);
	if (out->p[out->n].n > 0)
		out->n++;
}

uint32_t keys_folded(const struct match_key *key)
{
	return key->number + KEY_FOLDED;
}

bool keys_apply(const struct match_keys *keys, const struct match_key *key,
		const struct value *values)
{
	return !key->rule || key->rule == tab_rule(keys->tab, values);
}

/* The target's form of one part; an unfit or unmapped one becomes VALUE_ABSENT. */
static bool source_part(struct job *j, const struct column *column, struct arena *a,
			struct value *v, struct err *e)
{
	struct err unfit;

	if (v->kind == VALUE_REF) {
		struct guid id, mapped;
		bool found = false;
		if (guid_parse(v->text, &id) &&
		    !run_get_map(j->run, v->table, id, &mapped, &found, e))
			return false;
		if (found)
			v->text = guid_text(a, mapped);
		else
			*v = (struct value){ .kind = VALUE_ABSENT };
		return true;
	}
	/* A value that does not fit is told by the rewrite; here it is no key. */
	if (!value_adapt(a, column, v, &unfit))
		*v = (struct value){ .kind = VALUE_ABSENT };
	return true;
}

bool keys_source_parts(struct job *j, const struct match_keys *keys, const struct match_key *key,
		       const struct value *values, struct arena *a, struct value *parts,
		       bool *whole, struct err *e)
{
	*whole = true;
	for (size_t i = 0; i < key->n; i++) {
		parts[i] = values[key->columns[i]];
		const struct column *column = keys->tab->columns[key->columns[i]].column;
		if (!source_part(j, column, a, &parts[i], e))
			return false;
		*whole = *whole && !value_is_empty(&parts[i]);
	}
	return true;
}

/* Questions that grow while source rows are read; they go out together. */
struct asking {
	struct job *j;
	const struct match_keys *keys;
	struct any_of any[READ_AT_ONCE];
	size_t n; /* the one that grows stands behind these */
	struct arena row;
};

static void add_alternative(struct asking *ask, const struct match_key *key,
			    const struct value *parts)
{
	struct arena *a = ask->j->page;
	struct str *names = arena_array(a, struct str, key->n);

	for (size_t i = 0; i < key->n; i++)
		names[i] = ask->keys->tab->columns[key->columns[i]].name;
	any_of_add(a, &ask->any[ask->n], names, parts, key->n);
}

static bool send(struct asking *ask, struct err *e)
{
	struct fetch queries[READ_AT_ONCE];

	for (size_t i = 0; i < ask->n; i++)
		queries[i] = any_of_query(&ask->any[i], ask->keys->tab->table->name);
	return ask->n == 0 || pull_queries(ask->j, SIDE_TARGET, ask->keys->tab, queries, ask->n, e);
}

static bool ask_row(struct asking *ask, const struct value *values, struct err *e)
{
	for (size_t i = 0; i < ask->keys->n; i++) {
		const struct match_key *key = &ask->keys->p[i];
		bool whole;
		if (!keys_apply(ask->keys, key, values))
			continue;
		struct value *parts = arena_array(&ask->row, struct value, key->n);
		if (!keys_source_parts(ask->j, ask->keys, key, values, &ask->row, parts, &whole, e))
			return false;
		if (whole)
			add_alternative(ask, key, parts);
	}
	return true;
}

/* Whether a row may be meant by being the only one of its kind: no condition asks for that. */
static bool has_only_one(const struct match_keys *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		if (keys->p[i].n == 0)
			return true;
	return false;
}

static void asking_release(struct asking *ask)
{
	arena_release(&ask->row);
}

/* Adds what a row asks for to the questions; *more false: there was no further row. */
static bool ask_next(struct asking *ask, struct run_cursor *c, bool *more, struct err *e)
{
	size_t n = ask->keys->tab->ncolumns;
	struct run_row row;

	if (!run_next_row(c, &row, more, e))
		return false;
	if (*more) {
		struct value *values = arena_array(&ask->row, struct value, n);
		struct str cells = str_dup(&ask->row, row.cells);
		if (!cells_unpack(cells, values, n, e) || !ask_row(ask, values, e))
			return false;
	}
	arena_reset(&ask->row);
	size_t conditions = ask->any[ask->n].conditions;
	if (conditions >= ANY_OF_CONDITIONS || (!*more && conditions > 0))
		ask->n++;
	return true;
}

bool keys_pull(struct job *j, const struct match_keys *keys, struct err *e)
{
	struct tab *t = keys->tab;
	struct fetch all = { .entity = { .table = t->table->name } };
	struct arena_mark mark = arena_mark(j->page);
	DEFER(run_cursor_close) struct run_cursor c = { 0 };
	DEFER(asking_release) struct asking ask = { .j = j, .keys = keys, .row = arena_make(0) };
	bool more = keys->n > 0;

	if (has_only_one(keys))
		return pull_query(j, SIDE_TARGET, keys->tab, &all, e);
	if (more && !run_rows(j->run, SIDE_SOURCE, t->number, &c, e))
		return false;
	while (more) {
		if (!ask_next(&ask, &c, &more, e))
			return false;
		if (more && ask.n < READ_AT_ONCE)
			continue;
		if (!send(&ask, e))
			return false;
		arena_rewind(j->page, mark);
		for (size_t i = 0; i < READ_AT_ONCE; i++)
			ask.any[i] = (struct any_of){ 0 };
		ask.n = 0;
	}
	return true;
}

static bool put_folded(struct job *j, const struct match_keys *keys, const struct match_key *key,
		       const struct value *const *parts, struct guid id, struct err *e)
{
	struct value *folded = arena_array(j->page, struct value, key->n);
	const struct value **list = arena_array(j->page, const struct value *, key->n);
	struct str text;

	for (size_t i = 0; i < key->n; i++) {
		folded[i] = *parts[i];
		if (parts[i]->kind == VALUE_TEXT)
			folded[i].text = collate_key(keys->fold, j->page, parts[i]->text);
		list[i] = &folded[i];
	}
	if (!row_key(j->page, list, key->n, &text))
		return true;
	return run_put_keyed(j->run, keys->tab->number, keys_folded(key), text, id, e);
}

struct indexing {
	struct job *j;
	const struct match_keys *keys;
};

static bool index_key(struct indexing *in, const struct match_key *key, struct guid id,
		      const struct value *values, struct err *e)
{
	struct arena *page = in->j->page;
	const struct value **parts = arena_array(page, const struct value *, key->n);
	struct str text;

	for (size_t k = 0; k < key->n; k++)
		parts[k] = &values[key->columns[k]];
	if (key->rule) {
		size_t when = tab_column(in->keys->tab, key->rule->when_column);
		if (!row_when_value(key->rule, when == SIZE_MAX ? NULL : &values[when]))
			return true;
	}
	if (!row_key(page, parts, key->n, &text))
		return true;
	return run_put_keyed(in->j->run, in->keys->tab->number, key->number, text, id, e) &&
	       put_folded(in->j, in->keys, key, parts, id, e);
}

static bool index_row(void *context, const struct run_row *row, struct value *values, struct err *e)
{
	struct indexing *in = context;

	for (size_t i = 0; i < in->keys->n; i++)
		if (!index_key(in, &in->keys->p[i], row->id, values, e))
			return false;
	return true;
}

bool keys_index(struct job *j, const struct match_keys *keys, struct err *e)
{
	struct indexing in = { j, keys };
	return job_each_values(j, SIDE_TARGET, keys->tab, index_row, &in, e);
}

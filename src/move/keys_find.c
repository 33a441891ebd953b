/* SPDX-License-Identifier: MIT */
/*
 * Finding rows by key. The target is asked as it compares (ignoring case and accents); the exact texts are
 * compared here.
 */
#include "move/keys_find.h"

#include "move/pull.h"
#include "move/row.h"

#include "base/banned.h"

struct key_asking key_asking_make(struct job *j, const struct match_keys *keys, enum side side)
{
	return (struct key_asking){
		.j = j, .keys = keys, .side = side, .questions = arena_make(0), .row = arena_make(0)
	};
}

void key_asking_release(struct key_asking *ask)
{
	arena_release(&ask->questions);
	arena_release(&ask->row);
}

static bool send(struct key_asking *ask, struct err *e)
{
	struct fetch queries[READ_AT_ONCE];

	for (size_t i = 0; i < ask->n; i++)
		queries[i] = any_of_query(&ask->any[i], ask->keys->tab->table->name);
	if (ask->n > 0 && !pull_queries(ask->j, ask->side, ask->keys->tab, queries, ask->n, e))
		return false;
	arena_reset(&ask->questions);
	for (size_t i = 0; i < READ_AT_ONCE; i++)
		ask->any[i] = (struct any_of){ 0 };
	ask->n = 0;
	return true;
}

static bool add_alternative(struct key_asking *ask, const struct str *names,
			    const struct value *values, size_t n, struct err *e)
{
	any_of_add(&ask->questions, &ask->any[ask->n], names, values, n);
	if (ask->any[ask->n].conditions >= ANY_OF_CONDITIONS)
		ask->n++;
	return ask->n < READ_AT_ONCE || send(ask, e);
}

static bool ask_key(struct key_asking *ask, const struct match_key *key, const struct value *values,
		    struct err *e)
{
	struct key_text text;

	if (!keys_read(ask->j, ask->keys, key, values, &ask->row, &text, e))
		return false;
	if (!text.whole)
		return true;

	struct str *names = arena_array(&ask->questions, struct str, key->n);

	for (size_t i = 0; i < key->n; i++)
		names[i] = ask->keys->tab->columns[key->columns[i]].name;
	return add_alternative(ask, names, text.parts, key->n, e);
}

bool key_asking_row(struct key_asking *ask, const struct value *values, struct err *e)
{
	bool ok = true;

	for (size_t i = 0; ok && i < ask->keys->n; i++) {
		const struct match_key *key = &ask->keys->p[i];

		ok = key->n == 0 || !keys_apply(ask->keys, key, values) ||
		     ask_key(ask, key, values, e);
	}
	arena_reset(&ask->row);
	return ok;
}

bool key_asking_name(struct key_asking *ask, struct str name, struct err *e)
{
	struct value value = { .kind = VALUE_TEXT, .text = name };

	return add_alternative(ask, &ask->keys->tab->table->primary_name, &value, 1, e);
}

bool key_asking_rest(struct key_asking *ask, struct err *e)
{
	if (ask->any[ask->n].conditions > 0)
		ask->n++;
	return send(ask, e);
}

bool keys_need_all(const struct match_keys *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		if (keys->p[i].n == 0)
			return true;
	return false;
}

struct indexing {
	struct job *j;
	const struct match_keys *keys;
	bool folded;
};

/* A row of the target tells its values as they are stored. */
static bool index_key(struct indexing *in, const struct match_key *key, struct guid id,
		      const struct value *values, struct err *e)
{
	struct arena *page = in->j->page;
	uint32_t tab = in->keys->tab->number;
	const struct value **list = arena_array(page, const struct value *, key->n);
	struct key_text text = { .key = key, .parts = arena_array(page, struct value, key->n) };

	for (size_t k = 0; k < key->n; k++) {
		text.parts[k] = values[key->columns[k]];
		list[k] = &text.parts[k];
	}
	if (key->rule) {
		size_t when = tab_column(in->keys->tab, key->rule->when_column);
		if (!row_when_value(key->rule, when == SIZE_MAX ? NULL : &values[when]))
			return true;
	}
	if (!row_key(page, list, key->n, &text.text))
		return true;
	if (!in->folded)
		return run_put_keyed(in->j->run, tab, key->number, text.text, id, e);
	return run_put_keyed(in->j->run, tab, keys_folded(key), keys_fold(in->keys, &text, page),
			     id, e);
}

static bool index_row(void *context, const struct run_row *row, struct value *values, struct err *e)
{
	struct indexing *in = context;

	for (size_t i = 0; i < in->keys->n; i++)
		if (!index_key(in, &in->keys->p[i], row->id, values, e))
			return false;
	return true;
}

bool keys_index(struct job *j, const struct match_keys *keys, enum side side, bool folded,
		struct err *e)
{
	struct indexing in = { j, keys, folded };

	return keys->n == 0 || job_each_values(j, side, keys->tab, index_row, &in, e);
}

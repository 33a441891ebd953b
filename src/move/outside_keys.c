/* SPDX-License-Identifier: MIT */
/*
 * A reference with a key is asked for as the knowledge's rule with those key columns finds rows: the rule's
 * condition must hold for the row that is found. Several references go into one request.
 */
#include "move/outside_keys.h"

#include "base/vec.h"
#include "move/any_of.h"
#include "move/journal.h"
#include "move/row.h"
#include "move/run_reference.h"

#include "base/banned.h"

/* One reference that is being asked for. */
struct wanted {
	struct guid id;
	const struct rows_rule *rule;
	const struct reference_key *keys; /* values as the target stores them */
	size_t nkeys;
	struct guid found;
	size_t nfound;
};

struct asking {
	struct job *j;
	const struct table *table;
	const struct known_table *known;
	struct row_columns columns;
	VEC(struct wanted) wanted; /* of the open request */
	struct any_of any;
	uint64_t ambiguous;
};

static bool has_key(const struct reference_key *keys, size_t n, struct str column)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(keys[i].column, column))
			return true;
	return false;
}

/* The rule whose key consists of just these columns. A root is known by its id alone. */
static const struct rows_rule *find_rule(const struct asking *ask, const struct reference_key *keys,
					 size_t n)
{
	for (size_t i = 0; i < ask->known->nrows; i++) {
		const struct rows_rule *rule = &ask->known->rows[i];
		bool all = rule->nkey == n && n > 0 && rule->kind != ROWS_ROOT;
		for (size_t k = 0; all && k < rule->nkey; k++)
			all = has_key(keys, n, rule->key[k]) &&
			      table_column(ask->table, rule->key[k]);
		if (all)
			return rule;
	}
	return NULL;
}

/* Values in the target's form; *whole false when one cannot be. */
static bool adapt(struct asking *ask, struct reference_key *keys, size_t n, bool *whole,
		  struct err *e)
{
	*whole = true;
	for (size_t i = 0; i < n; i++) {
		struct value *v = &keys[i].value;
		struct guid id, target;
		struct err unfit;
		if (v->kind != VALUE_REF) {
			const struct column *c = table_column(ask->table, keys[i].column);
			*whole = *whole && value_adapt(ask->j->page, c, v, &unfit);
			continue;
		}
		bool found = false;
		if (guid_parse(v->text, &id) &&
		    !run_get_map(ask->j->run, v->table, id, &target, &found, e))
			return false;
		*whole = *whole && found;
		if (found)
			v->text = guid_text(ask->j->page, target);
	}
	return true;
}

static bool is_meant(const struct asking *ask, const struct wanted *w, const struct read_row *row)
{
	if (!row_when(w->rule, ask->columns.p, row->values, ask->columns.n))
		return false;
	for (size_t i = 0; i < w->nkeys; i++) {
		const struct value *v =
			row_columns_find(&ask->columns, row->values, w->keys[i].column);
		if (!v || value_is_empty(v) ||
		    !value_equal(table_column(ask->table, w->keys[i].column), v, &w->keys[i].value))
			return false;
	}
	return true;
}

static bool take(void *context, const struct read_row *row, struct err *e)
{
	struct asking *ask = context;

	(void)e;
	for (size_t i = 0; i < ask->wanted.n; i++) {
		struct wanted *w = &ask->wanted.p[i];
		if (!is_meant(ask, w, row))
			continue;
		w->found = row->id;
		w->nfound++;
	}
	return true;
}

static bool tell_ambiguous(struct asking *ask, const struct wanted *w, struct err *e)
{
	struct arena *page = ask->j->page;
	struct problem p = { .severity = SEVERITY_ERROR,
			     .table = ask->table->name,
			     .id = guid_text(page, w->id),
			     .message = str_fmt(page, "%zu rows of the target have this row's key",
						w->nfound),
			     .remedy = S("leave one of them in the target") };
	ask->ambiguous++;
	return journal_put_problem(ask->j->run, &p, e);
}

static bool send(struct asking *ask, struct err *e)
{
	if (ask->wanted.n == 0)
		return true;
	struct fetch query = any_of_query(&ask->any, ask->table->name);
	if (!read_rows(&ask->j->reader, ask->table, &query, ask->columns.p, ask->columns.n, take,
		       ask, e))
		return false;
	for (size_t i = 0; i < ask->wanted.n; i++) {
		const struct wanted *w = &ask->wanted.p[i];
		if (w->nfound == 1 &&
		    !run_put_map(ask->j->run, ask->table->name, w->id, w->found, S("its key"), e))
			return false;
		if (w->nfound > 1 && !tell_ambiguous(ask, w, e))
			return false;
	}
	ask->wanted.n = 0;
	ask->any = (struct any_of){ 0 };
	return true;
}

static bool ask_one(struct asking *ask, struct guid id, struct err *e)
{
	struct arena *page = ask->j->page;
	struct reference_key *keys;
	size_t n;
	bool whole;

	if (!run_reference_keys(ask->j->run, page, ask->table->name, id, &keys, &n, e))
		return false;
	const struct rows_rule *rule = find_rule(ask, keys, n);
	if (!rule)
		return true;
	if (!adapt(ask, keys, n, &whole, e))
		return false;
	if (!whole)
		return true;
	struct str *names = arena_array(page, struct str, n);
	struct value *values = arena_array(page, struct value, n);
	for (size_t i = 0; i < n; i++) {
		names[i] = keys[i].column;
		values[i] = keys[i].value;
	}
	any_of_add(page, &ask->any, names, values, n);
	*VEC_PUSH(page, &ask->wanted) =
		(struct wanted){ .id = id, .rule = rule, .keys = keys, .nkeys = n };
	return ask->any.conditions < ANY_OF_CONDITIONS || send(ask, e);
}

bool outside_keys(struct job *j, const struct table *table, uint64_t *ambiguous, struct err *e)
{
	struct arena_mark mark = arena_mark(j->page);
	struct asking ask = { .j = j,
			      .table = table,
			      .known = knowledge_table(j->knowledge, table->name) };
	struct reference_list open;

	if (!ask.known || ask.known->nrows == 0)
		return true;
	if (!run_list_references(j->run, j->page, table->name, &open, e))
		return false;
	row_columns_known(j->page, table, ask.known, true, &ask.columns);
	for (size_t i = 0; i < open.n; i++)
		if (!ask_one(&ask, open.ids[i], e))
			return false;
	if (!send(&ask, e))
		return false;
	*ambiguous += ask.ambiguous;
	arena_rewind(j->page, mark);
	return true;
}

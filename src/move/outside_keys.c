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

/* One request. */
struct question {
	const struct key_questions *of;
	VEC(struct wanted) wanted;
	struct any_of any;
	struct fetch fetch;
};

struct key_questions {
	struct job *j;
	const struct table *table;
	const struct known_table *known;
	VEC(struct question *) questions; /* the last one grows */
	struct row_columns columns;
};

static bool has_key(const struct reference_key *keys, size_t n, struct str column)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(keys[i].column, column))
			return true;
	return false;
}

/* The rule whose key consists of just these columns. A root is known by its id alone. */
static const struct rows_rule *find_rule(const struct key_questions *ask,
					 const struct reference_key *keys, size_t n)
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
static bool adapt(struct key_questions *ask, struct reference_key *keys, size_t n, bool *whole,
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

static bool is_meant(const struct key_questions *ask, const struct wanted *w,
		     const struct read_row *row)
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
	struct question *question = context;

	(void)e;
	for (size_t i = 0; i < question->wanted.n; i++) {
		struct wanted *w = &question->wanted.p[i];
		if (!is_meant(question->of, w, row) ||
		    (w->nfound > 0 && guid_eq(w->found, row->id)))
			continue;
		w->found = row->id;
		w->nfound++;
	}
	return true;
}

static bool tell_ambiguous(struct key_questions *ask, const struct wanted *w, struct err *e)
{
	struct arena *page = ask->j->page;
	struct problem p = { .severity = SEVERITY_ERROR,
			     .table = ask->table->name,
			     .id = guid_text(page, w->id),
			     .message = str_fmt(page, "%zu rows of the target have this row's key",
						w->nfound),
			     .remedy = S("leave one of them in the target") };
	return journal_put_problem(ask->j->run, &p, e);
}

static bool map_answers(struct key_questions *ask, const struct question *question,
			uint64_t *ambiguous, struct err *e)
{
	for (size_t i = 0; i < question->wanted.n; i++) {
		const struct wanted *w = &question->wanted.p[i];
		if (w->nfound == 1 &&
		    !run_put_map(ask->j->run, ask->table->name, w->id, w->found, S("its key"), e))
			return false;
		if (w->nfound <= 1)
			continue;
		++*ambiguous;
		if (!tell_ambiguous(ask, w, e))
			return false;
	}
	return true;
}

/* The question that still takes conditions. */
static struct question *open_question(struct key_questions *ask)
{
	struct arena *page = ask->j->page;
	size_t n = ask->questions.n;

	if (n > 0 && ask->questions.p[n - 1]->any.conditions < ANY_OF_CONDITIONS)
		return ask->questions.p[n - 1];

	struct question *question = arena_new(page, struct question);

	question->of = ask;
	*VEC_PUSH(page, &ask->questions) = question;
	return question;
}

static bool ask_one(struct key_questions *ask, struct guid id, struct err *e)
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
	struct question *question = open_question(ask);
	any_of_add(page, &question->any, names, values, n);
	*VEC_PUSH(page, &question->wanted) =
		(struct wanted){ .id = id, .rule = rule, .keys = keys, .nkeys = n };
	return true;
}

bool outside_keys_ask(struct job *j, const struct table *table, struct key_questions **out,
		      struct err *e)
{
	struct key_questions *ask = arena_new(j->page, struct key_questions);
	struct reference_list open;

	ask->j = j;
	ask->table = table;
	ask->known = knowledge_table(j->knowledge, table->name);
	*out = ask;
	if (!ask->known || ask->known->nrows == 0)
		return true;
	if (!run_list_references(j->run, j->page, table->name, &open, e))
		return false;
	row_columns_known(j->page, table, ask->known, true, &ask->columns);
	for (size_t i = 0; i < open.n; i++)
		if (!ask_one(ask, open.ids[i], e))
			return false;
	return true;
}

size_t outside_keys_queries(const struct key_questions *q, struct read_query *out)
{
	for (size_t i = 0; out && i < q->questions.n; i++) {
		struct question *question = q->questions.p[i];

		question->fetch = any_of_query(&question->any, q->table->name);
		out[i] = (struct read_query){ .table = q->table,
					      .fetch = &question->fetch,
					      .columns = q->columns.p,
					      .n = q->columns.n,
					      .row = take,
					      .context = question };
	}
	return q->questions.n;
}

bool outside_keys_map(struct key_questions *q, uint64_t *ambiguous, struct err *e)
{
	for (size_t i = 0; i < q->questions.n; i++)
		if (!map_answers(q, q->questions.p[i], ambiguous, e))
			return false;
	return true;
}

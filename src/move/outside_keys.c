/* SPDX-License-Identifier: MIT */
/*
 * A reference with keys is asked for as the knowledge's rule with those columns finds rows: the rule's condition must hold for
 * the row that is found. All keys of a rule are asked for at once; the first that finds a row which may be taken decides, and one
 * that fits several rows ends the search. Several references go into one request.
 */
#include "move/outside_keys.h"

#include "move/any_of.h"
#include "move/run_reference.h"

#include "base/banned.h"

/* One key of one reference. */
struct probe {
	struct sought *row;
	const struct rows_rule *rule;
	const struct reference_key **keys; /* values as the target stores them */
	size_t nkeys;
	struct candidates found;
};

/* One request. */
struct question {
	const struct key_questions *of;
	VEC(struct probe *) probes;
	struct any_of any;
	const struct rows_rule *only; /* of a kind of which there is one; or NULL */
	struct fetch fetch;
};

struct key_questions {
	VEC(struct probe *) probes; /* of one reference after the other, in the order of its keys */
	VEC(struct question *) questions;
	struct sought_rows *sought;
	struct arena *arena;
};

static struct reference_key *find_key(const struct sought *row, struct str column)
{
	for (size_t i = 0; i < row->nkeys; i++)
		if (str_eq(row->keys[i].column, column))
			return &row->keys[i];
	return NULL;
}

static bool is_readable(const struct table *t, struct str name)
{
	const struct column *c = table_column(t, name);

	return c && c->read;
}

/* Whether all columns of a key are told, and there in the target. */
static bool is_whole(const struct sought_rows *s, const struct sought *row,
		     const struct rows_key *key)
{
	for (size_t i = 0; i < key->n; i++)
		if (!find_key(row, key->columns[i]) || !is_readable(s->of.table, key->columns[i]))
			return false;
	return key->n > 0;
}

static bool key_has(const struct rows_rule *rule, struct str column)
{
	for (size_t i = 0; i < rule->nkeys; i++)
		for (size_t k = 0; k < rule->keys[i].n; k++)
			if (str_eq(rule->keys[i].columns[k], column))
				return true;
	return false;
}

/* Whether everything that is told is a part of the rule's keys, or tells whether a row is fit. */
static bool is_of_rule(const struct sought_rows *s, const struct sought *row,
		       const struct rows_rule *rule)
{
	const struct known_table *known = s->of.known;

	for (size_t i = 0; i < row->nkeys; i++) {
		bool is = key_has(rule, row->keys[i].column);

		for (size_t k = 0; !is && k < known->nunfit; k++)
			is = str_eq(known->unfit[k].same, row->keys[i].column);
		if (!is)
			return false;
	}
	return true;
}

/* Rows of this kind are known by being the only one: an organization, or the unit above all. */
static bool is_only(const struct sought *row, const struct rows_rule *rule)
{
	if (rule->nkey > 0)
		return false;
	if (rule->op == WHEN_ALWAYS)
		return true;
	return rule->op == WHEN_NULL && row->nkeys == 1 &&
	       str_eq(row->keys[0].column, rule->when_column) && row->keys[0].value.text.n == 0;
}

/* A root is known by its id alone. */
static const struct rows_rule *find_rule(const struct sought_rows *s, const struct sought *row)
{
	for (size_t i = 0; s->of.known && i < s->of.known->nrows; i++) {
		const struct rows_rule *rule = &s->of.known->rows[i];
		bool whole = false;

		if (rule->kind == ROWS_ROOT)
			continue;
		if (is_only(row, rule))
			return rule;
		for (size_t k = 0; k < rule->nkeys; k++)
			whole = whole || is_whole(s, row, &rule->keys[k]);
		if (whole && is_of_rule(s, row, rule))
			return rule;
	}
	return NULL;
}

/* Values in the target's form; those that cannot be are taken out. */
static bool adapt(struct key_questions *q, struct sought *row, struct err *e)
{
	struct job *j = q->sought->j;

	for (size_t i = 0; i < row->nkeys; i++) {
		struct value *v = &row->keys[i].value;
		const struct column *c = table_column(q->sought->of.table, row->keys[i].column);
		struct guid id, target;
		struct err unfit;
		bool good = false;

		if (c && v->kind != VALUE_REF)
			good = value_adapt(q->arena, c, v, &unfit);
		else if (c && guid_parse(v->text, &id) &&
			 !run_get_map(j->run, v->table, id, &target, &good, e))
			return false;
		if (good && v->kind == VALUE_REF)
			v->text = guid_text(q->arena, target);
		if (!good)
			*v = (struct value){ .kind = VALUE_ABSENT };
	}
	return true;
}

/* The question that still takes conditions. */
static struct question *open_question(struct key_questions *q)
{
	size_t n = q->questions.n;

	if (n > 0 && !q->questions.p[n - 1]->only &&
	    q->questions.p[n - 1]->any.conditions < ANY_OF_CONDITIONS)
		return q->questions.p[n - 1];

	struct question *question = arena_new(q->arena, struct question);

	question->of = q;
	*VEC_PUSH(q->arena, &q->questions) = question;
	return question;
}

static struct probe *add_probe(struct key_questions *q, struct question *question,
			       struct sought *row, const struct rows_rule *rule)
{
	struct probe *probe = arena_new(q->arena, struct probe);

	probe->row = row;
	probe->rule = rule;
	*VEC_PUSH(q->arena, &question->probes) = probe;
	*VEC_PUSH(q->arena, &q->probes) = probe;
	return probe;
}

/* A key with a part that is empty, or whose row is not known in the target, finds nothing. */
static void ask_key(struct key_questions *q, struct sought *row, const struct rows_rule *rule,
		    const struct rows_key *key)
{
	const struct reference_key **keys =
		arena_array(q->arena, const struct reference_key *, key->n);
	struct value *values = arena_array(q->arena, struct value, key->n);

	if (!is_whole(q->sought, row, key))
		return;
	for (size_t i = 0; i < key->n; i++) {
		keys[i] = find_key(row, key->columns[i]);
		assert(keys[i]); /* the key is whole */
		values[i] = keys[i]->value;
		if (value_is_empty(&values[i]))
			return;
	}
	struct question *question = open_question(q);
	struct probe *probe = add_probe(q, question, row, rule);

	probe->keys = keys;
	probe->nkeys = key->n;
	any_of_add(q->arena, &question->any, key->columns, values, key->n);
}

/* All that are known by being the only one of a kind are one question. */
static void ask_only(struct key_questions *q, struct sought *row, const struct rows_rule *rule)
{
	struct question *question = NULL;

	for (size_t i = 0; i < q->questions.n && !question; i++)
		if (q->questions.p[i]->only == rule)
			question = q->questions.p[i];
	if (!question) {
		question = arena_new(q->arena, struct question);
		question->of = q;
		question->only = rule;
		*VEC_PUSH(q->arena, &q->questions) = question;
	}
	add_probe(q, question, row, rule);
}

static bool ask_row(struct key_questions *q, struct sought *row, struct err *e)
{
	const struct rows_rule *rule = find_rule(q->sought, row);

	row->told = rule != NULL;
	if (!rule)
		return true;
	if (!adapt(q, row, e))
		return false;
	if (rule->nkey == 0)
		ask_only(q, row, rule);
	for (size_t i = 0; i < rule->nkeys; i++)
		ask_key(q, row, rule, &rule->keys[i]);
	return true;
}

static bool is_meant(const struct candidates_of *of, const struct probe *p,
		     const struct read_row *row)
{
	if (!row_when(p->rule, of->columns.p, row->values, of->columns.n))
		return false;
	for (size_t i = 0; i < p->nkeys; i++) {
		const struct value *v =
			row_columns_find(&of->columns, row->values, p->keys[i]->column);
		if (!v || value_is_empty(v) ||
		    !value_equal(table_column(of->table, p->keys[i]->column), v,
				 &p->keys[i]->value))
			return false;
	}
	return true;
}

static bool take(void *context, const struct read_row *row, struct err *e)
{
	struct question *question = context;
	const struct candidates_of *of = &question->of->sought->of;

	(void)e;
	for (size_t i = 0; i < question->probes.n; i++) {
		struct probe *p = question->probes.p[i];

		if (is_meant(of, p, row))
			candidates_add(of, &p->found, row, p->row->keys, p->row->nkeys);
	}
	return true;
}

/* "column null", or all rows: one too many is enough to see that there are several. */
static struct fetch only_query(struct key_questions *q, const struct rows_rule *rule)
{
	struct fetch fetch = { .entity = { .table = q->sought->of.table->name } };

	if (rule->op == WHEN_ALWAYS)
		return fetch;
	struct fetch_condition *condition = arena_new(q->arena, struct fetch_condition);
	struct fetch_filter *filter = arena_new(q->arena, struct fetch_filter);

	*condition = (struct fetch_condition){ .attribute = rule->when_column,
					       .op = FETCH_NULL,
					       .op_name = S("null") };
	*filter = (struct fetch_filter){ .conditions = condition, .nconditions = 1 };
	fetch.entity.filters = filter;
	fetch.entity.nfilters = 1;
	return fetch;
}

bool outside_keys_ask(struct sought_rows *s, struct read_queries *queries,
		      struct key_questions **out, struct err *e)
{
	struct key_questions *q = arena_new(queries->arena, struct key_questions);

	q->sought = s;
	q->arena = queries->arena;
	*out = q;
	for (size_t i = 0; s->of.known && i < s->rows.n; i++)
		if (!ask_row(q, &s->rows.p[i], e))
			return false;
	for (size_t i = 0; i < q->questions.n; i++) {
		struct question *question = q->questions.p[i];

		question->fetch = question->only ? only_query(q, question->only)
						 : any_of_query(&question->any, s->of.table->name);
		*VEC_PUSH(queries->arena, &queries->list) =
			(struct read_query){ .table = s->of.table,
					     .fetch = &question->fetch,
					     .columns = s->of.columns.p,
					     .n = s->of.columns.n,
					     .row = take,
					     .context = question };
	}
	return true;
}

static struct str key_text(struct arena *a, const struct probe *p)
{
	struct str out = S("");

	if (p->nkeys == 0)
		return S("being the only one of its kind");
	for (size_t i = 0; i < p->nkeys; i++)
		out = str_fmt(a, "%.*s%s%.*s \"%.*s\"", STR_ARG(out), i > 0 ? ", " : "",
			      STR_ARG(p->keys[i]->column),
			      STR_ARG(str_sub(p->keys[i]->value.text, 0, 100)));
	return out;
}

static void decide(struct key_questions *q, const struct probe *p)
{
	struct sought *row = p->row;
	struct arena *a = q->arena;

	if (row->found || p->found.n == 0 || row->named.n > 1)
		return;
	if (p->found.n > 1) {
		row->why = str_fmt(a, "%zu rows of the target have its %.*s: %.*s", p->found.n,
				   STR_ARG(key_text(a, p)), STR_ARG(candidates_text(a, &p->found)));
		row->named = p->found;
		return;
	}
	if (!p->found.unfit) {
		row->found = true;
		row->target = p->found.ids[0];
		row->how = "its key";
		return;
	}
	if (row->why.n == 0)
		row->why = str_fmt(a, "by %.*s it is %.*s, which is %.*s", STR_ARG(key_text(a, p)),
				   STR_ARG(candidates_text(a, &p->found)),
				   STR_ARG(p->found.unfit->called));
}

void outside_keys_decide(struct key_questions *q)
{
	for (size_t i = 0; i < q->probes.n; i++)
		decide(q, q->probes.p[i]);
}

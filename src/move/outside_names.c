/* SPDX-License-Identifier: MIT */
/*
 * By id, and by name. One name may be that of many rows that are pointed to, so each is asked for once.
 */
#include "move/outside_names.h"

#include "base/map.h"
#include "dv/fetchxml.h"

#include "base/banned.h"

/* The names in one request: few, so that it stays short. */
#define NAMES_PER_REQUEST 20

/* The rows of a part, by id. */
struct by_id {
	struct sought_rows *sought;
	struct map index;
	bool judged; /* more than the id is read */
};

static struct str id_bytes(const struct guid *id)
{
	return str_of((const char *)id->b, sizeof(id->b));
}

static bool take_same_id(void *context, const struct read_row *read, struct err *e)
{
	struct by_id *by = context;
	const struct candidates_of *of = &by->sought->of;
	struct candidates one = { 0 };
	uint32_t index;

	(void)e;
	if (!map_get(&by->index, id_bytes(&read->id), &index))
		return true;
	struct sought *row = &by->sought->rows.p[index];

	if (by->judged)
		candidates_add(of, &one, read, row->keys, row->nkeys);
	if (one.unfit) {
		row->why = str_fmt(of->arena, "by its id it is %.*s, which is %.*s",
				   STR_ARG(candidates_text(of->arena, &one)),
				   STR_ARG(one.unfit->called));
		return true;
	}
	row->found = true;
	row->target = row->id;
	row->how = "same id";
	return true;
}

void outside_ids_ask(struct sought_rows *s, struct read_queries *queries)
{
	struct arena *a = queries->arena;
	struct by_id *by = arena_new(a, struct by_id);
	struct guid *ids = arena_array(a, struct guid, s->rows.n);
	bool judged = s->of.known && s->of.known->nunfit > 0;
	size_t n = 0;

	*by = (struct by_id){ .sought = s, .index = map_make(a), .judged = judged };
	for (size_t i = 0; i < s->rows.n; i++) {
		uint32_t index = (uint32_t)i;

		if (!s->rows.p[i].found && map_put(&by->index, id_bytes(&s->rows.p[i].id), &index))
			ids[n++] = s->rows.p[i].id;
	}

	struct read_query query = { .table = s->of.table,
				    .columns = s->of.columns.p,
				    .n = judged ? s->of.columns.n : 1, /* the first is the id */
				    .row = take_same_id,
				    .context = by };
	size_t parts = read_id_queries_count(n);
	struct read_query *list = arena_array(a, struct read_query, parts);

	read_id_queries(a, &query, s->of.table->primary_id, ids, n, list);
	for (size_t i = 0; i < parts; i++)
		*VEC_PUSH(a, &queries->list) = list[i];
}

static bool may_be_named(const struct candidates_of *of, const struct read_row *row)
{
	for (size_t i = 0; of->known && i < of->known->nrows; i++) {
		const struct rows_rule *rule = &of->known->rows[i];

		if (row_when(rule, of->columns.p, row->values, of->columns.n))
			return rule->kind == ROWS_SYSTEM || rule->kind == ROWS_VOCABULARY;
	}
	return false;
}

static bool is_open(const struct sought *row)
{
	return !row->found && !row->told && row->label.n > 0;
}

static bool take_name(void *context, const struct read_row *read, struct err *e)
{
	struct sought_rows *s = context;
	const struct value *name =
		row_columns_find(&s->of.columns, read->values, s->of.table->primary_name);

	(void)e;
	if (!name || !may_be_named(&s->of, read))
		return true;
	for (size_t i = 0; i < s->rows.n; i++) {
		struct sought *row = &s->rows.p[i];

		if (is_open(row) && str_eq(row->label, name->text))
			candidates_add(&s->of, &row->named, read, row->keys, row->nkeys);
	}
	return true;
}

static struct fetch *names_query(struct arena *a, const struct table *t, struct str *names,
				 size_t n)
{
	struct fetch_condition *condition = arena_new(a, struct fetch_condition);
	struct fetch_filter *filter = arena_new(a, struct fetch_filter);
	struct fetch *query = arena_new(a, struct fetch);

	*condition = (struct fetch_condition){ .attribute = t->primary_name,
					       .op = FETCH_IN,
					       .op_name = S("in"),
					       .values = names,
					       .nvalues = n };
	*filter = (struct fetch_filter){ .conditions = condition, .nconditions = 1 };
	*query = (struct fetch){ .entity = { .table = t->name, .filters = filter, .nfilters = 1 } };
	return query;
}

void outside_names_ask(struct sought_rows *s, struct read_queries *queries)
{
	const struct column *name = table_column(s->of.table, s->of.table->primary_name);
	struct arena *a = queries->arena;
	struct map seen = map_make(a);
	VEC(struct str) names = { 0 };

	if (!s->of.known || s->of.known->nrows == 0 || !name || !name->read)
		return;
	for (size_t i = 0; i < s->rows.n; i++) {
		struct sought *row = &s->rows.p[i];
		uint32_t index = (uint32_t)i;

		row->named = (struct candidates){ 0 };
		if (is_open(row) && map_put(&seen, row->label, &index))
			*VEC_PUSH(a, &names) = row->label;
	}
	for (size_t at = 0; at < names.n; at += NAMES_PER_REQUEST) {
		size_t n = names.n - at < NAMES_PER_REQUEST ? names.n - at : NAMES_PER_REQUEST;

		*VEC_PUSH(a, &queries->list) =
			(struct read_query){ .table = s->of.table,
					     .fetch = names_query(a, s->of.table, names.p + at, n),
					     .columns = s->of.columns.p,
					     .n = s->of.columns.n,
					     .row = take_name,
					     .context = s };
	}
}

static void decide(const struct sought_rows *s, struct sought *row)
{
	struct arena *a = s->of.arena;
	const struct candidates *c = &row->named;

	if (!is_open(row) || c->n == 0)
		return;
	if (c->n > 1) {
		row->why = str_fmt(a, "several rows of the target are named so: %.*s",
				   STR_ARG(candidates_text(a, c)));
	} else if (c->unfit) {
		row->why = str_fmt(a, "by its name it is %.*s, which is %.*s",
				   STR_ARG(candidates_text(a, c)), STR_ARG(c->unfit->called));
	} else {
		row->found = true;
		row->target = c->ids[0];
		row->how = "name";
	}
}

void outside_names_decide(struct sought_rows *s)
{
	for (size_t i = 0; i < s->rows.n; i++)
		decide(s, &s->rows.p[i]);
}

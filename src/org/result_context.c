/* SPDX-License-Identifier: MIT */
/*
 * The context lists what was selected. For a query in FetchXML it lists all that comes, and a lookup three
 * times: as its value, by its name, and as what could be expanded (facts/webapi.md 4.6).
 */
#include "org/result_context.h"

#include "base/banned.h"

struct list {
	struct buf text;
	bool begun;
};

static void add_item(struct list *l, struct str item)
{
	buf_add_char(&l->text, l->begun ? ',' : '(');
	buf_add(&l->text, item);
	l->begun = true;
}

/* Columns of the row that a link takes are no columns of the table. */
static bool is_own(const struct query *q, const struct query_column *c)
{
	return c->field.node == &q->root && !c->count_children;
}

static bool is_plain_lookup(const struct query *q, const struct query_column *c)
{
	return is_own(q, c) && column_is_lookup(c->field.column) && !c->annotate_name;
}

static void add_navigation(const struct result *r, struct list *l, const struct query_field *f)
{
	const struct column *c = f->column;
	const struct many_to_one *m = NULL;
	struct str name = c->name;

	if (c->ntargets == 1)
		m = table_lookup(f->node->table, c->name, c->targets[0]);
	if (m)
		name = m->navigation;
	add_item(l, str_fmt(r->arena, "%.*s()", STR_ARG(name)));
}

static void add_fetched(const struct result *r, struct list *l)
{
	const struct query *q = r->query;

	for (size_t i = 0; i < q->columns.n; i++) {
		const struct query_column *c = &q->columns.p[i];

		if (!is_own(q, c))
			continue;
		add_item(l, c->property);
		if (is_plain_lookup(q, c))
			add_item(l, c->field.column->name);
	}
	for (size_t i = 0; i < q->columns.n; i++) {
		if (is_plain_lookup(q, &q->columns.p[i]))
			add_navigation(r, l, &q->columns.p[i].field);
	}
}

static void add_selected(const struct result *r, struct list *l)
{
	const struct query *q = r->query;

	for (size_t i = 0; i < q->columns.n && !q->all_columns; i++) {
		const struct query_column *c = &q->columns.p[i];

		if (is_own(q, c) && !c->implied)
			add_item(l, c->property);
	}
	if (r->expanded.n > 0)
		add_item(l, r->expanded);
}

static void list_release(struct list *l)
{
	buf_release(&l->text);
}

void result_context(const struct result *r, struct json_writer *w, struct str suffix)
{
	const struct query *q = r->query;
	DEFER(list_release) struct list l = { .text = buf_make(0) };

	if (r->prefer->metadata == METADATA_NONE)
		return;
	buf_add(&l.text, r->root);
	buf_add(&l.text, S("$metadata#"));
	buf_add(&l.text, r->context.n > 0 ? r->context : q->root.table->entity_set);
	if (r->context.n == 0 && q->odata && !q->aggregate)
		add_selected(r, &l);
	else if (r->context.n == 0 && !q->aggregate && !q->all_columns)
		add_fetched(r, &l);
	buf_add(&l.text, l.begun ? S(")") : S(""));
	buf_add(&l.text, suffix);
	json_key(w, S("@odata.context"));
	json_str(w, buf_str(&l.text));
}

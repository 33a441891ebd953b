/* SPDX-License-Identifier: MIT */
/*
 * Walks a parsed query and asks of each column that it names whether its table has it.
 */
#include "dv/schema_filter.h"

#include "base/limits.h"
#include "base/nearest.h"

#include "base/banned.h"

struct walk {
	struct findings *findings;
	const struct schema *schema;
	const struct schema_entity *entity; /* whose filter it is */
	const struct fetch_node *root;
	const struct catalog *catalog; /* NULL: the schema itself is asked */
};

static struct place at(const struct walk *w, unsigned line)
{
	return (struct place){ .line = line, .table = w->entity->name };
}

static void ask_schema(const struct walk *w, struct str table, struct str column, unsigned line)
{
	const struct schema_entity *en = schema_entity(w->schema, table);

	if (en && !schema_field(en, column))
		findings_add(w->findings, FINDING_NOTE, at(w, line),
			     "the filter uses %.*s.%.*s, which is no field of this schema; "
			     "--against tells whether the table has it",
			     STR_ARG(table), STR_ARG(column));
}

static void ask_catalog(const struct walk *w, struct str table, struct str column, unsigned line)
{
	const struct table *t = catalog_find(w->catalog, table);
	struct nearest near = nearest_to(column);

	if (!t || table_column(t, column)) /* a missing table is told once */
		return;
	for (size_t i = 0; i < t->ncolumns && w->findings->n < LIMIT_FINDINGS; i++)
		nearest_offer(&near, str_cstr(w->findings->arena, t->columns[i].name));
	findings_add(w->findings, FINDING_ERROR, at(w, line),
		     "the filter uses %.*s.%.*s, which the environment does not have%s%s%s",
		     STR_ARG(table), STR_ARG(str_sub(column, 0, 80)),
		     near.best ? "; did you mean " : "", near.best ? near.best : "",
		     near.best ? "?" : "");
}

static void ask(const struct walk *w, const struct fetch_node *node, struct str column,
		unsigned line)
{
	if (column.n == 0 || !node)
		return;
	if (w->catalog)
		ask_catalog(w, node->table, column, line);
	else
		ask_schema(w, node->table, column, line);
}

static const struct fetch_node *by_alias(const struct fetch_node *node, struct str alias)
{
	for (size_t i = 0; i < node->nlinks; i++) {
		const struct fetch_node *link = &node->links[i];
		const struct fetch_node *found =
			str_eq(link->alias, alias) ? link : by_alias(link, alias);
		if (found)
			return found;
	}
	return NULL;
}

/* The node that a column with this entityname belongs to. */
static const struct fetch_node *owner(const struct walk *w, const struct fetch_node *node,
				      struct str alias, unsigned line)
{
	const struct fetch_node *found = alias.n > 0 ? by_alias(w->root, alias) : node;

	if (!found)
		findings_add(w->findings, FINDING_ERROR, at(w, line),
			     "the filter has entityname=\"%.*s\", but no link has that alias",
			     STR_ARG(str_sub(alias, 0, 80)));
	return found;
}

static void walk_filter(const struct walk *w, const struct fetch_node *node,
			const struct fetch_filter *f)
{
	for (size_t i = 0; i < f->nconditions; i++) {
		const struct fetch_condition *c = &f->conditions[i];

		ask(w, owner(w, node, c->entity, c->line), c->attribute, c->line);
	}
	for (size_t i = 0; i < f->nfilters; i++)
		walk_filter(w, node, &f->filters[i]);
}

static void ask_table(const struct walk *w, const struct fetch_node *node)
{
	if (w->catalog && !catalog_find(w->catalog, node->table))
		findings_add(w->findings, FINDING_ERROR, at(w, node->line),
			     "the filter links to %.*s, which the environment does not have",
			     STR_ARG(str_sub(node->table, 0, 80)));
}

static void walk_node(const struct walk *w, const struct fetch_node *node)
{
	for (size_t i = 0; i < node->nattributes; i++)
		ask(w, node, node->attributes[i].name, node->attributes[i].line);
	for (size_t i = 0; i < node->norders; i++) {
		const struct fetch_order *o = &node->orders[i];

		ask(w, owner(w, node, o->entity, o->line), o->attribute, o->line);
	}
	for (size_t i = 0; i < node->nfilters; i++)
		walk_filter(w, node, &node->filters[i]);
	for (size_t i = 0; i < node->nlinks; i++) {
		const struct fetch_node *link = &node->links[i];

		ask_table(w, link);
		ask(w, link, link->from, link->line);
		ask(w, node, link->to, link->line);
		walk_node(w, link);
	}
}

struct fetch *schema_filter_parse(struct findings *f, const struct schema_entity *en)
{
	struct place place = { .line = en->filter_line, .table = en->name };
	struct fetch *filter = arena_new(f->arena, struct fetch);
	struct err e;

	if (en->filter.n == 0)
		return NULL;
	if (!fetch_parse(f->arena, en->filter, f->name, en->filter_line, filter, &e)) {
		findings_add_err(f, place, "the filter: ", &e);
		return NULL;
	}
	if (str_eq(filter->entity.table, en->name))
		return filter;
	place.line = filter->entity.line;
	findings_add(f, FINDING_ERROR, place, "the filter asks for rows of %.*s, not of %.*s",
		     STR_ARG(str_sub(filter->entity.table, 0, 80)), STR_ARG(en->name));
	return NULL;
}

void schema_filter_columns(struct findings *f, const struct schema *schema,
			   const struct schema_entity *en, const struct fetch *filter,
			   const struct catalog *catalog)
{
	struct walk w = { .findings = f,
			  .schema = schema,
			  .entity = en,
			  .root = &filter->entity,
			  .catalog = catalog };

	walk_node(&w, &filter->entity);
}

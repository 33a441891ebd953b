/* SPDX-License-Identifier: MIT */
/*
 * A filter that was made for the source, asked of the target. A row that is in it here and not there would be taken for one
 * that the source lacks: so whatever makes that possible is refused.
 */
#include "move/prune_filter.h"

#include "base/banned.h"

struct filtering {
	struct job *j;
	const struct tab *tab;
};

static bool refuse(const struct filtering *f, unsigned line, struct str what, struct err *e)
{
	const struct job *j = f->j;

	return err_set(
		e, ERR_CONFLICT,
		"nothing was written: %s:%u: rows of %.*s cannot be pruned, because their filter %.*s; "
		"take the table out of the schema, or give it another filter",
		j->schema->name, line, STR_ARG(f->tab->entity->name), STR_ARG(what));
}

/* What an environment notes about its own copy of a row. */
static bool is_of_the_copy(struct str column)
{
	static const struct str names[] = {
		STR_INIT("createdon"),         STR_INIT("createdby"),
		STR_INIT("createdonbehalfby"), STR_INIT("modifiedon"),
		STR_INIT("modifiedby"),        STR_INIT("modifiedonbehalfby"),
		STR_INIT("overwritetime"),     STR_INIT("versionnumber"),
	};

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (str_eq(names[i], column))
			return true;
	return false;
}

static bool is_about_the_asker(enum fetch_op op)
{
	return op >= FETCH_EQ_USER && op <= FETCH_EQ_USER_LANGUAGE;
}

static bool is_about_now(enum fetch_op op)
{
	return op >= FETCH_YESTERDAY && op <= FETCH_NEXT_X_FISCAL_PERIODS && op != FETCH_ON &&
	       op != FETCH_ON_OR_BEFORE && op != FETCH_ON_OR_AFTER;
}

static bool map_value(const struct filtering *f, const struct fetch_condition *c, struct str *value,
		      struct err *e)
{
	struct arena *page = f->j->page;
	struct guid source, target;
	bool found;

	if (!guid_parse(str_trim(*value), &source))
		return true;
	if (!run_get_map_any(f->j->run, source, &target, &found, e))
		return false;
	if (!found)
		return refuse(f, c->line,
			      str_fmt(page, "names %.*s, which has no counterpart in the target",
				      STR_ARG(str_sub(*value, 0, 60))),
			      e);
	*value = guid_text(page, target);
	return true;
}

static bool map_condition(const struct filtering *f, struct fetch_condition *c, struct err *e)
{
	struct arena *page = f->j->page;

	if (is_about_the_asker(c->op) || is_about_now(c->op))
		return refuse(f, c->line,
			      str_fmt(page, "asks for %.*s, which depends on who asks, or when",
				      STR_ARG(c->op_name)),
			      e);
	if (is_of_the_copy(c->attribute) || is_of_the_copy(c->value_of))
		return refuse(
			f, c->line,
			str_fmt(page, "asks for %.*s, which is each environment's own",
				STR_ARG(is_of_the_copy(c->attribute) ? c->attribute : c->value_of)),
			e);
	for (size_t i = 0; i < c->nvalues; i++)
		if (!map_value(f, c, &c->values[i], e))
			return false;
	return true;
}

static bool map_node(const struct filtering *f, struct fetch_node *node, struct err *e);

static bool map_filter(const struct filtering *f, struct fetch_filter *filter, struct err *e)
{
	for (size_t i = 0; i < filter->nconditions; i++)
		if (!map_condition(f, &filter->conditions[i], e))
			return false;
	for (size_t i = 0; i < filter->nfilters; i++)
		if (!map_filter(f, &filter->filters[i], e))
			return false;
	for (size_t i = 0; i < filter->nlinks; i++)
		if (!map_node(f, &filter->links[i], e))
			return false;
	return true;
}

/* As deep as the parser lets a query be. */
static bool map_node(const struct filtering *f, struct fetch_node *node, struct err *e)
{
	for (size_t i = 0; i < node->nfilters; i++)
		if (!map_filter(f, &node->filters[i], e))
			return false;
	for (size_t i = 0; i < node->nlinks; i++)
		if (!map_node(f, &node->links[i], e))
			return false;
	return true;
}

bool prune_filter(struct job *j, const struct tab *t, struct fetch *out, struct err *e)
{
	const struct schema_entity *en = t->entity;
	struct filtering f = { .j = j, .tab = t };

	*out = (struct fetch){ .entity = { .table = t->table->name } };
	if (en->filter.n == 0)
		return true;
	if (!fetch_parse(j->page, en->filter, j->schema->name, en->filter_line, out, e))
		return err_wrap(e, "the filter of %.*s", STR_ARG(en->name));
	if (!str_eq(out->entity.table, en->name))
		return refuse(&f, out->entity.line, S("asks for rows of another table"), e);
	if (out->aggregate || out->top > 0 || out->page > 1 || out->datasource.n > 0)
		return refuse(&f, out->entity.line, S("does not give all rows that it is about"),
			      e);
	return map_node(&f, &out->entity, e);
}

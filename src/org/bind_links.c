/* SPDX-License-Identifier: MIT */
/*
 * Links: which tables they join, by which columns, and how.
 */
#include "base/limits.h"
#include "org/bind_filter.h"
#include "org/binder.h"
#include "org/calendar.h"
#include "org/code.h"

#include "base/banned.h"

static bool can_join(const struct column *c)
{
	enum query_form form = query_form(c);

	return form != FORM_SET && form != FORM_OPAQUE && form != FORM_NOTHING &&
	       c->type != COLUMN_FILE;
}

static bool bind_join(struct query_node *node, const struct fetch_node *source, struct err *e)
{
	if (source->from.n == 0 || source->to.n == 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_JOIN_COLUMNS,
				    "link-entity '%.*s' needs both from and to",
				    STR_ARG(source->table));
	if (!bind_column(node, source->from, &node->from, e) ||
	    !bind_column(node->parent, source->to, &node->to, e))
		return false;
	if (!can_join(node->from) || !can_join(node->to) ||
	    query_form(node->from) != query_form(node->to))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_JOIN_COLUMNS,
				    "link-entity '%.*s' cannot join '%.*s' to '%.*s'",
				    STR_ARG(source->table), STR_ARG(source->from),
				    STR_ARG(source->to));
	return true;
}

/* Whether rows of the link become part of the rows of the query. */
static bool joins_rows(enum fetch_join join)
{
	return join == FETCH_INNER || join == FETCH_OUTER || join == FETCH_FIRST_ROW;
}

static enum fetch_join plain_join(enum fetch_join join)
{
	if (join == FETCH_FIRST_ROW)
		return FETCH_INNER;
	return join == FETCH_IN_LIST ? FETCH_EXISTS : join;
}

static bool bind_link(struct binder *b, const struct query_node *parent,
		      const struct fetch_node *source, struct query_node *link, struct err *e)
{
	link->alias = source->alias;
	link->parent = parent;
	link->join = plain_join(source->join);
	link->first = source->join == FETCH_FIRST_ROW || parent->first;
	link->hidden = parent->hidden || !joins_rows(source->join);
	link->number = (unsigned)b->q->nodes.n;
	if (link->number > LIMIT_LINK_ENTITIES)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_LINKS,
				    "the query has more than %d link-entities",
				    LIMIT_LINK_ENTITIES);
	*VEC_PUSH(b->a, &b->q->nodes) = link;
	*VEC_PUSH(b->a, &b->sources) = source;
	return binder_table(b->s, source->table, &link->table, e) &&
	       calendar_check_link(b->s, link->table, e) && bind_join(link, source, e) &&
	       bind_links(b, link, source, e);
}

bool bind_links(struct binder *b, struct query_node *node, const struct fetch_node *source,
		struct err *e)
{
	node->nlinks = source->nlinks;
	node->links = arena_array(b->a, struct query_node, source->nlinks);
	for (size_t i = 0; i < source->nlinks; i++) {
		if (!bind_link(b, node, &source->links[i], &node->links[i], e))
			return false;
	}
	return true;
}

static bool bind_links_of(struct binder *b, const struct query_node *node,
			  const struct fetch_filter *source, struct query_filter *f, struct err *e)
{
	f->nlinks = source->nlinks;
	f->links = arena_array(b->a, struct query_node, source->nlinks);
	for (size_t i = 0; i < source->nlinks; i++) {
		if (joins_rows(source->links[i].join))
			return err_set_code(e, ERR_BAD_REQUEST, CODE_JOIN_TYPE,
					    "link-entity '%.*s' stands in a filter: its link-type "
					    "must be any, not any, all or not all",
					    STR_ARG(source->links[i].table));
		if (!bind_link(b, node, &source->links[i], &f->links[i], e))
			return false;
	}
	for (size_t i = 0; i < source->nfilters; i++) {
		if (!bind_links_of(b, node, &source->filters[i], &f->filters[i], e))
			return false;
	}
	return true;
}

bool bind_filter_links(struct binder *b, struct query_node *node, const struct fetch_node *source,
		       struct err *e)
{
	for (size_t i = 0; i < source->nfilters; i++) {
		if (!bind_links_of(b, node, &source->filters[i], &node->filter.filters[i], e))
			return false;
	}
	return true;
}

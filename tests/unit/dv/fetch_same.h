/* SPDX-License-Identifier: MIT */
/*
 * Queries that must parse, and whether two of them are the same.
 */
#ifndef FERRY_TESTS_UNIT_DV_FETCH_SAME_H
#define FERRY_TESTS_UNIT_DV_FETCH_SAME_H

#include "shared.h"

#include "dv/fetchxml.h"

static inline void parse(struct arena *a, const char *text, struct fetch *f)
{
	struct err e = { 0 };
	if (!fetch_parse(a, str_from(text), "q.xml", 1, f, &e))
		fail_msg("%s: %s", text, e.msg);
}

static inline void same(struct str x, struct str y)
{
	if (!str_eq(x, y))
		fail_msg("\"%.*s\" is not \"%.*s\"", STR_ARG(x), STR_ARG(y));
}

static inline void same_node(const struct fetch_node *x, const struct fetch_node *y);

static inline void same_filter(const struct fetch_filter *x, const struct fetch_filter *y)
{
	assert_int_equal(x->any, y->any);
	assert_int_equal(x->nconditions, y->nconditions);
	assert_int_equal(x->nfilters, y->nfilters);
	for (size_t i = 0; i < x->nconditions; i++) {
		const struct fetch_condition *c = &x->conditions[i], *d = &y->conditions[i];
		same(c->attribute, d->attribute);
		same(c->entity, d->entity);
		same(c->op_name, d->op_name);
		same(c->value_of, d->value_of);
		assert_int_equal(c->op, d->op);
		assert_int_equal(c->nvalues, d->nvalues);
		for (size_t k = 0; k < c->nvalues; k++)
			same(c->values[k], d->values[k]);
	}
	for (size_t i = 0; i < x->nfilters; i++)
		same_filter(&x->filters[i], &y->filters[i]);
	assert_int_equal(x->nlinks, y->nlinks);
	for (size_t i = 0; i < x->nlinks; i++)
		same_node(&x->links[i], &y->links[i]);
}

static inline void same_attribute(const struct fetch_attribute *x, const struct fetch_attribute *y)
{
	same(x->name, y->name);
	same(x->alias, y->alias);
	assert_int_equal(x->aggregate, y->aggregate);
	assert_int_equal(x->group, y->group);
	assert_int_equal(x->part, y->part);
	assert_int_equal(x->utc, y->utc);
	assert_int_equal(x->distinct, y->distinct);
	assert_int_equal(x->count_children, y->count_children);
}

static inline void same_node(const struct fetch_node *x, const struct fetch_node *y)
{
	same(x->table, y->table);
	same(x->from, y->from);
	same(x->to, y->to);
	same(x->alias, y->alias);
	assert_int_equal(x->join, y->join);
	assert_int_equal(x->all_attributes, y->all_attributes);
	assert_int_equal(x->nattributes, y->nattributes);
	assert_int_equal(x->norders, y->norders);
	assert_int_equal(x->nfilters, y->nfilters);
	assert_int_equal(x->nlinks, y->nlinks);
	for (size_t i = 0; i < x->nattributes; i++)
		same_attribute(&x->attributes[i], &y->attributes[i]);
	for (size_t i = 0; i < x->norders; i++) {
		same(x->orders[i].attribute, y->orders[i].attribute);
		same(x->orders[i].alias, y->orders[i].alias);
		same(x->orders[i].entity, y->orders[i].entity);
		assert_int_equal(x->orders[i].descending, y->orders[i].descending);
	}
	for (size_t i = 0; i < x->nfilters; i++)
		same_filter(&x->filters[i], &y->filters[i]);
	for (size_t i = 0; i < x->nlinks; i++)
		same_node(&x->links[i], &y->links[i]);
}

/* parse(format(x)) == x */
static inline void check_round_trip(struct arena *a, const struct fetch *f)
{
	DEFER(buf_release) struct buf text = buf_make(0);
	struct fetch g;
	fetch_format(&text, f);
	parse(a, str_cstr(a, buf_str(&text)), &g);
	assert_int_equal(f->distinct, g.distinct);
	assert_int_equal(f->aggregate, g.aggregate);
	assert_int_equal(f->aggregate_limit, g.aggregate_limit);
	same(f->datasource, g.datasource);
	assert_int_equal(f->total_count, g.total_count);
	assert_int_equal(f->raw_order, g.raw_order);
	assert_int_equal(f->top, g.top);
	assert_int_equal(f->count, g.count);
	assert_int_equal(f->page, g.page);
	same(f->cookie, g.cookie);
	same_node(&f->entity, &g.entity);
}

#endif

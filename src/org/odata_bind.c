/* SPDX-License-Identifier: MIT */
/*
 * From options to a struct fetch: $select to attributes, $filter and $orderby with the links that their
 * paths need.
 */
#include "org/odata_bind.h"

#include "org/bind.h"
#include "org/code.h"
#include "org/odata_filter.h"
#include "org/odata_names.h"

#include "base/banned.h"

static bool is_expanded(const struct odata_options *o, struct str name)
{
	for (size_t i = 0; i < o->nexpand; i++) {
		if (str_eq(o->expand[i].navigation, name))
			return true;
	}
	return false;
}

static bool fail_select(const struct table *t, struct str name, struct err *e)
{
	const struct many_to_one *lookup = odata_navigation(t, name);

	if (!lookup)
		return odata_fail_property(t, name, e);
	return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
			    "The navigation property '%.*s' cannot be selected; '_%.*s_value' can.",
			    STR_ARG(name), STR_ARG(lookup->column));
}

/* The properties among the names of $select; the rest is expanded. */
static bool find_selected(struct arena *a, const struct table *t, const struct odata_options *o,
			  const struct column ***out, size_t *n, struct err *e)
{
	const struct column **columns = arena_array(a, const struct column *, o->nselect);
	size_t count = 0;

	for (size_t i = 0; i < o->nselect; i++) {
		const struct column *c = odata_property(t, o->select[i]);

		if (c) {
			columns[count++] = c;
		} else if (!is_expanded(o, o->select[i])) {
			(void)fail_select(t, o->select[i], e);
			return false;
		}
	}
	*out = columns;
	*n = count;
	return true;
}

static bool bind_select(struct odata_binder *b, const struct odata_options *o,
			struct fetch_node *root, struct err *e)
{
	const struct column **columns = NULL;
	size_t n = 0;

	if (!find_selected(b->arena, b->root.table, o, &columns, &n, e))
		return false;
	root->all_attributes = !o->has_select;
	root->nattributes = n;
	root->attributes = arena_array(b->arena, struct fetch_attribute, n);
	for (size_t i = 0; i < n; i++)
		root->attributes[i].name = columns[i]->name;
	return true;
}

static bool bind_orderby(struct odata_binder *b, const struct odata_options *o,
			 struct fetch_node *root, struct err *e)
{
	root->norders = o->norders;
	root->orders = arena_array(b->arena, struct fetch_order, o->norders);
	for (size_t i = 0; i < o->norders; i++) {
		const struct odata_join *join;
		const struct column *c;

		if (!odata_bind_path(b, &o->orders[i].path, &join, &c, e))
			return false;
		root->orders[i] = (struct fetch_order){ .attribute = c->name,
							.entity = join->alias,
							.descending = o->orders[i].descending };
	}
	return true;
}

static bool bind_filters_of(struct odata_binder *b, const struct odata_options *o,
			    const struct odata_place *place, struct fetch_node *root, struct err *e)
{
	root->filters = arena_array(b->arena, struct fetch_filter, 2);
	if (o->filter && !odata_bind_filter(b, o->filter, &root->filters[root->nfilters++], e))
		return false;
	if (place->within)
		root->filters[root->nfilters++] = *place->within;
	return true;
}

static bool bind_rows(const struct odata_options *o, const struct odata_place *place,
		      struct fetch *f, struct err *e)
{
	if (o->has_top && o->top == 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "Invalid value '0' for $top query option found. A query asks "
				    "for one row at least.");
	f->page = place->page;
	f->cookie = place->cookie;
	f->count = place->page_size;
	if (place->page_size == 0 && o->has_top)
		f->top = o->top;
	f->total_count = o->count;
	return true;
}

bool odata_bind(struct store *s, struct arena *a, const struct table *t,
		const struct odata_options *o, const struct odata_place *place, struct query **out,
		struct err *e)
{
	struct odata_binder b = odata_binder_make(s, a, t);
	struct fetch f = { .odata = true, .raw_order = true, .entity.table = t->name };

	if (!bind_select(&b, o, &f.entity, e) || !bind_filters_of(&b, o, place, &f.entity, e) ||
	    !bind_orderby(&b, o, &f.entity, e) || !bind_rows(o, place, &f, e))
		return false;
	odata_bind_links(&b, &f.entity);
	return bind_fetch(s, a, t, &f, out, e);
}

bool odata_bind_row(struct arena *a, const struct table *t, const struct odata_options *o,
		    struct guid id, struct query **out, struct err *e)
{
	const struct column **columns;
	size_t n;

	if (!find_selected(a, t, o, &columns, &n, e))
		return false;

	struct str *names = arena_array(a, struct str, n + 1);

	for (size_t i = 0; i < n; i++)
		names[i] = query_property(a, columns[i]);
	/* none at all would be all of them */
	if (o->has_select && n == 0)
		names[n++] = t->primary_id;
	return bind_row(a, t, id, names, n, out, e);
}

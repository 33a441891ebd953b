/* SPDX-License-Identifier: MIT */
/*
 * The whole tree is looked through twice: what there is in it, then whether each item may be there.
 */
#include "org/expand_rules.h"

#include "base/limits.h"
#include "org/code.h"
#include "org/navigation.h"
#include "org/odata_names.h"

#include "base/banned.h"

struct survey {
	struct call *call;
	enum expand_of of;
	size_t items;
	bool deep;        /* an $expand inside an $expand */
	bool collections; /* at any level */
	bool deep_1n;     /* one of them inside an $expand */
};

static bool is_collection(const struct navigation *n)
{
	return n->kind == NAVIGATION_CHILDREN || n->kind == NAVIGATION_PAIRS;
}

static bool find(struct survey *s, const struct table *t, const struct odata_expand *x,
		 struct navigation *out, const struct table **other, struct err *e)
{
	if (!navigation_find(s->call->store, s->call->arena, t, x->navigation, out, e))
		return false;
	if (out->kind == NAVIGATION_NONE && odata_property(t, x->navigation))
		return err_set_code(
			e, ERR_BAD_REQUEST, CODE_ODATA,
			"Property '%.*s' on type 'Microsoft.Dynamics.CRM.%.*s' is not a "
			"navigation property; only those can be expanded.",
			STR_ARG(x->navigation), STR_ARG(t->name));
	if (out->kind == NAVIGATION_NONE)
		return odata_fail_property(t, x->navigation, e);
	if (str_eq(out->target, S("owner"))) {
		*other = NULL;
		return true;
	}
	if (!store_table(s->call->store, out->target, other, e))
		return false;
	return *other || err_set(e, ERR_UNSUPPORTED,
				 "'%.*s' leads to table '%.*s', which this organization does not "
				 "have",
				 STR_ARG(x->navigation), STR_ARG(out->target));
}

static bool fail_options(struct err *e)
{
	return err_set_code(
		e, ERR_BAD_REQUEST, CODE_ODATA,
		"Only $select and $filter clause can be provided while doing $expand on "
		"many-to-one relationship or nested one-to-many relationship.");
}

static bool fail_nested(struct str name, struct err *e)
{
	return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
			    "The navigation property '%.*s' cannot be expanded. Only many-to-one "
			    "relationships are supported for nested expansion.",
			    STR_ARG(name));
}

/* Every owner is a principal, of which nothing but its id is known. */
static bool check_principal(const struct odata_expand *x, struct err *e)
{
	const struct odata_options *o = &x->options;

	for (size_t i = 0; i < o->nselect + o->nexpand; i++) {
		struct str name =
			i < o->nselect ? o->select[i] : o->expand[i - o->nselect].navigation;

		if (i >= o->nselect || !str_eq(name, S("ownerid")))
			return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
					    "Could not find a property named '%.*s' on type "
					    "'Microsoft.Dynamics.CRM.principal'.",
					    STR_ARG(name));
	}
	return !o->filter || err_set(e, ERR_UNSUPPORTED,
				     "a local organization does not filter the owner that is "
				     "expanded in '%.*s'",
				     STR_ARG(x->navigation));
}

static bool check_twice(const struct odata_options *o, size_t i, struct err *e)
{
	for (size_t k = 0; k < i; k++) {
		if (str_eq(o->expand[k].navigation, o->expand[i].navigation))
			return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
					    "$expand names '%.*s' twice",
					    STR_ARG(o->expand[i].navigation));
	}
	return true;
}

/* What does not depend on the rest of the query. */
static bool check_item(const struct odata_expand *x, const struct navigation *n,
		       const struct table *other, struct err *e)
{
	const struct odata_options *o = &x->options;
	bool limited = o->has_top || o->norders > 0;

	if (x->reference && n->kind != NAVIGATION_LOOKUP)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "Expand with $ref is only supported on lookup type navigation "
				    "property.");
	if (x->reference && x->text.n > 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "'%.*s/$ref' takes no options in $expand",
				    STR_ARG(x->navigation));
	if (n->kind == NAVIGATION_LOOKUP && limited)
		return fail_options(e);
	return other || check_principal(x, e);
}

static bool survey(struct survey *s, const struct table *t, const struct odata_options *o,
		   unsigned depth, struct err *e)
{
	for (size_t i = 0; i < o->nexpand; i++) {
		const struct odata_expand *x = &o->expand[i];
		const struct table *other = NULL;
		struct navigation n;

		if (++s->items > LIMIT_EXPANDS)
			return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
					    "a query has at most %d $expand options",
					    LIMIT_EXPANDS);
		if (!check_twice(o, i, e) || !find(s, t, x, &n, &other, e) ||
		    !check_item(x, &n, other, e))
			return false;
		s->deep = s->deep || depth > 0;
		s->collections = s->collections || is_collection(&n);
		s->deep_1n = s->deep_1n || (depth > 0 && is_collection(&n));
		if (other && !survey(s, other, &x->options, depth + 1, e))
			return false;
	}
	return true;
}

/* A collection in a query with a nested $expand; `joined`: it has or stands in one. */
static bool check_collection(const struct survey *s, const struct odata_expand *x,
			     const struct navigation *n, bool joined, struct err *e)
{
	const struct odata_options *o = &x->options;

	if (s->of == EXPAND_ROW)
		return !joined || fail_nested(x->navigation, e);
	if (n->kind == NAVIGATION_PAIRS)
		return fail_nested(x->navigation, e);
	return (!o->has_top && o->norders == 0) || fail_options(e);
}

static bool check_collections(struct survey *s, const struct table *t,
			      const struct odata_options *o, unsigned depth, struct err *e)
{
	for (size_t i = 0; i < o->nexpand; i++) {
		const struct odata_expand *x = &o->expand[i];
		const struct table *other = NULL;
		struct navigation n;
		bool joined = depth > 0 || x->options.nexpand > 0;

		if (!find(s, t, x, &n, &other, e))
			return false;
		if (is_collection(&n) && !check_collection(s, x, &n, joined, e))
			return false;
		if (other && !check_collections(s, other, &x->options, depth + 1, e))
			return false;
	}
	return true;
}

bool expand_check(struct call *c, const struct table *t, const struct odata_options *o,
		  enum expand_of of, bool *nested, struct err *e)
{
	struct survey s = { .call = c, .of = of };

	if (!survey(&s, t, o, 0, e))
		return false;
	if (s.deep && s.collections && !check_collections(&s, t, o, 0, e))
		return false;
	if (s.deep_1n && (o->has_top || o->norders > 0))
		return fail_options(e);
	*nested = s.deep && s.collections && of == EXPAND_SET;
	return true;
}

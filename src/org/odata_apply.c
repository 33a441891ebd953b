/* SPDX-License-Identifier: MIT */
/*
 * Reading $apply, and binding it as an aggregate query of FetchXML.
 */
#include "org/odata_apply.h"

#include <string.h>

#include "base/vec.h"
#include "org/bind.h"
#include "org/code.h"
#include "org/odata_filter.h"
#include "org/odata_options.h"
#include "org/odata_scan.h"

#include "base/banned.h"

struct reader {
	struct arena *arena;
	const struct url *aliases;
};

static bool fail(struct str text, const char *remedy, struct err *e)
{
	return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
			    "The $apply transformation '%.*s' is not supported: %s.",
			    STR_ARG(str_sub(text, 0, 500)), remedy);
}

/* What stands in the parentheses of word(...); false when the text is nothing of the kind. */
static bool call_of(struct str text, struct str word, struct str *inside)
{
	if (!str_starts(text, word))
		return false;
	text = str_trim(str_skip(text, word.n));
	if (text.n < 2 || text.p[0] != '(' || text.p[text.n - 1] != ')')
		return false;
	*inside = str_trim(str_sub(text, 1, text.n - 2));
	return true;
}

static const struct {
	struct str word;
	enum fetch_aggregate kind;
} METHODS[] = {
	{ STR_INIT("sum"), FETCH_SUM },
	{ STR_INIT("average"), FETCH_AVG },
	{ STR_INIT("min"), FETCH_MIN },
	{ STR_INIT("max"), FETCH_MAX },
};

static bool read_method(struct str word, enum fetch_aggregate *out)
{
	for (size_t i = 0; i < COUNT_OF(METHODS); i++) {
		if (str_eq(METHODS[i].word, word)) {
			*out = METHODS[i].kind;
			return true;
		}
	}
	return false;
}

/* column with sum as alias, $count as alias */
static bool read_aggregate(struct reader *r, struct str text, struct odata_aggregate *out,
			   struct err *e)
{
	static const char remedy[] =
		"an aggregate is '<property> with sum as <name>', with average, "
		"min or max, or '$count as <name>'";
	struct odata_scan scan = { .arena = r->arena, .text = text };
	bool count = str_starts(text, S("$count"));
	size_t with = str_find(text, S(" with "));

	if (count) {
		scan.at = strlen("$count");
		out->kind = FETCH_COUNT;
	} else {
		if (with == STR_NONE)
			return fail(text, remedy, e);
		scan.at = with + strlen(" with ");
		if (!read_method(scan_name(&scan), &out->kind))
			return fail(text, remedy, e);
		if (!odata_path_parse(r->arena, str_sub(text, 0, with), r->aliases, &out->path, e))
			return false;
	}
	if (!scan_word(&scan, S("as")))
		return fail(text, remedy, e);
	out->alias = scan_name(&scan);
	if (out->alias.n == 0 || str_find_char(out->alias, '.') != STR_NONE || scan_peek(&scan))
		return fail(text, remedy, e);
	return true;
}

static bool read_aggregates(struct reader *r, struct str text, struct odata_apply *out,
			    struct err *e)
{
	struct odata_splitter parts = { .rest = text };
	VEC(struct odata_aggregate) found = { 0 };

	for (struct str part; odata_split(&parts, ',', &part);) {
		if (!read_aggregate(r, part, VEC_PUSH(r->arena, &found), e))
			return false;
	}
	out->aggregates = found.p;
	out->naggregates = found.n;
	return true;
}

static bool read_groups(struct reader *r, struct str text, struct odata_apply *out, struct err *e)
{
	struct odata_splitter parts = { .rest = text };
	VEC(struct odata_path) found = { 0 };
	struct str list, inside;

	if (!odata_split(&parts, ',', &list) || !call_of(list, S(""), &list))
		return fail(text, "the properties to group by stand in parentheses of their own",
			    e);

	struct odata_splitter names = { .rest = list };

	for (struct str name; odata_split(&names, ',', &name);) {
		if (!odata_path_parse(r->arena, name, r->aliases, VEC_PUSH(r->arena, &found), e))
			return false;
	}
	out->groups = found.p;
	out->ngroups = found.n;
	if (parts.done)
		return true;
	if (!call_of(str_trim(parts.rest), S("aggregate"), &inside))
		return fail(parts.rest, "only aggregate(...) can stand behind the groups", e);
	return read_aggregates(r, inside, out, e);
}

static bool read_last(struct reader *r, struct str text, struct odata_apply *out, struct err *e)
{
	struct str inside;

	if (call_of(text, S("aggregate"), &inside))
		return read_aggregates(r, inside, out, e);
	if (call_of(text, S("groupby"), &inside))
		return read_groups(r, inside, out, e);
	return fail(text, "there are aggregate, groupby, and filter before one of them", e);
}

bool odata_apply_read(struct arena *a, struct str text, const struct url *aliases,
		      struct odata_apply *out, struct err *e)
{
	struct reader r = { a, aliases };
	struct odata_splitter steps = { .rest = text };
	struct odata_apply apply = { 0 };
	struct str step, inside;

	if (!odata_split(&steps, '/', &step))
		return fail(text, "it is empty", e);
	if (call_of(step, S("filter"), &inside)) {
		if (!odata_expr_parse(a, inside, aliases, &apply.filter, e))
			return false;
		if (!odata_split(&steps, '/', &step))
			return fail(text, "filter(...) stands before groupby or aggregate", e);
	}
	if (!steps.done)
		return fail(steps.rest, "nothing can stand behind groupby and aggregate", e);
	if (!read_last(&r, step, &apply, e))
		return false;
	*out = apply;
	return true;
}

/* The link that has the column, as a node of the tree that bind_links made. */
static struct fetch_node *find_node(struct fetch_node *node, struct str alias)
{
	struct fetch_node *found = str_eq(node->alias, alias) ? node : NULL;

	for (size_t i = 0; i < node->nlinks && !found; i++)
		found = find_node(&node->links[i], alias);
	return found;
}

/* Attributes of joins wait until the joins are nodes. */
struct attribute {
	struct str join;
	struct fetch_attribute attribute;
};

static struct str group_name(struct arena *a, const struct odata_join *join, const struct column *c)
{
	if (join->lookup)
		return str_fmt(a, "%.*s_%.*s", STR_ARG(join->table->name), STR_ARG(c->name));
	return query_property(a, c);
}

static bool bind_group(struct odata_binder *b, const struct odata_path *path, struct attribute *out,
		       struct err *e)
{
	const struct odata_join *join;
	const struct column *c;

	if (!odata_bind_path(b, path, &join, &c, e))
		return false;
	if (c->type == COLUMN_DATETIME)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "groupby of the date '%.*s' is not supported",
				    STR_ARG(c->name));
	out->join = join->alias;
	out->attribute = (struct fetch_attribute){ .name = c->name,
						   .alias = group_name(b->arena, join, c),
						   .group = true };
	return true;
}

static bool bind_aggregate(struct odata_binder *b, const struct odata_aggregate *g,
			   struct attribute *out, struct err *e)
{
	const struct odata_join *join = &b->root;
	const struct column *c = table_primary(b->root.table);

	if (g->kind != FETCH_COUNT && !odata_bind_path(b, &g->path, &join, &c, e))
		return false;
	out->join = join->alias;
	out->attribute = (struct fetch_attribute){
		.name = c->name, .alias = g->alias, .aggregate = g->kind, .utc = true
	};
	return true;
}

static void place_attributes(struct arena *a, struct fetch_node *root,
			     const struct attribute *attributes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct fetch_node *node = find_node(root, attributes[i].join);

		assert(node); /* its alias came from there */
		if (!node->attributes)
			node->attributes = arena_array(a, struct fetch_attribute, n);
		node->attributes[node->nattributes++] = attributes[i].attribute;
	}
}

bool odata_apply_bind(struct store *s, struct arena *a, const struct table *t,
		      const struct odata_apply *apply, uint32_t top, struct query **out,
		      struct err *e)
{
	struct odata_binder b = odata_binder_make(s, a, t);
	size_t n = apply->ngroups + apply->naggregates;
	struct attribute *attributes = arena_array(a, struct attribute, n);
	struct fetch f = { .odata = true,
			   .raw_order = true,
			   .aggregate = true,
			   .top = top,
			   .entity.table = t->name };

	for (size_t i = 0; i < apply->ngroups; i++) {
		if (!bind_group(&b, &apply->groups[i], &attributes[i], e))
			return false;
	}
	for (size_t i = apply->ngroups; i < n; i++) {
		if (!bind_aggregate(&b, &apply->aggregates[i - apply->ngroups], &attributes[i], e))
			return false;
	}
	if (apply->filter) {
		f.entity.filters = arena_new(a, struct fetch_filter);
		f.entity.nfilters = 1;
		if (!odata_bind_filter(&b, apply->filter, f.entity.filters, e))
			return false;
	}
	odata_bind_links(&b, &f.entity);
	place_attributes(a, &f.entity, attributes, n);
	return bind_fetch(s, a, t, &f, out, e);
}

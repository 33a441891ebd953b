/* SPDX-License-Identifier: MIT */
/*
 * Each type of the SDK is one function. What is null counts as left out, as serializers of the platform write it.
 */
#include "org/query_expression.h"

#include "base/limits.h"
#include "dv/fetchxml_words.h"
#include "org/code.h"

#include "base/banned.h"

static bool fail(struct err *e, const char *what, struct str text)
{
	return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD, "QueryExpression: %s '%.*s'", what,
			    STR_ARG(str_sub(text, 0, 100)));
}

static const struct json *member(const struct json *o, struct str name)
{
	const struct json *v = json_get(o, name);

	return v && v->kind != JSON_NULL ? v : NULL;
}

/* An array of objects; NULL when it is left out. */
static bool read_list(const struct json *o, struct str name, const struct json **out, struct err *e)
{
	*out = member(o, name);
	if (!*out)
		return true;
	if ((*out)->kind != JSON_ARRAY)
		return fail(e, "no array is", name);
	for (size_t i = 0; i < (*out)->n; i++) {
		if ((*out)->items[i].kind != JSON_OBJECT)
			return fail(e, "no objects are in", name);
	}
	return true;
}

static bool find_operator(struct str name, const struct fetch_operator **out, struct err *e)
{
	for (int op = 0; op < FETCH_OPS; op++) {
		*out = fetch_operator_find(fetch_op_word((enum fetch_op)op));
		if (*out && str_eq((*out)->sdk, name))
			return true;
	}
	return fail(e, "there is no operator", name);
}

/* {"Value":"x","Type":"System.String"}, or the value alone */
static bool read_value(const struct json *v, struct str *out, struct err *e)
{
	if (v->kind == JSON_OBJECT)
		v = json_get(v, S("Value"));
	if (v && v->kind == JSON_BOOL) {
		*out = v->yes ? S("1") : S("0");
		return true;
	}
	if (!v || (v->kind != JSON_STRING && v->kind != JSON_NUMBER))
		return fail(e, "no text, number or yes/no is a value of", S("Values"));
	*out = v->text;
	return true;
}

static bool read_condition(struct arena *a, const struct json *o, struct fetch_condition *out,
			   struct err *e)
{
	const struct json *values = member(o, S("Values"));
	const struct fetch_operator *op;

	*out = (struct fetch_condition){ .attribute = json_text(o, S("AttributeName")),
					 .entity = json_text(o, S("EntityName")) };
	if (out->attribute.n == 0)
		return fail(e, "a condition has no", S("AttributeName"));
	if (!find_operator(json_text(o, S("Operator")), &op, e))
		return false;
	out->op = op->op;
	out->op_name = op->word;
	out->nvalues = values && values->kind == JSON_ARRAY ? values->n : 0;
	out->values = arena_array(a, struct str, out->nvalues);
	for (size_t i = 0; i < out->nvalues; i++) {
		if (!read_value(&values->items[i], &out->values[i], e))
			return false;
	}
	if (out->nvalues < op->min || out->nvalues > op->max)
		return fail(e, "the number of values does not fit the operator", op->sdk);
	return true;
}

static bool read_filter(struct arena *a, const struct json *o, struct fetch_filter *out,
			struct err *e);

static bool read_filters(struct arena *a, const struct json *list, struct fetch_filter *out,
			 struct err *e)
{
	out->nfilters = list ? list->n : 0;
	out->filters = arena_array(a, struct fetch_filter, out->nfilters);
	for (size_t i = 0; i < out->nfilters; i++) {
		if (!read_filter(a, &list->items[i], &out->filters[i], e))
			return false;
	}
	return true;
}

/* The depth of JSON bounds this. */
static bool read_filter(struct arena *a, const struct json *o, struct fetch_filter *out,
			struct err *e)
{
	struct str type = json_text(o, S("FilterOperator"));
	const struct json *conditions, *filters;

	*out = (struct fetch_filter){ .any = str_eq(type, S("Or")) };
	if (type.n > 0 && !out->any && !str_eq(type, S("And")))
		return fail(e, "there is no operator of filters", type);
	if (!read_list(o, S("Conditions"), &conditions, e) ||
	    !read_list(o, S("Filters"), &filters, e))
		return false;
	out->nconditions = conditions ? conditions->n : 0;
	out->conditions = arena_array(a, struct fetch_condition, out->nconditions);
	for (size_t i = 0; i < out->nconditions; i++) {
		if (!read_condition(a, &conditions->items[i], &out->conditions[i], e))
			return false;
	}
	return read_filters(a, filters, out, e);
}

/* Of an entity: its one filter, when it has any. */
static bool read_criteria(struct arena *a, const struct json *o, struct str name,
			  struct fetch_node *out, struct err *e)
{
	const struct json *criteria = member(o, name);

	if (!criteria)
		return true;
	if (criteria->kind != JSON_OBJECT)
		return fail(e, "no object is", name);
	out->nfilters = 1;
	out->filters = arena_array(a, struct fetch_filter, 1);
	return read_filter(a, criteria, &out->filters[0], e);
}

static bool read_join(struct str name, enum fetch_join *out, struct err *e)
{
	static const struct {
		struct str name;
		enum fetch_join join;
	} joins[] = {
		{ STR_INIT(""), FETCH_INNER },
		{ STR_INIT("Inner"), FETCH_INNER },
		{ STR_INIT("Natural"), FETCH_INNER },
		{ STR_INIT("LeftOuter"), FETCH_OUTER },
		{ STR_INIT("Exists"), FETCH_EXISTS },
		{ STR_INIT("In"), FETCH_IN_LIST },
		{ STR_INIT("MatchFirstRowUsingCrossApply"), FETCH_FIRST_ROW },
	};

	for (size_t i = 0; i < COUNT_OF(joins); i++) {
		if (!str_eq(joins[i].name, name))
			continue;
		*out = joins[i].join;
		return true;
	}
	return fail(e, "there is no join operator", name);
}

static bool read_links(struct arena *a, const struct json *o, unsigned *count,
		       struct fetch_node *out, struct err *e);

static bool read_link(struct arena *a, const struct json *o, unsigned *count,
		      struct fetch_node *out, struct err *e)
{
	*out = (struct fetch_node){
		.table = json_text(o, S("LinkToEntityName")),
		.from = json_text(o, S("LinkToAttributeName")),
		.to = json_text(o, S("LinkFromAttributeName")),
		.alias = json_text(o, S("EntityAlias")),
	};
	++*count;
	if (out->alias.n == 0)
		out->alias = str_fmt(a, "%.*s%u", STR_ARG(out->table), *count);
	return read_join(json_text(o, S("JoinOperator")), &out->join, e) &&
	       read_criteria(a, o, S("LinkCriteria"), out, e) && read_links(a, o, count, out, e);
}

static bool read_links(struct arena *a, const struct json *o, unsigned *count,
		       struct fetch_node *out, struct err *e)
{
	const struct json *links;

	if (!read_list(o, S("LinkEntities"), &links, e))
		return false;
	out->nlinks = links ? links->n : 0;
	out->links = arena_array(a, struct fetch_node, out->nlinks);
	for (size_t i = 0; i < out->nlinks; i++) {
		if (!read_link(a, &links->items[i], count, &out->links[i], e))
			return false;
	}
	return true;
}

bool query_expression_read(struct arena *a, const struct json *o, struct fetch *out, struct err *e)
{
	struct fetch f = { .entity = { .table = json_text(o, S("EntityName")) } };
	unsigned links = 0;

	if (f.entity.table.n == 0)
		return fail(e, "it has no", S("EntityName"));
	if (!read_criteria(a, o, S("Criteria"), &f.entity, e) ||
	    !read_links(a, o, &links, &f.entity, e))
		return false;
	*out = f;
	return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * <filter>, <condition> and <value>: every operator with as many values as it takes.
 */
#include "base/limits.h"
#include "base/vec.h"
#include "dv/fetchxml_reader.h"
#include "dv/fetchxml_words.h"

#include "base/banned.h"

static bool read_value(struct fetch_reader *r, const struct xml_event *ev, struct str *out,
		       struct err *e)
{
	if (!fetch_check_attributes(ev, e))
		return false;
	if (!xml_inner_text(r->xml, r->a, LIMIT_FILTER, out, e)) {
		r->located = true;
		return false;
	}
	return true;
}

static bool check_value_of(const struct fetch_condition *c, struct str word, struct err *e)
{
	if (c->op > FETCH_LE)
		return err_set(e, ERR_INPUT,
			       "operator %.*s takes no valueof; only eq, ne, gt, ge, lt and le do",
			       STR_ARG(word));
	if (c->nvalues > 0)
		return err_set(e, ERR_INPUT, "a condition has either values or valueof, not both");
	return true;
}

/* Worded as the platform words it (facts/webapi.md 4.7). */
static bool check_values(const struct fetch_condition *c, const struct fetch_operator *row,
			 struct err *e)
{
	if (c->value_of.n > 0)
		return check_value_of(c, row->word, e);
	if (c->nvalues >= row->min && c->nvalues <= row->max)
		return true;
	if (row->max == 0)
		return err_set(e, ERR_INPUT,
			       "Condition operator '%.*s' requires that no values are set. "
			       "Values.Length: %zu",
			       STR_ARG(row->sdk), c->nvalues);
	if (c->nvalues == 0)
		return err_set(e, ERR_INPUT,
			       "Attribute 'value' or 'valueof' must be specified for condition "
			       "operator: %.*s",
			       STR_ARG(row->sdk));
	if (row->max == SIZE_MAX)
		return err_set(e, ERR_INPUT, "operator %.*s needs a value", STR_ARG(row->word));
	return err_set(e, ERR_INPUT, "operator %.*s takes %zu value%s, not %zu", STR_ARG(row->word),
		       row->max, row->max == 1 ? "" : "s", c->nvalues);
}

static bool count_value(struct fetch_reader *r, size_t before, struct err *e)
{
	if (before == LIMIT_CONDITION_VALUES)
		return err_set_code(e, ERR_INPUT, FETCH_CODE_VALUES,
				    "a condition has at most %d values", LIMIT_CONDITION_VALUES);
	return ++r->nvalues <= LIMIT_QUERY_VALUES ||
	       err_set_code(e, ERR_INPUT, FETCH_CODE_VALUES,
			    "the conditions of a query have at most %d values in lists",
			    LIMIT_QUERY_VALUES);
}

static bool read_values(struct fetch_reader *r, const struct xml_event *ev,
			struct fetch_condition *c, struct err *e)
{
	VEC(struct str) values = { 0 };
	bool given = xml_attr(ev, S("value")) != NULL;
	struct str attribute = fetch_text_attr(r, ev, S("value"));
	struct xml_event child;

	for (;;) {
		if (!fetch_next_element(r, &child, e))
			return false;
		if (child.kind == XML_CLOSE)
			break;
		if (!str_eq(child.name, S("value")))
			return fetch_bad_child(&child, "condition", e);
		if (!count_value(r, values.n, e))
			return false;
		if (!read_value(r, &child, VEC_PUSH(r->a, &values), e))
			return false;
	}
	/* Designers leave an empty value="" beside the list of an in. */
	if (given && values.n > 0 && attribute.n > 0)
		return err_set(e, ERR_INPUT,
			       "a condition has either a value attribute or <value> elements");
	if (given && values.n == 0)
		*VEC_PUSH(r->a, &values) = attribute;
	c->values = values.p;
	c->nvalues = values.n;
	return true;
}

static bool read_condition(struct fetch_reader *r, const struct xml_event *ev,
			   struct fetch_condition *c, struct err *e)
{
	struct str word;

	if (!fetch_check_attributes(ev, e))
		return false;
	if (++r->nconditions > LIMIT_CONDITIONS)
		return err_set_code(e, ERR_INPUT, FETCH_CODE_CONDITIONS,
				    "a query has at most %d conditions", LIMIT_CONDITIONS);
	c->line = ev->line;
	if (!fetch_name_attr(r, ev, S("attribute"), &c->attribute, e) ||
	    !fetch_name_attr(r, ev, S("operator"), &word, e))
		return false;
	c->entity = fetch_text_attr(r, ev, S("entityname"));
	c->value_of = fetch_text_attr(r, ev, S("valueof"));

	const struct fetch_operator *row = fetch_operator_find(word);

	if (!row)
		return err_set_code(e, ERR_INPUT, FETCH_CODE_OPERATOR,
				    "\"%.*s\" is not an operator of FetchXML", STR_ARG(word));
	c->op = row->op;
	c->op_name = fetch_op_word(row->op);
	if (!read_values(r, ev, c, e))
		return false;
	r->line = c->line;
	return check_values(c, row, e);
}

static bool read_filter_tag(const struct xml_event *ev, struct fetch_filter *f, struct err *e)
{
	const struct str *type = xml_attr(ev, S("type"));
	bool ignored = false; /* limits of the quick search box, which nobody types into here */

	if (!fetch_check_attributes(ev, e))
		return false;
	f->any = type && str_eq(*type, S("or"));
	if (type && !f->any && !str_eq(*type, S("and")))
		return err_set_code(e, ERR_INPUT, FETCH_CODE_FILTER_TYPE,
				    "filter type \"%.*s\" is neither and nor or", STR_ARG(*type));
	return fetch_bool_attr(ev, S("isquickfindfields"), FETCH_CODE_QUICK_FIND, &ignored, e);
}

bool fetch_read_filter(struct fetch_reader *r, const struct xml_event *ev, struct fetch_filter *out,
		       struct err *e)
{
	VEC(struct fetch_condition) conditions = { 0 };
	VEC(struct fetch_filter) filters = { 0 };
	VEC(struct fetch_node) links = { 0 };
	struct xml_event child;

	if (!read_filter_tag(ev, out, e))
		return false;
	for (;;) {
		bool ok;

		if (!fetch_next_element(r, &child, e))
			return false;
		if (child.kind == XML_CLOSE)
			break;
		if (str_eq(child.name, S("condition")))
			ok = read_condition(r, &child, VEC_PUSH(r->a, &conditions), e);
		else if (str_eq(child.name, S("filter")))
			ok = fetch_read_filter(r, &child, VEC_PUSH(r->a, &filters), e);
		else if (str_eq(child.name, S("link-entity")))
			ok = fetch_read_link(r, &child, true, VEC_PUSH(r->a, &links), e);
		else
			ok = fetch_bad_child(&child, "filter", e);
		if (!ok)
			return false;
	}
	out->conditions = conditions.p;
	out->nconditions = conditions.n;
	out->filters = filters.p;
	out->nfilters = filters.n;
	out->links = links.p;
	out->nlinks = links.n;
	return true;
}

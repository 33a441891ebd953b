/* SPDX-License-Identifier: MIT */
/*
 * <attribute> and <order>: what a query gives and in which order, plain or as aggregates and groups.
 */
#include "dv/fetchxml_reader.h"
#include "dv/fetchxml_words.h"

#include "base/banned.h"

static bool read_aggregate(const struct xml_event *ev, struct fetch_attribute *out, struct err *e)
{
	const struct str *word = xml_attr(ev, S("aggregate"));

	if (word && !fetch_aggregate_parse(*word, &out->aggregate))
		return err_set_code(e, ERR_INPUT, FETCH_CODE_AGGREGATE,
				    "aggregate \"%.*s\" is none of avg, count, countcolumn, max, "
				    "min and sum",
				    STR_ARG(*word));
	if (!fetch_bool_attr(ev, S("distinct"), FETCH_CODE_DISTINCT, &out->distinct, e))
		return false;
	if (out->distinct && out->aggregate != FETCH_COUNT_COLUMN)
		return err_set_code(e, ERR_INPUT, FETCH_CODE_DISTINCT,
				    "\"distinct\" of <attribute> is only for "
				    "aggregate=\"countcolumn\"");
	return true;
}

static bool read_grouping(const struct xml_event *ev, struct fetch_attribute *out, struct err *e)
{
	const struct str *word = xml_attr(ev, S("dategrouping"));
	bool user = true;

	if (!fetch_bool_attr(ev, S("groupby"), FETCH_CODE_GROUP_BY, &out->group, e))
		return false;
	if (out->group && out->aggregate != FETCH_PLAIN)
		return err_set_code(e, ERR_INPUT, FETCH_CODE_GROUP_AND_AGGREGATE,
				    "attribute \"%.*s\" has both aggregate and groupby",
				    STR_ARG(out->name));
	if (word && !fetch_grouping_parse(*word, &out->part))
		return err_set_code(e, ERR_INPUT, FETCH_CODE_DATE_GROUPING,
				    "dategrouping \"%.*s\" is none of day, week, month, quarter, "
				    "year, fiscal-period and fiscal-year",
				    STR_ARG(*word));
	if (word && !out->group)
		return err_set_code(e, ERR_INPUT, FETCH_CODE_DATE_GROUPING,
				    "dategrouping without groupby=\"true\"");
	if (!fetch_bool_attr(ev, S("usertimezone"), 0, &user, e))
		return false;
	out->utc = !user;
	return true;
}

static bool check_aggregate(const struct fetch_attribute *c, struct err *e)
{
	if (c->count_children)
		return err_set_code(e, ERR_INPUT, FETCH_CODE_AGGREGATE,
				    "rowaggregate is not for aggregate queries");
	if (c->aggregate == FETCH_PLAIN && !c->group)
		return err_set_code(e, ERR_INPUT, FETCH_CODE_PLAIN_IN_AGGREGATE,
				    "attribute \"%.*s\" of an aggregate query has neither "
				    "aggregate nor groupby",
				    STR_ARG(c->name));
	if (c->alias.n == 0)
		return err_set_code(e, ERR_INPUT, FETCH_CODE_AGGREGATE_ALIAS,
				    "attribute \"%.*s\" of an aggregate query needs an alias",
				    STR_ARG(c->name));
	return true;
}

static bool check_plain(const struct xml_event *ev, const struct fetch_attribute *c, struct err *e)
{
	for (size_t i = 0; i < ev->nattrs; i++) {
		if (fetch_attribute_aggregates(ev->attrs[i].name))
			return err_set_code(e, ERR_INPUT, FETCH_CODE_AGGREGATE,
					    "\"%.*s\" of <attribute> is only for <fetch "
					    "aggregate=\"true\">",
					    STR_ARG(ev->attrs[i].name));
	}
	if (c->count_children && c->alias.n == 0)
		return err_set_code(e, ERR_INPUT, FETCH_CODE_AGGREGATE_ALIAS,
				    "rowaggregate needs an alias");
	return true;
}

static bool read_row_aggregate(const struct xml_event *ev, struct fetch_attribute *out,
			       struct err *e)
{
	const struct str *word = xml_attr(ev, S("rowaggregate"));

	out->count_children = word && str_eq(*word, S("CountChildren"));
	return !word || out->count_children ||
	       err_set_code(e, ERR_INPUT, FETCH_CODE_AGGREGATE,
			    "rowaggregate \"%.*s\" is not CountChildren", STR_ARG(*word));
}

bool fetch_read_attribute(struct fetch_reader *r, const struct xml_event *ev,
			  struct fetch_attribute *out, struct err *e)
{
	*out = (struct fetch_attribute){ .line = ev->line };
	if (!fetch_check_attributes(ev, e) || !fetch_name_attr(r, ev, S("name"), &out->name, e) ||
	    !fetch_alias_attr(r, ev, &r->column_aliases, &out->alias, e) ||
	    !read_row_aggregate(ev, out, e))
		return false;
	if (!r->aggregate)
		return check_plain(ev, out, e) && fetch_end_of_leaf(r, "attribute", e);
	return read_aggregate(ev, out, e) && read_grouping(ev, out, e) && check_aggregate(out, e) &&
	       fetch_end_of_leaf(r, "attribute", e);
}

static bool check_order(const struct fetch_reader *r, const struct fetch_order *o, struct err *e)
{
	if (r->aggregate && o->attribute.n > 0)
		return err_set_code(e, ERR_INPUT, FETCH_CODE_ORDER_HAS_ATTRIBUTE,
				    "<order> of an aggregate query takes an alias, no attribute");
	if (r->aggregate && o->alias.n == 0)
		return err_set_code(e, ERR_INPUT, FETCH_CODE_ORDER_ALIAS,
				    "<order> of an aggregate query without \"alias\"");
	if (!r->aggregate && o->alias.n > 0)
		return err_set_code(e, ERR_INPUT, FETCH_CODE_ORDER_HAS_ALIAS,
				    "<order> takes an alias in aggregate queries only");
	if (!r->aggregate && o->attribute.n == 0)
		return err_set_code(e, ERR_INPUT, FETCH_CODE_ORDER_ATTRIBUTE,
				    "<order> without \"attribute\"");
	return true;
}

bool fetch_read_order(struct fetch_reader *r, const struct xml_event *ev, struct fetch_order *out,
		      struct err *e)
{
	*out = (struct fetch_order){ .line = ev->line };
	out->attribute = fetch_text_attr(r, ev, S("attribute"));
	out->alias = fetch_text_attr(r, ev, S("alias"));
	out->entity = fetch_text_attr(r, ev, S("entityname"));
	return fetch_check_attributes(ev, e) && check_order(r, out, e) &&
	       fetch_bool_attr(ev, S("descending"), FETCH_CODE_DESCENDING, &out->descending, e) &&
	       fetch_end_of_leaf(r, "order", e);
}

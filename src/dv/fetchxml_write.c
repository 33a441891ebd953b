/* SPDX-License-Identifier: MIT */
/*
 * struct fetch to FetchXML text, and paging cookies. What fetch_format writes, fetch_parse reads back
 * as the same struct.
 */
#include "dv/fetchxml.h"

#include "base/codec.h"
#include "base/limits.h"
#include "base/sink.h"
#include "io/xml.h"
#include "dv/fetchxml_words.h"

#include "base/banned.h"

/* ` name="value"`, left out when the value is empty. */
static void add_attr(struct buf *out, struct str name, struct str value)
{
	if (value.n == 0)
		return;
	buf_add_char(out, ' ');
	buf_add(out, name);
	buf_add(out, S("=\""));
	xml_encode_attr(out, value);
	buf_add_char(out, '"');
}

static void add_flag(struct buf *out, struct str name, bool yes)
{
	if (yes)
		add_attr(out, name, S("true"));
}

static void add_number(struct buf *out, const char *name, uint32_t number)
{
	if (number > 0)
		buf_add_fmt(out, " %s=\"%u\"", name, number);
}

/*
 * One value is an attribute, a list is elements. So is a value with a tab: an XML reader that is not
 * ours would turn the tab of an attribute into a blank.
 */
static bool value_is_attribute(const struct fetch_condition *c)
{
	return c->nvalues == 1 && str_find_char(c->values[0], '\t') == STR_NONE;
}

static void add_condition(struct buf *out, const struct fetch_condition *c)
{
	buf_add(out, S("<condition"));
	add_attr(out, S("entityname"), c->entity);
	add_attr(out, S("attribute"), c->attribute);
	add_attr(out, S("operator"), fetch_op_word(c->op));
	add_attr(out, S("valueof"), c->value_of);
	if (c->nvalues == 0 || value_is_attribute(c)) {
		if (c->nvalues == 1) {
			buf_add(out, S(" value=\""));
			xml_encode_attr(out, c->values[0]);
			buf_add_char(out, '"');
		}
		buf_add(out, S("/>"));
		return;
	}
	buf_add_char(out, '>');
	for (size_t i = 0; i < c->nvalues; i++) {
		buf_add(out, S("<value>"));
		xml_encode_text(out, c->values[i]);
		buf_add(out, S("</value>"));
	}
	buf_add(out, S("</condition>"));
}

static void add_link(struct buf *out, const struct fetch_node *link);

static void add_filter(struct buf *out, const struct fetch_filter *f)
{
	buf_add(out, S("<filter"));
	add_attr(out, S("type"), f->any ? S("or") : S("and"));
	buf_add_char(out, '>');
	for (size_t i = 0; i < f->nconditions; i++)
		add_condition(out, &f->conditions[i]);
	for (size_t i = 0; i < f->nfilters; i++)
		add_filter(out, &f->filters[i]);
	for (size_t i = 0; i < f->nlinks; i++)
		add_link(out, &f->links[i]);
	buf_add(out, S("</filter>"));
}

static void add_order(struct buf *out, const struct fetch_order *o)
{
	buf_add(out, S("<order"));
	add_attr(out, S("entityname"), o->entity);
	add_attr(out, S("attribute"), o->attribute);
	add_attr(out, S("alias"), o->alias);
	add_flag(out, S("descending"), o->descending);
	buf_add(out, S("/>"));
}

static void add_attribute(struct buf *out, const struct fetch_attribute *c)
{
	buf_add(out, S("<attribute"));
	add_attr(out, S("name"), c->name);
	add_attr(out, S("alias"), c->alias);
	add_attr(out, S("aggregate"), fetch_aggregate_word(c->aggregate));
	add_flag(out, S("distinct"), c->distinct);
	add_flag(out, S("groupby"), c->group);
	add_attr(out, S("dategrouping"), fetch_grouping_word(c->part));
	add_attr(out, S("usertimezone"), c->utc ? S("false") : S(""));
	add_attr(out, S("rowaggregate"), c->count_children ? S("CountChildren") : S(""));
	buf_add(out, S("/>"));
}

static void add_parts(struct buf *out, const struct fetch_node *node)
{
	if (node->all_attributes)
		buf_add(out, S("<all-attributes/>"));
	for (size_t i = 0; i < node->nattributes; i++)
		add_attribute(out, &node->attributes[i]);
	for (size_t i = 0; i < node->norders; i++)
		add_order(out, &node->orders[i]);
	for (size_t i = 0; i < node->nfilters; i++)
		add_filter(out, &node->filters[i]);
	for (size_t i = 0; i < node->nlinks; i++)
		add_link(out, &node->links[i]);
}

static void add_link(struct buf *out, const struct fetch_node *link)
{
	buf_add(out, S("<link-entity"));
	add_attr(out, S("name"), link->table);
	add_attr(out, S("from"), link->from);
	add_attr(out, S("to"), link->to);
	add_attr(out, S("alias"), link->alias);
	add_attr(out, S("link-type"), fetch_join_word(link->join));
	buf_add_char(out, '>');
	add_parts(out, link);
	buf_add(out, S("</link-entity>"));
}

void fetch_format(struct buf *out, const struct fetch *f)
{
	buf_add(out, S("<fetch"));
	add_number(out, "top", f->top);
	add_number(out, "count", f->count);
	add_number(out, "page", f->page);
	add_attr(out, S("paging-cookie"), f->cookie);
	add_flag(out, S("distinct"), f->distinct);
	add_flag(out, S("aggregate"), f->aggregate);
	add_number(out, "aggregatelimit", f->aggregate_limit);
	add_attr(out, S("datasource"), f->datasource);
	add_flag(out, S("returntotalrecordcount"), f->total_count);
	add_flag(out, S("useraworderby"), f->raw_order);
	buf_add(out, S("><entity"));
	add_attr(out, S("name"), f->entity.table);
	buf_add_char(out, '>');
	add_parts(out, &f->entity);
	buf_add(out, S("</entity></fetch>"));
}

/* Decoding may give anything; a cookie goes into XML again. */
static bool is_xml_text(struct str s)
{
	if (!str_is_utf8(s))
		return false;
	for (size_t i = 0; i < s.n;) {
		uint32_t cp = str_next_code_point(s, &i);
		if ((cp < 0x20 && cp != '\t' && cp != '\n' && cp != '\r') || cp == 0xfffe ||
		    cp == 0xffff)
			return false;
	}
	return true;
}

bool fetch_cookie_decode(struct arena *a, struct str encoded, struct str *inner)
{
	struct str text = encoded;
	for (int i = 0; i < LIMIT_COOKIE_ENCODINGS && !str_starts(text, S("<")); i++) {
		DEFER(buf_release) struct buf decoded = buf_make(LIMIT_FILTER);
		if (!url_decode(&decoded, text, false) || decoded.full)
			return false;
		text = str_dup(a, buf_str(&decoded));
	}
	if (!str_starts(text, S("<cookie")) || !is_xml_text(text))
		return false;
	*inner = str_dup(a, text);
	return true;
}

bool fetch_cookie_from_annotation(struct arena *a, struct str annotation, struct str *inner)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(xml_close) struct xml *xml = NULL;
	struct str_source source = str_source_make(annotation);
	struct xml_event ev;
	struct err ignored;
	if (!xml_open(&xml, &scratch, &source.source, "paging cookie", &ignored) ||
	    !xml_next(xml, &ev, &ignored))
		return false;
	const struct str *cookie = xml_attr(&ev, S("pagingcookie"));
	return ev.kind == XML_OPEN && str_eq(ev.name, S("cookie")) && cookie &&
	       fetch_cookie_decode(a, *cookie, inner);
}

void fetch_cookie_to_annotation(struct buf *out, uint32_t next_page, struct str inner)
{
	DEFER(buf_release) struct buf once = buf_make(0);
	url_encode(&once, inner);
	url_lower_escapes(once.p, once.n);
	buf_add_fmt(out, "<cookie pagenumber=\"%u\" pagingcookie=\"", next_page);
	url_encode(out, buf_str(&once)); /* only %, as %25: no letter to lower */
	buf_add(out, S("\" istracking=\"False\" />"));
}

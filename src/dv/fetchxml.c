/* SPDX-License-Identifier: MIT */
/*
 * FetchXML text to struct fetch. Every element and attribute of the language (facts/webapi.md 4.7) is
 * known here, and what is not known is an error: a word that was passed over would change which rows a
 * query gives. The reader's own memory is on an arena of its own; the result is on the caller's.
 *
 * The words themselves stand in fetchxml_words.c; columns and filters are read in files of their own. This
 * one reads <fetch>, <entity> and <link-entity>.
 */
#include "dv/fetchxml.h"

#include <string.h>

#include "base/limits.h"
#include "base/sink.h"
#include "base/vec.h"
#include "dv/fetchxml_reader.h"
#include "dv/fetchxml_words.h"

#include "base/banned.h"

/* What an <entity> or <link-entity> has collected so far. */
struct node_parts {
	struct fetch_node *node;
	const char *element;
	VEC(struct fetch_attribute) attributes;
	VEC(struct fetch_order) orders;
	VEC(struct fetch_filter) filters;
	VEC(struct fetch_node) links;
	struct map names; /* of attributes without alias */
};

static bool parse_node_attribute(struct fetch_reader *r, const struct xml_event *ev,
				 struct node_parts *parts, struct err *e)
{
	struct fetch_attribute attribute;
	if (!fetch_read_attribute(r, ev, &attribute, e))
		return false;
	/* A column that is asked for twice is one property of the answer. */
	uint32_t index = 0;
	if (attribute.alias.n > 0 || map_put(&parts->names, attribute.name, &index))
		*VEC_PUSH(r->a, &parts->attributes) = attribute;
	return true;
}

static bool parse_all_attributes(struct fetch_reader *r, const struct xml_event *ev,
				 struct fetch_node *node, struct err *e)
{
	if (r->aggregate)
		return err_set_code(e, ERR_INPUT, FETCH_CODE_PLAIN_IN_AGGREGATE,
				    "<all-attributes> in an aggregate query");
	node->all_attributes = true;
	return fetch_check_attributes(ev, e) && fetch_end_of_leaf(r, "all-attributes", e);
}

static bool parse_no_attributes(struct fetch_reader *r, const struct xml_event *ev, struct err *e)
{
	if (r->distinct)
		return err_set_code(e, ERR_INPUT, FETCH_CODE_NO_ATTRS_DISTINCT,
				    "<no-attrs> in a distinct query");
	return fetch_check_attributes(ev, e) && fetch_end_of_leaf(r, "no-attrs", e);
}

static bool parse_part(struct fetch_reader *r, const struct xml_event *ev, struct node_parts *parts,
		       struct err *e)
{
	if (str_eq(ev->name, S("attribute")))
		return parse_node_attribute(r, ev, parts, e);
	if (str_eq(ev->name, S("order")))
		return fetch_read_order(r, ev, VEC_PUSH(r->a, &parts->orders), e);
	if (str_eq(ev->name, S("filter")))
		return fetch_read_filter(r, ev, VEC_PUSH(r->a, &parts->filters), e);
	if (str_eq(ev->name, S("link-entity")))
		return fetch_read_link(r, ev, false, VEC_PUSH(r->a, &parts->links), e);
	if (str_eq(ev->name, S("no-attrs")))
		return parse_no_attributes(r, ev, e);
	if (str_eq(ev->name, S("all-attributes")))
		return parse_all_attributes(r, ev, parts->node, e);
	return fetch_bad_child(ev, parts->element, e);
}

static bool parse_parts(struct fetch_reader *r, struct fetch_node *node, const char *element,
			struct err *e)
{
	struct node_parts parts = { .node = node,
				    .element = element,
				    .names = map_make(r->link_aliases.arena) };
	struct xml_event ev;
	for (;;) {
		if (!fetch_next_element(r, &ev, e))
			return false;
		if (ev.kind == XML_CLOSE)
			break;
		if (!parse_part(r, &ev, &parts, e))
			return false;
	}
	node->attributes = parts.attributes.p;
	node->nattributes = parts.attributes.n;
	node->orders = parts.orders.p;
	node->norders = parts.orders.n;
	node->filters = parts.filters.p;
	node->nfilters = parts.filters.n;
	node->links = parts.links.p;
	node->nlinks = parts.links.n;
	return true;
}

static bool parse_join(const struct xml_event *ev, bool in_filter, enum fetch_join *out,
		       struct err *e)
{
	const struct str *type = xml_attr(ev, S("link-type"));
	enum fetch_join join = FETCH_INNER;

	if (type && !fetch_join_parse(*type, &join))
		return err_set_code(e, ERR_INPUT, FETCH_CODE_LINK_TYPE,
				    "link-type \"%.*s\" is not known; inner, outer, exists, in, "
				    "matchfirstrowusingcrossapply and, inside a filter, any, not "
				    "any, all and not all are",
				    STR_ARG(*type));
	if (in_filter && !fetch_join_of_filter(join))
		return err_set_code(e, ERR_INPUT, FETCH_CODE_LINK_TYPE,
				    "a link-entity inside a filter needs the link-type any, not "
				    "any, all or not all");
	if (!in_filter && fetch_join_of_filter(join))
		return err_set_code(e, ERR_INPUT, FETCH_CODE_LINK_TYPE,
				    "link-type %.*s stands only inside a filter",
				    STR_ARG(type ? *type : S("")));
	*out = join;
	return true;
}

bool fetch_read_link(struct fetch_reader *r, const struct xml_event *ev, bool in_filter,
		     struct fetch_node *out, struct err *e)
{
	if (++r->nlinks > LIMIT_LINK_ENTITIES)
		return err_set_code(e, ERR_INPUT, FETCH_CODE_LINKS,
				    "a query has at most %d link-entities", LIMIT_LINK_ENTITIES);
	out->line = ev->line;
	if (!fetch_check_attributes(ev, e) || !fetch_table_attr(r, ev, &out->table, e) ||
	    !parse_join(ev, in_filter, &out->join, e) ||
	    !fetch_alias_attr(r, ev, &r->link_aliases, &out->alias, e))
		return false;
	out->from = fetch_text_attr(r, ev, S("from"));
	out->to = fetch_text_attr(r, ev, S("to"));
	if ((out->from.n == 0) != (out->to.n == 0))
		return err_set_code(e, ERR_INPUT, FETCH_CODE_FROM_TO,
				    "<link-entity> has only one of \"from\" and \"to\"");
	return parse_parts(r, out, "link-entity", e);
}

static bool parse_entity(struct fetch_reader *r, const struct xml_event *ev,
			 struct fetch_node *node, struct err *e)
{
	node->line = ev->line;
	return fetch_check_attributes(ev, e) && fetch_table_attr(r, ev, &node->table, e) &&
	       parse_parts(r, node, "entity", e);
}

static bool parse_flags(const struct xml_event *ev, struct fetch *f, struct err *e)
{
	bool ignored;

	return fetch_bool_attr(ev, S("aggregate"), FETCH_CODE_AGGREGATE, &f->aggregate, e) &&
	       fetch_bool_attr(ev, S("distinct"), FETCH_CODE_DISTINCT, &f->distinct, e) &&
	       fetch_bool_attr(ev, S("returntotalrecordcount"), 0, &f->total_count, e) &&
	       fetch_bool_attr(ev, S("useraworderby"), FETCH_CODE_USE_RAW_ORDER, &f->raw_order,
			       e) &&
	       fetch_bool_attr(ev, S("no-lock"), FETCH_CODE_NO_LOCK, &ignored, e) &&
	       fetch_bool_attr(ev, S("latematerialize"), 0, &ignored, e) &&
	       fetch_bool_attr(ev, S("min-active-row-version"), FETCH_CODE_MIN_VERSION, &ignored,
			       e);
}

static bool parse_words(struct fetch_reader *r, const struct xml_event *ev, struct fetch *f,
			struct err *e)
{
	const struct str *mapping = xml_attr(ev, S("mapping"));

	if (mapping && !str_eq(*mapping, S("logical")) && !str_eq(*mapping, S("internal")))
		return err_set_code(e, ERR_INPUT, FETCH_CODE_MAPPING,
				    "mapping \"%.*s\" is neither logical nor internal",
				    STR_ARG(*mapping));
	f->datasource = fetch_text_attr(r, ev, S("datasource"));
	if (f->datasource.n > 0 && !fetch_datasource_known(f->datasource))
		return err_set(e, ERR_INPUT, "datasource \"%.*s\" is neither retained nor bin",
			       STR_ARG(f->datasource));
	return true;
}

static bool parse_paging(struct fetch_reader *r, const struct xml_event *ev, struct fetch *f,
			 struct err *e)
{
	if (!fetch_number_attr(ev, S("top"), LIMIT_PAGE_ROWS, &f->top, e) ||
	    !fetch_number_attr(ev, S("count"), UINT32_MAX, &f->count, e) ||
	    !fetch_number_attr(ev, S("page"), UINT32_MAX, &f->page, e) ||
	    !fetch_number_attr(ev, S("aggregatelimit"), UINT32_MAX, &f->aggregate_limit, e))
		return false;
	if (f->top > 0 && (f->count > 0 || f->page > 0 || f->total_count))
		return err_set(e, ERR_INPUT, "top excludes count, page and returntotalrecordcount");
	const struct str *cookie = xml_attr(ev, S("paging-cookie"));
	if (cookie && cookie->n > 0 && !fetch_cookie_decode(r->a, *cookie, &f->cookie))
		return err_set_code(e, ERR_INPUT, FETCH_CODE_COOKIE,
				    "paging-cookie is not a paging cookie");
	return true;
}

static bool parse_fetch_tag(struct fetch_reader *r, const struct xml_event *ev, struct fetch *f,
			    struct err *e)
{
	if (!fetch_check_attributes(ev, e) || !parse_flags(ev, f, e) || !parse_words(r, ev, f, e) ||
	    !parse_paging(r, ev, f, e))
		return false;
	r->aggregate = f->aggregate;
	r->distinct = f->distinct;
	return true;
}

static bool parse_fetch(struct fetch_reader *r, struct fetch *f, struct err *e)
{
	struct xml_event ev;
	bool entity = false;
	for (;;) {
		if (!fetch_next_element(r, &ev, e))
			return false;
		if (ev.kind == XML_CLOSE)
			break;
		if (!str_eq(ev.name, S("entity")))
			return fetch_bad_child(&ev, "fetch", e);
		if (entity)
			return err_set_code(e, ERR_INPUT, FETCH_CODE_NODE,
					    "<fetch> has two <entity>");
		entity = true;
		if (!parse_entity(r, &ev, &f->entity, e))
			return false;
	}
	if (!entity)
		return err_set_code(e, ERR_INPUT, FETCH_CODE_NO_ELEMENT,
				    "<fetch> without <entity>");
	return fetch_next_element(r, &ev, e);
}

static bool parse_document(struct fetch_reader *r, struct fetch *f, struct err *e)
{
	struct xml_event ev;
	if (!fetch_next_element(r, &ev, e))
		return false;
	if (ev.kind != XML_OPEN)
		return err_set_code(e, ERR_INPUT, FETCH_CODE_NO_TEXT, "a <fetch> is expected");
	if (!str_eq(ev.name, S("fetch")))
		return err_set_code(e, ERR_INPUT, FETCH_CODE_NODE,
				    "a <fetch> is expected, not <%.*s>", STR_ARG(ev.name));
	return parse_fetch_tag(r, &ev, f, e) && parse_fetch(r, f, e);
}

static void name_links(struct fetch_reader *r, struct fetch_node *node, unsigned *number)
{
	for (size_t i = 0; i < node->nlinks; i++) {
		struct fetch_node *link = &node->links[i];
		unsigned n = ++*number;
		uint32_t line = link->line;
		bool named = link->alias.n > 0;

		for (; !named; n++) {
			link->alias = str_fmt(r->a, "%.*s%u", STR_ARG(link->table), n);
			named = map_put(&r->link_aliases, link->alias, &line);
		}
		name_links(r, link, number);
	}
}

static void name_links_of_filters(struct fetch_reader *r, struct fetch_node *node,
				  unsigned *number);

static void name_links_of_filter(struct fetch_reader *r, struct fetch_filter *f, unsigned *number)
{
	struct fetch_node links = { .links = f->links, .nlinks = f->nlinks };

	name_links(r, &links, number);
	for (size_t i = 0; i < f->nfilters; i++)
		name_links_of_filter(r, &f->filters[i], number);
	name_links_of_filters(r, &links, number);
}

/* Links inside filters are named last: their aliases never stand in an answer. */
static void name_links_of_filters(struct fetch_reader *r, struct fetch_node *node, unsigned *number)
{
	for (size_t i = 0; i < node->nfilters; i++)
		name_links_of_filter(r, &node->filters[i], number);
	for (size_t i = 0; i < node->nlinks; i++)
		name_links_of_filters(r, &node->links[i], number);
}

/* The platform's pattern: the table and the number of the link in the query. Afterwards, because given
 * aliases may come later in the text than the link that must not take them. */
static void name_all_links(struct fetch_reader *r, struct fetch_node *root)
{
	unsigned number = 0;

	name_links(r, root, &number);
	name_links_of_filters(r, root, &number);
}

/*
 * The text from its root on, behind as many empty lines as stand before it: so the XML reader counts
 * lines from where the text stands. A declaration is passed over: in a schema the text is indented, which
 * XML does not allow before one, and .NET declares utf-16 for what we get as UTF-8.
 */
static struct str shift_lines(struct arena *a, struct str text, unsigned line)
{
	struct str rest = str_trim(text);
	size_t end = str_starts(rest, S("<?xml ")) ? str_find(rest, S("?>")) : STR_NONE;
	if (end != STR_NONE)
		rest = str_skip(rest, end + 2);
	size_t blanks = line > 0 ? line - 1 : 0;
	for (const char *p = text.p; p < rest.p; p++)
		blanks += *p == '\n';
	char *shifted = arena_alloc(a, blanks + rest.n);
	memset(shifted, '\n', blanks);
	memcpy(shifted + blanks, rest.p, rest.n);
	return str_of(shifted, blanks + rest.n);
}

bool fetch_parse(struct arena *a, struct str text, const char *name, unsigned line,
		 struct fetch *out, struct err *e)
{
	if (text.n > LIMIT_FILTER)
		return err_set(e, ERR_INPUT, "%s:%u: a query is at most %zu bytes long", name, line,
			       LIMIT_FILTER);
	if (str_trim(text).n == 0)
		return err_set_code(e, ERR_INPUT, FETCH_CODE_NO_TEXT,
				    "%s:%u: a <fetch> is expected", name, line);
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(xml_close) struct xml *xml = NULL;
	struct str_source source = str_source_make(shift_lines(&scratch, text, line));
	if (!xml_open(&xml, &scratch, &source.source, name, e))
		return false;
	struct fetch_reader r = { .a = a, .xml = xml, .line = line };
	r.link_aliases = map_make(&scratch);
	r.column_aliases = map_make(&scratch);
	struct fetch f = { 0 };
	if (!parse_document(&r, &f, e))
		return r.located ? false : err_wrap(e, "%s:%u", name, r.line);
	name_all_links(&r, &f.entity);
	*out = f;
	return true;
}

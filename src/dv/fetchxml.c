/* SPDX-License-Identifier: MIT */
/*
 * FetchXML text to struct fetch. Every element and attribute of the language (facts/webapi.md 4.7) is
 * known here, and what is not known is an error: a word that was passed over would change which rows a
 * query gives. The parser's own memory is on an arena of its own; the result is on the caller's.
 *
 * The words themselves stand in fetchxml_words.c. Checks only say what is wrong; fetch_parse puts name and line before it, once.
 */
#include "dv/fetchxml.h"

#include <string.h>

#include "base/limits.h"
#include "base/map.h"
#include "base/sink.h"
#include "base/vec.h"
#include "io/xml.h"
#include "dv/fetchxml_words.h"

#include "base/banned.h"

/* The platform's codes (facts/webapi.md 2.5). */
#define CODE_NO_LOCK 0x80041118u
#define CODE_USE_RAW_ORDER 0x800410FDu
#define CODE_DISTINCT 0x80041115u
#define CODE_DESCENDING 0x80041119u
#define CODE_LINK_TYPE 0x80041117u
#define CODE_NODE 0x8004111Cu
#define CODE_NO_ATTRIBUTE 0x8004111Eu
#define CODE_OPERATOR 0x80041120u
#define CODE_FILTER_TYPE 0x80041122u
#define CODE_NO_TABLE 0x80041102u
#define CODE_NO_ELEMENT 0x80041123u
#define CODE_NO_TEXT 0x80041124u
#define CODE_FROM_TO 0x80041111u
#define CODE_NOT_POSITIVE 0x8004110Cu
#define CODE_COOKIE 0x8004112Au
#define CODE_DUPLICATE_ALIAS 0x80041130u
#define CODE_ORDER_ALIAS 0x80041132u
#define CODE_ORDER_ATTRIBUTE 0x80041133u
#define CODE_CONDITIONS 0x8004430Cu
#define CODE_LINKS 0x8004430Du

struct parser {
	struct arena *a;
	struct xml *xml;
	unsigned line; /* of what is being checked */
	bool located;  /* the error tells its place already */
	size_t nconditions, nlinks;
	struct map link_aliases, column_aliases;
};

static bool next_event(struct parser *p, struct xml_event *ev, struct err *e)
{
	if (!xml_next(p->xml, ev, e)) {
		p->located = true;
		return false;
	}
	p->line = ev->line;
	return true;
}

/* The next element, or the end of the one around it. */
static bool next_element(struct parser *p, struct xml_event *ev, struct err *e)
{
	do {
		if (!next_event(p, ev, e))
			return false;
	} while (ev->kind == XML_TEXT && str_trim(ev->text).n == 0);
	if (ev->kind == XML_TEXT)
		return err_set(e, ERR_INPUT, "text where only elements are allowed: \"%.*s\"",
			       STR_ARG(str_sub(str_trim(ev->text), 0, 60)));
	return true;
}

static bool bad_child(const struct xml_event *ev, const char *parent, struct err *e)
{
	return err_set_code(e, ERR_INPUT, CODE_NODE, "<%.*s> is not an element of <%s>",
			    STR_ARG(ev->name), parent);
}

/* The end of an element that holds nothing. */
static bool end_of_leaf(struct parser *p, const char *element, struct err *e)
{
	struct xml_event ev;
	if (!next_element(p, &ev, e))
		return false;
	return ev.kind == XML_CLOSE || bad_child(&ev, element, e);
}

static bool check_attributes(const struct xml_event *ev, struct err *e)
{
	for (size_t i = 0; i < ev->nattrs; i++) {
		struct str name = ev->attrs[i].name;
		if (!fetch_attribute_known(ev->name, name) && !str_starts(name, S("xmlns")))
			return err_set(e, ERR_INPUT, "<%.*s> has no attribute \"%.*s\"",
				       STR_ARG(ev->name), STR_ARG(name));
	}
	return true;
}

static struct str text_attr(struct parser *p, const struct xml_event *ev, struct str name)
{
	const struct str *value = xml_attr(ev, name);
	return value ? str_dup(p->a, *value) : (struct str){ 0 };
}

static bool name_attr(struct parser *p, const struct xml_event *ev, struct str name,
		      struct str *out, struct err *e)
{
	*out = text_attr(p, ev, name);
	if (out->n == 0)
		return err_set_code(e, ERR_INPUT, CODE_NO_ATTRIBUTE, "<%.*s> without \"%.*s\"",
				    STR_ARG(ev->name), STR_ARG(name));
	return true;
}

/* The made-up alias of a link starts with its table. */
static bool table_attr(struct parser *p, const struct xml_event *ev, struct str *out, struct err *e)
{
	if (!name_attr(p, ev, S("name"), out, e))
		return false;
	return fetch_alias_valid(*out) ||
	       err_set_code(e, ERR_INPUT, CODE_NO_TABLE, "\"%.*s\" is not the name of a table",
			    STR_ARG(*out));
}

static bool bool_attr(const struct xml_event *ev, struct str name, uint32_t code, bool *out,
		      struct err *e)
{
	const struct str *value = xml_attr(ev, name);
	if (!value)
		return true;
	bool yes = str_eq(*value, S("true")) || str_eq(*value, S("1"));
	if (!yes && !str_eq(*value, S("false")) && !str_eq(*value, S("0")))
		return err_set_code(e, ERR_INPUT, code,
				    "%.*s=\"%.*s\" is none of true, false, 1 and 0", STR_ARG(name),
				    STR_ARG(*value));
	*out = yes;
	return true;
}

static bool number_attr(const struct xml_event *ev, struct str name, uint64_t max, uint32_t *out,
			struct err *e)
{
	const struct str *value = xml_attr(ev, name);
	if (!value)
		return true;
	uint64_t number;
	if (!str_parse_u64(*value, &number) || number == 0 || number > max)
		return err_set_code(e, ERR_INPUT, CODE_NOT_POSITIVE,
				    "%.*s=\"%.*s\" is not a whole number from 1 to %llu",
				    STR_ARG(name), STR_ARG(*value), (unsigned long long)max);
	*out = (uint32_t)number;
	return true;
}

/* The alias, or the empty slice; each comes once among those of its sort. */
static bool alias_attr(struct parser *p, const struct xml_event *ev, struct map *seen,
		       struct str *out, struct err *e)
{
	if (!xml_attr(ev, S("alias")))
		return true;
	struct str alias = text_attr(p, ev, S("alias"));
	if (!fetch_alias_valid(alias))
		return err_set(e, ERR_INPUT, "alias \"%.*s\" does not match [A-Za-z_][A-Za-z0-9_]*",
			       STR_ARG(alias));
	uint32_t first = ev->line;
	if (!map_put(seen, alias, &first))
		return err_set_code(e, ERR_INPUT, CODE_DUPLICATE_ALIAS,
				    "alias \"%.*s\" comes twice, first in line %u", STR_ARG(alias),
				    first);
	*out = alias;
	return true;
}

static bool parse_value(struct parser *p, const struct xml_event *ev, struct str *out,
			struct err *e)
{
	if (!check_attributes(ev, e))
		return false;
	if (!xml_inner_text(p->xml, p->a, LIMIT_FILTER, out, e)) {
		p->located = true;
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

static bool check_values(const struct fetch_condition *c, const struct fetch_operator *row,
			 struct err *e)
{
	if (c->value_of.n > 0)
		return check_value_of(c, row->word, e);
	if (c->nvalues >= row->min && c->nvalues <= row->max)
		return true;
	if (row->max == 0)
		return err_set(e, ERR_INPUT, "operator %.*s takes no value", STR_ARG(row->word));
	if (c->nvalues == 0)
		return err_set(e, ERR_INPUT, "operator %.*s needs a value", STR_ARG(row->word));
	return err_set(e, ERR_INPUT, "operator %.*s takes %zu value%s, not %zu", STR_ARG(row->word),
		       row->max, row->max == 1 ? "" : "s", c->nvalues);
}

static bool parse_values(struct parser *p, const struct xml_event *ev, struct fetch_condition *c,
			 struct err *e)
{
	VEC(struct str) values = { 0 };
	bool given = xml_attr(ev, S("value")) != NULL;
	struct str attribute = text_attr(p, ev, S("value"));
	struct xml_event child;
	for (;;) {
		if (!next_element(p, &child, e))
			return false;
		if (child.kind == XML_CLOSE)
			break;
		if (!str_eq(child.name, S("value")))
			return bad_child(&child, "condition", e);
		if (!parse_value(p, &child, VEC_PUSH(p->a, &values), e))
			return false;
	}
	/* Designers leave an empty value="" beside the list of an in. */
	if (given && values.n > 0 && attribute.n > 0)
		return err_set(e, ERR_INPUT,
			       "a condition has either a value attribute or <value> elements");
	if (given && values.n == 0)
		*VEC_PUSH(p->a, &values) = attribute;
	c->values = values.p;
	c->nvalues = values.n;
	return true;
}

static bool parse_condition(struct parser *p, const struct xml_event *ev, struct fetch_condition *c,
			    struct err *e)
{
	if (!check_attributes(ev, e))
		return false;
	if (++p->nconditions > LIMIT_CONDITIONS)
		return err_set_code(e, ERR_INPUT, CODE_CONDITIONS,
				    "a query has at most %d conditions", LIMIT_CONDITIONS);
	c->line = ev->line;
	struct str word;
	if (!name_attr(p, ev, S("attribute"), &c->attribute, e) ||
	    !name_attr(p, ev, S("operator"), &word, e))
		return false;
	c->entity = text_attr(p, ev, S("entityname"));
	c->value_of = text_attr(p, ev, S("valueof"));
	const struct fetch_operator *row = fetch_operator_find(word);
	if (!row)
		return err_set_code(e, ERR_INPUT, CODE_OPERATOR,
				    "\"%.*s\" is not an operator of FetchXML", STR_ARG(word));
	c->op = row->op;
	c->op_name = fetch_op_word(row->op);
	if (!parse_values(p, ev, c, e))
		return false;
	p->line = c->line;
	return check_values(c, row, e);
}

/* Links inside filters (any, all ...) are of the language, but no engine of ours answers them yet. */
static bool refuse_link_of_filter(const struct xml_event *ev, struct err *e)
{
	const struct str *type = xml_attr(ev, S("link-type"));
	if (type && fetch_join_of_filter(*type))
		return err_set(e, ERR_UNSUPPORTED, "link-type %.*s is not supported yet",
			       STR_ARG(*type));
	return err_set_code(e, ERR_INPUT, CODE_LINK_TYPE,
			    "a link-entity inside a filter needs the link-type any, not any, all "
			    "or not all");
}

static bool parse_filter(struct parser *p, const struct xml_event *ev, struct fetch_filter *f,
			 struct err *e)
{
	if (!check_attributes(ev, e))
		return false;
	const struct str *type = xml_attr(ev, S("type"));
	f->any = type && str_eq(*type, S("or"));
	if (type && !f->any && !str_eq(*type, S("and")))
		return err_set_code(e, ERR_INPUT, CODE_FILTER_TYPE,
				    "filter type \"%.*s\" is neither and nor or", STR_ARG(*type));
	VEC(struct fetch_condition) conditions = { 0 };
	VEC(struct fetch_filter) filters = { 0 };
	struct xml_event child;
	for (;;) {
		if (!next_element(p, &child, e))
			return false;
		if (child.kind == XML_CLOSE)
			break;
		bool ok;
		if (str_eq(child.name, S("condition")))
			ok = parse_condition(p, &child, VEC_PUSH(p->a, &conditions), e);
		else if (str_eq(child.name, S("filter")))
			ok = parse_filter(p, &child, VEC_PUSH(p->a, &filters), e);
		else if (str_eq(child.name, S("link-entity")))
			ok = refuse_link_of_filter(&child, e);
		else
			ok = bad_child(&child, "filter", e);
		if (!ok)
			return false;
	}
	f->conditions = conditions.p;
	f->nconditions = conditions.n;
	f->filters = filters.p;
	f->nfilters = filters.n;
	return true;
}

static bool parse_attribute(struct parser *p, const struct xml_event *ev,
			    struct fetch_attribute *out, struct err *e)
{
	for (size_t i = 0; i < ev->nattrs; i++) {
		if (fetch_attribute_aggregates(ev->attrs[i].name))
			return err_set(e, ERR_INPUT,
				       "\"%.*s\" of <attribute> is only for <fetch "
				       "aggregate=\"true\">",
				       STR_ARG(ev->attrs[i].name));
	}
	*out = (struct fetch_attribute){ .line = ev->line };
	return check_attributes(ev, e) && name_attr(p, ev, S("name"), &out->name, e) &&
	       alias_attr(p, ev, &p->column_aliases, &out->alias, e) &&
	       end_of_leaf(p, "attribute", e);
}

static bool parse_order(struct parser *p, const struct xml_event *ev, struct fetch_order *out,
			struct err *e)
{
	if (!check_attributes(ev, e))
		return false;
	if (xml_attr(ev, S("alias")))
		return err_set_code(e, ERR_INPUT, CODE_ORDER_ALIAS,
				    "<order> takes an alias in aggregate queries only");
	*out = (struct fetch_order){ .line = ev->line };
	out->attribute = text_attr(p, ev, S("attribute"));
	if (out->attribute.n == 0)
		return err_set_code(e, ERR_INPUT, CODE_ORDER_ATTRIBUTE,
				    "<order> without \"attribute\"");
	out->entity = text_attr(p, ev, S("entityname"));
	return bool_attr(ev, S("descending"), CODE_DESCENDING, &out->descending, e) &&
	       end_of_leaf(p, "order", e);
}

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

static bool parse_node_attribute(struct parser *p, const struct xml_event *ev,
				 struct node_parts *parts, struct err *e)
{
	struct fetch_attribute attribute;
	if (!parse_attribute(p, ev, &attribute, e))
		return false;
	/* A column that is asked for twice is one property of the answer. */
	uint32_t index = 0;
	if (attribute.alias.n > 0 || map_put(&parts->names, attribute.name, &index))
		*VEC_PUSH(p->a, &parts->attributes) = attribute;
	return true;
}

static bool parse_link(struct parser *p, const struct xml_event *ev, struct fetch_node *node,
		       struct err *e);

static bool parse_part(struct parser *p, const struct xml_event *ev, struct node_parts *parts,
		       struct err *e)
{
	if (str_eq(ev->name, S("attribute")))
		return parse_node_attribute(p, ev, parts, e);
	if (str_eq(ev->name, S("order")))
		return parse_order(p, ev, VEC_PUSH(p->a, &parts->orders), e);
	if (str_eq(ev->name, S("filter")))
		return parse_filter(p, ev, VEC_PUSH(p->a, &parts->filters), e);
	if (str_eq(ev->name, S("link-entity")))
		return parse_link(p, ev, VEC_PUSH(p->a, &parts->links), e);
	if (str_eq(ev->name, S("no-attrs")))
		return check_attributes(ev, e) && end_of_leaf(p, "no-attrs", e);
	if (!str_eq(ev->name, S("all-attributes")))
		return bad_child(ev, parts->element, e);
	parts->node->all_attributes = true;
	return check_attributes(ev, e) && end_of_leaf(p, "all-attributes", e);
}

static bool parse_parts(struct parser *p, struct fetch_node *node, const char *element,
			struct err *e)
{
	struct node_parts parts = { .node = node,
				    .element = element,
				    .names = map_make(p->link_aliases.arena) };
	struct xml_event ev;
	for (;;) {
		if (!next_element(p, &ev, e))
			return false;
		if (ev.kind == XML_CLOSE)
			break;
		if (!parse_part(p, &ev, &parts, e))
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

static bool parse_join(const struct xml_event *ev, enum fetch_join *out, struct err *e)
{
	const struct str *type = xml_attr(ev, S("link-type"));
	if (!type)
		return true; /* FETCH_INNER */
	if (fetch_join_parse(*type, out))
		return true;
	if (fetch_join_of_filter(*type))
		return err_set_code(e, ERR_INPUT, CODE_LINK_TYPE,
				    "link-type %.*s stands only inside a filter", STR_ARG(*type));
	return err_set_code(e, ERR_INPUT, CODE_LINK_TYPE,
			    "link-type \"%.*s\" is not known; inner, outer, exists, in and "
			    "matchfirstrowusingcrossapply are",
			    STR_ARG(*type));
}

static bool parse_link(struct parser *p, const struct xml_event *ev, struct fetch_node *node,
		       struct err *e)
{
	if (++p->nlinks > LIMIT_LINK_ENTITIES)
		return err_set_code(e, ERR_INPUT, CODE_LINKS,
				    "a query has at most %d link-entities", LIMIT_LINK_ENTITIES);
	node->line = ev->line;
	if (!check_attributes(ev, e) || !table_attr(p, ev, &node->table, e) ||
	    !parse_join(ev, &node->join, e) ||
	    !alias_attr(p, ev, &p->link_aliases, &node->alias, e))
		return false;
	node->from = text_attr(p, ev, S("from"));
	node->to = text_attr(p, ev, S("to"));
	if ((node->from.n == 0) != (node->to.n == 0))
		return err_set_code(e, ERR_INPUT, CODE_FROM_TO,
				    "<link-entity> has only one of \"from\" and \"to\"");
	return parse_parts(p, node, "link-entity", e);
}

static bool parse_entity(struct parser *p, const struct xml_event *ev, struct fetch_node *node,
			 struct err *e)
{
	node->line = ev->line;
	return check_attributes(ev, e) && table_attr(p, ev, &node->table, e) &&
	       parse_parts(p, node, "entity", e);
}

static bool parse_flags(const struct xml_event *ev, struct fetch *f, struct err *e)
{
	bool no_lock;
	return bool_attr(ev, S("aggregate"), 0, &f->aggregate, e) &&
	       bool_attr(ev, S("distinct"), CODE_DISTINCT, &f->distinct, e) &&
	       bool_attr(ev, S("returntotalrecordcount"), 0, &f->total_count, e) &&
	       bool_attr(ev, S("useraworderby"), CODE_USE_RAW_ORDER, &f->raw_order, e) &&
	       bool_attr(ev, S("no-lock"), CODE_NO_LOCK, &no_lock, e);
}

static bool parse_paging(struct parser *p, const struct xml_event *ev, struct fetch *f,
			 struct err *e)
{
	if (!number_attr(ev, S("top"), LIMIT_PAGE_ROWS, &f->top, e) ||
	    !number_attr(ev, S("count"), UINT32_MAX, &f->count, e) ||
	    !number_attr(ev, S("page"), UINT32_MAX, &f->page, e))
		return false;
	if (f->top > 0 && (f->count > 0 || f->page > 0 || f->total_count))
		return err_set(e, ERR_INPUT, "top excludes count, page and returntotalrecordcount");
	const struct str *cookie = xml_attr(ev, S("paging-cookie"));
	if (cookie && cookie->n > 0 && !fetch_cookie_decode(p->a, *cookie, &f->cookie))
		return err_set_code(e, ERR_INPUT, CODE_COOKIE,
				    "paging-cookie is not a paging cookie");
	return true;
}

static bool parse_fetch_tag(struct parser *p, const struct xml_event *ev, struct fetch *f,
			    struct err *e)
{
	if (!check_attributes(ev, e) || !parse_flags(ev, f, e) || !parse_paging(p, ev, f, e))
		return false;
	if (f->aggregate)
		return err_set(e, ERR_UNSUPPORTED, "aggregate queries are not supported yet");
	return true;
}

static bool parse_fetch(struct parser *p, struct fetch *f, struct err *e)
{
	struct xml_event ev;
	bool entity = false;
	for (;;) {
		if (!next_element(p, &ev, e))
			return false;
		if (ev.kind == XML_CLOSE)
			break;
		if (!str_eq(ev.name, S("entity")))
			return bad_child(&ev, "fetch", e);
		if (entity)
			return err_set_code(e, ERR_INPUT, CODE_NODE, "<fetch> has two <entity>");
		entity = true;
		if (!parse_entity(p, &ev, &f->entity, e))
			return false;
	}
	if (!entity)
		return err_set_code(e, ERR_INPUT, CODE_NO_ELEMENT, "<fetch> without <entity>");
	return next_element(p, &ev, e);
}

static bool parse_document(struct parser *p, struct fetch *f, struct err *e)
{
	struct xml_event ev;
	if (!next_element(p, &ev, e))
		return false;
	if (ev.kind != XML_OPEN)
		return err_set_code(e, ERR_INPUT, CODE_NO_TEXT, "a <fetch> is expected");
	if (!str_eq(ev.name, S("fetch")))
		return err_set_code(e, ERR_INPUT, CODE_NODE, "a <fetch> is expected, not <%.*s>",
				    STR_ARG(ev.name));
	return parse_fetch_tag(p, &ev, f, e) && parse_fetch(p, f, e);
}

/* The platform's pattern: the table and the number of the link in the query. Afterwards, because given
 * aliases may come later in the text than the link that must not take them. */
static void name_links(struct parser *p, struct fetch_node *node, unsigned *number)
{
	for (size_t i = 0; i < node->nlinks; i++) {
		struct fetch_node *link = &node->links[i];
		unsigned n = ++*number;
		uint32_t line = link->line;
		bool named = link->alias.n > 0;
		for (; !named; n++) {
			link->alias = str_fmt(p->a, "%.*s%u", STR_ARG(link->table), n);
			named = map_put(&p->link_aliases, link->alias, &line);
		}
		name_links(p, link, number);
	}
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
		return err_set_code(e, ERR_INPUT, CODE_NO_TEXT, "%s:%u: a <fetch> is expected",
				    name, line);
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(xml_close) struct xml *xml = NULL;
	struct str_source source = str_source_make(shift_lines(&scratch, text, line));
	if (!xml_open(&xml, &scratch, &source.source, name, e))
		return false;
	struct parser p = { .a = a, .xml = xml, .line = line };
	p.link_aliases = map_make(&scratch);
	p.column_aliases = map_make(&scratch);
	struct fetch f = { 0 };
	if (!parse_document(&p, &f, e))
		return p.located ? false : err_wrap(e, "%s:%u", name, p.line);
	unsigned number = 0;
	name_links(&p, &f.entity, &number);
	*out = f;
	return true;
}

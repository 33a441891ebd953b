/* SPDX-License-Identifier: MIT */
/*
 * Definitions of rule sets and contracts, read as XML.
 */
#include "org/rule_definition.h"

#include "base/vec.h"
#include "io/xml.h"

#include "base/banned.h"

struct reader_of_rules {
	struct arena *arena;
	VEC(struct rule_text) found;
	struct str rule_id, rule_name, element;
	unsigned depth;
	unsigned rule_depth;      /* of the <rule>; 0: none */
	unsigned condition_depth; /* of the <condition>; 0: none */
};

static struct str attribute(struct arena *a, const struct xml_event *ev, struct str name)
{
	const struct str *value = xml_attr(ev, name);

	return value ? str_dup(a, *value) : S("");
}

static void open_element(struct reader_of_rules *r, const struct xml_event *ev)
{
	r->depth++;
	r->element = str_dup(r->arena, ev->name);
	if (r->rule_depth == 0 && str_eq(ev->name, S("rule"))) {
		r->rule_depth = r->depth;
		r->rule_id = attribute(r->arena, ev, S("id"));
		r->rule_name = attribute(r->arena, ev, S("name"));
	}
	if (r->condition_depth == 0 && str_eq(ev->name, S("condition")))
		r->condition_depth = r->depth;
}

static void close_element(struct reader_of_rules *r)
{
	if (r->depth == r->rule_depth)
		r->rule_depth = 0;
	if (r->depth == r->condition_depth)
		r->condition_depth = 0;
	r->depth--;
}

static void keep_text(struct reader_of_rules *r, struct str text)
{
	text = str_trim(text);
	if (r->rule_depth == 0 || text.n == 0)
		return;
	*VEC_PUSH(r->arena, &r->found) = (struct rule_text){
		.rule_id = r->rule_id,
		.rule_name = r->rule_name,
		.element = r->element,
		.condition = r->condition_depth > 0,
		.text = str_dup(r->arena, text),
	};
}

bool rule_texts(struct arena *a, struct str definition, const char *name, struct rule_text **out,
		size_t *n, struct err *e)
{
	struct str_source source = str_source_make(definition);
	struct reader_of_rules r = { .arena = a };
	DEFER(xml_close) struct xml *x = NULL;
	struct xml_event ev = { .kind = XML_TEXT };

	if (!xml_open(&x, a, &source.source, name, e))
		return false;
	while (ev.kind != XML_END) {
		if (!xml_next(x, &ev, e))
			return false;
		if (ev.kind == XML_OPEN && r.depth == 0 && !str_eq(ev.name, S("decision")))
			return xml_fail(x, e, "the root of a rule set is <decision>, not <%.*s>",
					STR_ARG(ev.name));
		if (ev.kind == XML_OPEN)
			open_element(&r, &ev);
		if (ev.kind == XML_CLOSE)
			close_element(&r);
		if (ev.kind == XML_TEXT)
			keep_text(&r, ev.text);
	}
	*out = r.found.p;
	*n = r.found.n;
	return true;
}

bool contract_variables(struct arena *a, struct str definition, const char *name,
			struct contract_variable **out, size_t *n, struct err *e)
{
	struct str_source source = str_source_make(definition);
	DEFER(xml_close) struct xml *x = NULL;
	VEC(struct contract_variable) found = { 0 };
	struct xml_event ev = { .kind = XML_TEXT };
	struct str complex = S("");

	if (!xml_open(&x, a, &source.source, name, e))
		return false;
	while (ev.kind != XML_END) {
		if (!xml_next(x, &ev, e))
			return false;
		if (ev.kind == XML_OPEN && str_eq(ev.name, S("complex"))) {
			complex = attribute(a, &ev, S("key"));
			VEC_PUSH(a, &found)->complex = complex;
		}
		if (ev.kind == XML_OPEN && str_eq(ev.name, S("variable")))
			*VEC_PUSH(a, &found) =
				(struct contract_variable){ complex, attribute(a, &ev, S("name")) };
	}
	*out = found.p;
	*n = found.n;
	return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * Elements and attributes of FetchXML, one by one.
 */
#include "dv/fetchxml_reader.h"

#include "base/limits.h"
#include "dv/fetchxml_words.h"

#include "base/banned.h"

static bool next_event(struct fetch_reader *r, struct xml_event *ev, struct err *e)
{
	if (!xml_next(r->xml, ev, e)) {
		r->located = true;
		return false;
	}
	r->line = ev->line;
	return true;
}

bool fetch_next_element(struct fetch_reader *r, struct xml_event *ev, struct err *e)
{
	do {
		if (!next_event(r, ev, e))
			return false;
	} while (ev->kind == XML_TEXT && str_trim(ev->text).n == 0);
	if (ev->kind == XML_TEXT)
		return err_set(e, ERR_INPUT, "text where only elements are allowed: \"%.*s\"",
			       STR_ARG(str_sub(str_trim(ev->text), 0, 60)));
	return true;
}

bool fetch_bad_child(const struct xml_event *ev, const char *parent, struct err *e)
{
	return err_set_code(e, ERR_INPUT, FETCH_CODE_NODE, "<%.*s> is not an element of <%s>",
			    STR_ARG(ev->name), parent);
}

bool fetch_end_of_leaf(struct fetch_reader *r, const char *element, struct err *e)
{
	struct xml_event ev;

	if (!fetch_next_element(r, &ev, e))
		return false;
	return ev.kind == XML_CLOSE || fetch_bad_child(&ev, element, e);
}

bool fetch_check_attributes(const struct xml_event *ev, struct err *e)
{
	for (size_t i = 0; i < ev->nattrs; i++) {
		struct str name = ev->attrs[i].name;

		if (!fetch_attribute_known(ev->name, name) && !str_starts(name, S("xmlns")))
			return err_set(e, ERR_INPUT, "<%.*s> has no attribute \"%.*s\"",
				       STR_ARG(ev->name), STR_ARG(name));
	}
	return true;
}

struct str fetch_text_attr(struct fetch_reader *r, const struct xml_event *ev, struct str name)
{
	const struct str *value = xml_attr(ev, name);

	return value ? str_dup(r->a, *value) : (struct str){ 0 };
}

bool fetch_name_attr(struct fetch_reader *r, const struct xml_event *ev, struct str name,
		     struct str *out, struct err *e)
{
	*out = fetch_text_attr(r, ev, name);
	if (out->n == 0)
		return err_set_code(e, ERR_INPUT, FETCH_CODE_NO_ATTRIBUTE,
				    "<%.*s> without \"%.*s\"", STR_ARG(ev->name), STR_ARG(name));
	return true;
}

bool fetch_table_attr(struct fetch_reader *r, const struct xml_event *ev, struct str *out,
		      struct err *e)
{
	if (!fetch_name_attr(r, ev, S("name"), out, e))
		return false;
	return fetch_alias_valid(*out) ||
	       err_set_code(e, ERR_INPUT, FETCH_CODE_NO_TABLE,
			    "\"%.*s\" is not the name of a table", STR_ARG(*out));
}

bool fetch_bool_attr(const struct xml_event *ev, struct str name, uint32_t code, bool *out,
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

bool fetch_number_attr(const struct xml_event *ev, struct str name, uint64_t max, uint32_t *out,
		       struct err *e)
{
	const struct str *value = xml_attr(ev, name);
	uint64_t number;

	if (!value)
		return true;
	if (!str_parse_u64(*value, &number) || number == 0 || number > max)
		return err_set_code(e, ERR_INPUT, FETCH_CODE_NOT_POSITIVE,
				    "%.*s=\"%.*s\" is not a whole number from 1 to %llu",
				    STR_ARG(name), STR_ARG(*value), (unsigned long long)max);
	*out = (uint32_t)number;
	return true;
}

bool fetch_alias_attr(struct fetch_reader *r, const struct xml_event *ev, struct map *seen,
		      struct str *out, struct err *e)
{
	if (!xml_attr(ev, S("alias")))
		return true;

	struct str alias = fetch_text_attr(r, ev, S("alias"));
	uint32_t first = ev->line;

	if (!fetch_alias_valid(alias))
		return err_set(e, ERR_INPUT, "alias \"%.*s\" does not match [A-Za-z_][A-Za-z0-9_]*",
			       STR_ARG(alias));
	if (!map_put(seen, alias, &first))
		return err_set_code(e, ERR_INPUT, FETCH_CODE_DUPLICATE_ALIAS,
				    "alias \"%.*s\" comes twice, first in line %u", STR_ARG(alias),
				    first);
	*out = alias;
	return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * The messages, as a table; those that are left out of it are no part of this organization.
 */
#include "org/messages.h"

#include "org/actions.h"
#include "org/code.h"

#include "base/banned.h"

static const struct message MESSAGES[] = {
	{ STR_INIT("WhoAmI"), MESSAGE_UNBOUND, METHOD_GET, action_who_am_i, NULL },
	{ STR_INIT("RetrieveTotalRecordCount"), MESSAGE_UNBOUND, METHOD_GET,
	  action_total_record_count, NULL },
};

#define NAMESPACE "Microsoft.Dynamics.CRM."

static bool read_binding(const struct call *c, struct str *name, enum message_binding *out)
{
	const struct url_segment *s = c->url.segments;

	if (c->url.nsegments == 0 || c->url.nsegments > 2)
		return false;
	*name = s[c->url.nsegments - 1].name;
	*out = MESSAGE_UNBOUND;
	if (c->url.nsegments == 1)
		return true;
	if (!str_starts(*name, S(NAMESPACE)))
		return false;
	*name = str_skip(*name, S(NAMESPACE).n);
	*out = s[0].has_key ? MESSAGE_ROW : MESSAGE_SET;
	return true;
}

const struct message *message_find(const struct call *c)
{
	enum message_binding binding;
	struct str name;

	if (!read_binding(c, &name, &binding))
		return NULL;
	for (size_t i = 0; i < COUNT_OF(MESSAGES); i++) {
		const struct message *m = &MESSAGES[i];

		if (m->binding == binding && m->method == c->request->method &&
		    str_eq(m->name, name))
			return m;
	}
	return NULL;
}

/* The value of `name` in "a=1,b=@p"; commas inside quotes, braces and brackets belong to a value. */
static bool find_inline(struct str text, struct str name, struct str *out)
{
	size_t from = 0;
	size_t depth = 0;
	bool quoted = false;

	for (size_t i = 0; i <= text.n; i++) {
		char ch = i < text.n ? text.p[i] : ',';

		if (ch == '\'')
			quoted = !quoted;
		if (!quoted && (ch == '[' || ch == '{' || ch == '('))
			depth++;
		if (!quoted && (ch == ']' || ch == '}' || ch == ')') && depth > 0)
			depth--;
		if (i < text.n && (ch != ',' || quoted || depth > 0))
			continue;

		struct str item = str_trim(str_sub(text, from, i - from));
		size_t equals = str_find_char(item, '=');

		from = i + 1;
		if (equals == STR_NONE || !str_eq(str_trim(str_sub(item, 0, equals)), name))
			continue;
		*out = str_trim(str_skip(item, equals + 1));
		return true;
	}
	return false;
}

bool message_parameter(const struct call *c, struct str name, struct str *out, struct err *e)
{
	struct str text;

	if (!find_inline(c->url.segments[c->url.nsegments - 1].key, name, &text))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "the parameter '%.*s' is missing", STR_ARG(name));
	if (str_starts(text, S("@"))) {
		const struct str *value = url_option(&c->url, text);

		if (!value)
			return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
					    "the parameter alias '%.*s' has no value",
					    STR_ARG(text));
		text = *value;
	}
	*out = text;
	return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * Parameters are cut at commas that stand outside quotes and brackets; their values stay text.
 */
#include "org/parameter.h"

#include <string.h>

#include "org/code.h"

#include "base/banned.h"

/* How many bytes of the text come before the comma that ends its first item, or all. */
static size_t item_length(struct str text)
{
	size_t depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < text.n; i++) {
		char ch = text.p[i];

		if (ch == '\'')
			quoted = !quoted;
		if (quoted)
			continue;
		if (ch == ',' && depth == 0)
			return i;
		if (strchr("[{(", ch))
			depth++;
		if (strchr("]})", ch) && depth > 0)
			depth--;
	}
	return text.n;
}

/* The value of `name` in "a=1,b=@p"; commas inside quotes, braces and brackets belong to a value. */
static bool find_inline(struct str text, struct str name, struct str *out)
{
	while (text.n > 0) {
		size_t n = item_length(text);
		struct str item = str_sub(text, 0, n);
		size_t equals = str_find_char(item, '=');

		text = str_skip(text, n + 1);
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

bool message_parameter_moment(struct call *c, struct str name, struct datetime *out, struct err *e)
{
	enum datetime_zone zone;
	struct str text;

	return message_parameter(c, name, &text, e) &&
	       (datetime_parse_iso(text, out, &zone) ||
		err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
			     "the parameter '%.*s' is no date and time", STR_ARG(name)));
}

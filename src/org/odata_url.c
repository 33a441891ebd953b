/* SPDX-License-Identifier: MIT */
/*
 * Splitting a URL. It is split first and decoded then, so that an encoded '/' or '&' belongs to a value.
 */
#include "org/odata_url.h"

#include "base/codec.h"
#include "base/limits.h"
#include "base/vec.h"
#include "org/code.h"

#include "base/banned.h"

static bool decode(struct arena *a, struct str s, bool plus_is_blank, struct str *out,
		   struct err *e)
{
	DEFER(buf_release) struct buf b = buf_make(LIMIT_URL);

	if (!url_decode(&b, s, plus_is_blank) || !str_is_utf8(buf_str(&b)))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "the URL holds a bad percent-encoding: '%.*s'",
				    STR_ARG(str_sub(s, 0, 200)));
	*out = str_dup(a, buf_str(&b));
	return true;
}

/* name, or name(key) */
static bool parse_segment(struct arena *a, struct str raw, struct url_segment *out, struct err *e)
{
	struct str text;

	if (!decode(a, raw, false, &text, e))
		return false;

	size_t open = str_find_char(text, '(');

	*out = (struct url_segment){ .name = text };
	if (open == STR_NONE)
		return true;
	if (!str_ends(text, S(")")))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "segment '%.*s' of the URL lacks its closing parenthesis",
				    STR_ARG(text));
	out->name = str_sub(text, 0, open);
	out->key = str_trim(str_sub(text, open + 1, text.n - open - 2));
	out->has_key = true;
	return true;
}

static bool parse_path(struct arena *a, struct str path, struct url *out, struct err *e)
{
	struct str_splitter parts = str_splitter(path);

	for (struct str part; str_split(&parts, '/', &part);) {
		if (part.n == 0)
			continue;
		if (out->nsegments == URL_SEGMENTS)
			return err_set_code(e, ERR_NOT_FOUND, CODE_ODATA,
					    "resource not found: the path '%.*s' is too long",
					    STR_ARG(str_sub(path, 0, 200)));
		if (!parse_segment(a, part, &out->segments[out->nsegments], e))
			return false;
		out->nsegments++;
	}
	return true;
}

static bool parse_options(struct arena *a, struct str query, struct url *out, struct err *e)
{
	VEC(struct url_option) options = { 0 };
	struct str_splitter parts = str_splitter(query);

	for (struct str part; str_split(&parts, '&', &part);) {
		size_t equals = str_find_char(part, '=');
		struct str value = equals == STR_NONE ? S("") : str_skip(part, equals + 1);
		struct url_option o;

		if (part.n == 0)
			continue;
		if (!decode(a, str_sub(part, 0, equals), true, &o.name, e) ||
		    !decode(a, value, true, &o.value, e))
			return false;
		out->options = options.p;
		out->noptions = options.n;
		if (options.n == LIMIT_URL_OPTIONS)
			return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
					    "the URL has more than %d query options",
					    LIMIT_URL_OPTIONS);
		if (url_option(out, o.name))
			return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
					    "query option '%.*s' comes twice", STR_ARG(o.name));
		*VEC_PUSH(a, &options) = o;
	}
	out->options = options.p;
	out->noptions = options.n;
	return true;
}

bool url_parse(struct arena *a, struct str target, struct url *out, struct err *e)
{
	struct url u = { 0 };
	size_t mark = str_find_char(target, '?');

	if (target.n > LIMIT_URL)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "the URL has %zu bytes; at most %zu are allowed", target.n,
				    LIMIT_URL);
	if (!parse_path(a, str_sub(target, 0, mark), &u, e))
		return false;
	if (mark != STR_NONE && !parse_options(a, str_skip(target, mark + 1), &u, e))
		return false;
	*out = u;
	return true;
}

const struct str *url_option(const struct url *u, struct str name)
{
	for (size_t i = 0; i < u->noptions; i++) {
		if (str_eq(u->options[i].name, name))
			return &u->options[i].value;
	}
	return NULL;
}

void url_list(struct arena *a, const struct str *value, struct str **out, size_t *n)
{
	VEC(struct str) items = { 0 };
	struct str_splitter parts = str_splitter(value ? *value : S(""));

	for (struct str part; str_split(&parts, ',', &part);)
		*VEC_PUSH(a, &items) = str_trim(part);
	*out = items.p;
	*n = items.n;
}

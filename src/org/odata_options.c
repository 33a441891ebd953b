/* SPDX-License-Identifier: MIT */
/*
 * Query options by name: those of a URL, and those that stand in the parentheses of an $expand, separated
 * by ';'.
 */
#include "org/odata_options.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/vec.h"
#include "org/code.h"
#include "org/odata_scan.h"

#include "base/banned.h"

struct reader {
	struct arena *arena;
	const struct url *aliases; /* NULL inside an $expand: they do not count there */
	unsigned depth;            /* of $expand */
};

static bool fail_value(struct err *e, const char *option, struct str value, const char *wanted)
{
	return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
			    "Invalid value '%.*s' for %s query option found. %s",
			    STR_ARG(str_sub(value, 0, 200)), option, wanted);
}

/*
 * The quote at the other end of a text in OData's quotes, whose doubled ones begin the next text, or in JSON's
 * inside of lists; the end when there is none.
 */
static size_t text_end(struct str s, size_t begin)
{
	char quote = s.p[begin];
	size_t i = begin + 1;

	while (i < s.n && s.p[i] != quote)
		i += quote == '"' && s.p[i] == '\\' ? 2 : 1;
	return i < s.n ? i : s.n;
}

bool odata_split(struct odata_splitter *s, char separator, struct str *part)
{
	struct str rest = s->rest;
	int depth = 0;
	size_t i;

	if (s->done)
		return false;
	for (i = 0; i < rest.n; i++) {
		char c = rest.p[i];

		if (c == '\'' || c == '"')
			i = text_end(rest, i);
		if (c == '(' || c == '[')
			depth++;
		if (c == ')' || c == ']')
			depth--;
		if (depth == 0 && c == separator)
			break;
	}
	*part = str_trim(str_sub(rest, 0, i));
	s->done = i >= rest.n;
	s->rest = str_skip(rest, i + 1);
	return true;
}

static bool has_item(const struct str *items, size_t n, struct str item)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(items[i], item))
			return true;
	}
	return false;
}

/* Empty items are passed over: clients write a comma too many. */
static bool read_select(struct reader *r, struct str text, struct odata_options *out, struct err *e)
{
	struct odata_splitter parts = { .rest = text };
	VEC(struct str) names = { 0 };
	bool all = false;

	for (struct str part; odata_split(&parts, ',', &part);) {
		if (str_find_char(part, '(') != STR_NONE || str_find_char(part, ' ') != STR_NONE)
			return fail_value(e, "$select", part, "It is a list of property names.");
		if (names.n == LIMIT_SELECT)
			return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
					    "$select names more than %d properties", LIMIT_SELECT);
		all = all || str_eq(part, S("*"));
		if (part.n > 0 && !has_item(names.p, names.n, part))
			*VEC_PUSH(r->arena, &names) = part;
	}
	out->has_select = names.n > 0 && !all;
	out->select = names.p;
	out->nselect = out->has_select ? names.n : 0;
	return true;
}

static bool read_filter(struct reader *r, struct str text, struct odata_options *out, struct err *e)
{
	return odata_expr_parse(r->arena, text, r->aliases, &out->filter, e);
}

/* name, name asc, nav/name desc */
static bool read_order(struct reader *r, struct str text, struct odata_order *out, struct err *e)
{
	size_t blank = str_find_char(text, ' ');
	struct str direction = blank == STR_NONE ? S("asc") : str_trim(str_skip(text, blank));

	out->descending = str_eq(direction, S("desc"));
	if (!out->descending && !str_eq(direction, S("asc")))
		return fail_value(e, "$orderby", text,
				  "A property is followed by nothing, asc or desc.");
	return odata_path_parse(r->arena, str_sub(text, 0, blank), r->aliases, &out->path, e);
}

static bool read_orderby(struct reader *r, struct str text, struct odata_options *out,
			 struct err *e)
{
	struct odata_splitter parts = { .rest = text };
	VEC(struct odata_order) orders = { 0 };

	for (struct str part; odata_split(&parts, ',', &part);) {
		if (orders.n == LIMIT_ORDERS)
			return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
					    "$orderby names more than %d properties", LIMIT_ORDERS);
		if (!read_order(r, part, VEC_PUSH(r->arena, &orders), e))
			return false;
	}
	out->orders = orders.p;
	out->norders = orders.n;
	return true;
}

static bool read_top(struct reader *r, struct str text, struct odata_options *out, struct err *e)
{
	uint64_t top;

	(void)r;
	text = str_trim(text);
	if (!str_parse_u64(text, &top) || top > INT32_MAX)
		return fail_value(e, "$top", text,
				  "The $top query option requires a non-negative integer value.");
	out->has_top = true;
	out->top = (uint32_t)top;
	return true;
}

static bool read_count(struct reader *r, struct str text, struct odata_options *out, struct err *e)
{
	(void)r;
	text = str_trim(text);
	out->count = str_eq(text, S("true"));
	return out->count || str_eq(text, S("false")) ||
	       fail_value(e, "$count", text, "Valid values are 'true' or 'false'.");
}

static bool read_expand(struct reader *r, struct str text, struct odata_options *out,
			struct err *e);

struct option_reader {
	struct str name;
	bool (*read)(struct reader *r, struct str text, struct odata_options *out, struct err *e);
	bool nested; /* an $expand may have it too */
};

static const struct option_reader OPTIONS[] = {
	{ STR_INIT("$select"), read_select, true },   { STR_INIT("$filter"), read_filter, true },
	{ STR_INIT("$orderby"), read_orderby, true }, { STR_INIT("$expand"), read_expand, true },
	{ STR_INIT("$top"), read_top, true },         { STR_INIT("$count"), read_count, false },
};

static bool read_nested(struct reader *r, struct str text, struct odata_options *out, struct err *e)
{
	size_t equals = str_find_char(text, '=');
	struct str name = str_trim(str_sub(text, 0, equals));
	struct str value = equals == STR_NONE ? S("") : str_trim(str_skip(text, equals + 1));

	for (size_t i = 0; i < COUNT_OF(OPTIONS); i++) {
		if (OPTIONS[i].nested && str_eq(name, OPTIONS[i].name))
			return OPTIONS[i].read(r, value, out, e);
	}
	return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
			    "The query option '%.*s' is not supported inside $expand.",
			    STR_ARG(str_sub(name, 0, 200)));
}

static bool fail_expand(struct str text, struct err *e)
{
	return fail_value(e, "$expand", text,
			  "An item is a navigation property, alone, with /$ref, or with options "
			  "in parentheses.");
}

/* nav, nav/$ref, nav(options) */
static bool read_item(struct reader *r, struct str text, struct odata_expand *out, struct err *e)
{
	struct reader inner = { .arena = r->arena, .depth = r->depth + 1 };
	struct odata_scan scan = { .arena = r->arena, .text = text };

	out->navigation = scan_name(&scan);
	if (out->navigation.n == 0)
		return fail_expand(text, e);

	struct str rest = str_trim(str_skip(text, scan.at));

	out->reference = str_starts(rest, S("/$ref"));
	if (out->reference)
		rest = str_trim(str_skip(rest, strlen("/$ref")));
	if (rest.n == 0)
		return true;
	if (rest.p[0] != '(' || !str_ends(rest, S(")")))
		return fail_expand(text, e);

	out->text = str_sub(rest, 1, rest.n - 2);

	struct odata_splitter parts = { .rest = out->text };

	for (struct str part; odata_split(&parts, ';', &part);) {
		if (part.n > 0 && !read_nested(&inner, part, &out->options, e))
			return false;
	}
	return true;
}

static bool read_expand(struct reader *r, struct str text, struct odata_options *out, struct err *e)
{
	struct odata_splitter parts = { .rest = text };
	VEC(struct odata_expand) items = { 0 };

	if (r->depth == LIMIT_EXPAND_DEPTH)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "$expand is nested more than %d deep", LIMIT_EXPAND_DEPTH);
	for (struct str part; odata_split(&parts, ',', &part);) {
		if (part.n == 0)
			continue;
		if (!read_item(r, part, VEC_PUSH(r->arena, &items), e))
			return false;
	}
	out->expand = items.p;
	out->nexpand = items.n;
	return true;
}

bool odata_options_read(struct arena *a, const struct url *u, struct odata_options *out,
			struct err *e)
{
	struct reader r = { .arena = a, .aliases = u };
	struct odata_options o = { 0 };

	for (size_t i = 0; i < COUNT_OF(OPTIONS); i++) {
		const struct str *value = url_option(u, OPTIONS[i].name);

		if (value && !OPTIONS[i].read(&r, *value, &o, e))
			return false;
	}
	*out = o;
	return true;
}

static void write_expand(struct buf *out, const struct odata_options *o, bool comma)
{
	for (size_t i = 0; i < o->nexpand; i++) {
		const struct odata_expand *x = &o->expand[i];

		buf_add(out, comma || i > 0 ? S(",") : S(""));
		buf_add(out, x->navigation);
		if (x->reference) {
			buf_add_char(out, ',');
			buf_add(out, x->navigation);
			buf_add(out, S("/$ref"));
		}
		buf_add_char(out, '(');
		for (size_t k = 0; k < x->options.nselect; k++) {
			buf_add(out, k > 0 ? S(",") : S(""));
			buf_add(out, x->options.select[k]);
		}
		write_expand(out, &x->options, x->options.nselect > 0);
		buf_add_char(out, ')');
	}
}

struct str odata_expand_context(struct arena *a, const struct odata_options *o)
{
	DEFER(buf_release) struct buf b = buf_make(0);

	write_expand(&b, o, false);
	return str_dup(a, buf_str(&b));
}

/* SPDX-License-Identifier: MIT */
/*
 * Filters of metadata: a small language of its own, read by descent; options inside $expand.
 */
#include "org/metadata_query.h"

#include "base/limits.h"
#include "base/vec.h"
#include "org/code.h"

#include "base/banned.h"

enum token { TOKEN_END, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_COMMA, TOKEN_WORD, TOKEN_TEXT };

enum test {
	TEST_EQ,
	TEST_NE,
	TEST_GT,
	TEST_GE,
	TEST_LT,
	TEST_LE,
	TEST_CONTAINS,
	TEST_STARTS,
	TEST_ENDS
};

struct metadata_filter {
	enum { FILTER_AND, FILTER_OR, FILTER_NOT, FILTER_TEST } kind;
	const struct metadata_filter *left, *right;
	enum test test;
	struct str path; /* IsCustomizable/Value */
	bool quoted;     /* the value: a text or an enum's, else a word: 7, true, null, a GUID */
	struct str value;
};

struct scan {
	struct arena *arena;
	const struct url *url;
	struct str all, rest;
	enum token token;
	struct str text; /* of the token */
	unsigned depth;
};

static bool fail(const struct scan *sc, const char *what, struct err *e)
{
	return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA, "%s at position %zu in '%.*s'", what,
			    sc->all.n - sc->rest.n, STR_ARG(str_sub(sc->all, 0, 300)));
}

static bool scan_text(struct scan *sc, struct err *e)
{
	DEFER(buf_release) struct buf b = buf_make(0);
	struct str s = str_skip(sc->rest, 1);

	for (;;) {
		size_t end = str_find_char(s, '\'');

		if (end == STR_NONE)
			return fail(sc, "there is an unterminated literal", e);
		buf_add(&b, str_sub(s, 0, end));
		s = str_skip(s, end + 1);
		if (!str_starts(s, S("'")))
			break;
		/* a quote inside a text is written twice */
		buf_add_char(&b, '\'');
		s = str_skip(s, 1);
	}
	sc->rest = s;
	sc->token = TOKEN_TEXT;
	sc->text = str_dup(sc->arena, buf_str(&b));
	return true;
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.' || c == '/' || c == '-' || c == '+' || c == '@' || c == ':';
}

static bool scan_next(struct scan *sc, struct err *e)
{
	static const char signs[] = "(),";
	static const enum token tokens[] = { TOKEN_OPEN, TOKEN_CLOSE, TOKEN_COMMA };
	size_t n = 0;

	sc->rest = str_trim(sc->rest);
	sc->text = S("");
	sc->token = TOKEN_END;
	if (sc->rest.n == 0)
		return true;

	size_t sign = str_find_char(str_from(signs), sc->rest.p[0]);

	if (sign != STR_NONE) {
		sc->token = tokens[sign];
		sc->rest = str_skip(sc->rest, 1);
		return true;
	}
	if (sc->rest.p[0] == '\'')
		return scan_text(sc, e);
	while (n < sc->rest.n && is_word(sc->rest.p[n]))
		n++;
	if (n == 0)
		return fail(sc, "this character is not understood", e);
	sc->token = TOKEN_WORD;
	sc->text = str_sub(sc->rest, 0, n);
	sc->rest = str_skip(sc->rest, n);
	/* Microsoft.Dynamics.CRM.OwnershipTypes'UserOwned' */
	return !str_starts(sc->rest, S("'")) || scan_text(sc, e);
}

static bool take(struct scan *sc, enum token token, const char *what, struct err *e)
{
	return sc->token == token ? scan_next(sc, e) : fail(sc, what, e);
}

static bool is_keyword(const struct scan *sc, struct str word)
{
	return sc->token == TOKEN_WORD && str_eq(sc->text, word);
}

static struct metadata_filter *new_filter(struct scan *sc, struct metadata_filter f)
{
	struct metadata_filter *out = arena_new(sc->arena, struct metadata_filter);

	*out = f;
	return out;
}

/* @p1: what stands there is read as if it stood here. */
static bool read_alias(struct scan *sc, struct err *e)
{
	const struct str *value = sc->url ? url_option(sc->url, sc->text) : NULL;
	struct scan inner = { .arena = sc->arena };

	if (!value)
		return fail(sc, "the parameter alias has no value", e);
	inner.all = inner.rest = *value;
	if (!scan_next(&inner, e))
		return false;
	sc->token = inner.token;
	sc->text = inner.text;
	return true;
}

static bool read_value(struct scan *sc, struct metadata_filter *f, struct err *e)
{
	if (sc->token == TOKEN_WORD && str_starts(sc->text, S("@")) && !read_alias(sc, e))
		return false;
	if (sc->token != TOKEN_WORD && sc->token != TOKEN_TEXT)
		return fail(sc, "a value is missing", e);
	f->quoted = sc->token == TOKEN_TEXT;
	f->value = sc->text;
	return scan_next(sc, e);
}

static bool read_function(struct scan *sc, enum test test, const struct metadata_filter **out,
			  struct err *e)
{
	struct metadata_filter f = { .kind = FILTER_TEST, .test = test };

	if (!scan_next(sc, e) || !take(sc, TOKEN_OPEN, "'(' is missing", e))
		return false;
	f.path = sc->text;
	if (!take(sc, TOKEN_WORD, "a property is missing", e) ||
	    !take(sc, TOKEN_COMMA, "',' is missing", e) || !read_value(sc, &f, e) ||
	    !take(sc, TOKEN_CLOSE, "')' is missing", e))
		return false;
	*out = new_filter(sc, f);
	return true;
}

static bool read_comparison(struct scan *sc, const struct metadata_filter **out, struct err *e)
{
	static const struct str operators[] = { STR_INIT("eq"), STR_INIT("ne"), STR_INIT("gt"),
						STR_INIT("ge"), STR_INIT("lt"), STR_INIT("le") };
	struct metadata_filter f = { .kind = FILTER_TEST };
	size_t i = 0;

	f.path = sc->text;
	if (!take(sc, TOKEN_WORD, "a property is missing", e))
		return false;
	/* a flag by itself */
	if (sc->token != TOKEN_WORD || str_eq(sc->text, S("and")) || str_eq(sc->text, S("or"))) {
		f.value = S("true");
		*out = new_filter(sc, f);
		return true;
	}
	while (i < COUNT_OF(operators) && !str_eq(operators[i], sc->text))
		i++;
	if (i == COUNT_OF(operators))
		return fail(sc, "there is no such operator before this", e);
	f.test = (enum test)i;
	if (!scan_next(sc, e) || !read_value(sc, &f, e))
		return false;
	*out = new_filter(sc, f);
	return true;
}

static bool read_or(struct scan *sc, const struct metadata_filter **out, struct err *e);

static bool read_group(struct scan *sc, const struct metadata_filter **out, struct err *e)
{
	if (++sc->depth > LIMIT_JSON_DEPTH)
		return fail(sc, "the filter is nested too deeply", e);

	bool ok = scan_next(sc, e) && read_or(sc, out, e) &&
		  take(sc, TOKEN_CLOSE, "')' is missing", e);

	sc->depth--;
	return ok;
}

static bool read_not(struct scan *sc, const struct metadata_filter **out, struct err *e);

static bool read_term(struct scan *sc, const struct metadata_filter **out, struct err *e)
{
	static const struct {
		struct str name;
		enum test test;
	} functions[] = {
		{ STR_INIT("contains"), TEST_CONTAINS },
		{ STR_INIT("startswith"), TEST_STARTS },
		{ STR_INIT("endswith"), TEST_ENDS },
	};

	if (sc->token == TOKEN_OPEN)
		return read_group(sc, out, e);
	if (is_keyword(sc, S("not")))
		return read_not(sc, out, e);
	for (size_t i = 0; i < COUNT_OF(functions); i++) {
		if (is_keyword(sc, functions[i].name))
			return read_function(sc, functions[i].test, out, e);
	}
	return read_comparison(sc, out, e);
}

static bool read_not(struct scan *sc, const struct metadata_filter **out, struct err *e)
{
	const struct metadata_filter *inner = NULL;

	if (++sc->depth > LIMIT_JSON_DEPTH)
		return fail(sc, "the filter is nested too deeply", e);
	if (!scan_next(sc, e) || !read_term(sc, &inner, e))
		return false;
	sc->depth--;
	*out = new_filter(sc, (struct metadata_filter){ .kind = FILTER_NOT, .left = inner });
	return true;
}

static bool read_and(struct scan *sc, const struct metadata_filter **out, struct err *e)
{
	const struct metadata_filter *left = NULL, *right = NULL;

	if (!read_term(sc, &left, e))
		return false;
	while (is_keyword(sc, S("and"))) {
		if (!scan_next(sc, e) || !read_term(sc, &right, e))
			return false;
		left = new_filter(sc, (struct metadata_filter){
					      .kind = FILTER_AND, .left = right, .right = left });
	}
	*out = left;
	return true;
}

/* Joined to the right: a long list of names does not make a deep tree on the left. */
static bool read_or(struct scan *sc, const struct metadata_filter **out, struct err *e)
{
	const struct metadata_filter *left = NULL, *right = NULL;

	if (!read_and(sc, &left, e))
		return false;
	while (is_keyword(sc, S("or"))) {
		if (!scan_next(sc, e) || !read_and(sc, &right, e))
			return false;
		left = new_filter(sc, (struct metadata_filter){
					      .kind = FILTER_OR, .left = right, .right = left });
	}
	*out = left;
	return true;
}

bool metadata_filter_read(struct arena *a, const struct url *url, struct str text,
			  const struct metadata_filter **out, struct err *e)
{
	struct scan sc = { .arena = a, .url = url, .all = text, .rest = text };

	if (!scan_next(&sc, e) || !read_or(&sc, out, e))
		return false;
	return sc.token == TOKEN_END || fail(&sc, "this is too much", e);
}

/* evaluation */

static const struct json *follow(const struct json *object, struct str path)
{
	struct str_splitter parts = str_splitter(path);
	const struct json *at = object;

	for (struct str part; at && str_split(&parts, '/', &part);)
		at = json_get(at, part);
	return at;
}

/* Equal, or by what `b` differs; numbers by value. False: they cannot be compared. */
static bool compare(const struct json *v, const struct metadata_filter *f, int *out)
{
	double x, y;

	if (v->kind == JSON_BOOL) {
		*out = str_eq(f->value, v->yes ? S("true") : S("false")) ? 0 : 1;
		return true;
	}
	if (v->kind == JSON_NUMBER) {
		if (!str_parse_double(v->text, &x) || !str_parse_double(f->value, &y))
			return false;
		*out = x < y ? -1 : x > y;
		return true;
	}
	if (v->kind != JSON_STRING)
		return false;
	/* without quotes it is a GUID, in which case does not count */
	*out = f->quoted ? str_cmp(v->text, f->value) : !str_eq_ascii_nocase(v->text, f->value);
	return true;
}

static bool holds_text(const struct json *v, const struct metadata_filter *f)
{
	if (v->kind != JSON_STRING)
		return false;
	if (f->test == TEST_CONTAINS)
		return str_find(v->text, f->value) != STR_NONE;
	return f->test == TEST_STARTS ? str_starts(v->text, f->value) : str_ends(v->text, f->value);
}

static bool holds_value(const struct json *v, const struct metadata_filter *f)
{
	int order = 0;

	/* what cannot be compared differs */
	if (!compare(v, f, &order))
		return f->test == TEST_NE;
	switch (f->test) {
	case TEST_EQ:
		return order == 0;
	case TEST_NE:
		return order != 0;
	case TEST_GT:
		return order > 0;
	case TEST_GE:
		return order >= 0;
	case TEST_LT:
		return order < 0;
	case TEST_LE:
		return order <= 0;
	case TEST_CONTAINS:
	case TEST_STARTS:
	case TEST_ENDS:
		break;
	}
	return holds_text(v, f);
}

static bool holds(const struct json *v, const struct metadata_filter *f)
{
	bool null = !v || v->kind == JSON_NULL;
	bool with_null = !f->quoted && str_eq(f->value, S("null"));

	if (null || with_null) {
		bool equal = null && with_null;

		return f->test == TEST_EQ ? equal : f->test == TEST_NE && !equal;
	}
	return f->test >= TEST_CONTAINS ? holds_text(v, f) : holds_value(v, f);
}

bool metadata_matches(const struct metadata_filter *f, const struct json *object)
{
	/* lists of alternatives and conditions are walked, not descended into */
	for (; f; f = f->right) {
		switch (f->kind) {
		case FILTER_TEST:
			return holds(follow(object, f->path), f);
		case FILTER_NOT:
			return !metadata_matches(f->left, object);
		case FILTER_AND:
			if (!metadata_matches(f->left, object))
				return false;
			break;
		case FILTER_OR:
			if (metadata_matches(f->left, object))
				return true;
			break;
		}
	}
	return true;
}

struct properties {
	struct arena *arena;
	VEC(struct str) names;
	bool unused;
};

static void collect(struct properties *to, const struct metadata_filter *f)
{
	for (; f; f = f->right) {
		if (f->kind != FILTER_TEST) {
			collect(to, f->left);
			continue;
		}

		struct str name = str_sub(f->path, 0, str_find_char(f->path, '/'));
		bool known = false;

		for (size_t i = 0; i < to->names.n; i++)
			known |= str_eq(to->names.p[i], name);
		if (!known)
			*VEC_PUSH(to->arena, &to->names) = name;
	}
}

struct definition_select metadata_filter_properties(struct arena *a,
						    const struct metadata_filter *f)
{
	struct properties to = { .arena = a };

	collect(&to, f);
	return (struct definition_select){ to.names.p, to.names.n };
}

bool metadata_filter_names(struct arena *a, const struct metadata_filter *f, struct str property,
			   struct str **names, size_t *n)
{
	VEC(struct str) found = { 0 };

	for (; f; f = f->right) {
		const struct metadata_filter *test = f->kind == FILTER_OR ? f->left : f;

		if (test->kind != FILTER_TEST || test->test != TEST_EQ || !test->quoted ||
		    !str_eq(test->path, property))
			return false;
		*VEC_PUSH(a, &found) = test->value;
	}
	*names = found.p;
	*n = found.n;
	return true;
}

/* options */

/* The item before the next `separator` outside parentheses and quotes, off *rest. */
static struct str take_item(struct str *rest, char separator)
{
	size_t depth = 0;
	size_t i = 0;
	bool quoted = false;

	for (; i < rest->n && (quoted || depth > 0 || rest->p[i] != separator); i++) {
		char ch = rest->p[i];

		if (ch == '\'')
			quoted = !quoted;
		else if (!quoted && ch == '(')
			depth++;
		else if (!quoted && ch == ')' && depth > 0)
			depth--;
	}

	struct str item = str_trim(str_sub(*rest, 0, i));

	*rest = str_skip(*rest, i + 1);
	return item;
}

static struct definition_select read_select(struct arena *a, struct str text)
{
	struct definition_select out = { 0 };
	struct str *names;

	url_list(a, &text, &names, &out.n);
	out.names = names;
	return out;
}

static bool read_expand(struct arena *a, const struct url *url, struct str text, unsigned depth,
			struct metadata_options *out, struct err *e);

/* $select=LogicalName;$filter=... */
static bool read_inner(struct arena *a, const struct url *url, struct str text, unsigned depth,
		       struct metadata_options *out, struct err *e)
{
	while (text.n > 0) {
		struct str item = take_item(&text, ';');
		size_t equals = str_find_char(item, '=');
		struct str name = str_trim(str_sub(item, 0, equals));
		struct str value =
			str_trim(str_skip(item, equals == STR_NONE ? item.n : equals + 1));

		if (str_eq(name, S("$select")))
			out->select = read_select(a, value);
		else if (str_eq(name, S("$filter"))) {
			if (!metadata_filter_read(a, url, value, &out->filter, e))
				return false;
		} else if (str_eq(name, S("$expand"))) {
			if (!read_expand(a, url, value, depth + 1, out, e))
				return false;
		} else if (item.n > 0) {
			return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
					    "'%.*s' is not supported inside $expand of metadata",
					    STR_ARG(name));
		}
	}
	return true;
}

static bool read_expand(struct arena *a, const struct url *url, struct str text, unsigned depth,
			struct metadata_options *out, struct err *e)
{
	VEC(struct metadata_expand) items = { 0 };

	if (depth > LIMIT_LINK_ENTITIES)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA, "$expand is nested too deeply");
	while (text.n > 0) {
		struct str item = take_item(&text, ',');
		size_t open = str_find_char(item, '(');
		struct metadata_expand *x = VEC_PUSH(a, &items);

		x->name = str_trim(str_sub(item, 0, open));
		if (open == STR_NONE)
			continue;

		struct str inner = str_skip(item, open + 1);

		if (!str_ends(inner, S(")")))
			return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
					    "')' is missing in $expand '%.*s'", STR_ARG(item));
		inner.n--;
		if (!read_inner(a, url, inner, depth, &x->options, e))
			return false;
	}
	out->expand = items.p;
	out->nexpand = items.n;
	return true;
}

bool metadata_options_read(struct arena *a, const struct url *url, struct metadata_options *out,
			   struct err *e)
{
	const struct str *select = url_option(url, S("$select"));
	const struct str *filter = url_option(url, S("$filter"));
	const struct str *expand = url_option(url, S("$expand"));
	struct metadata_options o = { 0 };

	if (select)
		o.select = read_select(a, *select);
	if (filter && !metadata_filter_read(a, url, *filter, &o.filter, e))
		return false;
	if (expand && !read_expand(a, url, *expand, 0, &o, e))
		return false;
	*out = o;
	return true;
}

void metadata_options_context(struct buf *out, const struct metadata_options *options)
{
	const char *sign = "(";

	for (size_t i = 0; i < options->select.n; i++, sign = ",")
		buf_add_fmt(out, "%s%.*s", sign, STR_ARG(options->select.names[i]));
	for (size_t i = 0; i < options->nexpand; i++, sign = ",") {
		const struct metadata_expand *x = &options->expand[i];

		buf_add_fmt(out, "%s%.*s", sign, STR_ARG(x->name));
		if (x->options.select.n + x->options.nexpand > 0)
			metadata_options_context(out, &x->options);
		else
			buf_add(out, S("()"));
	}
	if (*sign == ',')
		buf_add_char(out, ')');
}

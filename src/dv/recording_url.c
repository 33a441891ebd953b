/* SPDX-License-Identifier: MIT */
/*
 * URLs. What is secret is looked for in the text without its percent escapes and cut out of the text with them, so that
 * everything else stays byte for byte.
 */
#include "dv/recording_mask.h"

#include "base/codec.h"
#include "dv/recording.h"

#include "base/banned.h"

/* Options that let in who knows them. */
static const struct str TOKENS[] = {
	STR_INIT("sessiontoken"),  STR_INIT("sig"),           STR_INIT("access_token"),
	STR_INIT("refresh_token"), STR_INIT("client_secret"), STR_INIT("client_assertion"),
};

struct span {
	size_t from, to;
};

/* A text without its escapes. */
struct view {
	struct masking *k;
	struct str text;
	size_t *at;              /* of each byte, and of the end, in the text with them */
	VEC(struct span) hidden; /* of `text`, in order */
	struct str raw;
};

static struct view view_of(struct masking *k, struct str raw, bool plus_is_blank)
{
	char *text = arena_array(k->arena, char, raw.n + 1);
	struct view v = { .k = k, .raw = raw, .at = arena_array(k->arena, size_t, raw.n + 1) };
	size_t n = 0;

	for (size_t i = 0; i < raw.n; n++) {
		int high = i + 2 < raw.n ? str_hex_value(raw.p[i + 1]) : -1;
		int low = i + 2 < raw.n ? str_hex_value(raw.p[i + 2]) : -1;
		bool escaped = raw.p[i] == '%' && high >= 0 && low >= 0;

		v.at[n] = i;
		text[n] = escaped ? (char)(high * 16 + low) : raw.p[i];
		if (plus_is_blank && raw.p[i] == '+')
			text[n] = ' ';
		i += escaped ? 3 : 1;
	}
	v.at[n] = raw.n;
	v.text = str_of(text, n);
	return v;
}

static void hide(struct view *v, struct str column, size_t from, size_t to)
{
	masking_saw(v->k, column, str_sub(v->text, from, to - from));
	*VEC_PUSH(v->k->arena, &v->hidden) = (struct span){ from, to };
}

static void write_view(struct buf *out, const struct view *v)
{
	size_t from = 0;

	for (size_t i = 0; i < v->hidden.n; i++) {
		buf_add(out, str_sub(v->raw, from, v->at[v->hidden.p[i].from] - from));
		buf_add(out, S(RECORDING_SECRET));
		from = v->at[v->hidden.p[i].to];
	}
	buf_add(out, str_skip(v->raw, from));
}

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static size_t word_length(struct str s, size_t from)
{
	size_t i = from;

	while (i < s.n && is_word(s.p[i]))
		i++;
	return i - from;
}

/* The end of what stands between these quotes, of which two stand for one. */
static size_t quoted_end(struct str s, size_t from, char quote)
{
	size_t i = from;

	while (i < s.n && (s.p[i] != quote || (i + 1 < s.n && s.p[i + 1] == quote)))
		i += s.p[i] == quote ? 2 : 1;
	return i;
}

/* ---- tokens ---- */

/* Escapes before a name, as of %3Fsessiontoken, look like a part of it. */
static bool is_token(struct str name)
{
	for (size_t i = 0; i < COUNT_OF(TOKENS); i++) {
		struct str token = TOKENS[i], end = name;

		if (token.n > 3 && name.n > token.n)
			end = str_skip(name, name.n - token.n);
		if (str_eq_ascii_nocase(end, token))
			return true;
	}
	return false;
}

/* The length of an option's value: up to the next option, or the end of the address in a line. */
static size_t option_length(struct str s)
{
	size_t i = 0;

	while (i < s.n && (unsigned char)s.p[i] > ' ' && s.p[i] != '&' && s.p[i] != '"')
		i++;
	return i;
}

/* By who knew its end better. */
static bool is_hidden(struct str value)
{
	size_t n = S(RECORDING_SECRET).n;

	return str_starts(value, S(RECORDING_SECRET)) && (value.n == n || !is_word(value.p[n]));
}

void mask_url(struct buf *out, struct str text)
{
	for (size_t at = str_find_char(text, '='); at != STR_NONE; at = str_find_char(text, '=')) {
		size_t name = at;

		while (name > 0 && is_word(text.p[name - 1]))
			name--;
		buf_add(out, str_sub(text, 0, at + 1));
		bool token = is_token(str_sub(text, name, at - name));

		text = str_skip(text, at + 1);
		if (!token || is_hidden(text))
			continue;
		buf_add(out, S(RECORDING_SECRET));
		text = str_skip(text, option_length(text));
	}
	buf_add(out, text);
}

/* ---- keys: rows(column='value',other=1) ---- */

static size_t hide_key(struct view *v, struct str column, size_t from)
{
	struct str s = v->text;
	bool quoted = from < s.n && s.p[from] == '\'';
	size_t end = from;

	if (quoted) {
		end = quoted_end(s, from + 1, '\'');
		hide(v, column, from + 1, end);
		return end < s.n ? end + 1 : end;
	}
	if (str_starts(str_skip(s, from), S(RECORDING_SECRET)))
		end += S(RECORDING_SECRET).n;
	while (end < s.n && s.p[end] != ',' && s.p[end] != ')')
		end++;
	hide(v, column, from, end);
	return end;
}

static void mask_path(struct buf *out, struct masking *k, struct str path)
{
	struct view v = view_of(k, path, false);
	struct str s = v.text;
	bool inside = false;

	for (size_t i = 0; i < s.n;) {
		size_t n = word_length(s, i);
		struct str word = str_sub(s, i, n);

		if (inside && n > 0 && i + n < s.n && s.p[i + n] == '=' &&
		    masking_column(k, word)) {
			i = hide_key(&v, word, i + n + 1);
			continue;
		}
		if (s.p[i] == '\'')
			i = quoted_end(s, i + 1, '\'');
		else if (s.p[i] == '(' || s.p[i] == ')')
			inside = s.p[i] == '(';
		i += n > 0 ? n : 1;
	}
	write_view(out, &v);
}

/* ---- expressions: $filter and its like ---- */

/* The first column in it that is secret, in or between quotes: In(PropertyName='column',...); *as: what it is called then. */
static struct str secret_in(struct masking *k, struct str s)
{
	struct str found = { 0 };
	bool as = false;

	for (size_t i = 0; i < s.n;) {
		struct str rest = str_skip(s, i);
		size_t n = word_length(s, i);
		struct str word = str_sub(s, i, n);

		/* what was taken out already is no name */
		if (str_starts(rest, S(RECORDING_SECRET)))
			n = S(RECORDING_SECRET).n;
		i += n > 0 ? n : 1;
		if (word.n == 0)
			continue;
		if (as && found.n > 0)
			*VEC_PUSH(k->arena, &k->aliases) = str_lower_ascii(k->arena, word);
		if (found.n == 0 && masking_column(k, word))
			found = word;
		as = str_eq(word, S("as"));
	}
	return found;
}

/* Every text, number and id: which of them belongs to which column is not told by their places alone. */
static void hide_literals(struct view *v, struct str column)
{
	struct str s = v->text;

	for (size_t i = 0; i < s.n;) {
		size_t end = i;

		if (s.p[i] == '\'' || s.p[i] == '"') {
			end = quoted_end(s, i + 1, s.p[i]);
			hide(v, column, i + 1, end);
			i = end + 1;
			continue;
		}
		bool id = false;

		for (; end < s.n && (is_word(s.p[end]) || s.p[end] == '-'); end++)
			id = id || s.p[end] == '-';
		if (end > i && (id || (s.p[i] >= '0' && s.p[i] <= '9')))
			hide(v, column, i, end);
		i = end > i ? end : i + 1;
	}
}

/* ---- FetchXML ---- */

struct tag {
	struct str name; /* with / before it when it closes */
	struct str inside;
	size_t from, to; /* of what stands between < and > */
	bool empty;
};

/* Of the > that is not in quotes, or of the text. */
static size_t tag_end(struct str s, size_t from)
{
	char quote = 0;
	size_t i = from;

	for (; i < s.n && (quote || s.p[i] != '>'); i++) {
		if (s.p[i] == quote)
			quote = 0;
		else if (!quote && (s.p[i] == '"' || s.p[i] == '\''))
			quote = s.p[i];
	}
	return i;
}

static bool next_tag(struct str s, size_t *at, struct tag *out)
{
	size_t from = str_find_char(str_skip(s, *at), '<');

	if (from == STR_NONE)
		return false;
	from += *at + 1;
	size_t to = tag_end(s, from), name = from;

	while (name < to && (unsigned char)s.p[name] > ' ' && (name == from || s.p[name] != '/'))
		name++;
	*out = (struct tag){ .name = str_sub(s, from, name - from),
			     .inside = str_sub(s, from, to - from),
			     .from = from,
			     .to = to,
			     .empty = to > from && s.p[to - 1] == '/' };
	*at = to < s.n ? to + 1 : to;
	return true;
}

/* Where the value of an attribute stands in the tag's text. */
static bool find_attribute(const struct tag *t, struct str wanted, struct span *out)
{
	struct str s = t->inside;

	for (size_t i = t->name.n; i < s.n;) {
		size_t begin = i;

		while (i < s.n && s.p[i] != '=' && s.p[i] != '"' && s.p[i] != '\'')
			i++;
		struct str name = str_trim(str_sub(s, begin, i - begin));

		while (i < s.n && s.p[i] != '"' && s.p[i] != '\'')
			i++;
		if (i == s.n)
			return false;
		size_t end = i + 1;

		while (end < s.n && s.p[end] != s.p[i])
			end++;
		if (str_eq(name, wanted)) {
			*out = (struct span){ i + 1, end };
			return true;
		}
		i = end + 1;
	}
	return false;
}

static struct str attribute(const struct tag *t, struct str name)
{
	struct span at;

	return find_attribute(t, name, &at) ? str_sub(t->inside, at.from, at.to - at.from) : S("");
}

/* Nobody writes the name of a column with references: one that has any is not taken for harmless. */
static bool names_secret(struct masking *k, struct str name)
{
	return str_find_char(name, '&') != STR_NONE || masking_column(k, name);
}

/* What must be known before the first tag is looked at. */
static void survey_fetch(struct masking *k, struct str s)
{
	struct tag t;

	for (size_t at = 0; next_tag(s, &at, &t);) {
		struct str name =
			attribute(&t, str_eq(t.name, S("attribute")) ? S("name") : S("attribute"));
		struct str alias = attribute(&t, S("alias"));

		if (str_eq(t.name, S("attribute")) && alias.n > 0 && names_secret(k, name))
			*VEC_PUSH(k->arena, &k->aliases) = str_lower_ascii(k->arena, alias);
		if (!str_eq(t.name, S("order")))
			continue;
		if (names_secret(k, name) || names_secret(k, alias)) {
			masking_saw(k, name.n > 0 ? name : alias, S(""));
			k->ordered = true;
		}
	}
}

static void hide_fetch(struct view *v)
{
	struct str s = v->text, column;
	struct span found;
	struct tag t;

	survey_fetch(v->k, s);
	for (size_t at = 0; next_tag(s, &at, &t);) {
		if (str_eq(t.name, S("fetch")) && v->k->ordered &&
		    find_attribute(&t, S("paging-cookie"), &found))
			hide(v, S(""), t.from + found.from, t.from + found.to);
		column = attribute(&t, S("attribute"));
		if (!str_eq(t.name, S("condition")) || !names_secret(v->k, column))
			continue;
		if (find_attribute(&t, S("value"), &found))
			hide(v, column, t.from + found.from, t.from + found.to);
		if (t.empty)
			continue;
		size_t end = str_find(str_skip(s, at), S("</condition"));

		end = end == STR_NONE ? s.n : at + end;
		if (end > at)
			hide(v, column, at, end);
		at = end;
	}
}

/* ---- options ---- */

static bool split_option(struct str option, struct str *name, struct str *value)
{
	size_t equals = str_find_char(option, '=');

	*name = str_sub(option, 0, equals);
	*value = equals == STR_NONE ? S("") : str_skip(option, equals + 1);
	return equals != STR_NONE;
}

static bool is_fetch(struct str name)
{
	return str_eq_ascii_nocase(name, S("fetchxml"));
}

/* The first secret column that the options are about. */
static struct str survey_options(struct masking *k, struct str query)
{
	struct str_splitter parts = str_splitter(query);
	struct str first = { 0 }, name, value;

	for (struct str part; str_split(&parts, '&', &part);) {
		if (!split_option(part, &name, &value))
			continue;
		name = view_of(k, name, true).text;
		if (is_fetch(name) || str_starts(name, S("@")))
			continue;
		struct str found = secret_in(k, view_of(k, value, true).text);

		if (found.n > 0 && str_eq_ascii_nocase(name, S("$orderby"))) {
			masking_saw(k, found, S(""));
			k->ordered = true;
		}
		if (first.n == 0)
			first = found;
	}
	return first;
}

/* @p: what stands for a value elsewhere. */
static void mask_option(struct buf *out, struct masking *k, struct str name, struct str value,
			struct str secret)
{
	struct view v = view_of(k, value, true);
	struct str column;

	name = view_of(k, name, true).text;
	if (is_fetch(name)) {
		hide_fetch(&v);
	} else if (is_token(name) || (str_starts(name, S("@")) && secret.n > 0) ||
		   (str_eq_ascii_nocase(name, S("$skiptoken")) && k->ordered)) {
		hide(&v, secret, 0, v.text.n);
	} else {
		column = secret_in(k, v.text);
		if (column.n > 0)
			hide_literals(&v, column);
	}
	write_view(out, &v);
}

static void mask_options(struct buf *out, struct masking *k, struct str query, struct str secret)
{
	struct str_splitter parts = str_splitter(query);
	struct str about = survey_options(k, query), name, value;
	bool any = false;

	for (struct str part; str_split(&parts, '&', &part); any = true) {
		if (any)
			buf_add_char(out, '&');
		if (!split_option(part, &name, &value)) {
			buf_add(out, part);
			continue;
		}
		buf_add(out, str_sub(part, 0, name.n + 1));
		mask_option(out, k, name, value, about.n > 0 ? about : secret);
	}
}

void mask_target(struct buf *out, struct masking *k, struct str url)
{
	DEFER(buf_release) struct buf masked = buf_make(0);
	size_t before = k->columns.n;

	mask_url(&masked, url);
	url = str_dup(k->arena, buf_str(&masked));

	size_t mark = str_find_char(url, '?');

	mask_path(out, k, str_sub(url, 0, mark));
	if (mark == STR_NONE)
		return;
	buf_add_char(out, '?');
	/* rows(column=@p)?@p='value' */
	mask_options(out, k, str_skip(url, mark + 1),
		     k->columns.n > before ? k->columns.p[before] : S(""));
}

bool mask_hides_target(struct masking *k, struct str target)
{
	struct str path = view_of(k, str_sub(target, 0, str_find_char(target, '?')), false).text;
	struct str_splitter parts = str_splitter(path);
	struct str last = { 0 };
	size_t n = 0;

	for (struct str part; str_split(&parts, '/', &part); n++) {
		if (!str_starts(part, S("$")))
			last = part;
	}
	if (n < 2 || str_find_char(last, '(') != STR_NONE || !masking_column(k, last))
		return false;
	masking_saw(k, last, S(""));
	return true;
}

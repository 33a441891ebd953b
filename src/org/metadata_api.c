/* SPDX-License-Identifier: MIT */
/*
 * Definitions of tables. Written one table at a time, each loaded when its turn comes.
 */
#include "org/metadata_api.h"

#include "io/json.h"
#include "dv/definition.h"
#include "org/code.h"
#include "org/result.h"

#include "base/banned.h"

struct wanted {
	struct str *select;
	size_t nselect;
	unsigned parts;
	struct str *names;
	size_t n;
};

static const struct {
	struct str name;
	enum definition_part part;
} PARTS[] = {
	{ STR_INIT("Attributes"), DEFINITION_ATTRIBUTES },
	{ STR_INIT("ManyToOneRelationships"), DEFINITION_MANY_TO_ONE },
	{ STR_INIT("ManyToManyRelationships"), DEFINITION_MANY_TO_MANY },
	{ STR_INIT("Keys"), DEFINITION_KEYS },
};

/* The item before the next comma outside parentheses, off *rest. */
static struct str take_item(struct str *rest)
{
	size_t depth = 0;
	size_t i = 0;

	for (; i < rest->n && (depth > 0 || rest->p[i] != ','); i++) {
		if (rest->p[i] == '(')
			depth++;
		else if (rest->p[i] == ')' && depth > 0)
			depth--;
	}

	struct str item = str_trim(str_sub(*rest, 0, i));

	*rest = str_skip(*rest, i + 1);
	return item;
}

/* Attributes($select=...),Keys: what is inside the parentheses would only make the answer smaller. */
static bool read_expand(struct str text, unsigned *parts, struct err *e)
{
	while (text.n > 0) {
		struct str item = take_item(&text);
		struct str name = str_trim(str_sub(item, 0, str_find_char(item, '(')));
		unsigned part = 0;

		for (size_t i = 0; i < COUNT_OF(PARTS); i++) {
			if (str_eq(PARTS[i].name, name))
				part = PARTS[i].part;
		}
		if (part == 0)
			return err_set(e, ERR_UNSUPPORTED,
				       "a local organization does not expand '%.*s' of "
				       "EntityDefinitions yet",
				       STR_ARG(item));
		*parts |= part;
	}
	return true;
}

static bool take_word(struct str *rest, struct str word)
{
	struct str s = str_trim(*rest);

	if (!str_starts(s, word))
		return false;
	*rest = str_skip(s, word.n);
	return true;
}

static bool take_quoted(struct str *rest, struct str *out)
{
	struct str s = str_trim(*rest);

	if (s.n == 0 || s.p[0] != '\'')
		return false;
	s = str_skip(s, 1);

	size_t end = str_find_char(s, '\'');

	if (end == STR_NONE)
		return false;
	*out = str_sub(s, 0, end);
	*rest = str_skip(s, end + 1);
	return true;
}

/* LogicalName eq 'a' or LogicalName eq 'b' ... */
static bool read_filter(struct arena *a, struct str text, struct wanted *w, struct err *e)
{
	VEC(struct str) names = { 0 };
	struct str rest = text;

	do {
		struct str name;

		if (!take_word(&rest, S("LogicalName")) || !take_word(&rest, S("eq")) ||
		    !take_quoted(&rest, &name))
			return err_set(e, ERR_UNSUPPORTED,
				       "a local organization filters EntityDefinitions only by "
				       "LogicalName eq 'a' or LogicalName eq 'b' ... yet, not by "
				       "'%.*s'",
				       STR_ARG(str_sub(text, 0, 200)));
		*VEC_PUSH(a, &names) = name;
	} while (take_word(&rest, S("or")));
	if (str_trim(rest).n > 0)
		return err_set(e, ERR_UNSUPPORTED,
			       "a local organization does not understand '%.*s' in the $filter of "
			       "EntityDefinitions yet",
			       STR_ARG(str_sub(rest, 0, 200)));
	w->names = names.p;
	w->n = names.n;
	return true;
}

static bool read_options(struct call *c, struct wanted *w, struct err *e)
{
	const struct str *expand = url_option(&c->url, S("$expand"));

	*w = (struct wanted){ 0 };
	url_list(c->arena, url_option(&c->url, S("$select")), &w->select, &w->nselect);
	return !expand || read_expand(*expand, &w->parts, e);
}

static bool write_tables(struct call *c, const struct wanted *w, struct json_writer *out,
			 struct err *e)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct table *t;

		if (!store_table(c->store, w->names[i], &t, e))
			return false;
		if (t)
			definition_write(out, t, w->select, w->nselect, w->parts);
	}
	return true;
}

bool metadata_tables(struct call *c, struct err *e)
{
	const struct str *filter = url_option(&c->url, S("$filter"));
	struct wanted w;

	if (!read_options(c, &w, e))
		return false;
	if (!(filter ? read_filter(c->arena, *filter, &w, e)
		     : store_table_names(c->store, c->arena, &w.names, &w.n, e)))
		return false;
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer out = json_writer_make(call_sink(c));

	json_object(&out);
	json_key(&out, S("@odata.context"));
	json_str(&out, call_context(c, S("EntityDefinitions")));
	json_key(&out, S("value"));
	json_array(&out);
	if (!write_tables(c, &w, &out, e))
		return false;
	json_array_end(&out);
	json_object_end(&out);
	return json_writer_finish(&out, e);
}

/* LogicalName='x' */
static bool read_key(struct str key, struct str *out, struct err *e)
{
	struct str rest = key;

	if (take_word(&rest, S("LogicalName")) && take_word(&rest, S("=")) &&
	    take_quoted(&rest, out) && str_trim(rest).n == 0)
		return true;
	return err_set(
		e, ERR_UNSUPPORTED,
		"a local organization finds EntityDefinitions only by LogicalName='...' yet, "
		"not by '%.*s'",
		STR_ARG(key));
}

bool metadata_table(struct call *c, struct err *e)
{
	const struct table *t;
	struct wanted w;
	struct str name = S("");

	if (!read_key(c->url.segments[0].key, &name, e) || !read_options(c, &w, e) ||
	    !store_table(c->store, name, &t, e))
		return false;
	if (!t)
		return err_set_code(e, ERR_NOT_FOUND, CODE_TABLE_UNKNOWN,
				    "there is no table '%.*s'", STR_ARG(name));
	call_json(c, 200);

	DEFER(buf_release) struct buf object = buf_make(0);
	struct buf_sink sink = buf_sink_make(&object);
	DEFER(json_writer_release) struct json_writer out = json_writer_make(&sink.sink);

	definition_write(&out, t, w.select, w.nselect, w.parts);
	if (!json_writer_finish(&out, e))
		return false;
	/* the context comes first, inside the same object */
	return sink_write(call_sink(c),
			  str_fmt(c->arena, "{\"@odata.context\":\"%.*s\",",
				  STR_ARG(call_context(c, S("EntityDefinitions/$entity")))),
			  e) &&
	       sink_write(call_sink(c), str_skip(buf_str(&object), 1), e);
}

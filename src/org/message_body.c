/* SPDX-License-Identifier: MIT */
/*
 * The parameters of actions: what stands in their bodies.
 */
#include "org/parameter.h"

#include "io/json.h"
#include "org/code.h"
#include "org/row_url.h"

#include "base/banned.h"

#define NAMESPACE "Microsoft.Dynamics.CRM."

bool message_body(struct call *c, struct json *out, struct err *e)
{
	struct err why;

	if (!json_parse(c->arena, c->request->body, "the body", out, &why))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD, "%s", why.msg);
	if (out->kind != JSON_OBJECT)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "the body has to be a JSON object with the parameters");
	return true;
}

bool message_type(struct store *s, const struct json *item, const struct table **out, struct err *e)
{
	struct str type = json_text(item, S("@odata.type"));
	struct str name = type;
	const struct table *t = NULL;

	if (str_starts(name, S("#")))
		name = str_skip(name, 1);
	if (str_starts(name, S(NAMESPACE)) &&
	    !store_table(s, str_skip(name, S(NAMESPACE).n), &t, e))
		return false;
	if (t) {
		*out = t;
		return true;
	}
	if (type.n == 0)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "a row has no \"@odata.type\": \"" NAMESPACE "<table>\"; "
				    "without it its type is not known");
	return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
			    "a type named '%.*s' could not be resolved by the model",
			    STR_ARG(str_sub(type, 0, 200)));
}

static bool read_row(struct call *c, const struct json *item, struct str name,
		     const struct table **t, struct guid *id, struct err *e)
{
	struct str url = json_text(item, S("@odata.id"));

	if (!item || item->kind != JSON_OBJECT)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "the parameter '%.*s' is missing, or is no row", STR_ARG(name));
	if (url.n > 0)
		return row_url_resolve(c->store, url, t, id, e);
	if (!message_type(c->store, item, t, e))
		return false;
	if (!guid_parse(json_text(item, (*t)->primary_id), id))
		return err_set_code(e, ERR_BAD_REQUEST, CODE_PAYLOAD,
				    "the parameter '%.*s' does not tell the id of its row in "
				    "'%.*s'",
				    STR_ARG(name), STR_ARG((*t)->primary_id));
	return true;
}

bool message_row(struct call *c, const struct json *body, struct str name, const struct table **t,
		 struct guid *id, struct err *e)
{
	return read_row(c, json_get(body, name), name, t, id, e);
}

/* Strings in single quotes, as URLs have them, made JSON's. */
static struct str double_quoted(struct arena *a, struct str text)
{
	char *p = arena_alloc(a, text.n);

	for (size_t i = 0; i < text.n; i++)
		p[i] = text.p[i] == '\'' ? '"' : text.p[i];
	return str_of(p, text.n);
}

bool message_parameter_json(struct call *c, struct str name, struct json *out, struct err *e)
{
	struct err ignored;
	struct str text;

	if (!message_parameter(c, name, &text, e))
		return false;
	return json_parse(c->arena, text, "a parameter", out, &ignored) ||
	       json_parse(c->arena, double_quoted(c->arena, text), "a parameter", out, &ignored) ||
	       message_fail_parameter(name, "a value in JSON", e);
}

bool message_parameter_row(struct call *c, struct str name, const struct table **t, struct guid *id,
			   struct err *e)
{
	struct json item;

	if (!message_parameter_json(c, name, &item, e))
		return false;
	return read_row(c, &item, name, t, id, e);
}

bool message_parameter_text(struct call *c, struct str name, struct str *out, struct err *e)
{
	struct str text;

	if (!message_parameter(c, name, &text, e))
		return false;
	if (text.n < 2 || text.p[0] != '\'' || text.p[text.n - 1] != '\'')
		return message_fail_parameter(name, "a text in single quotes", e);
	*out = str_sub(text, 1, text.n - 2);
	return true;
}

bool message_table(struct call *c, struct str name, const struct table **out, struct err *e)
{
	const struct table *t;

	if (!store_table(c->store, name, &t, e))
		return false;
	if (!t)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_TABLE_UNKNOWN,
				    "there is no table '%.*s' in this organization",
				    STR_ARG(str_sub(name, 0, 100)));
	*out = t;
	return true;
}

bool message_fail_parameter(struct str name, const char *wanted, struct err *e)
{
	return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA, "the parameter '%.*s' is not %s",
			    STR_ARG(name), wanted);
}

bool message_fail_unknown(struct call *c, struct err *e)
{
	struct str name = c->url.segments[c->url.nsegments - 1].name;

	return err_set_code(e, ERR_NOT_FOUND, CODE_ODATA,
			    "Resource not found for the segment '%.*s'.",
			    STR_ARG(str_sub(name, 0, 200)));
}

bool message_answer_id(struct call *c, struct str type, struct str member, struct guid id,
		       struct err *e)
{
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));

	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w, call_context(c, str_fmt(c->arena, NAMESPACE "%.*s", STR_ARG(type))));
	json_key(&w, member);
	json_str(&w, guid_text(c->arena, id));
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

/* SPDX-License-Identifier: MIT */
/*
 * The value is taken out of the row as GET of the row answers it: what a caller may see of a row, and how
 * values look, is settled in one place.
 */
#include "org/property.h"

#include "io/json.h"
#include "org/bind.h"
#include "org/code.h"
#include "org/file_requests.h"
#include "org/odata_names.h"
#include "org/result.h"

#include "base/banned.h"

bool property_fail_segment(struct str name, struct err *e)
{
	return err_set_code(e, ERR_NOT_FOUND, CODE_ODATA,
			    "Resource not found for the segment '%.*s'.",
			    STR_ARG(str_sub(name, 0, 200)));
}

/* *out stays NULL when the property is null. */
static bool find_value(struct call *c, const struct table *t, struct guid id, struct str name,
		       const struct json **out, struct err *e)
{
	static const struct prefer nothing;
	struct json *row = arena_new(c->arena, struct json);
	DEFER(buf_release) struct buf text = buf_make(0);
	struct buf_sink sink = buf_sink_make(&text);
	struct query *q;

	if (!bind_row(c->arena, t, id, &name, 1, &q, e))
		return false;

	struct result r = { .store = c->store,
			    .arena = c->arena,
			    .query = q,
			    .prefer = &nothing,
			    .root = c->root };

	if (!result_row(&r, &sink.sink, e) ||
	    !json_parse(c->arena, buf_str(&text), "a row", row, e))
		return false;

	const struct json *value = json_get(row, name);

	*out = value && value->kind != JSON_NULL ? value : NULL;
	return true;
}

bool property_read(struct call *c, const struct table *t, struct guid id, struct str name,
		   struct err *e)
{
	const struct column *column = odata_property(t, name);
	const struct json *value = NULL;
	char text[GUID_TEXT_SIZE];

	if (!column)
		return property_fail_segment(name, e);
	if (column->type == COLUMN_FILE ||
	    (column->type == COLUMN_IMAGE && url_option(&c->url, S("size"))))
		return files_property(c, t, id, column, e);
	if (!find_value(c, t, id, name, &value, e))
		return false;
	if (!value) {
		c->answer->status = 204;
		return true;
	}
	call_json(c, 200);

	DEFER(json_writer_release) struct json_writer w = json_writer_make(call_sink(c));
	struct str context = str_fmt(c->arena, "%.*s(%.*s)/%.*s", STR_ARG(t->entity_set),
				     STR_ARG(guid_format(id, text)), STR_ARG(name));

	json_object(&w);
	json_key(&w, S("@odata.context"));
	json_str(&w, call_context(c, context));
	json_key(&w, S("value"));
	json_tree(&w, value);
	json_object_end(&w);
	return json_writer_finish(&w, e);
}

static struct str plain_text(const struct json *value)
{
	if (value->kind == JSON_BOOL)
		return value->yes ? S("true") : S("false");
	return value->text;
}

bool property_read_text(struct call *c, const struct table *t, struct guid id, struct str name,
			struct err *e)
{
	const struct column *column = odata_property(t, name);
	const struct json *value = NULL;

	if (!column)
		return property_fail_segment(name, e);
	if (files_is_column(column))
		return files_download(c, t, id, column, e);
	if (!find_value(c, t, id, name, &value, e))
		return false;
	if (!value) {
		c->answer->status = 204;
		return true;
	}
	if (value->kind == JSON_OBJECT || value->kind == JSON_ARRAY)
		return err_set_code(e, ERR_BAD_REQUEST, CODE_ODATA,
				    "'%.*s' has no value that is one text", STR_ARG(name));
	c->answer->status = 200;
	call_header(c, S("Content-Type"), S("text/plain"));
	return sink_write(call_sink(c), plain_text(value), e);
}

/* SPDX-License-Identifier: MIT */
/*
 * Writing JSON to a sink. Commas, colons and indents come from the writer's state; the caller only says what
 * follows what, and a wrong order is a bug.
 */
#include "io/json.h"

#include "base/limits.h"

#include "base/banned.h"

#define FLUSH_AT (64 * LIMIT_KIB)

struct json_writer json_writer_make(struct sink *out)
{
	return (struct json_writer){ .out = out, .buf = buf_make(0) };
}

void json_writer_release(struct json_writer *w)
{
	buf_release(&w->buf);
}

static void flush(struct json_writer *w)
{
	if (!w->failed && !sink_write(w->out, buf_str(&w->buf), &w->err))
		w->failed = true;
	buf_clear(&w->buf);
}

static void new_line(struct json_writer *w)
{
	if (!w->pretty)
		return;
	buf_add_char(&w->buf, '\n');
	for (int i = 0; i < w->depth; i++)
		buf_add(&w->buf, S("  "));
}

/* Before every member and item. */
static void begin_item(struct json_writer *w)
{
	if (w->comma)
		buf_add_char(&w->buf, ',');
	if (w->depth > 0)
		new_line(w);
}

static void begin_value(struct json_writer *w)
{
	if (!w->after_key)
		begin_item(w);
	w->after_key = false;
}

static void end_value(struct json_writer *w)
{
	w->comma = true;
	if (w->buf.n >= FLUSH_AT)
		flush(w);
}

static void open_bracket(struct json_writer *w, char c)
{
	begin_value(w);
	buf_add_char(&w->buf, c);
	w->depth++;
	w->comma = false;
}

static void close_bracket(struct json_writer *w, char c)
{
	assert(w->depth > 0 && !w->after_key);
	w->depth--;
	if (w->comma)
		new_line(w);
	buf_add_char(&w->buf, c);
	end_value(w);
}

void json_object(struct json_writer *w)
{
	open_bracket(w, '{');
}

void json_object_end(struct json_writer *w)
{
	close_bracket(w, '}');
}

void json_array(struct json_writer *w)
{
	open_bracket(w, '[');
}

void json_array_end(struct json_writer *w)
{
	close_bracket(w, ']');
}

static void escape(struct buf *out, unsigned char c)
{
	switch (c) {
	case '"':
		buf_add(out, S("\\\""));
		break;
	case '\\':
		buf_add(out, S("\\\\"));
		break;
	case '\n':
		buf_add(out, S("\\n"));
		break;
	case '\r':
		buf_add(out, S("\\r"));
		break;
	case '\t':
		buf_add(out, S("\\t"));
		break;
	default:
		buf_add_fmt(out, "\\u%04x", c);
	}
}

/* The one encoder of a JSON string. */
static void quote(struct buf *out, struct str s)
{
	size_t from = 0;

	buf_add_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
			continue;
		buf_add(out, str_sub(s, from, i - from));
		escape(out, c);
		from = i + 1;
	}
	buf_add(out, str_skip(s, from));
	buf_add_char(out, '"');
}

void json_key(struct json_writer *w, struct str key)
{
	assert(w->depth > 0 && !w->after_key);
	begin_item(w);
	quote(&w->buf, key);
	buf_add(&w->buf, w->pretty ? S(": ") : S(":"));
	w->after_key = true;
}

void json_str(struct json_writer *w, struct str s)
{
	begin_value(w);
	quote(&w->buf, s);
	end_value(w);
}

void json_raw(struct json_writer *w, struct str json)
{
	assert(json.n > 0);
	begin_value(w);
	buf_add(&w->buf, json);
	end_value(w);
}

void json_num(struct json_writer *w, struct str text)
{
	json_raw(w, text);
}

void json_i64(struct json_writer *w, int64_t v)
{
	begin_value(w);
	buf_add_fmt(&w->buf, "%lld", (long long)v);
	end_value(w);
}

void json_bool(struct json_writer *w, bool v)
{
	json_raw(w, v ? S("true") : S("false"));
}

void json_null(struct json_writer *w)
{
	json_raw(w, S("null"));
}

void json_tree(struct json_writer *w, const struct json *v)
{
	switch (v->kind) {
	case JSON_NULL:
		json_null(w);
		break;
	case JSON_BOOL:
		json_bool(w, v->yes);
		break;
	case JSON_NUMBER:
		json_num(w, v->text);
		break;
	case JSON_STRING:
		json_str(w, v->text);
		break;
	case JSON_ARRAY:
		json_array(w);
		for (size_t i = 0; i < v->n; i++)
			json_tree(w, &v->items[i]);
		json_array_end(w);
		break;
	case JSON_OBJECT:
		json_object(w);
		for (size_t i = 0; i < v->n; i++) {
			json_key(w, v->members[i].name);
			json_tree(w, &v->members[i].value);
		}
		json_object_end(w);
		break;
	}
}

bool json_writer_finish(struct json_writer *w, struct err *e)
{
	flush(w);
	if (w->failed)
		*e = w->err;
	return !w->failed;
}

void json_guid(struct json_writer *w, struct str key, struct guid id)
{
	char text[GUID_TEXT_SIZE];

	json_key(w, key);
	json_str(w, guid_format(id, text));
}

void json_text_member(struct json_writer *w, struct str key, struct str value)
{
	json_key(w, key);
	if (value.n > 0)
		json_str(w, value);
	else
		json_null(w);
}

/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing ferry/references.xml. It comes with a package, so it is hostile input like the rest.
 */
#include "dv/references.h"

#include "base/limits.h"
#include "base/vec.h"

#include "base/banned.h"

struct reading {
	struct xml *xml;
	struct arena *page;
	struct str table;
};

static bool need_attr(struct reading *r, const struct xml_event *ev, struct str name,
		      struct str *out, struct err *e)
{
	const struct str *value = xml_attr(ev, name);

	if (!value || value->n == 0)
		return xml_fail(r->xml, e, "<%.*s> without %.*s", STR_ARG(ev->name), STR_ARG(name));
	*out = str_dup(r->page, *value);
	return true;
}

static bool read_key(struct reading *r, const struct xml_event *ev, struct reference_key *key,
		     struct err *e)
{
	const struct str *table = xml_attr(ev, S("table"));

	*key = (struct reference_key){ .value = { .kind = table ? VALUE_REF : VALUE_TEXT } };
	const struct str *value = xml_attr(ev, S("value"));

	if (!need_attr(r, ev, S("column"), &key->column, e))
		return false;
	/* empty: known by having no value there */
	if (!value)
		return xml_fail(r->xml, e, "<key> without value");
	key->value.text = str_dup(r->page, *value);
	if (table)
		key->value.table = str_dup(r->page, *table);
	return true;
}

/* Up to the end tag of the row. */
static bool read_keys(struct reading *r, struct reference *out, struct err *e)
{
	VEC(struct reference_key) keys = { 0 };
	struct xml_event ev;

	for (;;) {
		if (!xml_next(r->xml, &ev, e))
			return false;
		if (ev.kind == XML_CLOSE)
			break;
		if (ev.kind != XML_OPEN)
			continue;
		struct reference_key *key =
			str_eq(ev.name, S("key")) ? VEC_PUSH(r->page, &keys) : NULL;
		if (key && !read_key(r, &ev, key, e))
			return false;
		if (!xml_skip(r->xml, e))
			return false;
	}
	out->keys = keys.p;
	out->nkeys = keys.n;
	return true;
}

static bool read_row(struct reading *r, const struct xml_event *ev, struct reference *out,
		     struct err *e)
{
	const struct str *name = xml_attr(ev, S("name"));
	struct str id = { 0 };

	*out = (struct reference){ .table = r->table };
	if (name)
		out->name = str_dup(r->page, *name);
	if (!need_attr(r, ev, S("id"), &id, e))
		return false;
	if (!guid_parse(id, &out->id))
		return xml_fail(r->xml, e, "\"%.*s\" is not an id", STR_ARG(str_sub(id, 0, 60)));
	return read_keys(r, out, e);
}

static bool read_table(struct reading *r, const struct xml_event *open,
		       bool (*each)(void *, const struct reference *, struct err *), void *context,
		       struct err *e)
{
	struct arena_mark whole = arena_mark(r->page);
	struct xml_event ev;

	if (!need_attr(r, open, S("name"), &r->table, e))
		return false;
	for (;;) {
		struct arena_mark mark = arena_mark(r->page);
		struct reference row;
		if (!xml_next(r->xml, &ev, e))
			return false;
		if (ev.kind == XML_CLOSE)
			break;
		if (ev.kind != XML_OPEN)
			continue;
		if (!str_eq(ev.name, S("row"))) {
			if (!xml_skip(r->xml, e))
				return false;
			continue;
		}
		if (!read_row(r, &ev, &row, e) || !each(context, &row, e))
			return false;
		arena_rewind(r->page, mark);
	}
	arena_rewind(r->page, whole);
	return true;
}

static bool read_root(struct reading *r, struct err *e)
{
	struct xml_event ev;

	do {
		if (!xml_next(r->xml, &ev, e))
			return false;
	} while (ev.kind == XML_TEXT);
	if (ev.kind != XML_OPEN || !str_eq(ev.name, S("references")))
		return xml_fail(r->xml, e, "a <references> is expected");
	const struct str *version = xml_attr(&ev, S("version"));
	if (!version || !str_eq(*version, S("1")))
		return xml_fail(r->xml, e, "made by a newer ferry; use that one");
	return true;
}

bool references_read(struct arena *page, struct source *in, const char *name,
		     bool (*each)(void *, const struct reference *, struct err *), void *context,
		     struct err *e)
{
	DEFER(arena_release) struct arena own = arena_make(0);
	DEFER(xml_close) struct xml *xml = NULL;
	struct reading r = { .page = page };
	struct xml_event ev;

	if (!xml_open(&xml, &own, in, name, e))
		return false;
	r.xml = xml;
	if (!read_root(&r, e))
		return false;
	for (;;) {
		if (!xml_next(xml, &ev, e))
			return false;
		if (ev.kind == XML_END)
			return true;
		if (ev.kind != XML_OPEN)
			continue;
		if (!str_eq(ev.name, S("table"))) {
			if (!xml_skip(xml, e))
				return false;
			continue;
		}
		if (!read_table(&r, &ev, each, context, e))
			return false;
	}
}

bool references_write_open(struct references_writer *w, struct sink *out, struct err *e)
{
	*w = (struct references_writer){ .xml = xml_writer_make(out),
					 .table = buf_make(LIMIT_XML_NAME) };
	return xml_write_open(&w->xml, S("references"), e) &&
	       xml_write_attr(&w->xml, S("version"), S("1"), e);
}

static bool close_table(struct references_writer *w, struct err *e)
{
	return w->table.n == 0 || xml_write_close(&w->xml, S("table"), e);
}

static bool open_table(struct references_writer *w, struct str name, struct err *e)
{
	if (str_eq(buf_str(&w->table), name))
		return true;
	if (!close_table(w, e))
		return false;
	buf_clear(&w->table);
	buf_add(&w->table, name);
	return xml_write_open(&w->xml, S("table"), e) &&
	       xml_write_attr(&w->xml, S("name"), name, e);
}

static bool write_key(struct xml_writer *x, const struct reference_key *key, struct err *e)
{
	if (!xml_write_open(x, S("key"), e) || !xml_write_attr(x, S("column"), key->column, e) ||
	    !xml_write_attr(x, S("value"), key->value.text, e))
		return false;
	if (key->value.kind == VALUE_REF && !xml_write_attr(x, S("table"), key->value.table, e))
		return false;
	return xml_write_close(x, S("key"), e);
}

bool references_write(struct references_writer *w, const struct reference *r, struct err *e)
{
	char id[GUID_TEXT_SIZE];
	struct xml_writer *x = &w->xml;

	if (!open_table(w, r->table, e) || !xml_write_open(x, S("row"), e) ||
	    !xml_write_attr(x, S("id"), guid_format(r->id, id), e))
		return false;
	if (r->name.n > 0 && !xml_write_attr(x, S("name"), r->name, e))
		return false;
	for (size_t i = 0; i < r->nkeys; i++)
		if (!write_key(x, &r->keys[i], e))
			return false;
	return xml_write_close(x, S("row"), e);
}

bool references_write_end(struct references_writer *w, struct err *e)
{
	return close_table(w, e) && xml_write_close(&w->xml, S("references"), e) &&
	       xml_write_flush(&w->xml, e);
}

void references_writer_release(struct references_writer *w)
{
	xml_writer_release(&w->xml);
	buf_release(&w->table);
}

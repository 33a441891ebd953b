/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing ferry/origin.xml. It comes with a package, so it is hostile input like the rest; who changes it by hand
 * decides what an import clears, so what is not understood is refused and not guessed.
 */
#include "dv/package_origin.h"

#include "base/datetime.h"
#include "base/limits.h"
#include "base/vec.h"
#include "io/xml.h"

#include "base/banned.h"

#define CHUNK ((size_t)16 * LIMIT_KIB)
/* Of a name in a message. */
#define SHOWN ((size_t)60)

struct reading {
	struct xml *xml;
	struct arena *arena;
	VEC(struct package_origin_table) tables;
	struct package_origin *out;
};

/* Whole, because a name takes more room in memory than in the file. */
static bool read_all(struct source *in, struct buf *out, const char *name, struct err *e)
{
	char chunk[CHUNK];

	for (;;) {
		size_t got;

		if (!in->read(in, chunk, sizeof(chunk), &got, e))
			return false;
		if (got == 0)
			break;
		buf_add(out, str_of(chunk, got));
		if (!buf_check(out, name, e))
			return false;
	}
	return true;
}

static struct str attr(const struct reading *r, const struct xml_event *ev, struct str name)
{
	const struct str *value = xml_attr(ev, name);

	return value ? str_dup(r->arena, *value) : (struct str){ 0 };
}

static bool read_id(const struct reading *r, const struct xml_event *ev, struct str name,
		    struct guid *out, struct err *e)
{
	const struct str *value = xml_attr(ev, name);

	if (!value)
		return xml_fail(r->xml, e, "<%.*s> without %.*s", STR_ARG(ev->name), STR_ARG(name));
	return guid_parse(*value, out) ||
	       xml_fail(r->xml, e, "%.*s: \"%.*s\" is not an id", STR_ARG(name),
			STR_ARG(str_sub(*value, 0, SHOWN)));
}

static bool read_moment(const struct reading *r, struct str text, struct err *e)
{
	enum datetime_zone zone;
	struct datetime d;

	if (text.n == 0 || (datetime_parse_iso(text, &d, &zone) && zone == DATETIME_UTC))
		return true;
	return xml_fail(r->xml, e, "exported: \"%.*s\" is not a moment in UTC",
			STR_ARG(str_sub(text, 0, SHOWN)));
}

static bool read_root(struct reading *r, struct err *e)
{
	struct xml_event ev;

	do {
		if (!xml_next(r->xml, &ev, e))
			return false;
	} while (ev.kind == XML_TEXT);
	if (ev.kind != XML_OPEN || !str_eq(ev.name, S("origin")))
		return xml_fail(r->xml, e, "an <origin> is expected");

	const struct str *version = xml_attr(&ev, S("version"));

	if (!version || !str_eq(*version, S("1")))
		return xml_fail(r->xml, e, "made by a newer ferry; use that one");
	r->out->environment = attr(r, &ev, S("environment"));
	r->out->exported = attr(r, &ev, S("exported"));
	return read_id(r, &ev, S("organization"), &r->out->organization, e) &&
	       read_id(r, &ev, S("user"), &r->out->user, e) && read_moment(r, r->out->exported, e);
}

static bool read_columns(const struct reading *r, struct str names, struct package_origin_table *t,
			 struct err *e)
{
	VEC(struct str) columns = { 0 };
	struct str_splitter sp = str_splitter(names);

	t->by_column = map_make(r->arena);
	for (struct str name; str_split(&sp, ' ', &name);) {
		uint32_t index = (uint32_t)columns.n;

		if (name.n == 0)
			continue;
		if (!map_put(&t->by_column, name, &index))
			return xml_fail(r->xml, e, "table %.*s: column %.*s comes twice",
					STR_ARG(str_sub(t->name, 0, SHOWN)),
					STR_ARG(str_sub(name, 0, SHOWN)));
		*VEC_PUSH(r->arena, &columns) = name;
	}
	t->columns = columns.p;
	t->ncolumns = columns.n;
	return true;
}

static bool read_rows(const struct reading *r, const struct xml_event *ev,
		      struct package_origin_table *t, struct err *e)
{
	const struct str *rows = xml_attr(ev, S("rows"));

	t->complete = rows && str_eq(*rows, S("complete"));
	if (!rows || t->complete || str_eq(*rows, S("partial")))
		return true;
	return xml_fail(r->xml, e, "rows: \"%.*s\" is neither complete nor partial",
			STR_ARG(str_sub(*rows, 0, SHOWN)));
}

static bool read_table(struct reading *r, const struct xml_event *ev, struct err *e)
{
	struct package_origin_table t = { .name = attr(r, ev, S("name")) };
	uint32_t index = (uint32_t)r->tables.n;

	if (t.name.n == 0)
		return xml_fail(r->xml, e, "<table> without name");
	if (!map_put(&r->out->by_name, t.name, &index))
		return xml_fail(r->xml, e, "table %.*s comes twice",
				STR_ARG(str_sub(t.name, 0, SHOWN)));
	if (!read_rows(r, ev, &t, e) || !read_columns(r, attr(r, ev, S("columns")), &t, e))
		return false;
	*VEC_PUSH(r->arena, &r->tables) = t;
	return true;
}

static bool read_document(struct reading *r, struct err *e)
{
	struct xml_event ev;

	if (!read_root(r, e))
		return false;
	for (;;) {
		if (!xml_next(r->xml, &ev, e))
			return false;
		if (ev.kind == XML_END)
			return true;
		if (ev.kind != XML_OPEN)
			continue;
		if (str_eq(ev.name, S("table")) && !read_table(r, &ev, e))
			return false;
		if (!xml_skip(r->xml, e))
			return false;
	}
}

bool package_origin_read(struct arena *a, struct source *in, const char *name,
			 struct package_origin *out, struct err *e)
{
	DEFER(arena_release) struct arena own = arena_make(0);
	DEFER(buf_release) struct buf bytes = buf_make(LIMIT_ORIGIN_FILE);
	DEFER(xml_close) struct xml *xml = NULL;
	struct package_origin origin = { .by_name = map_make(a) };
	struct reading r = { .arena = a, .out = &origin };

	if (!read_all(in, &bytes, name, e))
		return false;

	struct str_source text = str_source_make(buf_str(&bytes));

	if (!xml_open(&xml, &own, &text.source, name, e))
		return false;
	r.xml = xml;
	if (!read_document(&r, e))
		return false;
	origin.tables = r.tables.p;
	origin.ntables = r.tables.n;
	*out = origin;
	return true;
}

static bool write_text(struct xml_writer *x, struct str name, struct str text, struct err *e)
{
	return text.n == 0 || xml_write_attr(x, name, text, e);
}

static bool write_table(struct xml_writer *x, const struct package_origin_table *t, struct err *e)
{
	DEFER(buf_release) struct buf names = buf_make(0);

	for (size_t i = 0; i < t->ncolumns; i++) {
		buf_add(&names, i > 0 ? S(" ") : S(""));
		buf_add(&names, t->columns[i]);
	}
	return xml_write_open(x, S("table"), e) && xml_write_attr(x, S("name"), t->name, e) &&
	       write_text(x, S("rows"), t->complete ? S("complete") : S(""), e) &&
	       write_text(x, S("columns"), buf_str(&names), e) && xml_write_close(x, S("table"), e);
}

bool package_origin_write(struct sink *out, const struct package_origin *o, struct err *e)
{
	DEFER(xml_writer_release) struct xml_writer x = xml_writer_make(out);
	char id[GUID_TEXT_SIZE];

	if (!xml_write_open(&x, S("origin"), e) || !xml_write_attr(&x, S("version"), S("1"), e) ||
	    !xml_write_attr(&x, S("organization"), guid_format(o->organization, id), e) ||
	    !write_text(&x, S("environment"), o->environment, e) ||
	    !xml_write_attr(&x, S("user"), guid_format(o->user, id), e) ||
	    !write_text(&x, S("exported"), o->exported, e))
		return false;
	for (size_t i = 0; i < o->ntables; i++)
		if (!write_table(&x, &o->tables[i], e))
			return false;
	return xml_write_close(&x, S("origin"), e) && xml_write_flush(&x, e);
}

const struct package_origin_table *package_origin_find(const struct package_origin *o,
						       struct str name)
{
	uint32_t index;

	return map_get(&o->by_name, name, &index) ? &o->tables[index] : NULL;
}

bool package_origin_tells(const struct package_origin_table *t, struct str column)
{
	uint32_t index;

	return t && map_get(&t->by_column, column, &index);
}

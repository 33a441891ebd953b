/* SPDX-License-Identifier: MIT */
/*
 * Reading and writing map files. A person wrote it: what is not known in it is an error with its line, never passed over. Of
 * CMT's user map nothing says whether its values are attributes or elements, so both are read.
 */
#include "move/map_file.h"

#include "base/file.h"
#include "base/guid.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/vec.h"
#include "io/xml.h"

#include "base/banned.h"

#define USERS "systemuser"

struct reading {
	struct arena *arena;
	struct xml *xml;
	VEC(struct map_entry) entries;
	VEC(struct map_default) defaults;
	struct map sources; /* of the entries */
};

static bool next_element(struct reading *r, struct xml_event *ev, struct err *e)
{
	do {
		if (!xml_next(r->xml, ev, e))
			return false;
	} while (ev->kind == XML_TEXT && str_trim(ev->text).n == 0);
	if (ev->kind == XML_TEXT)
		return xml_fail(r->xml, e, "text where only elements are allowed: \"%.*s\"",
				STR_ARG(str_sub(str_trim(ev->text), 0, 60)));
	return true;
}

static bool check_attributes(struct reading *r, const struct xml_event *ev, const struct str *known,
			     size_t n, struct err *e)
{
	for (size_t i = 0; i < ev->nattrs; i++) {
		bool found = false;

		for (size_t k = 0; k < n; k++)
			found = found || str_eq(known[k], ev->attrs[i].name);
		if (!found)
			return xml_fail(r->xml, e, "<%.*s> has no attribute %.*s",
					STR_ARG(ev->name), STR_ARG(ev->attrs[i].name));
	}
	return true;
}

/* Trimmed, on the arena; empty when it is not there. */
static struct str text_of(struct reading *r, const struct xml_event *ev, struct str name)
{
	const struct str *value = xml_attr(ev, name);

	return value && str_trim(*value).n > 0 ? str_dup(r->arena, str_trim(*value)) : S("");
}

static bool unknown(struct reading *r, struct str name, const char *in, struct err *e)
{
	return xml_fail(r->xml, e, "<%.*s> is not an element of <%s>",
			STR_ARG(str_sub(name, 0, 60)), in);
}

static bool end_of_leaf(struct reading *r, const char *element, struct err *e)
{
	struct xml_event ev;

	return next_element(r, &ev, e) && (ev.kind == XML_CLOSE || unknown(r, ev.name, element, e));
}

/* One text for one source row, however its id is spelled. */
static struct str source_key(struct arena *a, const struct map_entry *entry)
{
	struct str source = entry->source.n > 0 ? entry->source : entry->name;
	struct guid id;

	if (guid_parse(source, &id))
		source = guid_text(a, id);
	return str_fmt(a, "%.*s %.*s", STR_ARG(entry->table), STR_ARG(source));
}

static bool add_entry(struct reading *r, const struct map_entry *entry, struct err *e)
{
	uint32_t index = (uint32_t)r->entries.n;

	if (!map_put(&r->sources, source_key(r->arena, entry), &index))
		return xml_fail(r->xml, e, "the same row stands on line %u already",
				r->entries.p[index].line);
	*VEC_PUSH(r->arena, &r->entries) = *entry;
	return true;
}

static bool read_row(struct reading *r, const struct xml_event *ev, struct str table, struct err *e)
{
	static const struct str known[] = { STR_INIT("source"), STR_INIT("name"),
					    STR_INIT("target") };
	struct map_entry entry = { .table = table,
				   .source = text_of(r, ev, S("source")),
				   .name = text_of(r, ev, S("name")),
				   .target = text_of(r, ev, S("target")),
				   .line = ev->line };

	if (!check_attributes(r, ev, known, COUNT_OF(known), e))
		return false;
	if (entry.source.n + entry.name.n == 0)
		return xml_fail(r->xml, e, "<row> without source and without name");
	if (!xml_attr(ev, S("target")))
		return xml_fail(r->xml, e, "<row> without target; leave it empty, if it is open");
	return add_entry(r, &entry, e) && end_of_leaf(r, "row", e);
}

static bool add_default(struct reading *r, struct str table, struct str target, unsigned line,
			struct err *e)
{
	for (size_t i = 0; i < r->defaults.n; i++)
		if (str_eq(r->defaults.p[i].table, table))
			return xml_fail(r->xml, e, "%.*s has a default on line %u already",
					STR_ARG(table), r->defaults.p[i].line);
	*VEC_PUSH(r->arena, &r->defaults) = (struct map_default){ table, target, line };
	return true;
}

static bool read_table(struct reading *r, const struct xml_event *open, struct err *e)
{
	static const struct str known[] = { STR_INIT("name"), STR_INIT("default") };
	struct str table = text_of(r, open, S("name"));
	struct str rest = text_of(r, open, S("default"));
	struct xml_event ev;

	if (!check_attributes(r, open, known, COUNT_OF(known), e))
		return false;
	if (table.n == 0)
		return xml_fail(r->xml, e, "<table> without name");
	if (rest.n > 0 && !add_default(r, table, rest, open->line, e))
		return false;
	for (;;) {
		if (!next_element(r, &ev, e))
			return false;
		if (ev.kind == XML_CLOSE)
			return true;
		if (!str_eq(ev.name, S("row")))
			return unknown(r, ev.name, "table", e);
		if (!read_row(r, &ev, table, e))
			return false;
	}
}

static bool read_ours(struct reading *r, const struct xml_event *root, struct err *e)
{
	static const struct str known[] = { STR_INIT("version") };
	const struct str *version = xml_attr(root, S("version"));
	struct xml_event ev;

	if (!check_attributes(r, root, known, COUNT_OF(known), e))
		return false;
	if (!version || !str_eq(*version, S("1")))
		return xml_fail(r->xml, e, "<map> has to have version=\"1\"");
	for (;;) {
		if (!next_element(r, &ev, e))
			return false;
		if (ev.kind == XML_CLOSE)
			return true;
		if (!str_eq(ev.name, S("table")))
			return unknown(r, ev.name, "map", e);
		if (!read_table(r, &ev, e))
			return false;
	}
}

/* A child element that stands for an attribute of the row. */
static bool read_member(struct reading *r, const struct xml_event *ev, struct map_entry *entry,
			struct err *e)
{
	struct str *place = NULL, text = { 0 };

	if (str_eq(ev->name, S("Old")))
		place = &entry->source;
	else if (str_eq(ev->name, S("New")))
		place = &entry->target;
	else if (str_eq(ev->name, S("UserFullname")))
		place = &entry->name;
	if (!place)
		return unknown(r, ev->name, "UserMapping", e);
	if (!xml_inner_text(r->xml, r->arena, LIMIT_XML_NAME, &text, e))
		return false;
	if (str_trim(text).n > 0)
		*place = str_trim(text);
	return true;
}

static bool read_user(struct reading *r, const struct xml_event *open, struct err *e)
{
	struct map_entry entry = { .table = S(USERS),
				   .source = text_of(r, open, S("Old")),
				   .name = text_of(r, open, S("UserFullname")),
				   .target = text_of(r, open, S("New")),
				   .line = open->line };
	struct xml_event ev;

	for (;;) {
		if (!next_element(r, &ev, e))
			return false;
		if (ev.kind == XML_CLOSE)
			break;
		if (!read_member(r, &ev, &entry, e))
			return false;
	}
	if (entry.source.n + entry.name.n == 0)
		return xml_fail(r->xml, e, "<UserMapping> without Old and without UserFullname");
	return add_entry(r, &entry, e);
}

static bool read_cmt(struct reading *r, const struct xml_event *root, struct err *e)
{
	struct str rest = text_of(r, root, S("DefaultUserToMapTo"));
	struct xml_event ev;

	if (rest.n > 0 && !add_default(r, S(USERS), rest, root->line, e))
		return false;
	for (;;) {
		if (!next_element(r, &ev, e))
			return false;
		if (ev.kind == XML_CLOSE)
			return true;
		if (!str_eq(ev.name, S("UserMapping")))
			return unknown(r, ev.name, "MappingConfiguration", e);
		if (!read_user(r, &ev, e))
			return false;
	}
}

static bool read_document(struct reading *r, struct err *e)
{
	struct xml_event ev;
	bool ok;

	if (!next_element(r, &ev, e))
		return false;
	if (ev.kind == XML_OPEN && str_eq(ev.name, S("map")))
		ok = read_ours(r, &ev, e);
	else if (ev.kind == XML_OPEN && str_eq(ev.name, S("MappingConfiguration")))
		ok = read_cmt(r, &ev, e);
	else
		ok = xml_fail(r->xml, e,
			      "neither a map file (<map>) nor a user map (<MappingConfiguration>)");
	/* what stands behind the root is checked, too */
	while (ok && ev.kind != XML_END)
		ok = xml_next(r->xml, &ev, e);
	return ok;
}

bool map_file_read(struct arena *a, const char *path, struct map_file *out, struct err *e)
{
	DEFER(arena_release) struct arena scratch = arena_make(0);
	DEFER(xml_close) struct xml *xml = NULL;
	struct reading r = { .arena = a, .sources = map_make(a) };
	struct str bytes;

	if (!file_read(&scratch, path, LIMIT_MAP_FILE, &bytes, e))
		return false;

	struct str_source source = str_source_make(bytes);

	if (!xml_open(&xml, &scratch, &source.source, path, e))
		return false;
	r.xml = xml;
	if (!read_document(&r, e))
		return false;
	*out = (struct map_file){ .name = path,
				  .entries = r.entries.p,
				  .n = r.entries.n,
				  .defaults = r.defaults.p,
				  .ndefaults = r.defaults.n };
	return true;
}

static struct str default_of(const struct map_file *m, struct str table)
{
	for (size_t i = 0; i < m->ndefaults; i++)
		if (str_eq(m->defaults[i].table, table))
			return m->defaults[i].target;
	return S("");
}

static void add_attr(struct buf *out, const char *name, struct str value)
{
	buf_add_fmt(out, " %s=\"", name);
	xml_encode_attr(out, value);
	buf_add_char(out, '"');
}

/* A comment may not hold two hyphens, nor end with one. */
static void add_note(struct buf *out, struct str note)
{
	buf_add(out, S("    <!-- "));
	for (size_t i = 0; i < note.n; i++) {
		char c = note.p[i];

		if (c == '-' && i > 0 && note.p[i - 1] == '-')
			buf_add_char(out, ' ');
		buf_add_char(out, (unsigned char)c < ' ' ? ' ' : c);
	}
	buf_add(out, S(" -->\n"));
}

static void add_row(struct buf *out, const struct map_entry *entry)
{
	if (entry->note.n > 0)
		add_note(out, entry->note);
	buf_add(out, S("    <row"));
	if (entry->source.n > 0)
		add_attr(out, "source", entry->source);
	if (entry->name.n > 0)
		add_attr(out, "name", entry->name);
	add_attr(out, "target", entry->target);
	buf_add(out, S("/>\n"));
}

static void add_table(struct buf *out, const struct map_file *m, struct str table)
{
	struct str rest = default_of(m, table);

	buf_add(out, S("  <table"));
	add_attr(out, "name", table);
	if (rest.n > 0)
		add_attr(out, "default", rest);
	buf_add(out, S(">\n"));
	for (size_t i = 0; i < m->n; i++)
		if (str_eq(m->entries[i].table, table))
			add_row(out, &m->entries[i]);
	buf_add(out, S("  </table>\n"));
}

/* Each table once, where it comes first. */
static void add_tables(struct buf *out, const struct map_file *m)
{
	DEFER(arena_release) struct arena a = arena_make(0);
	struct map seen = map_make(&a);

	for (size_t i = 0; i < m->ndefaults + m->n; i++) {
		struct str table = i < m->ndefaults ? m->defaults[i].table
						    : m->entries[i - m->ndefaults].table;
		uint32_t index = 0;

		if (map_put(&seen, table, &index))
			add_table(out, m, table);
	}
}

bool map_file_write(struct sink *out, const struct map_file *m, struct err *e)
{
	DEFER(buf_release) struct buf text = buf_make(LIMIT_MAP_FILE);

	buf_add(&text, S("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<map version=\"1\">\n"));
	add_tables(&text, m);
	buf_add(&text, S("</map>\n"));
	return buf_check(&text, "a map file", e) && sink_write(out, buf_str(&text), e);
}

/* SPDX-License-Identifier: MIT */
/*
 * Reads a package: its schema at once, data.xml as events. The reader knows where in the document it
 * stands; each call goes on to the next event. A zip's CRC is known only when the entry was read to its
 * end, so PACKAGE_END comes after that.
 */
#include "dv/package.h"

#include <dirent.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/vec.h"
#include "io/xml.h"
#include "io/zip.h"

#include "base/banned.h"

#define DATA_XML "data.xml"
#define SCHEMA_XML "data_schema.xml"
#define CHUNK (64 * LIMIT_KIB)
#define GUID_TEXT_MAX ((size_t)256) /* of a <targetid>, white space included */

/* Inside which element of data.xml the reader stands. */
enum place { AT_START, IN_ENTITIES, IN_ENTITY, IN_RECORDS, IN_LINKS, AT_END };

struct package {
	const char *path;
	struct zip *zip; /* NULL for a folder */
	struct file_source file;
	struct source *in; /* of data.xml */
	struct xml *xml;
	struct schema schema;
	struct arena *arena;
	struct str timestamp;
	enum place place;
	struct buf table; /* name of the entity that is being read */
};

static bool fail_missing(const struct package *p, const char *name, struct err *e)
{
	return err_set(e, ERR_INPUT,
		       "%s: %s is missing; is this a Configuration Migration package?", p->path,
		       name);
}

/* A zip of a folder instead of a zip of the folder's files is a mistake that is made often. */
static bool fail_missing_entry(const struct package *p, const char *name, struct err *e)
{
	size_t n;
	const struct zip_entry *entries = zip_entries(p->zip, &n);
	struct str tail = str_fmt(p->arena, "/%s", name);

	for (size_t i = 0; i < n; i++) {
		if (str_ends(entries[i].name, tail))
			return err_set(e, ERR_INPUT,
				       "%s: %s is missing, but there is %.*s; zip the files, "
				       "not their folder",
				       p->path, name, STR_ARG(entries[i].name));
	}
	return fail_missing(p, name, e);
}

static bool find_entry(const struct package *p, const char *name, const struct zip_entry **out,
		       struct err *e)
{
	const struct zip_entry *exact = zip_find(p->zip, str_from(name));
	size_t n;
	const struct zip_entry *entries = zip_entries(p->zip, &n);

	for (size_t i = 0; i < n && !exact; i++) {
		if (str_eq_ascii_nocase(entries[i].name, str_from(name)))
			exact = &entries[i];
	}
	if (!exact)
		return fail_missing_entry(p, name, e);
	*out = exact;
	return true;
}

static void directory_close(DIR **d)
{
	if (*d)
		closedir(*d);
}

static bool find_file(const struct package *p, const char *name, const char **out, struct err *e)
{
	const char *exact = str_fmt(p->arena, "%s/%s", p->path, name).p;
	DEFER(directory_close) DIR *d = NULL;

	if (file_exists(exact)) {
		*out = exact;
		return true;
	}
	d = opendir(p->path);
	for (const struct dirent *entry = d ? readdir(d) : NULL; entry; entry = readdir(d)) {
		if (!str_eq_ascii_nocase(str_from(entry->d_name), str_from(name)))
			continue;
		*out = str_fmt(p->arena, "%s/%s", p->path, entry->d_name).p;
		return true;
	}
	return fail_missing(p, name, e);
}

static bool read_all(struct source *in, size_t max, struct buf *out, struct err *e)
{
	size_t got = 1;

	while (got > 0 && out->n <= max) {
		char *room = buf_grow(out, CHUNK);

		if (!in->read(in, room, CHUNK, &got, e))
			return false;
		buf_truncate(out, out->n - CHUNK + got);
	}
	return true;
}

static bool schema_from_zip(struct package *p, struct str *bytes, struct err *e)
{
	DEFER(buf_release) struct buf text = buf_make(0);
	const struct zip_entry *entry;
	struct source *in;

	if (!find_entry(p, SCHEMA_XML, &entry, e) || !zip_entry_open(p->zip, entry, &in, e))
		return false;
	if (!read_all(in, LIMIT_SCHEMA_FILE, &text, e))
		return false;
	zip_entry_close(p->zip);
	if (text.n > LIMIT_SCHEMA_FILE)
		return err_set(e, ERR_INPUT, "%s: %s is larger than %zu bytes", p->path, SCHEMA_XML,
			       LIMIT_SCHEMA_FILE);
	*bytes = str_dup(p->arena, buf_str(&text));
	return true;
}

/* Messages of the XML reader name the part; this names the package. */
static bool in_package(const struct package *p, struct err *e)
{
	return str_starts(str_from(e->msg), str_from(p->path)) ? false : err_wrap(e, "%s", p->path);
}

static bool read_schema(struct package *p, struct err *e)
{
	const char *path;
	struct str bytes;

	if (p->zip) {
		if (!schema_from_zip(p, &bytes, e))
			return false;
	} else if (!find_file(p, SCHEMA_XML, &path, e) ||
		   !file_read(p->arena, path, LIMIT_SCHEMA_FILE, &bytes, e)) {
		return false;
	}
	return schema_read(p->arena, bytes, SCHEMA_XML, &p->schema, e) || in_package(p, e);
}

static bool open_data(struct package *p, struct err *e)
{
	const struct zip_entry *entry;
	const char *path;

	if (p->zip) {
		if (!find_entry(p, DATA_XML, &entry, e) ||
		    !zip_entry_open(p->zip, entry, &p->in, e))
			return false;
	} else {
		if (!find_file(p, DATA_XML, &path, e) || !file_source_open(&p->file, path, e))
			return false;
		p->in = &p->file.source;
	}
	return xml_open(&p->xml, p->arena, p->in, DATA_XML, e) || in_package(p, e);
}

bool package_open(struct package **out, struct arena *a, const char *path, struct err *e)
{
	DEFER(package_close) struct package *p = arena_new(a, struct package);
	const struct zip_entry *data;

	p->arena = a;
	p->path = str_cstr(a, str_from(path));
	p->file.fd = -1;
	p->table = buf_make(LIMIT_XML_VALUE);
	if (!file_is_directory(path) && !zip_open(&p->zip, a, p->path, e))
		return false;
	/* both parts are asked for before the first is read */
	if (p->zip && !find_entry(p, DATA_XML, &data, e))
		return false;
	if (!read_schema(p, e) || !open_data(p, e))
		return false;
	*out = p;
	p = NULL;
	return true;
}

void package_close(struct package **p)
{
	struct package *package = *p;

	if (!package)
		return;
	xml_close(&package->xml);
	zip_close(&package->zip);
	file_source_close(&package->file);
	buf_release(&package->table);
	*p = NULL;
}

const struct schema *package_schema(const struct package *p)
{
	return &p->schema;
}

struct str package_timestamp(const struct package *p)
{
	return p->timestamp;
}

static struct str copy(struct arena *page, const struct str *value)
{
	return value ? str_dup(page, *value) : str_of(NULL, 0);
}

static struct str table_of(const struct package *p)
{
	return buf_str(&p->table);
}

static bool guid_attr(const struct package *p, const struct xml_event *ev, struct str name,
		      struct guid *out, struct err *e)
{
	const struct str *value = xml_attr(ev, name);

	if (!value || value->n == 0)
		return xml_fail(p->xml, e, "entity %.*s: <%.*s> without %.*s", STR_ARG(table_of(p)),
				STR_ARG(ev->name), STR_ARG(name));
	if (!guid_parse(str_trim(*value), out))
		return xml_fail(p->xml, e,
				"entity %.*s: <%.*s> with %.*s=\"%.*s\", which is no GUID",
				STR_ARG(table_of(p)), STR_ARG(ev->name), STR_ARG(name),
				STR_ARG(str_sub(*value, 0, 60)));
	return true;
}

static bool name_attr(const struct package *p, struct arena *page, const struct xml_event *ev,
		      struct str name, struct str *out, struct err *e)
{
	const struct str *value = xml_attr(ev, name);

	if (!value || value->n == 0)
		return xml_fail(p->xml, e, "entity %.*s: <%.*s> without %.*s", STR_ARG(table_of(p)),
				STR_ARG(ev->name), STR_ARG(name));
	*out = str_dup(page, *value);
	return true;
}

static bool fail_large(const struct package *p, struct str element, struct err *e)
{
	return xml_fail(p->xml, e, "entity %.*s: <%.*s> holds more than %zu bytes",
			STR_ARG(table_of(p)), STR_ARG(element), LIMIT_RECORD);
}

static bool read_field(struct package *p, struct arena *page, const struct xml_event *ev,
		       struct package_field *f, struct err *e)
{
	f->line = ev->line;
	if (!name_attr(p, page, ev, S("name"), &f->name, e))
		return false;
	f->value = copy(page, xml_attr(ev, S("value")));
	f->lookup_table = copy(page, xml_attr(ev, S("lookupentity")));
	f->lookup_name = copy(page, xml_attr(ev, S("lookupentityname")));
	f->file_name = copy(page, xml_attr(ev, S("filename")));
	return true;
}

/* The rest of the element; *nested says whether there were elements in it. */
static bool skip_inside(struct package *p, bool *nested, struct err *e)
{
	struct xml_event ev;

	for (int depth = 1; depth > 0;) {
		if (!xml_next(p->xml, &ev, e))
			return false;
		if (ev.kind == XML_OPEN)
			depth++;
		else if (ev.kind == XML_CLOSE)
			depth--;
		*nested = *nested || ev.kind == XML_OPEN;
	}
	return true;
}

static size_t field_size(const struct package_field *f)
{
	return sizeof(*f) + f->name.n + f->value.n + f->lookup_table.n + f->lookup_name.n +
	       f->file_name.n;
}

static bool read_row(struct package *p, struct arena *page, const struct xml_event *open,
		     struct package_event *out, struct err *e)
{
	VEC(struct package_field) fields = { 0 };
	size_t size = 0;
	struct xml_event ev;

	out->kind = PACKAGE_ROW;
	out->line = open->line;
	if (!guid_attr(p, open, S("id"), &out->id, e))
		return false;
	for (;;) {
		if (!xml_next(p->xml, &ev, e))
			return false;
		if (ev.kind == XML_CLOSE)
			break;
		if (ev.kind != XML_OPEN)
			continue;
		if (str_eq(ev.name, S("field"))) {
			struct package_field *f = VEC_PUSH(page, &fields);

			if (!read_field(p, page, &ev, f, e))
				return false;
			size += field_size(f);
			if (size > LIMIT_RECORD)
				return fail_large(p, S("record"), e);
			if (!skip_inside(p, &f->nested, e))
				return false;
		} else if (!xml_skip(p->xml, e)) {
			return false;
		}
	}
	out->fields = fields.p;
	out->nfields = fields.n;
	return true;
}

/* The text of a <targetid>. */
static bool read_target(struct package *p, struct arena *page, struct guid *out, struct err *e)
{
	struct str text;

	if (!xml_inner_text(p->xml, page, GUID_TEXT_MAX, &text, e))
		return false;
	if (!guid_parse(str_trim(text), out))
		return xml_fail(p->xml, e,
				"entity %.*s: <targetid> with \"%.*s\", which is no GUID",
				STR_ARG(table_of(p)), STR_ARG(str_sub(text, 0, 60)));
	return true;
}

/* Everything below <m2mrelationship>: its only wrapper is <targetids>. */
static bool read_targets(struct package *p, struct arena *page, struct package_event *out,
			 struct err *e)
{
	VEC(struct guid) targets = { 0 };
	struct xml_event ev;

	for (int depth = 1; depth > 0;) {
		if (!xml_next(p->xml, &ev, e))
			return false;
		if (ev.kind == XML_CLOSE)
			depth--;
		if (ev.kind != XML_OPEN)
			continue;
		if (!str_eq(ev.name, S("targetid"))) {
			depth++;
			continue;
		}
		if (targets.n * sizeof(struct guid) > LIMIT_RECORD)
			return fail_large(p, S("m2mrelationship"), e);
		if (!read_target(p, page, VEC_PUSH(page, &targets), e))
			return false;
	}
	out->targets = targets.p;
	out->ntargets = targets.n;
	return true;
}

static bool read_link(struct package *p, struct arena *page, const struct xml_event *open,
		      struct package_event *out, struct err *e)
{
	out->kind = PACKAGE_LINK;
	out->line = open->line;
	return guid_attr(p, open, S("sourceid"), &out->source, e) &&
	       name_attr(p, page, open, S("targetentityname"), &out->target_table, e) &&
	       name_attr(p, page, open, S("targetentitynameidfield"), &out->target_column, e) &&
	       name_attr(p, page, open, S("m2mrelationshipname"), &out->relationship, e) &&
	       read_targets(p, page, out, e);
}

static bool open_root(struct package *p, const struct xml_event *ev, struct err *e)
{
	if (!str_eq(ev->name, S("entities")))
		return xml_fail(
			p->xml, e,
			"the first element is <%.*s>, not <entities>; is this the data of a "
			"configuration migration?",
			STR_ARG(ev->name));
	p->timestamp = copy(p->arena, xml_attr(ev, S("timestamp")));
	p->place = IN_ENTITIES;
	return true;
}

static bool open_entity(struct package *p, const struct xml_event *ev, struct package_event *out,
			struct err *e)
{
	const struct str *name = xml_attr(ev, S("name"));

	if (!name || name->n == 0)
		return xml_fail(p->xml, e, "<entity> without name");
	buf_clear(&p->table);
	buf_add(&p->table, *name);
	p->place = IN_ENTITY;
	out->kind = PACKAGE_TABLE;
	out->line = ev->line;
	return true;
}

/* Acts on a start tag; *found when that made an event. */
static bool opened(struct package *p, struct arena *page, const struct xml_event *ev,
		   struct package_event *out, bool *found, struct err *e)
{
	*found = true;
	if (p->place == IN_ENTITIES && str_eq(ev->name, S("entity")))
		return open_entity(p, ev, out, e);
	if (p->place == IN_RECORDS && str_eq(ev->name, S("record")))
		return read_row(p, page, ev, out, e);
	if (p->place == IN_LINKS && str_eq(ev->name, S("m2mrelationship")))
		return read_link(p, page, ev, out, e);
	*found = false;
	if (p->place == AT_START)
		return open_root(p, ev, e);
	if (p->place == IN_ENTITY && str_eq(ev->name, S("records")))
		p->place = IN_RECORDS;
	else if (p->place == IN_ENTITY && str_eq(ev->name, S("m2mrelationships")))
		p->place = IN_LINKS;
	else
		return xml_skip(p->xml, e);
	return true;
}

static enum place outside(enum place place)
{
	switch (place) {
	case IN_RECORDS:
	case IN_LINKS:
		return IN_ENTITY;
	case IN_ENTITY:
		return IN_ENTITIES;
	case AT_START:
	case IN_ENTITIES:
	case AT_END:
		break;
	}
	return AT_END;
}

/* Until the source says that there is no more: only then a zip entry has been checked. */
static bool drain(struct package *p, struct err *e)
{
	char rest[512];
	size_t got = 1;

	while (got > 0) {
		if (!p->in->read(p->in, rest, sizeof(rest), &got, e))
			return false;
	}
	return true;
}

static bool next_event(struct package *p, struct arena *page, struct package_event *out,
		       struct err *e)
{
	struct xml_event ev;

	for (bool found = false; !found;) {
		if (!xml_next(p->xml, &ev, e))
			return false;
		if (ev.kind == XML_END) {
			out->kind = PACKAGE_END;
			return drain(p, e);
		}
		if (ev.kind == XML_CLOSE)
			p->place = outside(p->place);
		else if (ev.kind == XML_OPEN && !opened(p, page, &ev, out, &found, e))
			return false;
	}
	out->table = str_dup(page, table_of(p));
	return true;
}

bool package_next(struct package *p, struct arena *page, struct package_event *ev, struct err *e)
{
	struct package_event next = { 0 };

	if (!next_event(p, page, &next, e))
		return in_package(p, e);
	*ev = next;
	return true;
}
